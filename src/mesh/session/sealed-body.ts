// The form in which a session's packets travel over relays: sealed from end to end, under keys that change by the number.
//
//   body       = tag (u32, by which the receiver knows the session) | number (u48) | sealed payload | AEAD tag (16)
//   associated = to (33) | from (33) | priority (u8) | tag (u32) | number (u48), little-endian
//
// The nonce follows from the number (src/mesh/wire/epoch-key.ts), which no two packets share, sealed or not.

import { assert } from "#base/errors.ts";
import { type Suite, suites } from "#base/suites.ts";
import type { Crypto } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import { EpochKey } from "../wire/epoch-key.ts";
import { PieceReader, type Pieces } from "../wire/piece-reader.ts";
import type { PriorityClass } from "../wire/priority.ts";

const headerBytes = 10;
const sealBytes = suites["aes-256-gcm"].lengthBytes;
/** What a body has besides its payload. */
export const bodyCostBytes = headerBytes + sealBytes;

const priorityAt = 2 * nodeIdBytes;

export interface SealedBodyOptions {
  readonly crypto: Crypto;
  readonly suite: Suite<"aead">;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly self: Uint8Array;
  readonly peer: Uint8Array;
  readonly localTag: number;
  readonly remoteTag: number;
}

export class SealedBody {
  readonly #sendKey: EpochKey;
  readonly #receiveKey: EpochKey;
  readonly #sendAssociated: AssociatedData;
  readonly #receiveAssociated: AssociatedData;
  readonly #remoteTag: number;

  constructor({ crypto, suite, sendKey, receiveKey, self, peer, localTag, remoteTag }: SealedBodyOptions) {
    assert(self.length === nodeIdBytes && peer.length === nodeIdBytes, "the id of a node has 33 bytes");
    this.#sendKey = new EpochKey(crypto, suite, sendKey);
    this.#receiveKey = new EpochKey(crypto, suite, receiveKey);
    this.#sendAssociated = new AssociatedData(peer, self, remoteTag);
    this.#receiveAssociated = new AssociatedData(self, peer, localTag);
    this.#remoteTag = remoteTag;
  }

  seal(number: number, priority: PriorityClass, payload: readonly Uint8Array[]): Uint8Array[] {
    const header = new Uint8Array(headerBytes);
    const view = new DataView(header.buffer);
    view.setUint32(0, this.#remoteTag, true);
    setU48(view, 4, number);
    const key = this.#sendKey.key(number);
    const sealed = key.sealParts(this.#sendKey.nonce(number), this.#sendAssociated.of(priority, number), payload);
    sealed.unshift(header);
    return sealed;
  }

  /** The payload of a body, given from behind its number on. `corrupt` if it was not sealed by the peer as it is. */
  open(number: number, priority: PriorityClass, pieces: Pieces): Uint8Array[] {
    const reader = new PieceReader(pieces);
    const sizeBytes = Math.max(0, reader.left - sealBytes);
    const key = this.#receiveKey.key(number);
    const associated = this.#receiveAssociated.of(priority, number);
    const opening = key.opening(this.#receiveKey.nonce(number), associated, sizeBytes);
    for (const piece of reader.take(sizeBytes)) opening.update(piece);
    const plain = opening.finish(reader.bytes(reader.left));
    this.received(number);
    return plain;
  }

  /** The number is used, by whatever packet: keys follow the numbers. */
  sent(number: number): void {
    this.#sendKey.accept(number);
  }

  /** A packet of this number has come that is certainly the peer's. */
  received(number: number): void {
    this.#receiveKey.accept(number);
  }
}

class AssociatedData {
  readonly #bytes = new Uint8Array(2 * nodeIdBytes + 1 + headerBytes);
  readonly #view = new DataView(this.#bytes.buffer);

  constructor(to: Uint8Array, from: Uint8Array, tag: number) {
    this.#bytes.set(to);
    this.#bytes.set(from, nodeIdBytes);
    this.#view.setUint32(priorityAt + 1, tag, true);
  }

  /** Valid until the next call. */
  of(priority: PriorityClass, number: number): Uint8Array {
    this.#bytes[priorityAt] = priority;
    setU48(this.#view, priorityAt + 5, number);
    return this.#bytes;
  }
}

function setU48(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint16(at + 4, Math.floor(value / 2 ** 32), true);
}

// Which batches came from which peer, so that none is sent back to where it came from. Batches are told apart by a hash of
// their bytes, which needs no look inside. It forgets the oldest: what is sent back all the same is only a waste.

import { toHex } from "#base/bytes.ts";
import type { Crypto, DeviceId, HeldBatch } from "#glow";

/** Of each peer: far more than are on their way at once. */
const remembered = 1024;

export class ReceivedBatches {
  readonly #crypto: Crypto;
  readonly #byPeer = new Map<DeviceId, Set<string>>();
  /** A batch that has just come in goes to all followers: hashed once. */
  readonly #digests = new WeakMap<Uint8Array, string>();

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  add(from: DeviceId, batch: Uint8Array): void {
    const received = this.#byPeer.get(from) ?? new Set();
    this.#byPeer.set(from, received);
    received.add(this.#digest(batch));
    if (received.size <= remembered) return;
    for (const oldest of received) {
      received.delete(oldest);
      break;
    }
  }

  isFrom(peer: DeviceId, { bytes }: HeldBatch): boolean {
    return this.#byPeer.get(peer)?.has(this.#digest(bytes)) === true;
  }

  /** It is no peer any more. */
  forget(peer: DeviceId): void {
    this.#byPeer.delete(peer);
  }

  #digest(batch: Uint8Array): string {
    const known = this.#digests.get(batch);
    if (known !== undefined) return known;
    const digest = toHex(this.#crypto.hash("blake3", batch));
    this.#digests.set(batch, digest);
    return digest;
  }
}

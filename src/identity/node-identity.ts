// Who a node is: an Ed25519 pair whose public half, hashed, is the node's id. The private half signs, and does nothing
// else: keys are agreed on with short-lived ones that it vouches for.
//
//   id        = text (base32) of the tagged BLAKE3 hash of the tagged public key: 33 bytes
//   signed    = "glow " | context | 0x00 | message
//
// The context says what kind of thing is signed, so that a signature made for one purpose is of no use for another.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { Crypto, KeyPair, NodeId, PublicKey, Signature } from "#glow";

/** The 33 bytes of an id: a tagged BLAKE3 hash. */
export const nodeIdBytes = 33;

/** What signatures are made for; each has one layout of the message. Append-only. */
export type SigningContext = "noise static" | "route" | "statement" | "location" | "relay grant" | "batch";

export class NodeIdentity {
  readonly id: NodeId;
  /** The id as it goes over the wire. */
  readonly idBytes: Uint8Array;
  readonly publicKey: PublicKey;
  readonly #crypto: Crypto;
  readonly #pair: KeyPair;

  /** `pair` is of `ed25519`. */
  constructor(crypto: Crypto, pair: KeyPair) {
    this.#crypto = crypto;
    this.#pair = pair;
    this.publicKey = pair.publicKey;
    this.id = nodeIdOf(crypto, pair.publicKey);
    this.idBytes = idBytes(this.id);
  }

  sign(context: SigningContext, message: Uint8Array): Signature {
    return this.#crypto.sign(this.#pair.privateKey, signedBytes(context, message));
  }

  /** What somebody sealed to `publicKey`: see `Crypto.openFrom`. */
  openFrom(info: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array {
    return this.#crypto.openFrom(this.#pair.privateKey, info, associated, sealed);
  }
}

/** The id of the node whose public key this is. */
export function nodeIdOf(crypto: Crypto, key: PublicKey): NodeId {
  const hash = crypto.hash("blake3", key);
  assert(hash.length === nodeIdBytes, "a tagged BLAKE3 hash has 33 bytes");
  return idText(hash) as NodeId;
}

/** Whether `key` has signed this message for this purpose. False, never an error, for anything malformed. */
export function verifySigned(
  crypto: Crypto,
  key: PublicKey,
  context: SigningContext,
  message: Uint8Array,
  signature: Signature,
): boolean {
  return crypto.verify(key, signedBytes(context, message), signature);
}

function signedBytes(context: SigningContext, message: Uint8Array): Uint8Array {
  return concatBytes([utf8Encode(`glow ${context}\0`), message]);
}

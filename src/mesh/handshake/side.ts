// What both sides of a handshake are told, and what they end with.

import type { Suite } from "#base/suites.ts";
import type { Crypto, NodeId, PublicKey, Random } from "#glow";
import type { Purpose } from "./offer.ts";

export interface HandshakeOptions {
  readonly purpose: Purpose;
  /** For the other side's layer above, at most `handshakeLimits.helloBytes`: sealed, and read when we are proved. */
  readonly hello: Uint8Array;
  /** Who the other side must be, if that is known. */
  readonly expected?: NodeId | undefined;
  readonly crypto: Crypto;
  readonly random: Random;
}

export interface HandshakeResult {
  /** Proved, not only claimed. */
  readonly peer: NodeId;
  readonly peerKey: PublicKey;
  readonly peerHello: Uint8Array;
  readonly suite: Suite<"aead">;
  readonly version: number;
  /** 32 bytes each, for `Crypto.aeadKey` with `suite`. */
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  /** 32 bytes, the same on both sides and in no other handshake. */
  readonly handshakeHash: Uint8Array;
  /** The id of the invitation that was used. */
  readonly invitation?: Uint8Array;
}

/** What a message has led to. */
export interface Step {
  readonly reply?: Uint8Array;
  readonly result?: HandshakeResult;
}

/** One side's sequence of steps. Whatever it throws ends the handshake. */
export interface Side {
  receive(message: Uint8Array): Step;
  /** What the other side is told of an error that was thrown, if anything. */
  readonly refusal?: Uint8Array | undefined;
}

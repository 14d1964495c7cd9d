// The keys that a process proves itself with in all its handshakes. The device's key signs a Noise key once, and is not
// needed again: what agrees on secrets every time is a key that dies with the process.

import type { NodeIdentity } from "#identity/node-identity.ts";
import type { Crypto, KeyPair, Random, Signature } from "#glow";

export class HandshakeKeys {
  readonly identity: NodeIdentity;
  /** The `x25519` pair that Noise calls static. */
  readonly static: KeyPair;
  /** By the identity, of the tagged public half. */
  readonly signature: Signature;

  constructor(identity: NodeIdentity, crypto: Crypto, random: Random) {
    this.identity = identity;
    this.static = crypto.keyPair("x25519", random);
    this.signature = identity.sign("noise static", this.static.publicKey);
  }
}

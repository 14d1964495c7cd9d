// What a node says about itself, and everybody repeats word for word: I exist, and this is the how-manieth time that I
// say so. It is signed, so that nobody else can give a node a newer sequence number. What it costs to get there changes
// with every hop and is not signed: about that, relays can lie.
//
//   announcement = sequence | flags | length of the key | tagged key | tagged signature (the rest)
//   signed       = sequence | flags            in the context "route"; numbers are varints (src/base/varint.ts)
//   flags        = 1: a tab, the last choice as a relay. Others have no meaning yet, and are repeated as they are.

import { concatBytes, equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { untagged } from "#base/suites.ts";
import { decodeVarint, encodeVarint } from "#base/varint.ts";
import type { Crypto, PublicKey, Signature } from "#glow";
import { type NodeIdentity, verifySigned } from "#identity/node-identity.ts";

const tabFlag = 1;

export class Announcement {
  readonly publicKey: PublicKey;
  readonly sequence: number;
  readonly flags: number;
  readonly signature: Signature;
  /** All of it, as it goes over the wire. */
  readonly bytes: Uint8Array;

  private constructor(publicKey: PublicKey, sequence: number, flags: number, signature: Signature, bytes: Uint8Array) {
    this.publicKey = publicKey;
    this.sequence = sequence;
    this.flags = flags;
    this.signature = signature;
    this.bytes = bytes;
  }

  static sign(identity: NodeIdentity, sequence: number, isTab: boolean): Announcement {
    const flags = isTab ? tabFlag : 0;
    const signature = identity.sign("route", signedPart(sequence, flags));
    const key = identity.publicKey;
    const head = concatBytes([encodeVarint(sequence), encodeVarint(flags), encodeVarint(key.length)]);
    return new Announcement(key, sequence, flags, signature, concatBytes([head, key, signature]));
  }

  /** The one that is all of `bytes`, of which it keeps views. Nothing is verified. `invalid` if it is malformed. */
  static read(bytes: Uint8Array): Announcement {
    const { value: sequence, end: flagsAt } = decodeVarint(bytes);
    const { value: flags, end: lengthAt } = decodeVarint(bytes, flagsAt);
    const { value: keyBytes, end: keyAt } = decodeVarint(bytes, lengthAt);
    const signatureAt = keyAt + keyBytes;
    if (signatureAt >= bytes.length) {
      throw new GlowError("invalid", "announcement.read", { message: "an announcement is cut short" });
    }
    const key = bytes.subarray(keyAt, signatureAt) as PublicKey;
    return new Announcement(key, sequence, flags, bytes.subarray(signatureAt) as Signature, bytes);
  }

  get isTab(): boolean {
    return (this.flags & tabFlag) !== 0;
  }

  /** Whether this version can verify it at all: nodes with keys of later suites may live in the same mesh. */
  get isSupported(): boolean {
    try {
      return untagged(this.publicKey).suite === "ed25519";
    } catch {
      return false;
    }
  }

  isSame(other: Announcement): boolean {
    return equalBytes(this.bytes, other.bytes);
  }

  isGenuine(crypto: Crypto): boolean {
    return verifySigned(crypto, this.publicKey, "route", signedPart(this.sequence, this.flags), this.signature);
  }

  /** Itself, not as views into a message, which it would keep alive. */
  copy(): Announcement {
    return Announcement.read(this.bytes.slice());
  }
}

function signedPart(sequence: number, flags: number): Uint8Array {
  return concatBytes([encodeVarint(sequence), encodeVarint(flags)]);
}

// One key of Noise with its counter of nonces (revision 34, section 5.1). A handshake seals with it; so could what
// follows, but links and sessions take the bare keys and number their packets themselves.
//
//   nonce of AESGCM      = 4 zero bytes | counter (8 bytes, big-endian)
//   nonce of ChaChaPoly  = 4 zero bytes | counter (8 bytes, little-endian)

import { assert, GlowError } from "#base/errors.ts";
import { noiseLimits } from "#base/limits.ts";
import type { Suite } from "#base/suites.ts";
import type { Crypto } from "#glow";

export const keyBytes = 32;
const nonceBytes = 12;
/** The nonce that only a new key is made with. */
const rekeyCounter = 2n ** 64n - 1n;
const empty = new Uint8Array();

export class CipherState {
  readonly #crypto: Crypto;
  readonly #suite: Suite<"aead">;
  #key: Uint8Array | undefined;
  #counter = 0;

  /** Without a key, what is sealed or opened stays as it is, and is not numbered. */
  constructor(crypto: Crypto, suite: Suite<"aead">, key?: Uint8Array) {
    assert(key === undefined || key.length === keyBytes, `a key of Noise has ${keyBytes} bytes, not ${key?.length}`);
    this.#crypto = crypto;
    this.#suite = suite;
    this.#key = key;
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** The number of the next message. For what may be lost or overtaken; never back to one that was used for sealing. */
  setNonce(counter: number): void {
    assert(Number.isSafeInteger(counter) && counter >= 0, `a nonce is a whole number below 2^53, not ${counter}`);
    this.#counter = counter;
  }

  /** `exhausted` past `noiseLimits.nonce`: then only another handshake helps. */
  seal(associated: Uint8Array, plain: Uint8Array): Uint8Array {
    if (this.#key === undefined) return plain;
    const sealed = this.#crypto.seal(this.#suite, this.#key, this.#nonce(), associated, plain);
    this.#counter++;
    return sealed;
  }

  /** `corrupt` if it is not what was sealed at this place; the same number is then expected again. */
  open(associated: Uint8Array, sealed: Uint8Array): Uint8Array {
    if (this.#key === undefined) return sealed;
    const plain = this.#crypto.open(this.#suite, this.#key, this.#nonce(), associated, sealed);
    this.#counter++;
    return plain;
  }

  /** Replaces the key by one from which it can't be computed; the numbers go on (sections 4.2 and 11.3). */
  rekey(): void {
    assert(this.#key !== undefined, "only what has a key gets a new one");
    const nonce = nonceOf(this.#suite, rekeyCounter);
    this.#key = this.#crypto.seal(this.#suite, this.#key, nonce, empty, new Uint8Array(keyBytes)).slice(0, keyBytes);
  }

  #nonce(): Uint8Array {
    if (this.#counter < noiseLimits.nonce) return nonceOf(this.#suite, BigInt(this.#counter));
    const message = "this key has sealed as many messages as it may: make a new connection";
    throw new GlowError("exhausted", "noise.number", { message });
  }
}

function nonceOf(suite: Suite<"aead">, counter: bigint): Uint8Array {
  const nonce = new Uint8Array(nonceBytes);
  new DataView(nonce.buffer).setBigUint64(4, counter, suite === "chacha20-poly1305");
  return nonce;
}

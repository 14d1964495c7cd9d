// The key of one direction of a link or a session. After so many messages the next key follows from it, and those
// before are forgotten: what was recorded stays unreadable to whoever takes a later key, and no key seals too much.
//
// The step is Noise's REKEY (revision 34, section 4.2), and so are the nonces: the message's number, as the cipher has it.

import { GlowError } from "#base/errors.ts";
import { linkLimits } from "#base/limits.ts";
import type { Suite } from "#base/suites.ts";
import type { AeadKey, Crypto } from "#glow";

const nothing = new Uint8Array(0);
const rekeyPlaintext = new Uint8Array(32);

export class EpochKey {
  readonly #crypto: Crypto;
  readonly #suite: Suite<"aead">;
  #epoch = 0;
  #raw: Uint8Array;
  #key: AeadKey;
  #previous: AeadKey | undefined;
  #next: { readonly raw: Uint8Array; readonly key: AeadKey } | undefined;
  readonly #nonce = new Uint8Array(12);
  readonly #view = new DataView(this.#nonce.buffer);

  /** `raw` has 32 bytes, and is this object's from now on. */
  constructor(crypto: Crypto, suite: Suite<"aead">, raw: Uint8Array) {
    this.#crypto = crypto;
    this.#suite = suite;
    this.#raw = raw;
    this.#key = crypto.aeadKey(suite, raw);
  }

  /** The key for the message of this number. `corrupt` if it is too far from those before to be true. */
  key(number: number): AeadKey {
    const epoch = Math.floor(number / linkLimits.messagesPerKey);
    if (epoch === this.#epoch) return this.#key;
    if (epoch === this.#epoch - 1 && this.#previous !== undefined) return this.#previous;
    if (epoch === this.#epoch + 1) return this.#following().key;
    throw new GlowError("corrupt", "mesh.open", { message: `message ${number} belongs to a key that is not in use` });
  }

  /** The message of this number was sealed, or verified: only now are older keys forgotten, on nobody's mere word. */
  accept(number: number): void {
    if (Math.floor(number / linkLimits.messagesPerKey) <= this.#epoch) return;
    const { raw, key } = this.#following();
    this.#raw.fill(0);
    this.#previous = this.#key;
    this.#raw = raw;
    this.#key = key;
    this.#next = undefined;
    this.#epoch++;
  }

  /** The nonce of a message, valid until the next call. */
  nonce(number: number): Uint8Array {
    const bigEndian = this.#suite === "aes-256-gcm";
    const high = Math.floor(number / 2 ** 32);
    this.#view.setUint32(4, bigEndian ? high : number % 2 ** 32, !bigEndian);
    this.#view.setUint32(8, bigEndian ? number % 2 ** 32 : high, !bigEndian);
    return this.#nonce;
  }

  #following(): { readonly raw: Uint8Array; readonly key: AeadKey } {
    if (this.#next === undefined) {
      const nonce = new Uint8Array(12).fill(0xff, 4);
      const raw = this.#crypto.seal(this.#suite, this.#raw, nonce, nothing, rekeyPlaintext).slice(0, 32);
      this.#next = { raw, key: this.#crypto.aeadKey(this.#suite, raw) };
    }
    return this.#next;
  }
}

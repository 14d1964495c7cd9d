// What both sides of a Noise handshake add up as they go: a hash over all that was said, and a chain of keys over all
// that was agreed on (revision 34, section 5.2). If one bit of either differs, nothing more can be opened.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { bytesOf, type Suite } from "#base/suites.ts";
import type { Crypto } from "#glow";
import { CipherState, keyBytes } from "./cipher-state.ts";

export const hashBytes = 32;
const empty = new Uint8Array();

export class SymmetricState {
  readonly #crypto: Crypto;
  readonly #suite: Suite<"aead">;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState;

  constructor(crypto: Crypto, protocolName: string, suite: Suite<"aead">) {
    this.#crypto = crypto;
    this.#suite = suite;
    const name = utf8Encode(protocolName);
    this.#hash = new Uint8Array(hashBytes);
    if (name.length <= hashBytes) this.#hash.set(name);
    else this.#hash = this.#digest(name);
    this.#chainingKey = this.#hash;
    this.#cipher = new CipherState(crypto, suite);
  }

  /** Once there is a key, what is said is sealed, and has a tag behind it. */
  get hasKey(): boolean {
    return this.#cipher.hasKey;
  }

  /** Over all that was said up to now. */
  get handshakeHash(): Uint8Array {
    return this.#hash;
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = this.#derive(secret, 2);
    this.#chainingKey = chainingKey as Uint8Array;
    this.#cipher = new CipherState(this.#crypto, this.#suite, key);
  }

  mixHash(bytes: Uint8Array): void {
    this.#hash = this.#digest(concatBytes([this.#hash, bytes]));
  }

  /** For a secret that both knew before. */
  mixKeyAndHash(secret: Uint8Array): void {
    const [chainingKey, hash, key] = this.#derive(secret, 3);
    this.#chainingKey = chainingKey as Uint8Array;
    this.mixHash(hash as Uint8Array);
    this.#cipher = new CipherState(this.#crypto, this.#suite, key);
  }

  encryptAndHash(plain: Uint8Array): Uint8Array {
    const sealed = this.#cipher.seal(this.#hash, plain);
    this.mixHash(sealed);
    return sealed;
  }

  /** `corrupt` if the other side has said, heard or agreed on anything else. */
  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const plain = this.#cipher.open(this.#hash, sealed);
    this.mixHash(sealed);
    return plain;
  }

  /** Two keys of 32 bytes: of what the initiator sends afterwards, and of what the responder does. */
  split(): { readonly initiatorKey: Uint8Array; readonly responderKey: Uint8Array } {
    const [initiatorKey, responderKey] = this.#derive(empty, 2);
    return { initiatorKey: initiatorKey as Uint8Array, responderKey: responderKey as Uint8Array };
  }

  /** HKDF of section 4.3: that of RFC 5869, with the chaining key as salt and nothing as info. */
  #derive(secret: Uint8Array, count: 2 | 3): Uint8Array[] {
    const derived = this.#crypto.derive(secret, this.#chainingKey, empty, count * keyBytes);
    return Array.from({ length: count }, (_, i) => derived.slice(i * keyBytes, (i + 1) * keyBytes));
  }

  #digest(bytes: Uint8Array): Uint8Array {
    return bytesOf("sha2-256", this.#crypto.hash("sha2-256", bytes));
  }
}

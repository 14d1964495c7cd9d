// Messages in parts with noble, which takes one piece only: they are joined, and sealed or opened at once in the end.

import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ByteAssembly } from "#base/byte-assembly.ts";
import { concatBytes } from "#base/bytes.ts";
import { type Suite, suites } from "#base/suites.ts";
import type { Opening } from "#glow";
import type { PrimitiveAeadKey } from "../suite-aead-key.ts";

export const aeads = { "aes-256-gcm": gcm, "chacha20-poly1305": chacha20poly1305 } as const;

export class NobleAeadKey implements PrimitiveAeadKey {
  readonly #suite: Suite<"aead">;
  readonly #key: Uint8Array;

  constructor(suite: Suite<"aead">, key: Uint8Array) {
    this.#suite = suite;
    this.#key = Uint8Array.from(key);
  }

  sealParts(nonce: Uint8Array, associated: Uint8Array, parts: readonly Uint8Array[]): Uint8Array[] {
    const plain = parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(parts);
    return [aeads[this.#suite](this.#key, nonce, associated).encrypt(plain)];
  }

  opening(nonce: Uint8Array, associated: Uint8Array, sizeBytes: number): Opening {
    // Both are borrowed, and needed when all has come.
    const cipher = aeads[this.#suite](this.#key, Uint8Array.from(nonce), Uint8Array.from(associated));
    return new NobleOpening(cipher, sizeBytes + suites[this.#suite].lengthBytes);
  }
}

class NobleOpening implements Opening {
  readonly #cipher: { decrypt(sealed: Uint8Array): Uint8Array };
  readonly #sealed: ByteAssembly;

  constructor(cipher: { decrypt(sealed: Uint8Array): Uint8Array }, sealedBytes: number) {
    this.#cipher = cipher;
    this.#sealed = new ByteAssembly(sealedBytes);
  }

  update(piece: Uint8Array): void {
    this.#sealed.add(piece);
  }

  finish(tag: Uint8Array): Uint8Array[] {
    this.#sealed.add(tag);
    return [this.#cipher.decrypt(this.#sealed.whole)];
  }
}

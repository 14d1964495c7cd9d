// What every AeadKey has in common, as suite-crypto.ts has it for the rest of cryptography: lengths, errors, the life
// of an opening. A platform adds a `PrimitiveAeadKey`, which sees only what makes sense.

import { totalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { cryptoLimits } from "#base/limits.ts";
import { type Suite, suites } from "#base/suites.ts";
import type { AeadKey, Opening } from "#glow";
import { checkLength } from "./crypto-argument.ts";

/** Nonces have 12 bytes. What is returned is the caller's alone, and no part of it is in a pool. */
export interface PrimitiveAeadKey {
  sealParts(nonce: Uint8Array, associated: Uint8Array, parts: readonly Uint8Array[]): Uint8Array[];
  /** It gets `sizeBytes` of ciphertext at most, and is finished only when it got all. */
  opening(nonce: Uint8Array, associated: Uint8Array, sizeBytes: number): Opening;
}

export const aeadNonceBytes = 12;

export class SuiteAeadKey implements AeadKey {
  readonly suite: Suite<"aead">;
  readonly #key: PrimitiveAeadKey;

  constructor(suite: Suite<"aead">, key: PrimitiveAeadKey) {
    this.suite = suite;
    this.#key = key;
  }

  sealParts(nonce: Uint8Array, associated: Uint8Array, parts: readonly Uint8Array[]): Uint8Array[] {
    checkLength("crypto.seal", "nonce", nonce, aeadNonceBytes);
    checkSize("crypto.seal", totalBytes(parts));
    return this.#key.sealParts(nonce, associated, parts);
  }

  opening(nonce: Uint8Array, associated: Uint8Array, sizeBytes: number): Opening {
    checkLength("crypto.open", "nonce", nonce, aeadNonceBytes);
    checkSize("crypto.open", sizeBytes);
    return new SuiteOpening(this.suite, this.#key.opening(nonce, associated, sizeBytes), sizeBytes);
  }
}

class SuiteOpening implements Opening {
  readonly #suite: Suite<"aead">;
  #opening: Opening | undefined;
  /** What has still to come; below zero when too much came. */
  #missingBytes: number;

  constructor(suite: Suite<"aead">, opening: Opening, sizeBytes: number) {
    this.#suite = suite;
    this.#opening = opening;
    this.#missingBytes = sizeBytes;
  }

  update(piece: Uint8Array): void {
    if (this.#opening === undefined) throw finished();
    this.#missingBytes -= piece.length;
    // What is too much is not looked at: it takes no memory, and `finish` fails.
    if (this.#missingBytes >= 0) this.#opening.update(piece);
  }

  finish(tag: Uint8Array): Uint8Array[] {
    const opening = this.#opening;
    if (opening === undefined) throw finished();
    this.#opening = undefined;
    if (this.#missingBytes === 0 && tag.length === suites[this.#suite].lengthBytes) {
      try {
        return opening.finish(tag);
      } catch {
        // No cause: how it failed must tell nothing about the key or the plaintext.
      }
    }
    throw notSealed(this.#suite);
  }
}

/** The one answer to whatever is wrong with a ciphertext. */
export function notSealed(suite: Suite<"aead">): GlowError {
  const message = "these bytes were not sealed with this key, nonce and associated data, or have been changed since";
  return new GlowError("corrupt", "crypto.open", { target: suite, message });
}

function checkSize(op: string, sizeBytes: number): void {
  if (Number.isInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes <= cryptoLimits.messageBytes) return;
  const message = `a message has 0 to ${cryptoLimits.messageBytes} bytes, not ${sizeBytes}: send it as several`;
  throw new GlowError("invalid", op, { message });
}

function finished(): GlowError {
  return new GlowError("released", "opening.use", { message: "this message was finished: begin to open the next" });
}

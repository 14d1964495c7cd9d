// Messages in parts with OpenSSL, which takes them one after the other. A call of it costs about as much as copying or
// encrypting 8 KiB, so small neighbours are joined before.

import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type DecipherGCM,
  type KeyObject,
} from "node:crypto";
import { gatherBytes } from "#base/bytes.ts";
import { type Suite, suites } from "#base/suites.ts";
import type { Opening } from "#glow";
import type { PrimitiveAeadKey } from "../suite-aead-key.ts";
import { owned } from "./owned-bytes.ts";

/** From this size on, a part costs less as a call than as a copy. */
const ownCallBytes = 8 * 1024;

export class NodeAeadKey implements PrimitiveAeadKey {
  readonly #suite: Suite<"aead">;
  /** A tenth faster than the bytes, which OpenSSL would check and copy for each message. */
  readonly #key: KeyObject;
  readonly #options: { readonly authTagLength: number };

  constructor(suite: Suite<"aead">, key: Uint8Array) {
    this.#suite = suite;
    this.#key = createSecretKey(key);
    this.#options = { authTagLength: suites[suite].lengthBytes };
  }

  sealParts(nonce: Uint8Array, associated: Uint8Array, parts: readonly Uint8Array[]): Uint8Array[] {
    const cipher = this.#cipher(nonce);
    if (associated.length > 0) cipher.setAAD(associated);
    const sealed: Uint8Array[] = [];
    for (const part of gatherBytes(parts, ownCallBytes)) if (part.length > 0) sealed.push(owned(cipher.update(part)));
    cipher.final();
    sealed.push(owned(cipher.getAuthTag()));
    return sealed;
  }

  opening(nonce: Uint8Array, associated: Uint8Array, sizeBytes: number): Opening {
    const decipher = this.#decipher(nonce);
    if (associated.length > 0) decipher.setAAD(associated);
    return new NodeOpening(decipher, sizeBytes);
  }

  // Suites are told apart only because each has an overload of its own.

  #cipher(nonce: Uint8Array): CipherGCM {
    return this.#suite === "aes-256-gcm"
      ? createCipheriv(this.#suite, this.#key, nonce, this.#options)
      : createCipheriv(this.#suite, this.#key, nonce, this.#options);
  }

  #decipher(nonce: Uint8Array): DecipherGCM {
    return this.#suite === "aes-256-gcm"
      ? createDecipheriv(this.#suite, this.#key, nonce, this.#options)
      : createDecipheriv(this.#suite, this.#key, nonce, this.#options);
  }
}

class NodeOpening implements Opening {
  readonly #decipher: DecipherGCM;
  /** Not verified before `finish`: until then nothing of it may leave. */
  readonly #plain: Uint8Array[] = [];
  #missingBytes: number;
  /** Small pieces that wait for more, so that a message in single bytes costs neither a call nor an array for each. */
  #gathered: Uint8Array | undefined;
  #gatheredBytes = 0;

  constructor(decipher: DecipherGCM, sizeBytes: number) {
    this.#decipher = decipher;
    this.#missingBytes = sizeBytes;
  }

  update(piece: Uint8Array): void {
    this.#missingBytes -= piece.length;
    if (this.#gatheredBytes + piece.length > ownCallBytes) this.#flush();
    const isRest = this.#gatheredBytes === 0 && this.#missingBytes === 0;
    if (piece.length >= ownCallBytes || isRest) this.#decrypt(piece);
    else this.#gather(piece);
  }

  finish(tag: Uint8Array): Uint8Array[] {
    this.#flush();
    this.#decipher.setAuthTag(tag);
    // Throws if the tag does not verify.
    this.#decipher.final();
    return this.#plain;
  }

  #gather(piece: Uint8Array): void {
    // At most what can still come, this piece included.
    this.#gathered ??= new Uint8Array(Math.min(ownCallBytes, this.#missingBytes + piece.length));
    this.#gathered.set(piece, this.#gatheredBytes);
    this.#gatheredBytes += piece.length;
  }

  #flush(): void {
    if (this.#gathered === undefined || this.#gatheredBytes === 0) return;
    const gathered = this.#gathered.subarray(0, this.#gatheredBytes);
    this.#gatheredBytes = 0;
    this.#decrypt(gathered);
  }

  #decrypt(piece: Uint8Array): void {
    if (piece.length > 0) this.#plain.push(owned(this.#decipher.update(piece)));
  }
}

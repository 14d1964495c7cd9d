// Node's cryptography that remembers which signatures it has verified: in a simulated mesh each is verified by every
// node, and they would take most of the time. What it answers is what NodeCrypto answers.

import { toHex } from "#base/bytes.ts";
import type { PublicKey, Signature } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";

export class MemoCrypto extends NodeCrypto {
  readonly #verified = new Map<string, boolean>();
  /** How often a signature was to be verified. */
  verifications = 0;

  override verify(key: PublicKey, message: Uint8Array, signature: Signature): boolean {
    this.verifications++;
    const question = `${toHex(key)} ${toHex(message)} ${toHex(signature)}`;
    const known = this.#verified.get(question);
    if (known !== undefined) return known;
    const answer = super.verify(key, message, signature);
    this.#verified.set(question, answer);
    return answer;
  }
}

// Node's cryptography, which remembers every key that is made ready for use: what a test searches for where none of them
// may be. It is told in hex, so that the record itself is not what is found.

import type { Suite } from "#base/suites.ts";
import type { AeadKey } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";

export class RecordingCrypto extends NodeCrypto {
  readonly #keys = new Set<string>();

  get keys(): readonly string[] {
    return [...this.#keys];
  }

  override aeadKey(suite: Suite<"aead">, key: Uint8Array): AeadKey {
    this.#keys.add(Buffer.from(key.buffer, key.byteOffset, key.length).toString("hex"));
    return super.aeadKey(suite, key);
  }
}

// The system's randomness, as browsers pass it on; unlike the rest of WebCrypto, also to pages from insecure origins.

import type { Random } from "#glow";

/** The most `getRandomValues` gives at once (Web Cryptography, 10.1.1). */
const quotaBytes = 65_536;

export class BrowserRandom implements Random {
  fill(target: Uint8Array): void {
    for (let at = 0; at < target.length; at += quotaBytes) {
      const part = target.subarray(at, at + quotaBytes);
      crypto.getRandomValues(part as Uint8Array<ArrayBuffer>);
    }
  }
}

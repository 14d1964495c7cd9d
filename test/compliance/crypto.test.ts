// Both implementations under Node, each against the contract, and against one another.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Suite } from "#base/suites.ts";
import { NobleCrypto } from "#platform/browser/crypto.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { cryptoCompliance } from "./crypto.ts";

const node = new NodeCrypto();
const noble = new NobleCrypto();

cryptoCompliance("Node", node);
cryptoCompliance("noble", noble);

describe("Node and noble", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const bytes12 = fc.uint8Array({ minLength: 12, maxLength: 12 });

  test("make the same of the same", () => {
    fc.assert(
      fc.property(bytes32, bytes, bytes, bytes12, fc.integer({ min: 1, max: 100 }), (seed, a, b, nonce, length) => {
        const [ofNode, ofNoble] = [node, noble].map((crypto) => {
          const signing = crypto.keyPairFromSeed("ed25519", seed);
          const agreeing = crypto.keyPairFromSeed("x25519", seed);
          const aeads: readonly Suite<"aead">[] = ["aes-256-gcm", "chacha20-poly1305"];
          return {
            signing,
            agreeing,
            signature: crypto.sign(signing.privateKey, a),
            shared: crypto.agree(agreeing.privateKey, agreeing.publicKey),
            hashes: [crypto.hash("blake3", a), crypto.hash("sha2-256", a), crypto.keyedHash(seed, a)],
            derived: crypto.derive(a, b, a, length),
            sealed: aeads.map((suite) => crypto.seal(suite, seed, nonce, a, b)),
          };
        });
        expect(ofNoble).toEqual(ofNode);
      }),
      { numRuns: 25 },
    );
  }, 30_000);
});

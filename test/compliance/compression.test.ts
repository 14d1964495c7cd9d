// Both implementations under Node, each against the contract, and against one another.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { BrowserCompression } from "#platform/browser/compression.ts";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { compressionCompliance, outcomeOf, vectors } from "./compression.ts";
import { plainOf } from "./zstd-material.ts";

const node = new ZstdCompression();
const browser = new BrowserCompression();

compressionCompliance("Node", node);
compressionCompliance("plain JavaScript", browser);

test("Node compresses what is worth it", () => {
  for (const kind of ["zeros", "prose", "letters", "ticks", "records", "mixed"] as const) {
    for (const sizeBytes of [600, 5000, 300_000]) {
      expect(node.compress(plainOf(kind, sizeBytes))?.length, `${kind} ${sizeBytes}`).toBeLessThan(sizeBytes * 0.9);
    }
  }
});

describe("Node and plain JavaScript", () => {
  test("what Node compresses, the other reads", () => {
    const kinds = fc.constantFrom("prose", "letters", "ticks", "records", "mixed", "zeros");
    fc.assert(
      fc.property(kinds, fc.integer({ min: 512, max: 300_000 }), (kind, sizeBytes) => {
        const plain = plainOf(kind, sizeBytes);
        const packed = node.compress(plain);
        if (packed !== undefined) expect(equalBytes(browser.decompress(packed, sizeBytes), plain)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("of damaged frames, what both read is the same", () => {
    const frames = fc.constantFrom(...vectors.filter(({ frame }) => frame.length < 10_000));
    const changes = fc.array(fc.tuple(fc.nat(10_000), fc.nat(255)), { minLength: 1, maxLength: 4 });
    let readByBoth = 0;
    fc.assert(
      fc.property(frames, changes, ({ frame, sizeBytes }, at) => {
        const damaged = frame.slice();
        for (const [place, byte] of at) damaged[9 + (place % Math.max(1, frame.length - 9))] = byte;
        const [one, other] = [outcomeOf(node, damaged, sizeBytes), outcomeOf(browser, damaged, sizeBytes)];
        if (typeof one === "string" || typeof other === "string") return;
        readByBoth++;
        expect(equalBytes(one, other)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(readByBoth).toBeGreaterThan(100);
  });
});

// The strict rule for points, at its edges.

import { ED25519_TORSION_SUBGROUP, ed25519 } from "@noble/curves/ed25519.js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex } from "#base/bytes.ts";
import { isStrictEd25519Point } from "./ed25519-point.ts";

const p = 2n ** 255n - 19n;

function encoded(y: bigint, sign: 0 | 1): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 255n) | (i === 31 ? sign << 7 : 0));
}

test("refuses the points of small order, with either sign", () => {
  expect(ED25519_TORSION_SUBGROUP).toHaveLength(8);
  for (const hex of ED25519_TORSION_SUBGROUP) {
    const point = fromHex(hex);
    expect(isStrictEd25519Point(point)).toBe(false);
    point[31] = (point[31] as number) ^ 0x80;
    expect(isStrictEd25519Point(point)).toBe(false);
  }
});

test("refuses every y that is not reduced, and no other for its size", () => {
  for (let y = p; y < 2n ** 255n; y++) {
    expect(isStrictEd25519Point(encoded(y, 0))).toBe(false);
    expect(isStrictEd25519Point(encoded(y, 1))).toBe(false);
  }
  // p - 1 is of small order.
  for (const y of [p - 2n, p - 3n, p - 256n, p - 2n ** 16n, 2n, 3n]) {
    expect(isStrictEd25519Point(encoded(y, 0))).toBe(true);
    expect(isStrictEd25519Point(encoded(y, 1))).toBe(true);
  }
});

test("takes every honest key", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
      expect(isStrictEd25519Point(ed25519.getPublicKey(seed))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

// Beside an independent implementation of the same map.

import { ed25519 } from "@noble/curves/ed25519.js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "#base/bytes.ts";
import { x25519Point, x25519Scalar } from "./ed25519-to-x25519.ts";

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("public keys become what the library makes of them", () => {
  const property = fc.property(seeds, (seed) => {
    const point = ed25519.getPublicKey(seed);
    expect(toHex(x25519Point(point))).toBe(toHex(ed25519.utils.toMontgomery(point)));
  });
  fc.assert(property, { numRuns: 50 });
});

test("secret keys become scalars that belong to the public ones", () => {
  const property = fc.property(seeds, (seed) => {
    // The library fixes the bits, as every use of the scalar does.
    const scalar = Uint8Array.from(x25519Scalar(seed));
    scalar[0] = (scalar[0] as number) & 248;
    scalar[31] = ((scalar[31] as number) & 127) | 64;
    expect(toHex(scalar)).toBe(toHex(ed25519.utils.toMontgomerySecret(seed)));
  });
  fc.assert(property, { numRuns: 50 });
});

test("what is no point of the curve is refused, just where the library refuses it", () => {
  let refused = 0;
  const property = fc.property(seeds, (bytes) => {
    // Almost always below p, and of large order.
    const known = attempt(() => ed25519.utils.toMontgomery(bytes));
    expect(attempt(() => x25519Point(bytes))).toBe(known);
    if (known === undefined) refused++;
  });
  fc.assert(property, { numRuns: 100, examples: [[fromHex(`02${"00".repeat(31)}`)]] });
  expect(refused).toBeGreaterThan(10);
});

function attempt(work: () => Uint8Array): string | undefined {
  try {
    return toHex(work());
  } catch {
    return undefined;
  }
}

// Bytes joined to what was announced, with no more memory than has come.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteAssembly } from "./byte-assembly.ts";
import { concatBytes } from "./bytes.ts";

test("pieces become the whole, in memory of exactly its size", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 1000 })), (pieces) => {
      const expected = concatBytes(pieces);
      const assembly = new ByteAssembly(expected.length);
      for (const piece of pieces) assembly.add(piece);
      expect(assembly.missingBytes).toBe(0);
      expect(assembly.whole).toEqual(expected);
    }),
  );
});

test("memory doubles as bytes come, up to what was announced", () => {
  const given: number[] = [];
  const allocate = (sizeBytes: number) => {
    given.push(sizeBytes);
    return new Uint8Array(sizeBytes);
  };
  const kib = 1024;
  const assembly = new ByteAssembly(1500 * kib, allocate);
  for (let i = 0; i < 15; i++) assembly.add(new Uint8Array(100 * kib).fill(i));
  expect(given).toEqual([72 * kib, 144 * kib, 288 * kib, 576 * kib, 1152 * kib, 1500 * kib]);
  expect(Array.from({ length: 15 }, (_, i) => assembly.whole[(i + 1) * 100 * kib - 1])).toEqual([...Array(15).keys()]);
});

test("says what has come and what has not", () => {
  const assembly = new ByteAssembly(10);
  assembly.add(new Uint8Array(4));
  expect([assembly.arrivedBytes, assembly.missingBytes]).toEqual([4, 6]);
});

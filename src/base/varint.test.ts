// Unsigned LEB128: that each number has one form, and what is refused.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { equalBytes, fromHex, toHex } from "./bytes.ts";
import { GlowError } from "./errors.ts";
import { decodeVarint, encodeVarint } from "./varint.ts";

test("known forms", () => {
  // From the unsigned-varint specification, and the ends of the range.
  for (const [value, hex] of [
    [0, "00"],
    [1, "01"],
    [127, "7f"],
    [128, "8001"],
    [255, "ff01"],
    [300, "ac02"],
    [16384, "808001"],
    [2 ** 32, "8080808010"],
    [Number.MAX_SAFE_INTEGER, "ffffffffffffff0f"],
  ] as const) {
    expect(toHex(encodeVarint(value))).toBe(hex);
    expect(decodeVarint(fromHex(hex))).toEqual({ value, end: hex.length / 2 });
  }
});

test("every safe integer comes back, wherever it stands", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.uint8Array(), fc.uint8Array(), (value, before, after) => {
      const bytes = encodeVarint(value);
      const decoded = decodeVarint(Uint8Array.of(...before, ...bytes, ...after), before.length);
      expect(decoded).toEqual({ value, end: before.length + bytes.length });
    }),
  );
});

test("whatever the bytes: the shortest form of a number, or `invalid`", () => {
  const shortestOrInvalid = (bytes: Uint8Array): boolean => {
    try {
      const { value, end } = decodeVarint(bytes);
      return equalBytes(encodeVarint(value), bytes.subarray(0, end));
    } catch (error) {
      return error instanceof GlowError && error.kind === "invalid";
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), shortestOrInvalid));
});

test.each([
  ["", "end inside"],
  ["80", "end inside"],
  ["8000", "longer than it needs"],
  ["ed8100", "longer than it needs"],
  ["8080808080808010", "above 2\\^53"],
  ["ffffffffffffffffff01", "above 2\\^53"],
])("refuses %j: %s", (hex, reason) => {
  expect(() => decodeVarint(fromHex(hex))).toThrow(new RegExp(reason));
});

test("a number that has no form is a defect of the caller", () => {
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
    expect(() => encodeVarint(value)).toThrow(GlowError);
  }
});

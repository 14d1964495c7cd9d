// Byte strings against what is plainly the same said otherwise: hexadecimal text, arrays, UTF-8 known to be bad.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  gatherBytes,
  toHex,
  totalBytes,
  utf8Decode,
  utf8Encode,
} from "./bytes.ts";

const bytes = fc.uint8Array({ maxLength: 40 });

test("equality and order are those of the bytes as hexadecimal text", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [textA, textB] = [toHex(a), toHex(b)];
      expect(equalBytes(a, b)).toBe(textA === textB);
      expect(Math.sign(compareBytes(a, b))).toBe(textA < textB ? -1 : textA > textB ? 1 : 0);
    }),
  );
});

test("a prefix comes first, and bytes count as unsigned", () => {
  expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0);
  expect(compareBytes(Uint8Array.of(0x7f), Uint8Array.of(0x80))).toBeLessThan(0);
  expect(compareBytes(Uint8Array.of(), Uint8Array.of())).toBe(0);
});

test("parts are joined in order, into memory of their own", () => {
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      const whole = concatBytes(parts);
      expect([...whole]).toEqual(parts.flatMap((part) => [...part]));
      expect(whole).toHaveLength(totalBytes(parts));
      expect(parts.some((part) => part.buffer === whole.buffer)).toBe(false);
    }),
  );
});

test("text comes back, also with a byte order mark", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Decode(utf8Encode(text))).toBe(text);
    }),
  );
  for (const length of [63, 64, 65]) {
    for (const text of ["a".repeat(length), `${"a".repeat(length - 1)}\u0080`, `\u07ff${"a".repeat(length - 1)}`]) {
      expect(utf8Encode(text)).toEqual(new TextEncoder().encode(text));
    }
  }
  expect(utf8Decode(utf8Encode("a\uD800b"))).toBe("a\uFFFDb");
  expect(utf8Decode(utf8Encode("\uFEFFa"))).toBe("\uFEFFa");
});

test.each(["ff", "c080", "eda080", "f5808080", "c3", "e28282e2"])("malformed UTF-8 is invalid: %s", (hex) => {
  expect(() => utf8Decode(fromHex(hex))).toThrow(expect.objectContaining({ kind: "invalid", op: "utf8.decode" }));
});

test("hexadecimal digits of either case, and nothing else", () => {
  fc.assert(
    fc.property(bytes, (given) => {
      expect(fromHex(toHex(given))).toEqual(given);
      expect(fromHex(toHex(given).toUpperCase())).toEqual(given);
    }),
  );
  for (const text of ["0", "0g", " 00", "0x00", "00\n", "００"]) {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ kind: "invalid", op: "hex.decode" }));
  }
});

test("gathered parts are the same bytes, small neighbours joined and large parts as they were", () => {
  const lengths = (parts: readonly Uint8Array[]) => gatherBytes(parts, 10).map(({ length }) => length);
  const part = (length: number) => new Uint8Array(length);
  expect(lengths([])).toEqual([]);
  expect(lengths([part(3)])).toEqual([3]);
  expect(lengths([part(3), part(9), part(0)])).toEqual([12]);
  expect(lengths([part(10), part(11)])).toEqual([10, 11]);
  expect(lengths([part(3), part(4), part(20), part(5), part(10), part(1), part(2)])).toEqual([7, 20, 5, 10, 3]);
  const large = part(20);
  expect(gatherBytes([part(1), large, part(1)], 10)[1]).toBe(large);
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      expect(concatBytes(gatherBytes(parts, 20))).toEqual(concatBytes(parts));
    }),
  );
});

// The text form of ids: that there is exactly one for each.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, utf8Encode } from "./bytes.ts";
import { GlowError } from "./errors.ts";
import { idBytes, idText } from "./ids.ts";
import { idLimits } from "./limits.ts";

const invalid = expect.objectContaining({ kind: "invalid" });

test("text as in RFC 4648, section 10, in lower case and without padding", () => {
  for (const [word, text] of [
    ["f", "my"],
    ["fo", "mzxq"],
    ["foo", "mzxw6"],
    ["foob", "mzxw6yq"],
    ["fooba", "mzxw6ytb"],
    ["foobar", "mzxw6ytboi"],
  ] as const) {
    expect(idText(utf8Encode(word))).toBe(text);
    expect(idBytes(text)).toEqual(utf8Encode(word));
  }
});

test("every id comes back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: idLimits.bytes }), (id) => {
      expect(idText(id)).toMatch(/^[a-z2-7]+$/);
      expect(idBytes(idText(id))).toEqual(id);
    }),
  );
});

test("whatever the text: an id in its only spelling, or `invalid`", () => {
  const spelt = fc.string({ unit: fc.constantFrom(...Array.from("abcxyz234567AB01=-ſ ")), maxLength: 12 });
  let taken = 0;
  const onlySpellingOrInvalid = (text: string): boolean => {
    try {
      const id = idBytes(text);
      taken++;
      return idText(id) === text;
    } catch (error) {
      return error instanceof GlowError && error.kind === "invalid";
    }
  };
  fc.assert(fc.property(fc.oneof(fc.string(), spelt), onlySpellingOrInvalid), { numRuns: 2000 });
  expect(taken).toBeGreaterThan(0);
});

test.each([
  ["", "empty"],
  ["MY", "upper case"],
  ["my======", "padding"],
  ["mz", "bits past the last byte that are not zero"],
  ["m", "too few bits for a byte"],
  ["mzx", "a length that no bytes have"],
  ["m1", "a digit outside the alphabet"],
  ["my\n", "a line end"],
  ["mſ", "a character that becomes S in upper case"],
])("refuses %j: %s", (text) => {
  expect(() => idBytes(text)).toThrow(invalid);
});

test("has at most as many bytes as the limit says", () => {
  const longest = idText(new Uint8Array(idLimits.bytes));
  expect(idBytes(longest)).toHaveLength(idLimits.bytes);
  expect(() => idText(new Uint8Array(idLimits.bytes + 1))).toThrow(invalid);
  expect(() => idText(new Uint8Array(0))).toThrow(invalid);
  expect(() => idBytes(`${longest}a`)).toThrow(invalid);
  expect(() => idBytes("a".repeat(10_000_000))).toThrow(invalid);
  expect(() => idBytes("a".repeat(idLimits.bytes * 2))).toThrow(invalid);
  expect(idText(fromHex("1e".repeat(33)))).toHaveLength(53);
});

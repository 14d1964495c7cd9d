// Names: which there can be, how they sort, and the marks by which those of one name are told apart.

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytes } from "#base/bytes.ts";
import { SeededRandom } from "#base/random.ts";
import {
  comparableName,
  foldedName,
  fullMarkOf,
  markedFull,
  markedShort,
  nameFault,
  nameKey,
  nameOfKey,
  shortMarkOf,
  withoutShortMark,
} from "./file-name.ts";
import { newObjectId } from "./object-id.ts";

const object = newObjectId("file", new SeededRandom("name"));
const other = newObjectId("file", new SeededRandom("other name"));

/** Characters of all lengths, with those that sort otherwise as UTF-16 than as UTF-8. */
const character = fc.oneof(
  fc.constantFrom("a", "~", ".", "e\u0301", "\u00e9", "\uffee", "\u{1f600}"),
  fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0xe000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
);

function names(maxLength: number): fc.Arbitrary<string> {
  const text = fc.array(character, { minLength: 1, maxLength }).map((characters) => characters.join(""));
  return text.filter((name) => nameFault(name) === undefined);
}

test("names that no file can have are refused", () => {
  const bad = [
    "",
    ".",
    "..",
    "a/b",
    "/",
    "\0",
    "a\nb",
    "\x7f",
    "\u0085",
    "\ud800",
    "a\udc00",
    "x".repeat(256),
    "\u00e9".repeat(128),
  ];
  for (const name of bad) expect(nameFault(name), JSON.stringify(name)).toBeDefined();
  // 255 bytes as it is, and more in normal form C, which takes this one apart.
  expect(nameFault("\u0958".repeat(85))).toBeDefined();
});

test("names that only some systems refuse are fine", () => {
  const good = [
    "a",
    " ",
    "...",
    "a:b",
    "con",
    "aux.txt",
    "a\\b",
    "\ufeff",
    "\u202e",
    "\ud83d\ude00",
    "x".repeat(255),
    "\u00e9".repeat(127),
  ];
  for (const name of good) expect(nameFault(name), JSON.stringify(name)).toBeUndefined();
});

test("keys of names sort by code units, as the names do, and lead back to them", () => {
  fc.assert(
    fc.property(names(20), names(20), (a, b) => {
      expect(nameOfKey(nameKey(a))).toBe(a);
      expect(nameKey(a).includes(0)).toBe(false);
      expect(Math.sign(compareBytes(nameKey(a), nameKey(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
  // Where UTF-8 would sort otherwise.
  expect(compareBytes(nameKey("\ud83d\ude00"), nameKey("\uffee"))).toBeLessThan(0);
});

test("a name is the same in both normal forms; upper and lower case are told apart, and folded by need", () => {
  expect(comparableName("e\u0301")).toBe(comparableName("\u00e9"));
  expect(comparableName("A")).not.toBe(comparableName("a"));
  expect(foldedName("\u00c9A")).toBe(foldedName("e\u0301a"));
  expect(foldedName("\u03a3")).toBe(foldedName("\u03c2"));
  expect(foldedName("stra\u00dfe")).not.toBe(foldedName("STRASSE"));
});

test("a mark stands before the extension", () => {
  const mark = shortMarkOf(object);
  const marks = ["plan.txt", "plan", ".profile", "a.tar.gz", "name.", `x.${"e".repeat(16)}`].map((name) =>
    markedShort(name, object),
  );
  expect(marks).toEqual([
    `plan~${mark}.txt`,
    `plan~${mark}`,
    `.profile~${mark}`,
    `a.tar~${mark}.gz`,
    `name~${mark}.`,
    `x.${"e".repeat(16)}~${mark}`,
  ]);
  expect(markedFull("plan.txt", object)).toBe(`plan~${object}.txt`);
  expect(fullMarkOf(`plan~${object}.txt`)).toBe(object);
  expect(fullMarkOf("plan.txt")).toBeUndefined();
});

test("what bears a mark leads back to the name; two names or two objects never get the same", () => {
  fc.assert(
    fc.property(names(100), names(100), (a, b) => {
      const short = markedShort(a, object);
      if (short !== undefined) {
        expect(nameFault(short)).toBeUndefined();
        expect(comparableName(withoutShortMark(comparableName(short)) ?? "")).toBe(comparableName(a));
      }
      const full = markedFull(a, object);
      expect(nameFault(full)).toBeUndefined();
      expect(fullMarkOf(comparableName(full))).toBe(object);
      expect(comparableName(markedFull(b, other))).not.toBe(comparableName(full));
    }),
  );
});

test("a name that is too long for a mark is cut, between characters", () => {
  const long = "\u{1f600}".repeat(63);
  expect(markedShort(long, object)).toBeUndefined();
  expect(markedFull(long, object)).toBe(`${"\u{1f600}".repeat(57)}~${object}`);
});

// Ranges as browsers ask for them, and as others do.

import { expect, test } from "vitest";
import { readByteRange } from "./byte-range.ts";

test.each([
  ["bytes=0-9", { offset: 0, length: 10 }],
  ["bytes=90-", { offset: 90, length: 10 }],
  ["bytes=90-200", { offset: 90, length: 10 }],
  ["bytes=-10", { offset: 90, length: 10 }],
  ["bytes=-500", { offset: 0, length: 100 }],
  [" bytes=99-99 ", { offset: 99, length: 1 }],
])("%s of 100 bytes", (header, range) => {
  expect(readByteRange(header, 100)).toEqual(range);
});

test.each(["bytes=100-", "bytes=100-200", "bytes=-0"])("%s of 100 bytes begins behind the end", (header) => {
  expect(readByteRange(header, 100)).toBe("unsatisfiable");
});

test.each([
  undefined,
  "",
  "bytes=-",
  "bytes=9-3",
  "bytes=0-1,5-6",
  "bytes=a-b",
  "lines=0-1",
  "bytes=0x1-",
  "bytes=1e3-",
])("%s means the whole", (header) => {
  expect(readByteRange(header, 100)).toBeUndefined();
});

test("numbers beyond all measure are no range", () => {
  expect(readByteRange(`bytes=${"9".repeat(40)}-`, 100)).toBeUndefined();
  expect(readByteRange("bytes=999999999999999-", 100)).toBe("unsatisfiable");
});

test("of nothing there is no part", () => {
  expect(readByteRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(readByteRange("bytes=-1", 0)).toBe("unsatisfiable");
});

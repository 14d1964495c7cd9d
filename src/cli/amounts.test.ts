// Sizes and times as people read them.

import { expect, test } from "vitest";
import { bytesIn, countText, durationText, millisecondsText, modifiedText, secondsIn, sizeText } from "./amounts.ts";

test("sizes", () => {
  const sizes = [0, 999, 1000, 1049, 9949, 9950, 999_499, 999_500, 1e6, 1.5e9, 2e15, 5e18];
  expect(sizes.map((bytes) => sizeText(bytes))).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "1.0 kB",
    "9.9 kB",
    "10 kB",
    "999 kB",
    "1.0 MB",
    "1.0 MB",
    "1.5 GB",
    "2.0 PB",
    "5000 PB",
  ]);
});

test("durations have two parts at most, and none that is nothing", () => {
  expect(durationText(-5)).toBe("0 s");
  expect(durationText(59_999)).toBe("59 s");
  expect(durationText(61_000)).toBe("1 m 1 s");
  expect(durationText(7_200_000)).toBe("2 h");
  expect(durationText(90_061_000)).toBe("1 d 1 h");
  expect([0.1234, 12.34, 123.4].map((ms) => millisecondsText(ms))).toEqual(["0.12 ms", "12.3 ms", "123 ms"]);
});

test("times that are typed", () => {
  expect(["90", "90s", "15m", "24h", "7d", "2w"].map((text) => secondsIn(text))).toEqual([
    90, 90, 900, 86_400, 604_800, 1_209_600,
  ]);
  for (const text of ["", "h", "1.5h", "-1s", "1y", "9999999999s"]) expect(secondsIn(text)).toBeUndefined();
});

test("counts, and no time", () => {
  expect([countText(1, "file"), countText(2, "file"), countText(0, "copy", "copies")]).toEqual([
    "1 file",
    "2 files",
    "0 copies",
  ]);
  expect(modifiedText(0n)).toBe("-");
});

test("sizes as they are typed", () => {
  expect(["500MB", "2 gb", "1.5 kB", "17", "17 B"].map((text) => bytesIn(text))).toEqual([5e8, 2e9, 1500, 17, 17]);
  for (const text of ["", "MB", "-1", "1e9", "1 MiB", "much", "1.2.3 GB"]) expect(bytesIn(text)).toBeUndefined();
});

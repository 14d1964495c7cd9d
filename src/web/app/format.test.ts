// Sizes, times and durations as the page shows them.

import { expect, test } from "vitest";
import { formatBytes, formatCount, formatDuration, formatRoundTrip, formatTime } from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [12_345, "12.3 kB"],
  [999_600, "1.00 MB"],
  [123_456_789, "123 MB"],
  [5e15, "5.00 PB"],
  [-5, "0 B"],
])("%d bytes", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.2, "1 s"],
  [59, "59 s"],
  [80, "1 min 20 s"],
  [3000, "50 min"],
  [7200, "2 h 0 min"],
  [86_399, "24 h 0 min"],
  [864_000, "10 days"],
])("%d seconds", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("a time is told from now while that is short", () => {
  const now = new Date(2026, 5, 15, 12, 0, 0);
  const before = (seconds: number) => formatTime(new Date(now.getTime() - seconds * 1000), now);
  expect(before(10)).toBe("just now");
  expect(before(120)).toBe("2 minutes ago");
  expect(before(7200)).toBe("2 hours ago");
  expect(before(86_400 * 30)).toBe("16 May, 12:00");
  expect(before(86_400 * 400)).toBe("11 May 2025");
});

test("one is one", () => {
  expect(formatCount(1, "file")).toBe("1 file");
  expect(formatCount(1200, "file")).toBe("1,200 files");
  expect(formatRoundTrip(0.3)).toBe("under 1 ms");
  expect(formatRoundTrip(42.4)).toBe("42 ms");
});

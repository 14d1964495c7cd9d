// The line of a transfer.

import { expect, test } from "vitest";
import { progressText } from "./transfer-progress.ts";

test("how much, how fast, how long yet", () => {
  const facts = { bytes: 25e6, totalBytes: 100e6, files: 0, totalFiles: 1, rate: 5e6 };
  expect(progressText(facts)).toBe("[#####...............]  25 %  25 MB of 100 MB  5.0 MB/s  15 s left");
  expect(progressText({ ...facts, files: 3, totalFiles: 10 })).toContain("3 of 10 files");
});

test("before all is known, at the beginning, and with more than was said", () => {
  expect(progressText({ bytes: 5, totalBytes: undefined, files: 2, totalFiles: undefined, rate: 0 })).toBe(
    "2 files  5 B  0 B/s",
  );
  expect(progressText({ bytes: 0, totalBytes: 0, files: 0, totalFiles: 0, rate: 0 })).toMatch(/100 % .* finishing$/);
  expect(progressText({ bytes: 20, totalBytes: 10, files: 0, totalFiles: 1, rate: 0 })).toContain(
    "[####################]",
  );
});

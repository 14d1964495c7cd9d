// Streams over real connections that a proxy cuts again and again arrive whole, with at most a window sent again per cut.

import { expect, test } from "vitest";
import { resumableLimits } from "#base/limits.ts";
import { transfer } from "./resumable-transfer.ts";

const MiB = 1024 * 1024;

test.each([
  ["tcp", 64 * MiB, 20],
  ["ws", 32 * MiB, 8],
] as const)("%s: %i bytes, cut %i times", async (scheme, totalBytes, cuts) => {
  const result = await transfer({ scheme, totalBytes, cuts });
  expect(result.receivedBytes).toBe(totalBytes);
  expect(result.receivedHash).toBe(result.sentHash);
  expect([result.cuts, result.reconnects]).toEqual([cuts, cuts]);
  expect(Math.max(...result.resentBytes)).toBeLessThanOrEqual(resumableLimits.windowBytes);
  expect(Math.max(...result.resentBytes)).toBeGreaterThan(0);
});

// Work on many things at once.

import { expect, test } from "vitest";
import { inParallel } from "./transfer-report.ts";

test("so many at a time, and all of them", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    done.push(item);
  });
  expect({ most, done: done.toSorted((a, b) => a - b) }).toEqual({ most: 3, done: [1, 2, 3, 4, 5, 6, 7] });
});

test("after a failure nothing more is begun, and what runs is waited for", async () => {
  const begun: number[] = [];
  let ended = 0;
  const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item);
    await Promise.resolve();
    ended += 1;
    if (item === 2) throw new Error("no");
  });
  await expect(work).rejects.toThrow("no");
  expect(ended).toBe(begun.length);
  expect(begun).not.toContain(6);
});

// Work that fails, and is done all the same.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import { VirtualTime } from "../../test/scenarios/firefly/virtual-time.ts";
import { RetriedWork } from "./retried-work.ts";

function story(work: () => Promise<"done" | "again">) {
  const time = new VirtualTime();
  const told: GlowError[] = [];
  const platform = { timers: time.timers, random: new SeededRandom("retries") };
  const retried = new RetriedWork({ platform, op: "test.work", work, failed: (error) => told.push(error) });
  return { time, told, retried };
}

const full = () => new GlowError("exhausted", "disk.write", { message: "the disk is full" });

test("is tried again, ever more rarely, and a failure is told once", async () => {
  let attempts = 0;
  let isFull = true;
  const { time, told, retried } = story(async () => {
    attempts++;
    if (isFull) throw full();
    return "done";
  });
  retried.begin();
  await time.until(300_000);
  expect(attempts).toBeGreaterThan(8);
  expect(attempts).toBeLessThan(20);
  expect(told).toEqual([full()]);
  isFull = false;
  await time.until(300_000 + replicationLimits.longestRetryMs);
  const done = attempts;
  await time.until(1_000_000);
  expect(attempts).toBe(done);
  expect(time.pending).toBe(0);
});

test("what is not this node's fault is tried again and not told", async () => {
  let attempts = 0;
  const { time, told, retried } = story(async () => (++attempts < 4 ? "again" : "done"));
  retried.begin();
  await time.until(10_000);
  expect([attempts, told.length]).toEqual([4, 0]);
});

test("what begins anew while it is under way is done once more, and after its end never", async () => {
  let attempts = 0;
  const running: (() => void)[] = [];
  const { time, retried } = story(() => {
    attempts++;
    return new Promise((resolve) => void running.push(() => resolve("done")));
  });
  retried.begin();
  retried.begin();
  retried.begin();
  expect(attempts).toBe(1);
  running.pop()?.();
  await time.until(1);
  expect(attempts).toBe(2);
  retried.stop();
  retried.begin();
  running.pop()?.();
  await time.until(100_000);
  expect(attempts).toBe(2);
});

// When memory is given back: once, at rest, after work.

import { expect, test } from "vitest";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { releaseAtRest } from "./spare-memory.ts";

function story() {
  const time = new VirtualTime();
  let spentMs = 0;
  const released: (number | "rests")[] = [];
  const memory = { cpuMs: () => spentMs, release: () => void released.push(spentMs) };
  const subscription = releaseAtRest(time.timers, () => void released.push("rests"), memory);
  return { time, released, subscription, work: (ms: number) => void (spentMs += ms) };
}

test("is released once when work is over, and again only after more work", async () => {
  const { time, released, work } = story();
  work(500);
  await time.until(20_000);
  expect(released).toEqual([]);
  await time.until(40_000);
  expect(released).toEqual(["rests", 500]);
  await time.until(400_000);
  expect(released).toEqual(["rests", 500]);
  work(140);
  await time.until(500_000);
  expect(released).toEqual(["rests", 500]);
  work(140);
  await time.until(600_000);
  expect(released).toEqual(["rests", 500, "rests", 780]);
});

test("is not released while there is work, nor by who has stopped", async () => {
  const { time, released, subscription, work } = story();
  for (let i = 1; i < 40; i++) {
    work(200);
    await time.until(i * 5_000);
  }
  expect(released).toEqual([]);
  subscription.stop();
  await time.until(1_000_000);
  expect(released).toEqual([]);
  expect(time.pending).toBe(0);
});

// What counts as sleep: time that has passed by either clock and not for this program.

import { expect, test } from "vitest";
import { dialLimits } from "#base/limits.ts";
import type { Platform } from "#glow";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { SleepWatch } from "./sleep-watch.ts";

const { sleepLookMs, sleptMs } = dialLimits;

interface Watched {
  readonly node: SimulatedNode<SleepWatch>;
  times: number;
  run(forMs: number): Promise<void>;
}

async function watched(): Promise<Watched> {
  const world = new World(nodeHost, { seed: 1 });
  const boot = (platform: Platform) => new SleepWatch(platform, () => watch.times++);
  const node = world.addNode("a", { boot, clockRate: 1 });
  const watch: Watched = { node, times: 0, run: (forMs) => world.run({ untilMs: world.nowMs + forMs }) };
  await watch.run(10 * sleepLookMs);
  expect(watch.times).toBe(0);
  return watch;
}

test("a wall clock that is dialLimits.sleptMs ahead: noticed within dialLimits.sleepLookMs, once", async () => {
  const watch = await watched();
  watch.node.stepClock(sleptMs + 1);
  await watch.run(sleepLookMs);
  expect(watch.times).toBe(1);
  watch.node.stepClock(86_400_000);
  await watch.run(10 * sleepLookMs);
  expect(watch.times).toBe(2);
});

test("timers that come so late: the monotonic clock has gone on", async () => {
  const watch = await watched();
  watch.node.pause(sleptMs + sleepLookMs + 1);
  await watch.run(sleptMs + 2 * sleepLookMs);
  expect(watch.times).toBe(1);
});

test("less than that is a busy machine, and a clock that is set back is none that slept", async () => {
  const watch = await watched();
  watch.node.stepClock(sleptMs - 1);
  await watch.run(sleepLookMs);
  watch.node.pause(sleptMs - 1);
  await watch.run(sleptMs + sleepLookMs);
  watch.node.stepClock(-86_400_000);
  await watch.run(10 * sleepLookMs);
  expect(watch.times).toBe(0);
});

test("who has stopped it hears nothing", async () => {
  const watch = await watched();
  watch.node.handle?.stop();
  watch.node.stepClock(86_400_000);
  await watch.run(10 * sleepLookMs);
  expect(watch.times).toBe(0);
});

// Two who have not reached each other for an hour try rarely. Whoever opens the lid of a laptop, or asks for the other one,
// does not wait for the next try.

import { expect, test } from "vitest";
import { dialLimits } from "#base/limits.ts";
import { MeshWorld } from "./mesh-world.ts";

const hourMs = 3_600_000;
const soonMs = 1000;

/** They are in reach of each other again, and do not know it. */
async function afterAnHour(seed: number): Promise<MeshWorld> {
  const mesh = await MeshWorld.start({ seed, links: [["a", "b"]] });
  const apart = mesh.world.network.partition(["a"], ["b"]);
  await mesh.run(hourMs);
  expect(mesh.links("a", "b")).toEqual([]);
  apart.heal();
  return mesh;
}

async function untilLinked(mesh: MeshWorld): Promise<number> {
  const beganMs = mesh.world.nowMs;
  await mesh.until(() => mesh.links("a", "b").length > 0, 2 * dialLimits.coldWaitMs);
  return mesh.world.nowMs - beganMs;
}

const seeds = [1, 2, 3, 4, 5, 6];

test("left alone, they find each other within the longest wait, and mostly not soon", async () => {
  const waitsMs: number[] = [];
  for (const seed of seeds) waitsMs.push(await untilLinked(await afterAnHour(seed)));
  expect(Math.max(...waitsMs)).toBeLessThan(dialLimits.coldWaitMs + dialLimits.attemptMs);
  expect(Math.max(...waitsMs)).toBeGreaterThan(10_000);
});

test("a machine that has slept dials when it wakes: the wall clock has gone on", async () => {
  for (const seed of seeds) {
    const mesh = await afterAnHour(seed);
    mesh.node("a").stepClock(8 * hourMs);
    expect(await untilLinked(mesh)).toBeLessThan(dialLimits.sleepLookMs + soonMs);
  }
});

test("so does one that stood still, whose links are all dead", async () => {
  for (const seed of seeds) {
    const mesh = await MeshWorld.start({ seed, links: [["a", "b"]] });
    mesh.node("a").pause(hourMs);
    await mesh.run(hourMs);
    expect(mesh.router("b").isNeighbour(mesh.id("a"))).toBe(false);
    await mesh.run(dialLimits.sleepLookMs + soonMs);
    expect(mesh.router("b").isNeighbour(mesh.id("a"))).toBe(true);
    await mesh.expectServed("a", "b");
  }
});

test("somebody who asks for the other has it dialled at once", async () => {
  for (const seed of seeds) {
    const mesh = await afterAnHour(seed);
    mesh.mesh("a").hurry();
    expect(await mesh.world.finish(mesh.router("a").reaches(mesh.id("b")))).toBe(true);
    await mesh.expectServed("a", "b");
  }
});

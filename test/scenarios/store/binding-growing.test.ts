// Large files are written while their chunks come: nobody sees them before they are whole, and nothing is written twice.

import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { bindingPace } from "#store/binding/pace.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { noise } from "../../store/content-fixture.ts";
import { content, drafts, halfThere, sizeBytes } from "../../store/growing-file.ts";

function problems(world: BindingWorld): string[] {
  return world
    .binding("laptop")
    .status()
    .problems.map(({ error }) => error.kind);
}

async function expectPlaced(world: BindingWorld, path = "large"): Promise<void> {
  await world.settle();
  const placed = world.folder("laptop").user.read(path);
  expect(placed !== undefined && equalBytes(placed, content)).toBe(true);
  expect(drafts(world)).toEqual([]);
  expect(problems(world)).toEqual([]);
}

test("what has come is written before the last chunk comes, and once", async () => {
  const { world, taps } = await halfThere();
  expect(drafts(world)[0]).toBeGreaterThanOrEqual(bindingPace.draftBytes);
  expect(drafts(world)[0]).toBeLessThan(sizeBytes);
  expect(world.folder("laptop").user.has("large")).toBe(false);
  taps.open(world);
  await expectPlaced(world);
  expect(taps.draftedBytes).toBe(sizeBytes);
});

test("what is given up for a while is gone on with", async () => {
  const { world, taps } = await halfThere();
  world.leave("phone");
  await world.until(() => problems(world).length > 0);
  expect(problems(world)).toEqual(["unavailable"]);
  expect(drafts(world)).toHaveLength(1);
  taps.open(world);
  await expectPlaced(world);
  expect(taps.draftedBytes).toBe(sizeBytes);
});

test("what nothing more has come of gives back its room, and is placed when it comes", async () => {
  const { world, taps } = await halfThere();
  world.leave("phone");
  await world.until(() => drafts(world).length === 0, 120_000);
  taps.open(world);
  await expectPlaced(world);
});

describe("nothing is left of it", () => {
  test("when the drive has another version meanwhile, though that is small", async () => {
    const { world, taps } = await halfThere();
    world.folder("phone").user.write("large", noise("another", 1000));
    await world.until(() => world.folder("laptop").user.has("large"), 120_000);
    taps.open(world);
    await world.settle();
    expect(world.folder("laptop").user.read("large")).toEqual(noise("another", 1000));
    expect(drafts(world)).toEqual([]);
  });

  test("when it is removed from the drive meanwhile", async () => {
    const { world, taps } = await halfThere();
    world.folder("phone").user.remove("large");
    await world.until(() => drafts(world).length === 0, 120_000);
    taps.open(world);
    await world.settle();
    expect(world.folder("laptop").user.has("large")).toBe(false);
    expect(problems(world)).toEqual([]);
  });

  test("when the binding is paused, and it is placed later", async () => {
    const { world, taps } = await halfThere();
    await world.finish(world.binding("laptop").pause());
    expect(drafts(world)).toEqual([]);
    await world.finish(world.binding("laptop").resume());
    taps.open(world);
    await expectPlaced(world);
  });

  test.each(["kill", "power"] as const)("after a %s, and it is placed later", async (manner) => {
    const { world, taps } = await halfThere();
    await world.restart("laptop", manner);
    taps.open(world);
    await expectPlaced(world);
  });

  test("when there is no room for all of it, and it is placed when there is", async () => {
    const { world, taps } = await halfThere();
    const { capacityBytes } = world.folder("laptop");
    world.folder("laptop").capacityBytes = sizeBytes - 1_000_000;
    taps.open(world);
    await world.until(() => problems(world).length > 0);
    expect(problems(world)).toEqual(["exhausted"]);
    await world.until(() => drafts(world).length === 0);
    world.folder("laptop").capacityBytes = capacityBytes;
    await expectPlaced(world);
  });
});

test("folders get other names while a part is being written", async () => {
  const { world, taps } = await halfThere("folder/large");
  taps.stick();
  const { draftedBytes } = taps;
  taps.open(world);
  await world.until(() => taps.draftedBytes > draftedBytes);
  world.folder("phone").user.move("folder", "renamed");
  await world.until(() => world.folder("laptop").user.has("renamed"));
  expect(world.folder("laptop").user.has("folder")).toBe(false);
  taps.loosen();
  await expectPlaced(world, "renamed/large");
  expect(taps.draftedBytes).toBe(sizeBytes);
});

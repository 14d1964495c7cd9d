// A large file of a bound folder, which backs its own chunks, is changed or gone before another device has copied it.

import { expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld } from "../../store/bound-folders.ts";
import { noise } from "../../store/content-fixture.ts";

const sizeBytes = bindingLimits.largeBytes + 100_000;

async function progress(world: BindingWorld, name: string) {
  const { missingBlobs, unavailableBlobs } = await world.finish(world.device(name).replicator.progress());
  return { missingBlobs, unavailableBlobs };
}

/** The laptop is away while the phone saves a large file, and changes its mind. */
async function story(change: (world: BindingWorld) => Promise<void> | void): Promise<BindingWorld> {
  const world = await boundWorld(["phone", "laptop"]);
  world.leave("laptop");
  world.folder("phone").user.write("large", noise("first", sizeBytes));
  await world.settle(["phone"]);
  await change(world);
  await world.settle(["phone"]);
  world.back("laptop");
  await world.settle();
  await world.until(() => world.device("laptop").replicator.complete);
  return world;
}

test.each<[string, (world: BindingWorld) => void]>([
  ["overwritten", (world) => world.folder("phone").user.write("large", noise("second", sizeBytes))],
  ["cut short", (world) => world.folder("phone").user.write("large", noise("second", 10_000))],
  ["removed", (world) => world.folder("phone").user.remove("large")],
])("%s: the other device has all else, waits for nothing, and says what is lost", async (what, change) => {
  const world = await story(change);
  const { missingBlobs, unavailableBlobs } = await progress(world, "laptop");
  expect(missingBlobs).toBe(0);
  expect(unavailableBlobs).toBeGreaterThan(10);
  const { user } = world.folder("laptop");
  if (what === "removed") expect(user.has("large")).toBe(false);
  else expect(user.read("large")).toEqual(world.folder("phone").user.read("large"));
  // Both go on as ever.
  world.folder("laptop").user.write("small", noise("small", 1000));
  await world.settle();
  expect(world.folder("phone").user.read("small")).toEqual(noise("small", 1000));
  await world.until(() => world.device("phone").replicator.complete);
  await world.run(5000);
  const [phone, laptop] = [world.device("phone"), world.device("laptop")];
  expect(await progress(world, "phone")).toEqual(await progress(world, "laptop"));
  for (const { author, ...position } of phone.space.positions()) {
    const header = { author, ...position, space: phone.space.id, parents: [], stamp: 1, timeMs: 0 };
    const isLost = laptop.replicator.unavailable.some(({ hash }) => hash.toHex() === position.hash.toHex());
    expect(phone.replicator.holdersOf(header)).toHaveLength(isLost ? 0 : 1);
  }
});

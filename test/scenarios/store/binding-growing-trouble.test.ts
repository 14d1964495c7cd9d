// What may go wrong with a large file, and around it, while it is written as it comes.

import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { bindingLimits } from "#base/limits.ts";
import { markerName } from "#store/binding/own-names.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld } from "../../store/bound-folders.ts";
import { noise } from "../../store/content-fixture.ts";
import { content, drafts, halfThere, sizeBytes, Taps } from "../../store/growing-file.ts";

const packName = "store/packs/00000001.pack";
const three = ["phone", "laptop", "desk"];

function holds(world: BindingWorld, name: string, path: string, bytes: Uint8Array): boolean {
  const { user } = world.folder(name);
  return user.has(path) && equalBytes(user.read(path), bytes);
}

async function headsOf(world: BindingWorld, name: string, path: string): Promise<number> {
  const { drive } = world.device(name);
  const entry = await world.finish(drive.find(path));
  return entry === undefined ? 0 : (await world.finish(drive.versions(entry.object))).length;
}

async function expectPlaced(world: BindingWorld, name = "laptop"): Promise<void> {
  expect(holds(world, name, "large", content)).toBe(true);
  expect(drafts(world)).toEqual([]);
  expect(world.binding(name).status().problems).toEqual([]);
}

test("a version that replaces one of which the rest never comes does not wait for that", async () => {
  const { world } = await halfThere();
  const next = noise("next", 1000);
  world.folder("phone").user.write("large", next);
  const tookMs = await world.until(() => holds(world, "laptop", "large", next));
  expect(tookMs).toBeLessThan(bindingLimits.patienceMs / 10);
  expect(drafts(world)).toEqual([]);
});

test("what comes slowly is no problem, however long it takes, and is written once", async () => {
  const taps = new Taps();
  const world = await boundWorld(["phone", "laptop"], { crew: taps.crew });
  taps.givingMs = 1500;
  world.folder("phone").user.write("large", content);
  let told = 0;
  const tookMs = await world.until(() => {
    told += world.binding("laptop").status().problems.length;
    return holds(world, "laptop", "large", content);
  }, 600_000);
  expect(tookMs).toBeGreaterThan(2 * bindingLimits.patienceMs);
  expect(told).toBe(0);
  expect(taps.draftedBytes).toBe(sizeBytes);
});

test("nothing is put into another folder that has come to lie in its place, nor removed because it is not there", async () => {
  const { world, taps } = await halfThere();
  const { user } = world.folder("laptop");
  // Disks of one make have folders of one number: only the marker tells them apart.
  user.move(markerName, "elsewhere");
  taps.open(world);
  await world.until(() => world.binding("laptop").status().state === "held");
  await world.run(2 * bindingLimits.patienceMs);
  expect(user.has("large")).toBe(false);
  user.move("elsewhere", markerName);
  await world.settle();
  await expectPlaced(world);
  expect(holds(world, "phone", "large", content)).toBe(true);
});

test("its draft goes when the disk that it lies on is there again", async () => {
  const { world, taps } = await halfThere();
  world.folder("laptop").plug(false);
  await world.run(100);
  taps.open(world);
  await world.run(10_000);
  expect(drafts(world)).toHaveLength(1);
  world.folder("laptop").plug(true);
  await world.settle();
  await expectPlaced(world);
});

test("it is written anew when somebody has tidied its draft away", async () => {
  const { world, taps } = await halfThere();
  world.folder("laptop").drafts.clear();
  taps.open(world);
  await world.settle();
  await expectPlaced(world);
});

test("another device brings the rest when the one that began is gone for ever", async () => {
  const { world, taps } = await halfThere("large", three);
  world.leave("laptop");
  taps.open(world);
  await world.until(() => holds(world, "desk", "large", content));
  world.leave("phone");
  world.back("laptop");
  await world.until(() => holds(world, "laptop", "large", content));
  await expectPlaced(world);
  expect(taps.draftedBytes).toBe(sizeBytes);
});

test("a disk that has no room for it is not filled with what there would be room for", async () => {
  const taps = new Taps();
  const world = await boundWorld(["phone", "laptop"], { crew: taps.crew });
  const laptop = world.folder("laptop");
  const { capacityBytes } = laptop;
  laptop.capacityBytes = sizeBytes - 1_000_000;
  world.folder("phone").user.write("large", content);
  let mostBytes = 0;
  taps.drafted = () => {
    mostBytes = Math.max(mostBytes, laptop.usedBytes);
  };
  await world.run(240_000);
  expect(mostBytes).toBeLessThan(100_000);
  expect(world.binding("laptop").status().problems).toMatchObject([{ error: { kind: "exhausted" } }]);
  laptop.capacityBytes = capacityBytes;
  await world.until(() => holds(world, "laptop", "large", content), 120_000);
  await world.settle();
  await expectPlaced(world);
});

describe("placed all the same", () => {
  test("when its folder is removed here, where nobody has seen it yet", async () => {
    const { world, taps } = await halfThere("folder/large");
    world.folder("laptop").user.remove("folder");
    await world.run(3_000);
    taps.open(world);
    await world.settle();
    for (const name of ["phone", "laptop"]) expect(holds(world, name, "folder/large", content)).toBe(true);
    expect(drafts(world)).toEqual([]);
  });

  test("when the same has come another way, and only one version is known", async () => {
    const { world, taps } = await halfThere();
    world.folder("laptop").user.write("large", content);
    await world.run(1_000);
    taps.open(world);
    await world.settle();
    await expectPlaced(world);
    expect(await headsOf(world, "laptop", "large")).toBe(1);
  });

  test("when it gets another mode meanwhile, and written once", async () => {
    const { world, taps } = await halfThere();
    world.folder("phone").user.setMode("large", 0o600);
    await world.run(3_000);
    taps.open(world);
    await world.settle();
    await expectPlaced(world);
    expect(world.folder("laptop").user.tree().get("large")?.mode).toBe(0o600);
    expect(taps.draftedBytes).toBe(sizeBytes);
  });

  test("when its folder is let go of and bound again", async () => {
    const { world, taps } = await halfThere();
    const { bindings } = world.device("laptop");
    await world.finish(bindings.remove(world.binding("laptop")));
    expect(drafts(world)).toEqual([]);
    await world.bind("laptop");
    taps.open(world);
    await world.settle();
    await expectPlaced(world);
  });
});

describe("what rots in a pack before it is written comes once more", () => {
  test.each([
    ["a bit of a large file", "bit", content],
    ["a sector of a large file", "unreadable", content],
    ["a bit of a small file", "bit", noise("small", 100_000)],
  ] as const)("%s", async (_, manner, bytes) => {
    const taps = new Taps();
    const world = await boundWorld(["phone", "laptop"], { crew: taps.crew });
    taps.stick();
    world.folder("phone").user.write("file", bytes);
    await world.until(() => taps.draftedBytes > 0);
    await world.run(5_000);
    const { disk } = world.node("laptop");
    for (let n = 0; n < 20; n++) disk.rot(world.world.random, manner, packName);
    taps.loosen();
    await world.until(() => holds(world, "laptop", "file", bytes));
    await world.settle();
    expect(drafts(world)).toEqual([]);
    expect(world.binding("laptop").status().problems).toEqual([]);
  });
});

describe("two versions, of which one grows", () => {
  test.each(["phone", "desk"])("while the %s is there", async (who) => {
    const { world, taps } = await halfThere("large", three);
    world.leave("desk");
    const other = noise("of the desk", sizeBytes);
    world.folder("desk").user.write("large", other);
    taps.givingMs = 1000;
    taps.open(world);
    await world.run(5_000);
    if (who === "desk") world.leave("phone");
    world.back("desk");
    await world.run(5_000);
    if (who === "desk") world.back("phone");
    taps.givingMs = 0;
    await world.settle();
    await world.run(60_000);
    const shown = world.folder("desk").user.read("large");
    expect([content, other].some((each) => equalBytes(each, shown))).toBe(true);
    for (const name of three) {
      expect(holds(world, name, "large", shown)).toBe(true);
      expect(await headsOf(world, name, "large")).toBe(2);
      const progress = await world.finish(world.device(name).replicator.progress());
      expect(progress).toMatchObject({ missingBlobs: 0, unavailableBlobs: 0 });
    }
    expect(drafts(world)).toEqual([]);
  });
});

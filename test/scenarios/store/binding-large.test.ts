// Large files back their own chunks: they are not on the disk twice, and what they held is not lost when the drive has them
// replaced or removed.

import { describe, expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import type { BlobId, ObjectId } from "#glow";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld } from "../../store/bound-folders.ts";
import { noise } from "../../store/content-fixture.ts";

const both = ["phone", "laptop"];
const sizeBytes = bindingLimits.largeBytes + 100_000;

async function packedBytes(world: BindingWorld, name: string): Promise<number> {
  const { bytes, deadBytes } = await world.finish(world.device(name).blobs.usage());
  return bytes - deadBytes;
}

async function objectAt(world: BindingWorld, path: string): Promise<ObjectId> {
  const entry = await world.finish(world.device("phone").drive.find(path));
  if (entry === undefined) throw new Error(`there is no ${path}`);
  return entry.object;
}

/** The chunks of all versions, as far as they can be had on a device. */
async function kept(world: BindingWorld, name: string, object: ObjectId): Promise<{ all: number; here: number }> {
  const { drive, blobs, bindings } = world.device(name);
  const look = async () => {
    const versions = await drive.history(object, 100);
    const names = versions.flatMap(({ content }) => content?.chunks.map((chunk) => chunk.name) ?? []);
    const found = (await drive.placements(names)).filter((blob): blob is BlobId => blob !== undefined);
    const packed = await blobs.has(found);
    const backed = await bindings.has(found);
    const readable = await Promise.all(
      found.map(
        async (blob, i) => packed[i] === true || (backed[i] === true && (await bindings.get([blob]))[0] !== undefined),
      ),
    );
    return { all: names.length, here: readable.filter(Boolean).length };
  };
  return world.finish(look());
}

async function withLargeFile(): Promise<{ world: BindingWorld; content: Uint8Array }> {
  const world = await boundWorld(both);
  const content = noise("large", sizeBytes);
  world.folder("phone").user.write("large", content);
  await world.settle();
  expect(world.folder("laptop").user.read("large")).toEqual(content);
  return { world, content };
}

test("no pack has what a large file has, where it came from and where it went", async () => {
  const { world } = await withLargeFile();
  for (const name of both) expect(await packedBytes(world, name)).toBeLessThan(100_000);
  const object = await objectAt(world, "large");
  for (const name of both) {
    const { all, here } = await kept(world, name, object);
    expect(here).toBe(all);
  }
});

test("a third device gets it from those files", async () => {
  const { world, content } = await withLargeFile();
  const third = await boundWorld(["phone", "laptop", "tablet"]);
  third.folder("phone").user.write("large", content);
  await third.settle();
  third.leave("phone");
  third.leave("tablet");
  third.folder("laptop").user.move("large", "renamed");
  await third.run(2000);
  third.back("tablet");
  await third.settle(["laptop", "tablet"]);
  expect(third.folder("tablet").user.read("renamed")).toEqual(content);
  expect(world.names).toEqual(both);
});

test("a change of a part sends that part", async () => {
  const { world, content } = await withLargeFile();
  const changed = content.slice();
  changed.set(noise("patch", 10_000), 2_000_000);
  const before = world.device("phone").space.positions();
  world.folder("phone").user.write("large", changed);
  await world.settle();
  expect(world.folder("laptop").user.read("large")).toEqual(changed);
  expect(world.device("phone").space.positions()).not.toEqual(before);
  for (const name of both) expect(await packedBytes(world, name)).toBeLessThan(3_000_000);
});

describe("what only the file had is saved", () => {
  test("before the drive replaces it", async () => {
    const { world } = await withLargeFile();
    const object = await objectAt(world, "large");
    world.folder("phone").user.write("large", noise("another", sizeBytes));
    await world.settle();
    expect(world.folder("laptop").user.read("large")).toEqual(noise("another", sizeBytes));
    const { all, here } = await kept(world, "laptop", object);
    expect(all).toBeGreaterThan(20);
    expect(here, "the laptop has both versions").toBe(all);
  });

  test("before the drive removes it, alone or with its folder", async () => {
    const world = await boundWorld(both);
    world.folder("phone").user.makeFolder("folder");
    for (const path of ["large", "folder/large"]) world.folder("phone").user.write(path, noise(path, sizeBytes));
    await world.settle();
    const objects = [await objectAt(world, "large"), await objectAt(world, "folder/large")];
    for (const path of ["large", "folder"]) world.folder("phone").user.remove(path);
    await world.settle();
    expect(world.folder("laptop").user.has("folder")).toBe(false);
    for (const object of objects) {
      const { all, here } = await kept(world, "laptop", object);
      expect(here).toBe(all);
    }
  });

  test("or it stays, where there is no room to save it", async () => {
    const { world, content } = await withLargeFile();
    const { disk } = world.node("laptop");
    const full = disk.disturb({ capacityBytes: disk.usedBytes + 1_000_000 });
    world.folder("phone").user.remove("large");
    await world.run(5000);
    expect(world.folder("laptop").user.read("large")).toEqual(content);
    expect(world.binding("laptop").status().problems).toMatchObject([{ error: { kind: "exhausted" } }]);
    full.heal();
    await world.until(() => !world.folder("laptop").user.has("large"));
    await world.settle();
    expect(world.binding("laptop").status().problems).toEqual([]);
  });
});

test("a file that was large and is small, and large again", async () => {
  const { world } = await withLargeFile();
  for (const bytes of [noise("small", 1000), noise("large again", sizeBytes)]) {
    world.folder("laptop").user.write("large", bytes);
    await world.settle();
    expect(world.folder("phone").user.read("large")).toEqual(bytes);
  }
});

// Large files back their own chunks: they are not on the disk twice, and what they held is not lost when the drive has them
// replaced or removed.

import { describe, expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import type { BlobId, Index, ObjectId } from "#glow";
import type { BindingWorld } from "../../store/binding-world.ts";
import type { BindingEnd } from "#store/binding/binding.ts";
import type { ProgressReport } from "#store/binding/progress.ts";
import { boundWorld, text } from "../../store/bound-folders.ts";
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

/** Tells of which families of the binding's rows what is written is, write by write. */
function noted(index: Index, families: number[]): Index {
  return {
    wasReset: index.wasReset,
    write: (changes) => {
      for (const { key, value } of changes) if (key[0] === 5 && value !== null) families.push(key[5] ?? 0);
      return index.write(changes);
    },
    read: (keys) => index.read(keys),
    range: (from, to, limit, backwards) => index.range(from, to, limit, backwards),
    clear: () => index.clear(),
    close: () => index.close(),
  };
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

test("what a file backs is noted before its row, which says that nobody need look at it again", async () => {
  const families: number[] = [];
  const world = await boundWorld(both, {
    index: (index, device) => (device === "laptop" ? noted(index, families) : index),
  });
  families.splice(0);
  world.folder("phone").user.write("large", noise("large", sizeBytes));
  await world.settle();
  const [backed, row] = [families.lastIndexOf(5), families.lastIndexOf(1)];
  expect(backed).toBeGreaterThan(0);
  expect(row).toBeGreaterThan(backed);
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

describe("a binding that ends", () => {
  /** What the phone wrote while nobody else was there. */
  async function withLoneFile(): Promise<{ world: BindingWorld; object: ObjectId; content: Uint8Array }> {
    const world = await boundWorld(both);
    world.leave("laptop");
    const content = noise("alone", sizeBytes);
    world.folder("phone").user.write("large", content);
    await world.settle(["phone"]);
    return { world, object: await objectAt(world, "large"), content };
  }

  const end = (world: BindingWorld, how?: BindingEnd) =>
    world.finish(world.device("phone").bindings.remove(world.binding("phone"), how));

  async function expectAllKept(world: BindingWorld, object: ObjectId): Promise<void> {
    const { all, here } = await kept(world, "phone", object);
    expect(all).toBeGreaterThan(10);
    expect(here).toBe(all);
  }

  test("leaves nothing in its folder that the drive has nowhere else", async () => {
    const { world, object, content } = await withLoneFile();
    await end(world);
    expect(world.device("phone").bindings.list()).toEqual([]);
    world.folder("phone").user.remove("large");
    await expectAllKept(world, object);
    world.back("laptop");
    await world.until(() => world.folder("laptop").user.has("large"));
    expect(world.folder("laptop").user.read("large")).toEqual(content);
  });

  test("so does one that was paused", async () => {
    const { world, object } = await withLoneFile();
    await world.finish(world.binding("phone").pause());
    await end(world);
    world.folder("phone").user.remove("large");
    await expectAllKept(world, object);
  });

  test("copies nothing that packs have", async () => {
    const { world } = await withLoneFile();
    await end(world);
    const bytes = await packedBytes(world, "phone");
    await world.bind("phone");
    await world.settle(["phone"]);
    await end(world);
    expect(await packedBytes(world, "phone")).toBeLessThan(bytes + 100_000);
  });

  test("goes on where its folder is not there, unless all of that is given up", async () => {
    const { world, object } = await withLoneFile();
    world.folder("phone").plug(false);
    await expect(end(world)).rejects.toMatchObject({ kind: "unavailable", op: "binding.end" });
    world.folder("phone").plug(true);
    await world.settle(["phone"]);
    await expectAllKept(world, object);
    world.folder("phone").plug(false);
    await end(world, { abandon: true });
    expect(world.device("phone").bindings.list()).toEqual([]);
    expect((await kept(world, "phone", object)).here).toBe(0);
  });

  test("has what it gave up brought from others", async () => {
    const { world } = await withLargeFile();
    const object = await objectAt(world, "large");
    world.folder("phone").plug(false);
    await end(world, { abandon: true });
    await world.run(10_000);
    await expectAllKept(world, object);
  });

  test("goes on where there is no room, however often that is tried", async () => {
    const { world, object } = await withLoneFile();
    const { disk } = world.node("phone");
    const full = disk.disturb({ capacityBytes: disk.usedBytes + 1_000_000 });
    for (let i = 0; i < 2; i++) {
      await expect(end(world)).rejects.toMatchObject({ kind: "exhausted", op: "binding.end" });
      await world.settle(["phone"]);
    }
    full.heal();
    await end(world);
    world.folder("phone").user.remove("large");
    await world.restart("phone", "power");
    await expectAllKept(world, object);
  });

  test("tells how far it is with that", async () => {
    const { world } = await withLoneFile();
    world.folder("phone").user.write("other", noise("other", sizeBytes));
    await world.settle(["phone"]);
    const binding = world.binding("phone");
    const told: ProgressReport[] = [];
    const watch = binding.watch(() => {
      const { state, progress } = binding.status();
      if (state === "leaving" && progress.intoDrive.waitingFiles > 0) told.push(progress);
    });
    await end(world);
    watch.stop();
    const [first, last] = [told[0], told.at(-1)];
    const whole = 2 * sizeBytes;
    expect(first?.intoDrive).toEqual({ waitingFiles: 2, waitingBytes: whole, doneFiles: 0, doneBytes: 0 });
    for (const { intoDrive } of told) expect(intoDrive.waitingBytes + intoDrive.doneBytes).toBe(whole);
    expect(last?.intoDrive).toEqual({ waitingFiles: 1, waitingBytes: 0, doneFiles: 1, doneBytes: whole });
    expect(new Set(told.map(({ current }) => current))).toEqual(new Set([undefined, "large", "other"]));
  });

  test("goes on when that is broken off", async () => {
    const { world, object } = await withLoneFile();
    const given = new AbortController();
    given.abort();
    await expect(end(world, { signal: given.signal })).rejects.toMatchObject({ kind: "cancelled" });
    await world.settle(["phone"]);
    await expectAllKept(world, object);
  });
});

describe("a large file that comes to be ignored", () => {
  test("leaves nothing in its folder that the drive has nowhere else", async () => {
    const world = await boundWorld(both);
    world.leave("laptop");
    const { user } = world.folder("phone");
    user.makeFolder("build");
    for (const path of ["a.iso", "build/out"]) user.write(path, noise(path, sizeBytes));
    await world.settle(["phone"]);
    const objects = [await objectAt(world, "a.iso"), await objectAt(world, "build/out")];
    user.write(".glowignore", text("*.iso\nbuild/\n"));
    await world.settle(["phone"]);
    for (const path of ["a.iso", "build"]) user.remove(path);
    await world.settle(["phone"]);
    for (const object of objects) {
      const { all, here } = await kept(world, "phone", object);
      expect(all).toBeGreaterThan(10);
      expect(here).toBe(all);
    }
  });

  test("stays known where there is no room for that", async () => {
    const world = await boundWorld(both);
    world.leave("laptop");
    const { user } = world.folder("phone");
    user.write("a.iso", noise("a.iso", sizeBytes));
    await world.settle(["phone"]);
    const object = await objectAt(world, "a.iso");
    const { disk } = world.node("phone");
    const full = disk.disturb({ capacityBytes: disk.usedBytes + 1_000_000 });
    user.write(".glowignore", text("*.iso\n"));
    await world.until(() => world.binding("phone").status().problems.length > 0);
    expect(world.binding("phone").status().problems).toMatchObject([{ path: "a.iso", error: { kind: "exhausted" } }]);
    full.heal();
    await world.restart("phone");
    await world.settle(["phone"]);
    user.remove("a.iso");
    await world.settle(["phone"]);
    const { all, here } = await kept(world, "phone", object);
    expect(here).toBe(all);
  });
});

describe("others get what a large file has", () => {
  test("while its binding is paused, also after a restart", async () => {
    const world = await boundWorld(both);
    world.leave("laptop");
    const content = noise("paused", sizeBytes);
    world.folder("phone").user.write("large", content);
    await world.settle(["phone"]);
    await world.finish(world.binding("phone").pause());
    await world.restart("phone");
    world.back("laptop");
    await world.until(() => world.folder("laptop").user.has("large"));
    expect(world.folder("laptop").user.read("large")).toEqual(content);
  });

  const ways = { "while the program runs": false, "before it starts": true };
  test.each(Object.entries(ways))(
    "when its disk, pulled %s, is there again; it is not said to be lost",
    async (_, anew) => {
      const world = await boundWorld(both);
      world.leave("laptop");
      const content = noise("unplugged", sizeBytes);
      world.folder("phone").user.write("large", content);
      await world.settle(["phone"]);
      world.folder("phone").plug(false);
      if (anew) await world.restart("phone");
      world.back("laptop");
      world.folder("laptop").user.write("small", new Uint8Array(10));
      await world.run(120_000);
      const { replicator } = world.device("laptop");
      expect(replicator.unavailable).toEqual([]);
      expect((await world.finish(replicator.progress())).missingBlobs).toBeGreaterThan(10);
      world.folder("phone").plug(true);
      await world.until(() => world.folder("laptop").user.has("large"));
      expect(world.folder("laptop").user.read("large")).toEqual(content);
    },
  );
});

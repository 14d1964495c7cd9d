// A disk as programs have it: what takes time, what fails, and what a crash leaves. The plain contract is shown by the
// compliance suite, the rules of sectors and names beside them.

import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import type { Disk, DiskFile, Platform } from "#glow";
import { nodeHost } from "../../../../test/swarm/node-host.ts";
import type { SimulatedNode } from "../node.ts";
import { World } from "../world.ts";
import type { DiskOptions } from "./disk.ts";

interface Subject {
  readonly world: World;
  readonly node: SimulatedNode<Platform>;
  readonly disk: Disk;
}

async function start(seed: number, options: DiskOptions = {}): Promise<Subject> {
  const world = new World(nodeHost, { seed });
  const node = world.addNode("node", { boot: (platform) => platform, disk: options });
  await world.run({ untilMs: 1 });
  return { world, node, disk: diskOf(node) };
}

function diskOf(node: SimulatedNode<Platform>): Disk {
  if (node.handle === undefined) throw new Error("the node is down");
  return node.handle.disk;
}

/** Crashes the node, starts it again, and reads a file; undefined if it is not there. */
async function restartAndRead(
  { world, node }: Subject,
  path: string,
  manner: "kill" | "power",
): Promise<Uint8Array | undefined> {
  node.crash(manner);
  node.start();
  await world.run({ untilMs: world.nowMs + 1 });
  const file = await world.finish(
    diskOf(node)
      .open(path)
      .catch(() => undefined),
  );
  return file === undefined ? undefined : world.finish(wholeOf(file));
}

async function wholeOf(file: DiskFile): Promise<Uint8Array> {
  return file.read(0, await file.sizeBytes());
}

function filled(value: number, length = 2048): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** A file that is durable, name and all, and full of ones. */
async function durableFile({ world, disk }: Subject): Promise<DiskFile> {
  const work = async () => {
    const file = await disk.open("log", "always-new");
    await file.write(0, filled(1));
    await file.sync();
    await disk.syncFolder("");
    return file;
  };
  return world.finish(work());
}

/** What is found in how many of 40 worlds, after something was done to a durable file. */
async function foundAfter(
  manner: "kill" | "power",
  change: (file: DiskFile, subject: Subject) => Promise<unknown>,
): Promise<(Uint8Array | undefined)[]> {
  const found: (Uint8Array | undefined)[] = [];
  for (let seed = 0; seed < 40; seed++) {
    const subject = await start(seed);
    await change(await durableFile(subject), subject);
    found.push(await restartAndRead(subject, "log", manner));
  }
  return found;
}

function share(found: readonly (Uint8Array | undefined)[], bytes: Uint8Array | undefined): number {
  const isSame = (each: Uint8Array | undefined) =>
    bytes === undefined ? each === undefined : each !== undefined && equalBytes(each, bytes);
  return found.filter(isSame).length / found.length;
}

describe("after a crash", () => {
  test("what was synced is there, whatever was going on", async () => {
    const found = await foundAfter("power", async (file, { world }) => {
      await world.finish(file.write(0, filled(2)).then(() => file.sync()));
      void file.read(0, 10);
    });
    expect(share(found, filled(2))).toBe(1);
  });

  test("a sync covers what was written before it, awaited or not, and nothing written after it", async () => {
    const found = await foundAfter("power", async (file, { world }) => {
      void file.write(0, filled(2));
      const synced = file.sync();
      void file.write(0, filled(3, 1024));
      await world.finish(synced);
    });
    for (const bytes of found) {
      expect([2, 3]).toContain(bytes?.[0]);
      expect(bytes?.[1500]).toBe(2);
    }
    expect(share(found, filled(2))).toBeLessThan(1);
    expect(found.some((bytes) => bytes?.[0] === 2)).toBe(true);
  });

  test("a power loss loses what was not synced, or tears it; a kill does not", async () => {
    const change = (file: DiskFile, { world }: Subject) => world.finish(file.write(0, filled(2)));
    const byPower = await foundAfter("power", change);
    const lost = share(byPower, filled(1));
    const kept = share(byPower, filled(2));
    expect(lost).toBeGreaterThan(0.1);
    expect(kept).toBeGreaterThan(0.1);
    expect(lost + kept).toBeLessThan(0.9);
    expect(share(await foundAfter("kill", change), filled(2))).toBe(1);
  });

  test("a crash during a sync may have synced any part", async () => {
    const found = await foundAfter("power", async (file, { world }) => {
      void file.write(0, filled(2));
      void file.sync();
      await world.run({ untilMs: world.nowMs + 0.9 });
    });
    expect(share(found, filled(1))).toBeGreaterThan(0.05);
    expect(share(found, filled(2))).toBeGreaterThan(0.05);
    expect(share(found, filled(1)) + share(found, filled(2))).toBeLessThan(1);
  });

  test("a name that was not synced may be gone, though the file's contents were", async () => {
    const found: (Uint8Array | undefined)[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const subject = await start(seed);
      const work = async () => {
        const file = await subject.disk.open("log", "always-new");
        await file.write(0, filled(1));
        await file.sync();
      };
      await subject.world.finish(work());
      found.push(await restartAndRead(subject, "log", "power"));
    }
    const gone = share(found, undefined);
    expect(gone).toBeGreaterThan(0.1);
    expect(share(found, filled(1)) + gone).toBe(1);
  });
});

describe("a disk that fails", () => {
  test("is full at its capacity, and has room again when something is removed", async () => {
    const { world, disk, node } = await start(1, { conditions: { capacityBytes: 10_000 } });
    const work = async () => {
      const big = await disk.open("big", "always-new");
      await big.write(0, filled(1, 8000));
      const small = await disk.open("small", "always-new");
      await expect(small.write(0, filled(1, 3000))).rejects.toMatchObject({ kind: "exhausted" });
      await expect(small.truncate(3000)).rejects.toMatchObject({ kind: "exhausted" });
      expect(await small.sizeBytes()).toBe(0);
      await small.write(0, filled(1, 2000));
      await big.write(0, filled(2, 8000));
      expect(node.disk.usedBytes).toBe(10_000);
      await disk.remove("big");
      expect(node.disk.usedBytes, "an open handle holds on to the bytes").toBe(10_000);
      await big.close();
      expect(node.disk.usedBytes).toBe(2000);
      await small.write(2000, filled(1, 8000));
      await small.truncate(100);
      expect(node.disk.usedBytes).toBe(100);
    };
    await world.finish(work());
    node.crash("power");
    expect(node.disk.usedBytes).toBeLessThanOrEqual(10_000);
  });

  test("gives errors as often as it is told to, and works again when healed", async () => {
    const { world, disk, node } = await start(1);
    const work = async () => {
      const file = await disk.open("log", "always-new");
      const failing = node.disk.disturb({ errorChance: 0.5 });
      const writes = Array.from({ length: 200 }, (_, i) => file.write(i, new Uint8Array([i])));
      const failures = (await Promise.allSettled(writes)).filter(({ status }) => status === "rejected");
      expect(failures.length).toBeGreaterThan(60);
      expect(failures.length).toBeLessThan(140);
      for (const each of failures) expect(each).toMatchObject({ reason: { kind: "corrupt", target: "log" } });
      failing.heal();
      failing.heal();
      await Promise.all(Array.from({ length: 200 }, (_, i) => file.write(i, new Uint8Array([i]))));
    };
    await world.finish(work());
  });

  test("may have done a part of a write that failed, inside the file", async () => {
    const found = await foundAfter("kill", async (file, { world, node }) => {
      const failing = node.disk.disturb({ errorChance: 1 });
      await world.finish(file.write(1024, filled(2)).catch(() => undefined));
      failing.heal();
    });
    expect(found.every((bytes) => bytes?.length === 2048 && bytes[0] === 1)).toBe(true);
    expect(found.some((bytes) => bytes?.[1024] === 2)).toBe(true);
    expect(found.some((bytes) => bytes?.[2047] === 1)).toBe(true);
  });

  test("does not make good a sync that failed by one that succeeds", async () => {
    const found = await foundAfter("power", async (file, { world, node }) => {
      const work = async () => {
        await file.write(0, filled(2));
        const failing = node.disk.disturb({ errorChance: 1 });
        await expect(file.sync()).rejects.toMatchObject({ kind: "corrupt" });
        failing.heal();
        await file.sync();
      };
      await world.finish(work());
    });
    expect(share(found, filled(2))).toBeLessThan(1);
  });

  test("rots: a bit or a sector, of a file that it names", async () => {
    const subject = await start(1);
    const file = await durableFile(subject);
    const { world, node } = subject;
    expect(node.disk.rot(world.random, "bit", "none")).toBeUndefined();
    expect(node.disk.rot(world.random, "bit")).toMatchObject({ path: "log" });
    const bytes = await world.finish(wholeOf(file));
    expect(bytes.filter((byte) => byte !== 1).length).toBe(1);
    expect(node.disk.rot(world.random, "unreadable", "log")).toMatchObject({ path: "log" });
    await expect(world.finish(wholeOf(file))).rejects.toMatchObject({ kind: "corrupt" });
  });
});

test("operations take the time that the conditions say, those on one file one after the other", async () => {
  const conditions = { latencyMs: 10, jitterMs: 0, syncMs: 100, bytesPerMs: 100 };
  const { world, disk, node } = await start(1, { conditions });
  const beganMs = world.nowMs;
  const elapsed = () => world.nowMs - beganMs;
  const work = async () => {
    const file = await disk.open("log", "always-new");
    expect(elapsed()).toBe(10);
    await Promise.all([file.write(0, filled(1, 1000)), file.write(1000, filled(1, 1000))]);
    expect(elapsed()).toBe(10 + 2 * 20);
    await file.sync();
    expect(elapsed()).toBe(50 + 110);
    await Promise.all([file.read(0, 2000), disk.list("")]);
    expect(elapsed()).toBe(160 + 30);
    node.disk.disturb({ latencyMs: 1000 });
    await file.sizeBytes();
    expect(elapsed()).toBe(190 + 1000);
  };
  await world.finish(work());
});

test("a program that writes to bytes it gave away is a defect", async () => {
  const { world, disk } = await start(1);
  const work = async () => {
    const file = await disk.open("log", "always-new");
    const bytes = filled(1);
    const writing = file.write(0, bytes);
    bytes[6] = 2;
    await writing;
  };
  await expect(world.finish(work())).rejects.toThrow("bytes that it had given to `write`");
});

test("a medium has sectors of 512 or 4096 bytes", async () => {
  await expect(start(1, { sectorBytes: 1000 })).rejects.toThrow("512 or 4096");
  const subject = await start(1, { sectorBytes: 4096 });
  await durableFile(subject);
  expect(await restartAndRead(subject, "log", "power")).toEqual(filled(1));
});

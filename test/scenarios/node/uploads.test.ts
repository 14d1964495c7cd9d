// Uploads: files that come in parts, over several connections and starts of the node.

import { expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { encodeCbor } from "#base/cbor.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Platform } from "#glow";
import { DiskUploads } from "#node/upload-keeper.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { givenText } from "./given-bytes.ts";
import { GlowWorld } from "./glow-world.ts";

test("a file that comes in parts is made when all of them are there", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const first = await world.finish(drive.upload("f", 10, "key"));
  expect(await world.finish(first.write(0, givenText("hello")))).toBe(5);
  expect(await world.failure(() => first.finish())).toBe("conflict");
  expect(await world.failure(() => drive.stat("f"))).toBe("not-found");
  // Another connection goes on with it.
  const again = await world.finish(drive.upload("f", 10, "key"));
  expect(await world.finish(again.state())).toMatchObject({ path: "f", sizeBytes: 10, receivedBytes: 5 });
  expect(await world.failure(() => first.write(5, givenText("x")))).toBe("released");
  expect(await world.failure(() => again.write(4, givenText("x")))).toBe("conflict");
  expect(await world.failure(() => again.write(5, givenText("far too long")))).toBe("too-large");
  await world.finish(again.write(5, givenText("wo", "rld")));
  expect(await world.finish(again.finish())).toMatchObject({ path: "f", sizeBytes: 10 });
  expect(await world.read(drive, "f")).toBe("helloworld");
  expect((await world.finish((await world.finish(drive.upload("f", 10, "key"))).state())).receivedBytes).toBe(0);
});

test("what has come is there after the node has stopped without a goodbye", async () => {
  const world = await GlowWorld.user(["a"]);
  const upload = await world.finish((await world.drive("a")).upload("f", 10, "key"));
  await world.finish(upload.write(0, givenText("hello")));
  world.simulated("a").crash("kill");
  world.simulated("a").start();
  await world.until(() => world.simulated("a").handle !== undefined);
  const again = await world.finish((await world.drive("a")).upload("f", 10, "key"));
  expect((await world.finish(again.state())).receivedBytes).toBe(5);
  await world.finish(again.discard());
  const anew = await world.finish((await world.drive("a")).upload("f", 10, "key"));
  expect((await world.finish(anew.state())).receivedBytes).toBe(0);
});

test("those that are not whole are listed, the last used first, also after a new start", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const list = async () => world.finish(world.node("a").drives().uploads());
  expect(await list()).toEqual([]);
  const first = await world.finish(drive.upload("one/f", 10, "key"));
  await world.finish(drive.upload("other", 20, "another"));
  await world.run(1000);
  await world.finish(first.write(0, givenText("hello")));
  await world.run(5000);
  const [last, before] = await list();
  const { id } = await world.finish(drive.info());
  expect(last).toMatchObject({
    drive: id,
    driveName: "files",
    path: "one/f",
    key: "key",
    sizeBytes: 10,
    receivedBytes: 5,
  });
  expect(last?.idleMs).toBeGreaterThanOrEqual(5000);
  expect(before).toMatchObject({ path: "other", key: "another", sizeBytes: 20, receivedBytes: 0 });
  expect(before?.idleMs).toBeGreaterThanOrEqual(6000);

  world.simulated("a").crash("kill");
  world.simulated("a").start();
  await world.until(() => world.simulated("a").handle !== undefined);
  const kept = await list();
  expect(new Map(kept.map(({ path, receivedBytes }) => [path, receivedBytes]))).toEqual(
    new Map([
      ["one/f", 5],
      ["other", 0],
    ]),
  );
  const again = await world.finish((await world.drive("a")).upload("one/f", 10, "key", { parents: true }));
  await world.finish(again.write(5, givenText("world")));
  await world.finish(again.finish());
  await world.finish((await world.finish((await world.drive("a")).upload("other", 20, "another"))).discard());
  expect(await list()).toEqual([]);
});

test("who was lent other drives, or may not write, is told of none", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const { id } = await world.finish((await world.drive("a", "other")).info());
  await world.finish(drive.upload("f", 10, "key"));
  const whole = world.whole("a");
  const elsewhere = await world.finish(whole.lend(["read", "write"], 60, [id]));
  expect(await world.finish((await world.finish(elsewhere.drives())).uploads())).toEqual([]);
  const reader = await world.finish(whole.lend(["read"], 60));
  expect(await world.failure(async () => (await reader.drives()).uploads())).toBe("denied");
});

test("however many and long paths somebody gives, the list is one answer: nodeLimits.uploadPathsLength", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const long = `${"x".repeat(200)}/`.repeat(400).slice(0, nodeLimits.pathLength - 10);
  const count = Math.ceil(nodeLimits.uploadPathsLength / long.length) + 2;
  expect(count).toBeLessThan(nodeLimits.uploads);
  for (let i = 0; i < count; i++) await world.finish(drive.upload(`${long}${i}`, 10, "key"));
  await world.run(10);
  await world.finish(drive.upload("short\x1b[2J", 10, "key"));
  const listed = await world.finish(world.node("a").drives().uploads());
  expect(listed[0]?.path).toBe("short\x1b[2J");
  const length = listed.reduce((sum, { path }) => sum + path.length, 0);
  expect(length).toBeLessThanOrEqual(nodeLimits.uploadPathsLength);
  expect(listed.length).toBe(Math.floor(nodeLimits.uploadPathsLength / long.length) + 1);
});

test.each([
  ["no key", 10, ""],
  ["a key beyond nodeLimits.uploadKeyLength", 10, "k".repeat(nodeLimits.uploadKeyLength + 1)],
  ["less than nothing", -1, "key"],
  ["half a byte", 0.5, "key"],
])("refused: %s", async (_, sizeBytes, key) => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  expect(await world.failure(() => drive.upload("f", sizeBytes, key))).toBe("invalid");
});

/** What keeps uploads, on a disk of its own. */
async function keeping(limits: Parameters<typeof DiskUploads.open>[0]["limits"]) {
  const world = new World(nodeHost, { seed: 1 });
  const node = world.addNode("a", {
    boot: (platform: Platform) => Promise.resolve(platform),
    clockRate: 1,
    wallOffsetMs: 0,
  });
  await world.run({ untilMs: 100 });
  const { disk, crypto, clock } = node.handle as Platform;
  const open = () => world.finish(DiskUploads.open({ disk, crypto, clock, ...(limits && { limits }) }));
  const plan = (key: string, sizeBytes = 10) => ({ drive: "d", path: "f", sizeBytes, key, options: {} });
  return { world, disk, open, plan };
}

test("there are at most nodeLimits.uploads, and nodeLimits.uploadBytes in them", async () => {
  expect(nodeLimits.uploads).toBeGreaterThan(2);
  expect(nodeLimits.uploadBytes).toBeGreaterThan(25);
  const { world, open, plan } = await keeping({ uploads: 2, uploadBytes: 25 });
  const keeper = await open();
  const one = await world.finish(keeper.open(plan("one")));
  await world.finish(keeper.open(plan("two")));
  await expect(world.finish(keeper.open(plan("three")))).rejects.toMatchObject({ kind: "exhausted" });
  await world.finish(keeper.open(plan("one")));
  await world.finish(one.remove());
  await expect(world.finish(keeper.open(plan("large", 16)))).rejects.toMatchObject({ kind: "exhausted" });
  await world.finish(keeper.open(plan("right", 15)));
});

test("what is no plan, or was begun before plans said which file it is, goes; what is one stays", async () => {
  const { world, disk, open, plan } = await keeping({});
  const kept = await world.finish((await open()).open(plan("one")));
  await world.finish(kept.append(utf8Encode("hello")));
  await world.finish(kept.close());
  const garbage: readonly Uint8Array[] = [
    utf8Encode("no CBOR"),
    encodeCbor({ size: 10, until: 1e15 }),
    encodeCbor({ drive: "d", path: 1, size: 10, key: "k", until: 1e15 }),
    encodeCbor({ drive: "d", path: "p", size: "10", key: "k", until: 1e15 }),
    encodeCbor([1, 2]),
  ];
  for (const [i, bytes] of garbage.entries()) {
    for (const name of [`bad${i}`, `bad${i}.plan`]) {
      const file = await world.finish(disk.open(`uploads/${name}`, "if-missing"));
      await world.finish(file.write(0, bytes));
      await world.finish(file.close());
    }
  }
  expect(await world.finish((await open()).list())).toMatchObject([{ path: "f", key: "one", receivedBytes: 5 }]);
  expect((await world.finish(disk.list("uploads"))).length).toBe(2);
});

test("one that nobody goes on with is forgotten after nodeLimits.uploadMs", async () => {
  expect(nodeLimits.uploadMs).toBeGreaterThan(1000);
  const { world, disk, open, plan } = await keeping({ uploadMs: 1000 });
  const keeper = await open();
  const kept = await world.finish(keeper.open(plan("one")));
  await world.finish(kept.append(utf8Encode("hello")));
  await world.finish(kept.close());
  await world.run({ untilMs: world.nowMs + 2000 });
  const later = await open();
  expect(await world.finish(disk.list("uploads"))).toEqual([]);
  expect((await world.finish(later.open(plan("one")))).receivedBytes).toBe(0);
});

// Uploads: files that come in parts, over several connections and starts of the node.

import { expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
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

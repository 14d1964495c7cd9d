// What breaks while holders become alike: connections, nodes, disks.

import { expect, test } from "vitest";
import type { BlobOffer } from "#glow";
import { ReplicaWorld } from "./replica-world.ts";

const kib = 1024;

async function transfer(sizes: readonly number[]): Promise<{ world: ReplicaWorld; blobs: BlobOffer[] }> {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  const blobs = await world.finish(a.make(sizes));
  for (let at = 0; at < blobs.length; at += 10) await world.finish(a.write(blobs.slice(at, at + 10)));
  return { world, blobs };
}

test("cut at any moment, it goes on where it was", async () => {
  const sizes = Array.from({ length: 40 }, (_, at) => (at % 4 === 0 ? 300 * kib : 20 * kib));
  for (let cutMs = 1; cutMs < 90; cutMs += 4) {
    const { world, blobs } = await transfer(sizes);
    await world.start("b");
    await world.run(cutMs);
    world.world.network.cut("a", "b", "reset");
    await world.untilAlike(["a", "b"]);
    expect(await world.hasAll("b", blobs)).toBe(true);
    expect(world.defects).toEqual([]);
  }
});

test("a node that is killed again and again asks for nothing twice that it had made durable", async () => {
  const { world, blobs } = await transfer(Array.from({ length: 60 }, () => 100 * kib));
  world.world.network.disturb("a", "b", { bytesPerMs: 2000 });
  await world.start("b");
  for (let kill = 0; kill < 5; kill++) {
    await world.run(700);
    await world.restart("b", "power");
  }
  await world.untilAlike(["a", "b"]);
  expect(await world.hasAll("b", blobs)).toBe(true);
  // What is under way when it dies is lost: less than a window each time.
  expect(world.holder("a").givenBlobs).toBeLessThan(60 + 5 * 15);
});

test("a full disk stops the fetching, is shown, and when there is room again it goes on", async () => {
  const { world, blobs } = await transfer(Array.from({ length: 30 }, () => 100 * kib));
  const b = await world.start("b");
  const { disk } = world.node("b");
  const full = disk.disturb({ capacityBytes: disk.usedBytes + 1000 * kib });
  await world.run(4000);
  expect(b.replicator.complete).toBe(false);
  expect((await world.finish(b.replicator.progress())).problem).toMatchObject({ kind: "exhausted" });
  const before = world.holder("a").givenBlobs;
  await world.run(60_000);
  // It is tried now and then, and not all the time.
  expect(world.holder("a").givenBlobs - before).toBeLessThan(13 * blobs.length);
  full.heal();
  await world.untilAlike(["a", "b"]);
  expect(await world.hasAll("b", blobs)).toBe(true);
  expect((await world.finish(b.replicator.progress())).problem).toBeUndefined();
});

test("what the medium has damaged is noticed when it is asked for, and fetched again", async () => {
  const { world, blobs } = await transfer(Array.from({ length: 12 }, () => 10 * kib));
  const b = await world.start("b");
  await world.untilAlike(["a", "b"]);
  const [lost] = blobs as [BlobOffer];
  await world.finish(b.damage(lost));
  expect(await world.finish(b.replicator.repair())).toBe(0);
  // Somebody reads it.
  await expect(world.finish(b.blobs.get(lost.id))).rejects.toMatchObject({ kind: "corrupt" });
  expect(await world.finish(b.replicator.repair())).toBe(1);
  await world.until(() => world.holder("a").givenBlobs === 13);
  await world.run(1000);
  expect((await world.finish(b.blobs.get(lost.id))).length).toBe(lost.sizeBytes);
});

test("a holder that finds damage while it gives to another one gets the blob from a third", async () => {
  const world = new ReplicaWorld(
    ["a", "b", "c"],
    [
      ["a", "b"],
      ["b", "c"],
    ],
  );
  const a = await world.start("a");
  const b = await world.start("b");
  const blobs = await world.finish(a.make([10 * kib, 20 * kib]));
  await world.finish(a.write(blobs));
  await world.untilAlike(["a", "b"]);
  const [lost] = blobs as [BlobOffer];
  await world.finish(b.damage(lost));
  const c = await world.start("c");
  await world.untilAlike(["a", "b", "c"]);
  expect(await world.hasAll("c", blobs)).toBe(true);
  expect((await world.finish(c.replicator.progress())).peers.every(({ problem }) => problem === undefined)).toBe(true);
});

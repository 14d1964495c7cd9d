// Holders of a space become alike, and stay so.

import { expect, test } from "vitest";
import type { BlobId } from "#glow";
import { ReplicaWorld } from "./replica-world.ts";

const kib = 1024;

/** All links between them. */
function mesh(names: readonly string[]): [string, string][] {
  return names.flatMap((one, at) => names.slice(at + 1).map((other): [string, string] => [one, other]));
}

test("a batch and its blobs reach the other holder, which says so", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  const b = await world.start("b");
  const blobs = await world.finish(a.make([100, 5 * kib, 300 * kib, 1000 * kib]));
  const header = await world.finish(a.write(blobs));
  expect(a.replicator.holdersOf(header)).toEqual([]);
  const tookMs = await world.until(() => a.replicator.holdersOf(header).length > 0);
  expect(a.replicator.holdersOf(header)).toEqual([world.deviceId("b")]);
  expect(tookMs).toBeLessThan(200);
  expect(await world.hasAll("b", blobs)).toBe(true);
  expect(await world.finish(b.device.state())).toEqual(await world.finish(a.device.state()));
  expect(world.defects).toEqual([]);
});

test("a change is there one way after it was written, and what its taking takes", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  await world.start("b");
  await world.untilAlike(["a", "b"]);
  await world.run(5000);
  await world.finish(a.write());
  // The way takes 2 ms, the log's sync and the index about as much.
  expect(await world.untilAlike(["a", "b"])).toBeLessThan(12);
});

test("three holders with a third of the blobs each become complete, and hardly a blob is sent twice to anybody", async () => {
  const names = ["a", "b", "c"];
  const world = new ReplicaWorld(["author", ...names], mesh(names));
  const author = await world.start("author");
  const sizes = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? 200 : 40) * kib);
  const blobs = await world.finish(author.make(sizes));
  await world.finish(author.write(blobs));
  const third = (name: string) => blobs.filter((_, index) => index % 3 === names.indexOf(name));
  for (const name of names) {
    const before = async (holder: Awaited<typeof author>) => {
      await holder.keep(author, third(name));
      await holder.takeAll(author);
    };
    await world.start(name, { before });
  }
  await world.untilAlike(names);
  for (const name of names) expect(await world.hasAll(name, blobs)).toBe(true);
  const given = names.reduce((sum, name) => sum + world.holder(name).givenBlobs, 0);
  // Each blob was missing at two of them.
  expect(given).toBeGreaterThanOrEqual(2 * blobs.length);
  expect(given).toBeLessThan(2.3 * blobs.length);
});

test("two members who never meet have everything from a host without keys, and know that it has it", async () => {
  const links: [string, string][] = [
    ["a", "host"],
    ["host", "b"],
  ];
  const world = new ReplicaWorld(["a", "host", "b"], links, { hosts: ["host"] });
  const a = await world.start("a");
  const host = await world.start("host");
  const b = await world.start("b");
  const blobs = await world.finish(a.make([3 * kib, 700 * kib]));
  const header = await world.finish(a.write(blobs, "from a"));
  expect(await world.untilAlike(["a", "host", "b"])).toBeLessThan(1000);
  expect(host.space.readable).toBe(false);
  expect(await world.hasAll("b", blobs)).toBe(true);
  expect(await world.finish(b.device.state())).toEqual(await world.finish(a.device.state()));
  expect(a.replicator.holdersOf(header)).toEqual([world.deviceId("host")]);
  const answer = await world.finish(b.write(await world.finish(b.make([50 * kib])), "from b"));
  await world.untilAlike(["a", "host", "b"]);
  await world.until(() => b.replicator.holdersOf(answer).length === 1);
});

test("who holds names only fetches what is wanted, and is not counted as a copy", async () => {
  const world = new ReplicaWorld(["a", "thin"], [["a", "thin"]]);
  const a = await world.start("a");
  const thin = await world.start("thin", { mode: "names" });
  const blobs = await world.finish(a.make(Array.from({ length: 20 }, () => 50 * kib)));
  const header = await world.finish(a.write(blobs, "thin"));
  await world.until(() => thin.positions() === a.positions());
  await world.run(2000);
  expect(a.givenBlobs).toBe(0);
  expect(await world.finish(thin.device.state())).toEqual(await world.finish(a.device.state()));
  const wanted = blobs.slice(3, 6);
  await world.finish(
    thin.replicator.want(
      wanted.map(({ id }) => id),
      "now",
    ),
  );
  expect(await world.hasAll("thin", wanted)).toBe(true);
  expect(a.givenBlobs).toBe(3);
  expect(a.replicator.holdersOf(header)).toEqual([]);
  const progress = await world.finish(thin.replicator.progress());
  expect([progress.missingBlobs, progress.missingBytes]).toEqual([17, 17 * 50 * kib]);
  thin.replicator.mode = "all";
  await world.untilAlike(["a", "thin"]);
  await world.until(() => a.replicator.holdersOf(header).length === 1);
});

test("what somebody waits for overtakes the rest", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  const blobs = await world.finish(a.make(Array.from({ length: 200 }, () => 200 * kib)));
  await world.finish(a.write(blobs));
  // A second for all of it.
  world.world.network.disturb("a", "b", { bytesPerMs: 40_000 });
  const b = await world.start("b");
  await world.run(200);
  const last = blobs.slice(-3);
  expect(await world.hasAll("b", last)).toBe(false);
  const beganMs = world.world.nowMs;
  await world.finish(
    b.replicator.want(
      last.map(({ id }) => id),
      "now",
    ),
  );
  expect(world.world.nowMs - beganMs).toBeLessThan(500);
  expect(await world.hasAll("b", blobs)).toBe(false);
});

test("a want is given up by its signal, and by the end of replication", async () => {
  const world = new ReplicaWorld(["a", "b"], []);
  await world.start("a");
  const b = await world.start("b", { mode: "names" });
  const unknown = [new Uint8Array(33).fill(1) as Uint8Array as BlobId];
  const signal = new AbortController();
  const wants = [b.replicator.want(unknown, "now", signal.signal), b.replicator.want(unknown, "soon")];
  const ends = Promise.allSettled(wants);
  await world.run(100);
  signal.abort();
  await world.run(100);
  await world.finish(b.replicator.stop());
  const reasons = (await world.finish(ends)).map((end) => (end.status === "rejected" ? end.reason : undefined));
  expect(reasons).toEqual([
    expect.objectContaining({ kind: "cancelled" }),
    expect.objectContaining({ kind: "cancelled" }),
  ]);
});

test("what others said that they hold is known after a restart, with nobody there", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  await world.start("b");
  const header = await world.finish(a.write());
  await world.until(() => a.replicator.holdersOf(header).length === 1);
  await world.run(3000);
  world.node("b").crash("kill");
  const later = await world.finish(a.write());
  await world.run(3000);
  await world.finish(a.replicator.stop());
  await world.finish(a.device.parts.index.close());
  await world.restart("a", "power");
  const again = world.holder("a").replicator;
  expect(again.holdersOf(header)).toEqual([world.deviceId("b")]);
  expect(again.holdersOf(later)).toEqual([]);
  const { peers } = await world.finish(again.progress());
  expect(peers).toEqual([expect.objectContaining({ device: world.deviceId("b"), connected: false })]);
});

test("a follower that reads slowly holds up nobody, and gets everything in the end", async () => {
  const world = new ReplicaWorld(
    ["a", "slow", "b"],
    [
      ["a", "slow"],
      ["a", "b"],
    ],
  );
  const a = await world.start("a");
  await world.start("slow");
  await world.start("b");
  await world.untilAlike(["a", "slow", "b"]);
  world.world.network.disturb("a", "slow", { bytesPerMs: 20 });
  const value = "x".repeat(30_000);
  for (let at = 0; at < 200; at++) await world.finish(a.write([], `${at} ${value}`));
  expect(await world.untilAlike(["a", "b"])).toBeLessThan(200);
  expect(world.holder("slow").positions()).not.toBe(a.positions());
  world.world.network.healAll();
  await world.untilAlike(["a", "slow", "b"]);
});

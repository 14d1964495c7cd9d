// Blobs that nobody has any more: the file that backed them was changed before they were copied. Nobody waits for them for
// ever, nobody says that it has them, and whoever turns out to have them gives them.

import { expect, test } from "vitest";
import { replicationLimits } from "#base/limits.ts";
import type { BlobOffer } from "#glow";
import { type Holder, ReplicaWorld } from "./replica-world.ts";

const kib = 1024;

/** They are on this device no more, and it has not noticed. */
async function lose(world: ReplicaWorld, holder: Holder, blobs: readonly BlobOffer[]): Promise<void> {
  await world.finish(holder.blobs.remove(blobs.map(({ id }) => id)));
  await world.finish(holder.blobs.sync());
}

async function counts(world: ReplicaWorld, holder: Holder): Promise<readonly number[]> {
  const { missingBlobs, missingBytes, unavailableBlobs, unavailableBytes } = await world.finish(
    holder.replicator.progress(),
  );
  return [missingBlobs, missingBytes, unavailableBlobs, unavailableBytes];
}

/** Of what a wrote first, two blobs are to be lost. */
async function story(others: readonly string[]) {
  const names = ["a", ...others];
  const links = names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other] as const));
  const world = new ReplicaWorld(names, links);
  const a = await world.start("a");
  const blobs = await world.finish(a.make([40 * kib, 50 * kib, 300 * kib, 20 * kib], "first"));
  const first = await world.finish(a.write(blobs, "first"));
  const lost = blobs.slice(1, 3);
  return { world, a, blobs, lost, first, lostBytes: 350 * kib };
}

test("are said to be so, and all else goes on to be acknowledged", async () => {
  const { world, a, blobs, lost, first, lostBytes } = await story(["b"]);
  await lose(world, a, lost);
  const second = await world.finish(a.write(await world.finish(a.make([30 * kib], "second")), "second"));
  const b = await world.start("b");
  await world.untilAlike(["a", "b"]);
  expect(await counts(world, b)).toEqual([0, 0, 2, lostBytes]);
  // It was asked for what it believed to have.
  await world.until(() => a.replicator.unavailable.length === 1);
  expect(await counts(world, a)).toEqual([0, 0, 2, lostBytes]);
  expect(b.replicator.unavailable).toMatchObject([{ author: world.deviceId("a"), sequence: first.sequence }]);
  await world.until(() => a.replicator.holdersOf(second).length === 1);
  expect(a.replicator.holdersOf(first), "of what is lost nobody is a copy").toEqual([]);
  expect(b.replicator.holdersOf(first)).toEqual([]);
  expect(await world.hasAll("b", [blobs[0] as BlobOffer, blobs[3] as BlobOffer])).toBe(true);
  expect(await world.hasAll("b", lost)).toBe(false);
  // What comes later is as with any other.
  const third = await world.finish(b.write(await world.finish(b.make([10 * kib])), "third"));
  await world.untilAlike(["a", "b"]);
  await world.until(() => b.replicator.holdersOf(third).length === 1);
});

test("are taken from a device that has them after all", async () => {
  const { world, a, blobs, lost, first } = await story(["b", "c"]);
  const c = await world.start("c");
  await world.untilAlike(["a", "c"]);
  world.node("c").crash("kill");
  await lose(world, a, lost);
  const b = await world.start("b");
  await world.untilAlike(["a", "b"]);
  expect((await counts(world, b))[2]).toBe(2);
  world.node("c").start();
  await world.until(() => world.node("c").handle !== undefined);
  await world.untilAlike(["a", "b", "c"]);
  await world.until(() => [a, b].every((holder) => holder.replicator.unavailable.length === 0));
  for (const holder of [a, b]) expect(await counts(world, holder)).toEqual([0, 0, 0, 0]);
  for (const name of ["a", "b"]) expect(await world.hasAll(name, blobs)).toBe(true);
  await world.until(() => b.replicator.holdersOf(first).length === 2);
  expect(c.replicator.unavailable).toEqual([]);
});

test("and are not taken for lost while a device is there that has yet to get them, or nobody is", async () => {
  const { world, a, lost, lostBytes } = await story(["b", "thin"]);
  const thin = await world.start("thin", { mode: "names" });
  await world.until(() => thin.positions() === a.positions());
  world.node("a").crash("kill");
  const b = await world.start("b");
  await world.until(() => b.positions() === thin.positions());
  await world.run(5000);
  // The thin one has no blobs, and does not say that it has come anywhere.
  expect((await counts(world, b)).slice(2)).toEqual([0, 0]);
  expect(b.replicator.complete).toBe(false);
  world.node("a").start();
  await world.until(() => world.node("a").handle !== undefined);
  await world.untilAlike(["a", "b"]);
  expect(await counts(world, b)).toEqual([0, 0, 0, 0]);
  expect(lost.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(lostBytes);
});

test("of a restarted device are found to be so again", async () => {
  const { world, a, lost, lostBytes } = await story(["b"]);
  await lose(world, a, lost);
  await world.start("b");
  await world.untilAlike(["a", "b"]);
  await world.restart("b", "kill");
  expect(world.holder("b").replicator.complete).toBe(false);
  await world.untilAlike(["a", "b"]);
  expect(await counts(world, world.holder("b"))).toEqual([0, 0, 2, lostBytes]);
  await world.restart("a", "power");
  await world.untilAlike(["a", "b"]);
  expect((await counts(world, world.holder("a")))[0]).toBe(0);
});

test(`of more than ${replicationLimits.lackingBatches} batches leave a device incomplete (replicationLimits.lackingBatches)`, async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  const lost: BlobOffer[] = [];
  const write = async () => {
    for (let at = 0; at <= replicationLimits.lackingBatches; at++) {
      const blobs = await a.make([100], `blob ${at}`);
      lost.push(...blobs);
      await a.write(blobs);
    }
  };
  await world.finish(write());
  await lose(world, a, lost);
  const b = await world.start("b");
  await world.until(() => a.positions() === b.positions());
  await world.run(5000);
  expect(b.replicator.complete).toBe(false);
  expect((await counts(world, b))[0]).toBe(lost.length);
});

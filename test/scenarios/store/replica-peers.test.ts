// Devices that hold a space find each other in the mesh, and lose each other.

import { expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { nodeLimits, replicationLimits } from "#base/limits.ts";
import type { BlobId, BlobOffer, DriveStep, ObjectId } from "#glow";
import type { Storage } from "#node/storage.ts";
import { contentOf } from "../../store/drive-devices.ts";
import { DeviceWorld } from "./device-world.ts";

const kib = 1024;

test("devices of a user come to hold the space, and what each writes reaches all", async () => {
  const names = ["a", "b", "c"];
  const world = await DeviceWorld.start(names);
  await world.untilAlike(names);
  await world.finish(world.device("b").write([10 * kib, 400 * kib], "b"));
  await world.finish(world.device("c").write([1000 * kib], "c"));
  expect(await world.untilAlike(names)).toBeLessThan(1000);
  for (const name of names) expect(world.device(name).problems).toEqual([]);
});

test("a change is there a few ms after it was written, also while blobs fill the line", async () => {
  const names = ["a", "b"];
  const world = await DeviceWorld.start(names);
  await world.untilAlike(names);
  await world.run(5000);
  const [a, b] = [world.device("a"), world.device("b")];
  await world.finish(a.write());
  const isThere = () => a.positions() === b.positions();
  const quietMs = await world.until(isThere);
  expect(quietMs).toBeLessThan(20);
  // Twenty MB/s: two and a half seconds.
  const [last] = await world.finish(
    a.write(
      Array.from({ length: 50 }, () => 1000 * kib),
      "much",
    ),
  );
  await world.until(isThere);
  await world.run(1000);
  expect(b.isComplete).toBe(false);
  await world.finish(a.write());
  expect(await world.until(isThere)).toBeLessThan(quietMs + 30);
  expect(b.isComplete).toBe(false);
  await world.untilAlike(names);
  expect(await world.finish(b.has(last as BlobOffer))).toBe(true);
});

test("after a break of the line, or of a device, they go on", async () => {
  const names = ["a", "b"];
  const world = await DeviceWorld.start(names);
  await world.untilAlike(names);
  const wall = world.world.network.partition(["a"], ["b"]);
  await world.finish(world.device("a").write([300 * kib], "1"));
  await world.finish(world.device("b").write([300 * kib], "2"));
  await world.run(90_000);
  expect(world.device("a").positions()).not.toBe(world.device("b").positions());
  wall.heal();
  expect(await world.untilAlike(names)).toBeLessThan(15_000);

  world.node("b").crash("power");
  await world.finish(world.device("a").write([300 * kib], "3"));
  await world.run(10_000);
  world.node("b").start();
  expect(await world.untilAlike(names)).toBeLessThan(15_000);
});

test("two that only a third can reach are kept alike over it", async () => {
  const names = ["a", "b", "c"];
  const world = await DeviceWorld.start(names);
  await world.untilAlike(names);
  world.world.network.partition(["b"], ["c"]);
  world.world.network.cut("b", "c", "reset");
  await world.run(10_000);
  const [blob] = await world.finish(world.device("c").write([500 * kib], "c"));
  expect(await world.untilAlike(names)).toBeLessThan(3000);
  expect(await world.finish(world.device("b").has(blob as BlobOffer))).toBe(true);
});

test("a device that is revoked is given nothing any more", async () => {
  const names = ["a", "b"];
  const world = await DeviceWorld.start(names);
  await world.untilAlike(names);
  const revoked = world.id("b");
  await world.finish(world.device("a").node.revoke(revoked));
  await world.run(5000);
  const before = world.device("b").positions();
  await world.finish(world.device("a").write([100 * kib], "secret"));
  await world.run(60_000);
  expect(world.device("b").positions()).toBe(before);
});

test("of other devices' spaces no more are taken up than `nodeLimits.spaces`, and that is told", async () => {
  const world = await DeviceWorld.start(["laptop", "phone"], { mostSpaces: nodeLimits.spaces / 1024 });
  await world.until(() => world.device("phone").isComplete);
  await world.finish((world.device("laptop").storage as Storage).createDrive());
  await world.until(() => world.device("phone").problems.length > 0);
  expect(world.device("phone").problems[0]).toMatchObject({ kind: "exhausted", op: "storage.join" });
  expect(world.device("phone").storage?.spaces()).toHaveLength(1);
});

test("what a device wrote before it was revoked goes on to count", async () => {
  const world = await DeviceWorld.start(["laptop", "phone"]);
  await world.untilAlike(["laptop", "phone"]);
  await world.finish(world.device("phone").write([10 * kib], "phone"));
  await world.untilAlike(["laptop", "phone"]);
  const laptop = world.device("laptop");
  await world.finish((laptop.storage as Storage).revoke(world.id("phone")));
  await world.finish(laptop.write());
  await world.run(1000);
  expect(await world.finish(laptop.space.quarantined())).toEqual([]);
  expect(laptop.node.user.revoked.size).toBe(1);
});

test("a space that could not be taken up for want of room is taken up when there is some", async () => {
  const world = await DeviceWorld.start(["laptop", "phone"]);
  await world.untilAlike(["laptop", "phone"]);
  const { disk } = world.node("phone");
  const full = disk.disturb({ capacityBytes: disk.usedBytes });
  await world.finish((world.device("laptop").storage as Storage).createDrive());
  await world.until(() => world.device("phone").problems.some(({ kind }) => kind === "exhausted"));
  await world.run(30_000);
  expect(world.device("phone").problems.length, "it is not told again and again").toBeLessThan(5);
  expect(world.device("phone").storage?.spaces()).toHaveLength(1);
  full.heal();
  const hasBoth = () => world.device("phone").storage?.spaces().length === 2;
  expect(await world.until(hasBoth)).toBeLessThan(replicationLimits.longestRetryMs);
});

test("a device that stops is no problem of the others, also when it was asked something just then", async () => {
  const world = await DeviceWorld.start(["laptop", "phone"]);
  await world.untilAlike(["laptop", "phone"]);
  world.world.network.disturb("laptop", "phone", { latencyMs: 200 });
  await world.run(1000);
  const laptop = world.device("laptop");
  await world.finish((laptop.storage as Storage).createDrive());
  // The phone hears of it, asks for it, and gets no answer.
  await world.run(300);
  await world.finish(laptop.node.stop());
  await world.run(60_000);
  expect(world.device("phone").problems).toEqual([]);
});

test("a file whose content was lost before it was copied is named, until it is saved again", async () => {
  const world = await DeviceWorld.start(["laptop", "phone"]);
  await world.untilAlike(["laptop", "phone"]);
  world.node("phone").crash("kill");
  const laptop = world.device("laptop");
  const { space, storage } = laptop;
  const drive = (storage as Storage).drive(space.id);
  const { blobs } = storage as Storage;
  const save = async (object: ObjectId, text: string, create: readonly DriveStep[]) => {
    const stored = utf8Encode(`${text}, sealed`);
    const blob = laptop.platform.crypto.hash("blake3", stored) as Uint8Array as BlobId;
    await blobs.put([{ id: blob, stored }]);
    const { content, chunks } = contentOf(text);
    const placed = chunks.map((chunk) => ({ ...chunk, blob, storedBytes: stored.length }));
    await drive.change(() => ({
      steps: [...create, { type: "content", object, content, modifiedNs: 1n }],
      chunks: placed,
    }));
    return blob;
  };
  const made = (name: string) => {
    const object = drive.newObject("file");
    return { object, create: [{ type: "create", object, parent: drive.root, name }] as const };
  };
  const [film, draft, note] = [made("film"), made("draft"), made("note")];
  const lost = [
    await world.finish(save(film.object, "the film", film.create)),
    await world.finish(save(draft.object, "the first draft", draft.create)),
  ];
  await world.finish(save(draft.object, "the second draft", []));
  await world.finish(save(note.object, "a note", note.create));
  await world.finish(blobs.remove(lost));
  world.node("phone").start();
  await world.until(() => world.node("phone").handle !== undefined);
  await world.untilAlike(["laptop", "phone"]);
  const named = (name: string) => (world.device(name).storage as Storage).lostContents(space.id);
  await world.until(() => named("phone").length > 0 && named("laptop").length > 0);
  await world.run(5000);
  for (const name of ["phone", "laptop"]) {
    // Of the draft only an old version is lost.
    expect(named(name)).toEqual([expect.objectContaining({ kind: "not-found", target: "film" })]);
    expect(world.device(name).problems).toEqual(named(name));
  }
  await world.finish(save(film.object, "the film, once more", []));
  await world.untilAlike(["laptop", "phone"]);
  await world.until(() => named("phone").length === 0 && named("laptop").length === 0);
});

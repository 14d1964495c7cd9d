// What much costs: counted in reads of the index, each of which is a round trip, and in rows that are changed.

import { expect, test } from "vitest";
import { driveLimits } from "#base/limits.ts";
import type { DriveStep, ObjectId, SealedChunk } from "#glow";
import { contentOf, DriveDevice } from "../../store/drive-devices.ts";

const count = 2500;

/** Files in a folder, each of its own content, in one change. */
async function fill(device: DriveDevice, parent: ObjectId, prefix = ""): Promise<ObjectId[]> {
  const { drive } = device;
  const steps: DriveStep[] = [];
  const chunks: SealedChunk[] = [];
  const objects = Array.from({ length: count }, () => drive.newObject("file"));
  for (const [i, object] of objects.entries()) {
    const sealed = contentOf(`${prefix}${i}`);
    steps.push({ type: "create", object, parent, name: `${prefix}${i}` });
    steps.push({ type: "content", object, content: sealed.content, modifiedNs: 1n });
    chunks.push(...sealed.chunks);
  }
  await device.change(steps, chunks);
  return objects;
}

async function costOf(device: DriveDevice, work: () => Promise<unknown>): Promise<{ reads: number; changes: number }> {
  const { rows } = device;
  rows.reads = 0;
  rows.changes = 0;
  await work();
  return { reads: rows.reads, changes: rows.changes };
}

test("thousands of new files take a few reads to be checked and taken in, and three rows each", async () => {
  const device = new DriveDevice("only");
  const folder = await device.make("folder", "folder");
  const cost = await costOf(device, () => fill(device, folder));
  expect(cost.reads).toBeLessThan(12);
  expect(cost.changes).toBeLessThan(3 * count + 10);
  const other = new DriveDevice("other");
  const taken = await costOf(other, () => other.hear([device]));
  expect(taken.reads).toBeLessThan(8);
});

test("thousands of edits take a few reads, and one row more for what they replace", async () => {
  const device = new DriveDevice("only");
  const objects = await fill(device, device.drive.root);
  const { content, chunks } = contentOf("the same for all");
  const steps = objects.map((object): DriveStep => ({ type: "content", object, content, modifiedNs: 2n }));
  const cost = await costOf(device, () => device.change(steps, chunks));
  expect(cost.reads).toBeLessThan(12);
  expect(cost.changes).toBeLessThan(3 * count + 10);
});

test("a folder of thousands is moved, renamed and removed by one entry and a few rows", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  const folder = await device.make("folder", "folder");
  const target = await device.make("target", "folder");
  await fill(device, folder);
  const steps: readonly DriveStep[] = [
    { type: "move", object: folder, parent: drive.root, name: "renamed" },
    { type: "move", object: folder, parent: target, name: "moved" },
    { type: "remove", object: folder },
  ];
  for (const step of steps) {
    const cost = await costOf(device, () => device.change([step]));
    expect(device.batches.at(-1)?.entries).toHaveLength(1);
    expect(cost.reads).toBeLessThan(16);
    expect(cost.changes).toBeLessThan(12);
  }
});

test("a page of a listing is one read of rows, however much there is", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  const folder = await device.make("folder", "folder");
  for (const prefix of ["a", "b"]) await fill(device, folder, prefix);
  let after: string | undefined;
  let listed = 0;
  for (;;) {
    let page: readonly { readonly name: string }[] = [];
    const cost = await costOf(device, async () => {
      page = await drive.list(folder, after, 1000);
    });
    // The mark, before and after; which folders show as one; where the last page ended; the rows.
    expect(cost.reads).toBeLessThan(7);
    listed += page.length;
    after = page.at(-1)?.name;
    if (page.length < 1000) break;
  }
  expect(listed).toBe(2 * count);
  const whole = await costOf(device, () => drive.list(folder, undefined, driveLimits.page));
  expect(whole.reads).toBeLessThan(7);
});

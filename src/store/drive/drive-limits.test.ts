// Every limit of a drive, exceeded: what is past it is refused, or shown otherwise, and nothing breaks.

import { expect, test } from "vitest";
import { driveLimits } from "#base/limits.ts";
import type { DeviceId, DriveStep, Entry, ObjectId } from "#glow";
import { DriveDevice, meet } from "../../../test/store/drive-devices.ts";
import { Knowledge } from "./batch-knowledge.ts";
import { markedFull, markedShort, nameFault } from "./file-name.ts";
import { encodePlace, targetFault } from "./register-values.ts";

/** Writes entries as they are, as a hostile member can. */
async function writeRaw(device: DriveDevice, entries: readonly Entry[]): Promise<void> {
  await device.drive.space.write(() => ({ entries, placements: [], blobs: [] }));
}

function place(object: ObjectId, parent: ObjectId, name: string): Entry {
  return { object, register: 0, value: encodePlace({ parent, name }), replaces: [] };
}

test("driveLimits.nameBytes", () => {
  expect(nameFault("x".repeat(driveLimits.nameBytes))).toBeUndefined();
  expect(nameFault("x".repeat(driveLimits.nameBytes + 1))).toMatch(/255 bytes/);
});

test("driveLimits.targetBytes", () => {
  expect(targetFault("x".repeat(driveLimits.targetBytes))).toBeUndefined();
  expect(targetFault("x".repeat(driveLimits.targetBytes + 1))).toMatch(/4095 bytes/);
});

test("driveLimits.steps", async () => {
  const device = new DriveDevice("only");
  const object = await device.make("a", "file");
  const steps = (count: number): DriveStep[] =>
    Array.from({ length: count }, () => ({ type: "attributes", object, mode: 0o600 }));
  await device.change(steps(driveLimits.steps));
  await expect(device.change(steps(driveLimits.steps + 1))).rejects.toMatchObject({ kind: "too-large" });
});

/** Folders in folders, the outermost first, each called `d`. */
async function nest(device: DriveDevice, count: number): Promise<ObjectId[]> {
  const folders = Array.from({ length: count }, () => device.drive.newObject("folder"));
  await writeRaw(
    device,
    folders.map((folder, i) => place(folder, folders[i - 1] ?? device.drive.root, "d")),
  );
  return folders;
}

test("driveLimits.depth", async () => {
  const device = new DriveDevice("only");
  const folders = await nest(device, driveLimits.depth);
  const create = (parent: ObjectId): DriveStep => ({
    type: "create",
    object: device.drive.newObject("file"),
    parent,
    name: "x",
  });
  await device.change([create(folders.at(-2) as ObjectId)]);
  await expect(device.change([create(folders.at(-1) as ObjectId)])).rejects.toMatchObject({ kind: "too-large" });
});

test("driveLimits.shownDepth: what is deeper has no path, and is there all the same", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  const folders = await nest(device, driveLimits.shownDepth + 1);
  const [last, deeper] = folders.slice(-2) as [ObjectId, ObjectId];
  expect((await drive.path(last))?.length).toBe(2 * driveLimits.shownDepth - 1);
  expect(await drive.path(deeper)).toBeUndefined();
  expect(await drive.list(last, undefined, 10)).toMatchObject([{ object: deeper, name: "d" }]);
  expect(await device.paths()).toHaveLength(driveLimits.shownDepth);
});

test("driveLimits.heads: more than fit into a row are kept, counted, and replaced all at once", async () => {
  const devices = Array.from({ length: driveLimits.heads + 3 }, (_, i) => new DriveDevice(`${i}`));
  const [first, ...others] = devices as [DriveDevice, ...DriveDevice[]];
  const file = await first.write("a", "first");
  await meet(devices);
  for (const [i, device] of devices.entries()) await device.write("a", "x".repeat(i + 1));
  await meet(devices);
  for (const device of devices) {
    expect(device.rows.dump()).toEqual(first.rows.dump());
    expect((await device.drive.find("a"))?.versions).toBe(devices.length);
    expect(await device.drive.versions(file)).toHaveLength(devices.length);
  }
  // One that is not in the row is replaced by hand: the row gets the next one only when there is room.
  const versions = await first.drive.versions(file);
  const { content, id: newest } = versions[0] as (typeof versions)[0];
  const oldest = versions.at(-1)?.id;
  if (content === undefined || oldest === undefined) throw new Error("a file's version has content");
  await first.change([{ type: "content", object: file, content, modifiedNs: 9n, replaces: [oldest] }]);
  await first.change([{ type: "content", object: file, content, modifiedNs: 10n, replaces: [newest] }]);
  expect(await first.drive.versions(file)).toHaveLength(devices.length);
  await others[0]?.hear([first]);
  await others[0]?.write("a", "one");
  await meet(devices);
  for (const device of devices) {
    expect(device.rows.dump()).toEqual(first.rows.dump());
    expect((await device.drive.find("a"))?.versions).toBe(1);
    expect(await device.drive.history(file, 100)).toHaveLength(devices.length + 4);
  }
});

test("driveLimits.namesakes: of more objects of one name all are listed, found and moved", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  const count = driveLimits.namesakes + 6;
  const objects = Array.from({ length: count }, () => drive.newObject("file"));
  const folder = drive.newObject("folder");
  const late = drive.newObject("folder");
  for (const object of [folder, ...objects, late]) await writeRaw(device, [place(object, drive.root, "a")]);
  const names: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await drive.list(drive.root, after, 9);
    names.push(...page.map(({ name }) => name));
    after = page.at(-1)?.name;
    if (page.length < 9) break;
  }
  const short = objects.slice(0, driveLimits.namesakes - 1).map((object) => markedShort("a", object));
  const full = [...objects.slice(driveLimits.namesakes - 1), late].map((object) => markedFull("a", object));
  expect(names).toEqual(["a", ...short, ...full]);
  for (const [i, object] of [folder, ...objects, late].entries()) {
    expect(await drive.path(object)).toBe(names[i]);
    expect((await drive.find(names[i] as string))?.object).toBe(object);
  }
  // When some of the first ones go, others come up.
  await device.change(objects.slice(0, 10).map((object) => ({ type: "remove", object })));
  expect(await drive.path(objects.at(-1) as ObjectId)).toBe(markedShort("a", objects.at(-1) as ObjectId));
  expect((await drive.entry(late))?.object).toBe(folder);
  await device.change([{ type: "remove", object: objects.at(-1) as ObjectId }]);
  expect(await drive.list(drive.root, undefined, 100)).toHaveLength(count - 10);
});

test("driveLimits.incarnations: of those before, everything counts as known", () => {
  const author = "author" as DeviceId;
  const knowledge = new Knowledge();
  for (let incarnation = 1; incarnation <= driveLimits.incarnations + 1; incarnation++) {
    knowledge.add({ author, incarnation, sequence: 5 });
  }
  expect([...knowledge.places()]).toHaveLength(driveLimits.incarnations);
  expect(knowledge.knows({ author, incarnation: 1, sequence: 9 })).toBe(true);
  expect(knowledge.knows({ author, incarnation: 2, sequence: 5 })).toBe(true);
  expect(knowledge.knows({ author, incarnation: 2, sequence: 6 })).toBe(false);
  expect(knowledge.knows({ author, incarnation: 99, sequence: 1 })).toBe(false);
  expect(knowledge.knows({ author: "other" as DeviceId, incarnation: 1, sequence: 1 })).toBe(false);
});

test("driveLimits.page: one call lists no more, and the next goes on", async () => {
  const device = new DriveDevice("only");
  const { drive } = device;
  const create = (i: number): DriveStep => ({
    type: "create",
    object: drive.newObject("file"),
    parent: drive.root,
    name: `${i}`,
  });
  await device.change(Array.from({ length: driveLimits.page + 5 }, (_, i) => create(i)));
  const page = await drive.list(drive.root, undefined, Number.MAX_SAFE_INTEGER);
  expect(page).toHaveLength(driveLimits.page);
  expect(await drive.list(drive.root, page.at(-1)?.name, 100)).toHaveLength(5);
  expect(await drive.list(drive.root, undefined, 0)).toEqual([]);
});

// What two or three devices see of one another's work on a drive: conflicts, folders that merge, removals and returns.

import { expect, test } from "vitest";
import { SeededRandom, shuffled } from "#base/random.ts";
import type { DriveEntry, ObjectId } from "#glow";
import { markedFull, shortMarkOf } from "#store/drive/file-name.ts";
import { encodePlace } from "#store/drive/register-values.ts";
import { contentOf, DriveDevice, meet } from "../../store/drive-devices.ts";

async function pair(): Promise<[DriveDevice, DriveDevice]> {
  return [new DriveDevice("near"), new DriveDevice("far")];
}

async function find(device: DriveDevice, path: string): Promise<DriveEntry> {
  const entry = await device.drive.find(path);
  expect(entry, path).toBeDefined();
  return entry as DriveEntry;
}

test("edits of one file by two devices are kept side by side, and the later one shows", async () => {
  const [near, far] = await pair();
  const file = await near.write("plan.txt", "first");
  await meet([near, far]);
  await near.write("plan.txt", "near");
  await far.write("plan.txt", "far's longer");
  await far.write("plan.txt", "far, and longer again");
  await meet([near, far]);
  for (const { drive } of [near, far]) {
    expect((await drive.find("plan.txt"))?.versions).toBe(2);
    expect((await drive.find("plan.txt"))?.sizeBytes).toBe("far, and longer again".length);
    const versions = await drive.versions(file);
    expect(versions.map(({ author }) => author)).toEqual([far.id, near.id]);
    expect(await drive.conflicts(10)).toEqual([{ object: file, reason: "versions", versions }]);
    const history = await drive.history(file, 10);
    expect(history.map(({ content, head }) => [content?.sizeBytes, head])).toEqual([
      [21, true],
      [12, false],
      [4, true],
      [5, false],
    ]);
  }
  await near.write("plan.txt", "both");
  await meet([near, far]);
  expect((await find(far, "plan.txt")).versions).toBe(1);
  expect(await far.drive.conflicts(10)).toEqual([]);
  expect(await far.drive.history(file, 10)).toHaveLength(5);
});

test("the same content with the same time, written by two, is no conflict, and is replaced as one", async () => {
  const [near, far] = await pair();
  const file = await near.write("a", "first");
  await meet([near, far]);
  await near.write("a", "same", 7n);
  await far.write("a", "same", 7n);
  await meet([near, far]);
  expect((await find(near, "a")).versions).toBe(1);
  expect(await near.drive.conflicts(10)).toEqual([]);
  const [version, ...others] = await near.drive.versions(file);
  expect(others).toEqual([]);
  const { content, chunks } = contentOf("next");
  const replaces = version === undefined ? [] : [version.id];
  await near.change([{ type: "content", object: file, content, modifiedNs: 8n, replaces }], chunks);
  expect(await near.drive.versions(file)).toHaveLength(1);
  expect(await near.drive.history(file, 10)).toHaveLength(4);
});

test("history comes by pages, and an old version is restored by writing it anew", async () => {
  const [near] = await pair();
  const file = await near.write("a", "1");
  for (const text of ["22", "333", "4444", "55555"]) await near.write("a", text);
  const sizes: (number | undefined)[] = [];
  for (
    let page = await near.drive.history(file, 2);
    page.length > 0;
    page = await near.drive.history(file, 2, page.at(-1)?.id)
  ) {
    sizes.push(...page.map(({ content }) => content?.sizeBytes));
  }
  expect(sizes).toEqual([5, 4, 3, 2, 1]);
  const [, , old] = await near.drive.history(file, 3);
  if (old?.content === undefined) throw new Error("a file's version has content");
  await near.change([{ type: "content", object: file, content: old.content, modifiedNs: old.modifiedNs }]);
  expect((await find(near, "a")).sizeBytes).toBe(3);
  const batch = new Uint8Array(33) as (typeof old)["id"]["batch"];
  expect(await near.drive.history(file, 2, { batch, index: 0 })).toEqual([]);
});

test("two objects of one name: the first keeps it, the other shows with a mark, until it is renamed", async () => {
  const [near, far] = await pair();
  const first = await near.write("plan.txt", "near");
  await far.make("other", "file");
  const second = await far.write("plan.txt", "far");
  await meet([near, far]);
  const marked = `plan~${shortMarkOf(second)}.txt`;
  for (const device of [near, far]) {
    expect(await device.paths()).toEqual(["other", "plan.txt", marked]);
    expect((await find(device, "plan.txt")).object).toBe(first);
    expect((await find(device, marked)).object).toBe(second);
    expect(await device.drive.path(second)).toBe(marked);
  }
  await near.remove("plan.txt");
  expect(await near.paths()).toEqual(["other", "plan.txt"]);
  expect((await find(near, "plan.txt")).object).toBe(second);
});

test("who shows by another name, though no entry is about it, is told to whoever watches", async () => {
  const [near, far] = await pair();
  const first = await near.write("a", "near");
  await far.make("x", "file");
  const second = await far.write("a", "far");
  await meet([near, far]);
  const seen: ObjectId[][] = [];
  const watching = near.drive.watch((objects) => void seen.push([...objects].sort()));
  await near.remove("a");
  expect(seen).toEqual([[first, second].sort()]);
  // A name that somebody's mark makes is taken: the mark grows.
  const taken = `a~${shortMarkOf(second)}`;
  await near.drive.restore([first]);
  const other = await near.make("other", "file");
  expect(await near.drive.path(first)).toBe(`a~${shortMarkOf(first)}`);
  await far.hear([near]);
  await near.move("other", taken);
  expect(seen.at(-1)).toEqual([other, second].sort());
  watching.stop();
  await near.remove("x");
  expect(seen).toHaveLength(4);
});

test("the same is told across folders that show as one", async () => {
  const [near, far] = await pair();
  await near.make("m", "folder");
  const first = await near.make("m/a", "file");
  await far.make("x", "file");
  await far.make("m", "folder");
  const second = await far.make("m/a", "file");
  await meet([near, far]);
  const taken = `a~${shortMarkOf(second)}`;
  expect(await near.drive.path(second)).toBe(`m/${taken}`);
  const seen: ObjectId[][] = [];
  near.drive.watch((objects) => void seen.push([...objects].sort()));
  const other = await near.make("other", "file");
  // By hand, since a change of the drive would not take a name that shows.
  const value = encodePlace({ parent: await near.at("m"), name: taken });
  await near.drive.space.write(() => ({
    entries: [{ object: other, register: 0, value, replaces: [] }],
    placements: [],
    blobs: [],
  }));
  expect(await near.drive.path(second)).toBe(`m/${markedFull("a", second)}`);
  expect(seen).toEqual([[other], [first, other, second].sort()]);
});

test("a mark that is a name by now becomes a full one", async () => {
  const [near, far] = await pair();
  await near.make("a", "file");
  await far.make("x", "file");
  const second = await far.make("a", "file");
  await near.make(`a~${shortMarkOf(second)}`, "file");
  await meet([near, far]);
  for (const device of [near, far]) {
    expect(await device.drive.path(second)).toBe(markedFull("a", second));
    expect((await find(device, markedFull("a", second))).object).toBe(second);
    expect(await device.paths()).toHaveLength(4);
  }
});

test("folders of one name show as one, and are renamed, filled and removed as one", async () => {
  const [near, far] = await pair();
  const first = await near.make("photos", "folder");
  await near.write("photos/near.jpg", "near");
  await near.make("photos/2024", "folder");
  const inFirst = await near.write("photos/2024/same", "near");
  await far.make("x", "file");
  const second = await far.make("photos", "folder");
  await far.write("photos/far.jpg", "far");
  await far.make("photos/2024", "folder");
  const inSecond = await far.write("photos/2024/same", "far");
  await meet([near, far]);
  const both = [
    "photos/",
    "photos/2024/",
    "photos/2024/same",
    `photos/2024/same~${shortMarkOf(inSecond)}`,
    "photos/far.jpg",
    "photos/near.jpg",
  ];
  for (const device of [near, far]) {
    expect(await device.paths()).toEqual([...both, "x"]);
    expect((await device.drive.entry(second))?.object).toBe(first);
    const [state] = await device.drive.states([inSecond]);
    expect(state?.parent).toBe(await device.at("photos/2024"));
  }
  await near.move("photos", "pictures");
  await near.write("pictures/new", "new");
  const [made] = await near.drive.states([await near.at("pictures/new")]);
  expect(made?.parent).toBe(first);
  await meet([near, far]);
  expect(await far.paths()).toEqual(
    [...both.map((path) => path.replace("photos", "pictures")), "pictures/new", "x"].sort(),
  );
  await far.remove("pictures");
  expect(await far.paths()).toEqual(["x"]);
  await far.drive.restore([first]);
  expect(await far.paths()).toEqual([
    "pictures/",
    "pictures/2024/",
    "pictures/2024/same",
    "pictures/near.jpg",
    "pictures/new",
    "x",
  ]);
  expect(inFirst).toBe(await far.at("pictures/2024/same"));
});

test("a name is the same in any of Unicode's forms, and shows as it was given", async () => {
  const [near] = await pair();
  const file = await near.make("e\u0301", "file");
  expect((await find(near, "\u00e9")).name).toBe("e\u0301");
  await expect(near.make("\u00e9", "file")).rejects.toMatchObject({ kind: "already-exists" });
  await near.move("\u00e9", "\u00e9");
  expect((await near.drive.entry(file))?.name).toBe("\u00e9");
});

test("clashes of upper and lower case are no conflict, and can be found", async () => {
  const [near] = await pair();
  for (const name of ["readme", "README", "Stra\u00dfe", "\u03c3\u03c2", "\u03a3\u03a3", "plain"])
    await near.make(name, "file");
  const clashes = await near.drive.clashes(near.drive.root);
  expect(clashes.map((group) => group.map(({ name }) => name))).toEqual([
    ["README", "readme"],
    ["\u03a3\u03a3", "\u03c3\u03c2"],
  ]);
});

test("what was removed lies in the trash, and comes back to where it was", async () => {
  const [near] = await pair();
  const folder = await near.make("work", "folder");
  await near.make("work/old", "folder");
  const file = await near.write("work/old/plan", "text");
  await near.remove("work/old/plan");
  const [removed] = await near.drive.removed(undefined, 10);
  expect(removed).toMatchObject({
    object: file,
    name: "plan",
    sizeBytes: 4,
    removedBy: near.id,
    from: await near.at("work/old"),
  });
  expect(await near.drive.path(file)).toBeUndefined();
  await near.drive.restore([file]);
  expect(await near.paths()).toEqual(["work/", "work/old/", "work/old/plan"]);

  const old = await near.remove("work/old");
  expect(await near.drive.path(file)).toBeUndefined();
  expect((await near.drive.states([file]))[0]?.parent).toBe(old);
  await near.remove("work");
  expect((await near.drive.removed(undefined, 10)).map(({ object }) => object)).toEqual([folder, old]);
  expect((await near.drive.removed(folder, 10)).map(({ object, from }) => [object, from])).toEqual([[old, undefined]]);
  // Its folder is gone, so it comes to the root; what lay deeper finds its way by names.
  await near.drive.restore([old]);
  expect(await near.paths()).toEqual(["old/", "old/plan"]);
  await near.remove("old");
  await near.drive.restore([file]);
  expect(await near.paths()).toEqual(["old/", "old/plan"]);
  expect(await near.at("old")).not.toBe(old);
  await near.make("work", "file");
  await near.drive.restore([folder]);
  expect(await near.drive.path(folder)).toBe(`work~${shortMarkOf(folder)}`);
  await expect(near.drive.restore([folder])).rejects.toMatchObject({ kind: "not-found" });
});

test("what was edited while another removed it is in conflict, and its editor alone brings it back", async () => {
  const [near, far] = await pair();
  const third = new DriveDevice("third");
  await near.make("work", "folder");
  await near.make("work/plans", "folder");
  const file = await near.write("work/plans/plan", "first");
  await near.write("work/plans/other", "other");
  await meet([near, far, third]);
  await near.write("work/plans/plan", "edited");
  await far.remove("work");
  await meet([near, far, third]);
  for (const device of [near, far, third]) {
    expect(await device.paths()).toEqual([]);
    expect(await device.drive.conflicts(10)).toMatchObject([{ object: file, reason: "removed-and-edited" }]);
  }
  expect(await far.drive.rescue()).toBe(0);
  expect(await third.drive.rescue()).toBe(0);
  expect(await near.drive.rescue()).toBe(1);
  expect(await near.drive.rescue()).toBe(0);
  await meet([near, far, third]);
  for (const device of [near, far, third]) {
    expect(await device.paths()).toEqual(["work/", "work/plans/", "work/plans/plan"]);
    expect(await device.drive.conflicts(10)).toEqual([]);
  }
  expect(await far.at("work/plans/plan")).toBe(file);
});

test("rescues of two devices into one folder meet there", async () => {
  const [near, far] = await pair();
  const third = new DriveDevice("third");
  await near.make("work", "folder");
  await near.write("work/a", "a");
  await near.write("work/b", "b");
  await meet([near, far, third]);
  await near.write("work/a", "a, edited");
  await third.write("work/b", "b, edited");
  await far.remove("work");
  await meet([near, far, third]);
  expect(await near.drive.rescue()).toBe(1);
  expect(await third.drive.rescue()).toBe(1);
  await meet([near, far, third]);
  for (const device of [near, far, third]) expect(await device.paths()).toEqual(["work/", "work/a", "work/b"]);
});

test("what was made in a folder, and a folder that was moved there, while another removed it, come back", async () => {
  const [near, far] = await pair();
  await near.make("work", "folder");
  const notes = await near.make("notes", "folder");
  await near.write("notes/one", "1");
  await meet([near, far]);
  const made = await near.write("work/new", "new");
  await near.move("notes", "work/notes");
  await far.remove("work");
  await meet([near, far]);
  const conflicts = await far.drive.conflicts(10);
  expect(conflicts.map(({ object }) => object).sort()).toEqual([made, notes].sort());
  expect(await near.drive.rescue()).toBe(2);
  await meet([near, far]);
  expect(await far.paths()).toEqual(["work/", "work/new", "work/notes/", "work/notes/one"]);
});

test("a removal that knew of the edit is no conflict, in whatever order the batches come", async () => {
  const random = new SeededRandom("orders");
  for (let i = 0; i < 6; i++) {
    const [near, far] = await pair();
    await near.write("a", "first");
    await meet([near, far], random);
    await near.write("a", "second");
    await far.hear([near], random);
    await far.remove("a");
    await near.make("other", "file");
    await meet(shuffled(random, [near, far]), random);
    expect(await near.drive.conflicts(10)).toEqual([]);
    expect(await near.drive.rescue()).toBe(0);
    expect(await near.paths()).toEqual(["other"]);
  }
});

test("folders moved into one another by two devices do not vanish", async () => {
  const [near, far] = await pair();
  await near.make("a", "folder");
  await near.make("b", "folder");
  await near.write("a/in a", "1");
  await near.write("b/in b", "2");
  await meet([near, far]);
  await near.move("a", "b/a");
  await far.move("b", "a/b");
  await meet([near, far]);
  expect(await near.paths()).toEqual(await far.paths());
  expect([
    ["a/", "a/b/", "a/b/in b", "a/in a"],
    ["b/", "b/a/", "b/a/in a", "b/in b"],
  ]).toContainEqual(await near.paths());
});

test("a reset is told to whoever watches", async () => {
  const [near] = await pair();
  let resets = 0;
  const watching = near.drive.watch(
    () => undefined,
    () => void resets++,
  );
  near.store.reset();
  expect(resets).toBe(1);
  watching.stop();
  near.store.reset();
  expect(resets).toBe(1);
});

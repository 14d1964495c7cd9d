// Drives as a node offers them: by name and path, over the real storage.

import { expect, test } from "vitest";
import { driveLimits, nodeLimits } from "#base/limits.ts";
import type { DriveChanges, DriveInfo, FileEntry, HeldContent } from "#interfaces/generated/drive.ts";
import { givenBytes, givenText } from "./given-bytes.ts";
import { GlowWorld } from "./glow-world.ts";

test("drives have names that people give, and that are theirs on every device", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  const drives = world.node("a").drives();
  const { id } = await world.finish(drives.create("photos"));
  await world.finish(drives.create("music"));
  expect((await world.finish(drives.list())).map(({ name }) => name)).toEqual(["music", "photos"]);
  expect(await world.failure(() => drives.create("photos"))).toBe("already-exists");
  await world.come("b", "photos");
  const renamed = await world.finish(drives.rename("photos", "pictures"));
  expect(renamed).toMatchObject({ id, name: "pictures", readable: true, conflicts: 0 });
  await world.come("b", "pictures");
  expect((await world.finish((await world.finish(drives.open(id))).info())).name).toBe("pictures");
  expect(await world.failure(() => drives.open("photos"))).toBe("not-found");
});

test("of drives that were called alike while apart, one shows with a mark", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  const apart = world.world.network.partition(["a"], ["b"]);
  await world.finish(world.node("a").drives().create("files"));
  await world.finish(world.node("b").drives().create("files"));
  apart.heal();
  await world.untilAsync(async () => {
    const lists = await Promise.all(["a", "b"].map((name) => world.node(name).drives().list()));
    const names = lists.map((list) => list.map(({ name, id }) => `${name} ${id}`).join());
    return lists[0]?.length === 2 && names[0] === names[1] && lists[0].every(({ readable }) => readable);
  });
  const names = (await world.finish(world.node("a").drives().list())).map(({ name }) => name);
  expect(names[0]).toBe("files");
  expect(names[1]).toMatch(/^files \([a-z2-7]{4}\)$/);
});

test("of two who give one name at once, one is told that it is taken", async () => {
  const world = await GlowWorld.user(["a"]);
  const drives = () => world.node("a").drives();
  const both = await world.finish(Promise.allSettled([drives().create("files"), drives().create("files")]));
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(await world.finish(drives().list())).toHaveLength(1);
});

test("a name has its limits", async () => {
  const world = await GlowWorld.user(["a"]);
  const drives = world.node("a").drives();
  const longest = "x".repeat(driveLimits.driveNameLength);
  for (const name of ["", " x", "a/b", "a\nb", `${longest}x`]) {
    expect(await world.failure(() => drives.create(name))).toBe("invalid");
  }
  expect((await world.finish(drives.create(longest))).name).toBe(longest);
});

test("a file is written, listed, read in part, and replaced", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const written = await world.write(drive, "/letters//one.txt", "hello world", {
    parents: true,
    modifiedNs: 5n,
    mode: 0o600,
  });
  expect(written).toMatchObject({
    path: "letters/one.txt",
    kind: "file",
    sizeBytes: 11,
    modifiedNs: 5n,
    mode: 0o600,
    versions: 1,
  });
  expect(await world.finish(drive.stat("letters/one.txt"))).toEqual(written);
  const list = await world.finish(drive.list("letters"));
  expect(list).toMatchObject([{ name: "one.txt", version: written.version }]);
  expect(await world.read(drive, "letters/one.txt", 6, 3)).toBe("wor");
  expect(await world.read(drive, "letters/one.txt", 100)).toBe("");
  await world.write(drive, "letters/one.txt", "changed");
  expect(await world.read(drive, "letters/one.txt")).toBe("changed");
  expect(await world.read(drive, "letters/one.txt", 0, undefined, written.version)).toBe("hello world");
  expect(await world.read(drive, "letters/one.txt", 0, undefined)).toBe("changed");
  expect(await world.finish(drive.totals(""))).toEqual({ files: 1, folders: 1, links: 0, bytes: 7 });
});

test("what goes wrong on the way leaves everything as it was", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  await world.write(drive, "f", "first");
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new Uint8Array(100_000));
    throw new RangeError("the line is cut");
  }
  await expect(world.finish(drive.write("f", givenBytes(breaking())))).rejects.toThrow("the line is cut");
  expect(await world.read(drive, "f")).toBe("first");
  expect(await world.finish(drive.history("f"))).toHaveLength(1);
});

test.each<[string, (drive: Awaited<ReturnType<GlowWorld["drive"]>>) => unknown, string]>([
  ["nothing there", (drive) => drive.stat("none"), "not-found"],
  ["no folder above", (drive) => drive.write("none/f", givenText(), {}), "not-found"],
  ["a file above", (drive) => drive.write("f/g", givenText(), { parents: true }), "invalid"],
  ["a folder is no file", (drive) => drive.write("folder", givenText(), {}), "invalid"],
  ["a file is no folder", (drive) => drive.list("f"), "invalid"],
  ["a folder has no content", (drive) => drive.read("folder"), "invalid"],
  ["a name no file bears", (drive) => drive.makeFolder("a\u0000b"), "invalid"],
  ["out of the drive", (drive) => drive.stat("folder/../../x"), "invalid"],
  ["the root itself", (drive) => drive.remove([""]), "invalid"],
  ["what is there", (drive) => drive.makeFolder("folder"), "already-exists"],
  ["a file that is to be new", (drive) => drive.write("f", givenText(), { replaces: [] }), "already-exists"],
  ["over another one", (drive) => drive.move("f", "folder"), "already-exists"],
  ["into itself", (drive) => drive.move("folder", "folder/in"), "invalid"],
  ["no version", (drive) => drive.restore("f", "zzz"), "invalid"],
  ["another version", (drive) => drive.restore("f", `${"a".repeat(53)}.0`), "not-found"],
  ["half a byte", (drive) => drive.read("f", 0.5), "invalid"],
  ["before the start", (drive) => drive.read("f", 0, -1), "invalid"],
  ["a mode that is none", (drive) => drive.setAttributes("f", { mode: 0o7777 }), "invalid"],
  ["an object that is none", (drive) => drive.readObject("nonsense"), "not-found"],
  ["to bring back what was not removed", (drive) => drive.bringBack(["nonsense"]), "not-found"],
  ["too long a path", (drive) => drive.stat("x".repeat(nodeLimits.pathLength + 1)), "invalid"],
  ["too many at once", (drive) => drive.remove(Array(nodeLimits.page + 1).fill("f")), "too-large"],
  [
    "too many versions",
    (drive) => drive.write("f", givenText(), { replaces: Array(300).fill(`${"b".repeat(53)}.0`) }),
    "too-large",
  ],
])("refused: %s", async (_, ask, kind) => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  await world.write(drive, "f", "text");
  await world.finish(drive.makeFolder("folder"));
  expect(await world.failure(() => ask(drive))).toBe(kind);
  expect((await world.finish(drive.list(""))).map(({ name }) => name)).toEqual(["f", "folder"]);
  expect(await world.read(drive, "f")).toBe("text");
});

test("moving, copying, links, the trash, and back from it", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  await world.write(drive, "from/f", "f", { parents: true });
  await world.finish(drive.move("from", "to"));
  await world.finish(drive.copy("to", "copy"));
  await world.write(drive, "to/f", "changed");
  expect(await world.read(drive, "copy/f")).toBe("f");
  await world.finish(drive.copy("to/f", "copy/f", true));
  expect(await world.read(drive, "copy/f")).toBe("changed");
  expect(await world.finish(drive.link("way", "to/f"))).toMatchObject({ kind: "link", target: "to/f" });
  const [object = ""] = await world.finish(drive.remove(["to/f", "to"]));
  expect(await world.failure(() => drive.stat("to"))).toBe("not-found");
  const removed = await world.finish(drive.removed());
  expect(removed).toMatchObject([{ object, name: "to", kind: "folder", folder: "", removedBy: "a" }, { name: "f" }]);
  expect(await world.finish(drive.bringBack([object]))).toEqual(["to"]);
  expect(await world.read(drive, "to/f")).toBe("changed");
  await world.write(drive, "other", "other");
  await world.finish(drive.move("to/f", "other", true));
  expect(await world.read(drive, "other")).toBe("changed");
});

test("history, restoring, and attributes", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  for (const text of ["one", "two", "three"]) await world.write(drive, "f", text);
  const [newest, middle, oldest] = await world.finish(drive.history("f"));
  expect([newest?.head, middle?.head, oldest?.head, newest?.author]).toEqual([true, false, false, "a"]);
  expect(await world.finish(drive.history("f", newest?.id, 1))).toEqual([middle]);
  await world.finish(drive.restore("f", oldest?.id ?? ""));
  expect(await world.read(drive, "f")).toBe("one");
  expect(await world.finish(drive.history("f"))).toHaveLength(4);
  const changed = await world.finish(drive.setAttributes("f", { mode: 0o640, modifiedNs: 7n }));
  expect(changed).toMatchObject({ mode: 0o640, modifiedNs: 7n, sizeBytes: 3 });
  await world.finish(drive.makeFolder("folder"));
  expect(await world.finish(drive.setAttributes("folder", { modifiedNs: 9n }))).toMatchObject({ modifiedNs: 9n });
  expect(await world.finish(drive.setAttributes("folder", {}))).toMatchObject({ modifiedNs: 9n });
});

test("a listing goes on page by page", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  for (const name of ["a", "b", "c", "d"]) await world.finish(drive.makeFolder(name));
  const names = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name).join("");
  expect(names(await world.finish(drive.list("", undefined, 3)))).toBe("abc");
  expect(names(await world.finish(drive.list("", "c", 3)))).toBe("d");
  expect(await world.finish(drive.list("", undefined, 0))).toEqual([]);
});

test("what one device writes another reads, and knows of its copy", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  const drive = await world.drive("a");
  await world.write(drive, "f", "from a");
  const there = await world.come("b");
  await world.untilAsync(async () => (await there.list("")).length === 1);
  expect(await world.read(there, "f")).toBe("from a");
  await world.untilAsync(async () => (await drive.stat("f")).elsewhere === true);
  await world.untilAsync(async () => {
    const [peer] = (await drive.info()).peers;
    return peer?.complete === true && peer.connected;
  });
  expect(await world.finish(drive.info())).toMatchObject({
    elsewhere: true,
    missingBlobs: 0,
    peers: [{ name: "b", connected: true, complete: true }],
  });
  world.world.network.partition(["a"], ["b"]);
  await world.write(drive, "g", "while apart");
  expect((await world.finish(drive.stat("g"))).elsewhere).toBe(false);
  expect((await world.finish(drive.info())).elsewhere).toBe(false);
  // Of what it replaces it is said, too.
  await world.write(drive, "f", "later");
  const versions = await world.finish(drive.history("f"));
  expect(versions.map(({ elsewhere, head }) => [head, elsewhere])).toEqual([
    [true, false],
    [false, true],
  ]);
  expect((await world.finish(drive.history("g")))[0]?.elsewhere).toBe(false);
});

test("edits made while apart are a conflict, which is resolved in one place for all", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  const [here, there] = [await world.drive("a"), await world.come("b")];
  await world.write(here, "f", "base");
  await world.untilAsync(async () => (await there.list("")).length === 1);
  const apart = world.world.network.partition(["a"], ["b"]);
  await world.write(here, "f", "by a");
  await world.write(there, "f", "by b");
  apart.heal();
  await world.untilAsync(async () => (await here.conflicts()).length === 1 && (await there.conflicts()).length === 1);
  const [conflict] = await world.finish(here.conflicts());
  expect(conflict).toMatchObject({ path: "f", reason: "versions" });
  expect(conflict?.versions.map(({ author }) => author).sort()).toEqual(["a", "b"]);
  expect((await world.finish(here.info())).conflicts).toBe(1);
  expect(await world.failure(() => here.resolve(conflict?.object ?? ""))).toBe("invalid");
  const kept = conflict?.versions.find(({ author }) => author === "b");
  await world.finish(here.resolve(conflict?.object ?? "", kept?.id));
  await world.untilAsync(async () => (await there.conflicts()).length === 0);
  expect(await world.read(here, "f")).toBe("by b");
  expect(await world.read(there, "f")).toBe("by b");
  expect(await world.finish(there.history("f"))).toHaveLength(4);
});

test.each([
  ["stays removed", false],
  ["comes back", true],
])("what one removed and another edited %s, as is said once for all", async (_, comesBack) => {
  const world = await GlowWorld.user(["a", "b"]);
  const [here, there] = [await world.drive("a"), await world.come("b")];
  await world.write(here, "f", "base");
  await world.untilAsync(async () => (await there.list("")).length === 1);
  const apart = world.world.network.partition(["a"], ["b"]);
  await world.finish(here.remove(["f"]));
  const { object } = await world.write(there, "f", "edited");
  apart.heal();
  await world.untilAsync(async () => (await here.conflicts())[0]?.reason === "removed-and-edited");
  await world.untilAsync(async () => (await here.info()).missingBlobs === 0);
  // Who edited it would bring it back by himself.
  world.simulated("b").crash("kill");
  const [conflict] = await world.finish(here.conflicts());
  expect(conflict).not.toHaveProperty("path");
  await world.finish(here.resolve(object, comesBack ? conflict?.versions[0]?.id : undefined));
  expect(await world.finish(here.conflicts())).toEqual([]);
  if (comesBack) expect(await world.read(here, "f")).toBe("edited");
  else expect(await world.failure(() => here.stat("f"))).toBe("not-found");
  world.simulated("b").start();
  await world.until(() => world.simulated("b").handle !== undefined);
  await world.run(20_000);
  const again = await world.come("b");
  expect((await world.finish(again.list(""))).length).toBe(comesBack ? 1 : 0);
  expect(await world.finish(again.conflicts())).toEqual([]);
});

test("a drive that is put away is in no list of any device, and comes back as it was", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  await world.write(await world.drive("a", "photos"), "f", "as it was");
  await world.come("b", "photos");
  const [here, there] = [world.node("a").drives(), world.node("b").drives()];
  await world.finish(here.remove("photos"));
  await world.untilAsync(async () => (await there.list()).length === 0);
  expect(await world.failure(() => there.open("photos"))).toBe("not-found");
  expect(await world.failure(() => there.remove("photos"))).toBe("not-found");
  expect(await world.finish(there.removed())).toMatchObject([{ name: "photos" }]);
  // Its name is free meanwhile.
  await world.drive("b", "photos");
  await world.untilAsync(async () => (await here.list()).length === 1);
  await world.finish(there.bringBack("photos"));
  await world.untilAsync(async () => (await here.list()).length === 2);
  expect(await world.finish(here.removed())).toEqual([]);
  const inside: FileEntry[][] = [];
  for (const { id } of await world.finish(here.list())) {
    inside.push(await world.finish((await world.finish(here.open(id))).list("")));
  }
  expect(inside.map((entries) => entries.length).toSorted((a, b) => a - b)).toEqual([0, 1]);
});

test("of a drive of which names are kept, what is opened is fetched; and all of it, when all is kept again", async () => {
  const kept = new Map<string, HeldContent>();
  const world = await GlowWorld.user(["a", "b"], {
    kept: { of: (drive) => kept.get(drive), set: async (drive, content) => void kept.set(drive, content) },
  });
  const here = await world.drive("a", "films");
  const drives = world.node("b").drives();
  const there = await world.come("b", "films");
  expect(await world.failure(() => drives.hold("films", "some" as never))).toBe("invalid");
  expect(await world.finish(drives.hold("films", "names"))).toMatchObject({ content: "names" });
  for (const name of ["one", "two"]) await world.write(here, name, name.repeat(5000));
  await world.untilAsync(async () => (await there.list("")).length === 2);
  await world.run(5000);
  const missing = async () => (await drives.list())[0]?.missingBlobs;
  expect(await world.finish(missing())).toBe(2);
  expect(await world.read(there, "one")).toBe("one".repeat(5000));
  expect(await world.finish(missing())).toBe(1);
  await world.finish(drives.hold("films", "all"));
  await world.untilAsync(async () => (await missing()) === 0);
});

test("who says what he has seen overwrites nothing else", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const { version = "" } = await world.write(drive, "f", "seen");
  await world.write(drive, "f", "meanwhile");
  const entry = await world.write(drive, "f", "mine", { replaces: [version] });
  expect(entry.versions).toBe(2);
});

test("changes are told as they come, with what is not below the path in a word", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  await world.finish(drive.makeFolder("in"));
  const stream = (await drive.watch("in")) as AsyncIterable<DriveChanges>;
  const changes = stream[Symbol.asyncIterator]();
  const next = async () => (await world.finish(changes.next())).value as DriveChanges;
  expect(await next()).toEqual({ changes: [], elsewhere: false, all: false });
  const { object } = await world.write(drive, "in/f", "1");
  expect(await next()).toEqual({ changes: [{ object, path: "in/f", kind: "file" }], elsewhere: false, all: false });
  await world.finish(drive.move("in/f", "out"));
  expect(await next()).toEqual({ changes: [], elsewhere: true, all: false });
  await world.finish(drive.remove(["out"]));
  expect(await next()).toEqual({ changes: [{ object, kind: "file" }], elsewhere: false, all: false });
  await world.finish(changes.return?.());
});

test("of more changes than nodeLimits.changes it is told that there are", async () => {
  const world = await GlowWorld.user(["a"]);
  const drive = await world.drive("a");
  const stream = (await drive.watch()) as AsyncIterable<DriveChanges>;
  const changes = stream[Symbol.asyncIterator]();
  await world.finish(changes.next());
  const { storage } = world.node("a");
  const stored = storage.drive(storage.spaces()[0]?.id as never);
  await world.finish(
    stored.change(() => ({
      steps: Array.from({ length: nodeLimits.changes + 1 }, (_, i) => {
        return { type: "create", object: stored.newObject("folder"), parent: stored.root, name: `${i}` } as const;
      }),
      chunks: [],
    })),
  );
  expect((await world.finish(changes.next())).value).toEqual({ changes: [], elsewhere: false, all: true });
  expect(await world.finish(drive.list("", undefined, 100_000))).toHaveLength(nodeLimits.page);
  await world.finish(changes.return?.());
});

test("how drives do is told whenever it changes", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  await world.drive("a");
  const stream = world.node("b").drives().watch()[Symbol.asyncIterator]();
  let last: DriveInfo[] = [];
  while (last[0]?.name !== "files") last = (await world.finish(stream.next())).value as DriveInfo[];
  await world.finish(world.node("a").drives().rename("files", "renamed"));
  while (last[0]?.name !== "renamed") last = (await world.finish(stream.next())).value as DriveInfo[];
  expect(last).toHaveLength(1);
  await world.finish(stream.return?.());
});

// What an agent finds in a bound folder.

import { expect, test } from "vitest";
import { folderLimits } from "#base/limits.ts";
import { utf8Encode } from "#base/bytes.ts";
import { allPages, BoundFolder } from "../../../test/store/bound-folder.ts";

const text = utf8Encode("x");

test("a deep scan finds all, folders before what is in them; a flat one only what lies there", async () => {
  const bound = new BoundFolder();
  const { user } = bound.folder;
  const paths: string[] = [];
  for (const a of ["a", "b", "c"]) {
    paths.push(a, `${a}/file`);
    user.makeFolder(a);
    user.write(`${a}/file`, text);
    for (const b of ["x", "y"]) {
      paths.push(`${a}/${b}`, `${a}/${b}/deep`);
      user.makeFolder(`${a}/${b}`);
      user.makeLink(`${a}/${b}/deep`, "../..");
    }
  }
  const { entries } = await allPages(bound.agent.scan([""], true));
  const found = entries.map(({ path }) => path);
  expect(found.toSorted()).toEqual(paths.toSorted());
  for (const [i, path] of found.entries()) {
    const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (above !== "") expect(found.indexOf(above), path).toBeLessThan(i);
  }
  const flat = await allPages(bound.agent.scan(["", "a/x"], false));
  expect(flat.entries.map(({ path }) => path).toSorted()).toEqual(["a", "a/x/deep", "b", "c"]);
  expect(await allPages(bound.agent.scan([], true))).toMatchObject({ entries: [] });
});

test("names are found as a scan finds them, and nothing is said of those that are not there", async () => {
  const bound = new BoundFolder();
  const { user } = bound.folder;
  for (const folder of ["a", "b"]) user.makeFolder(folder);
  for (const path of ["top", "a/x", "a/y", "b/x"]) user.write(path, text);
  user.makeSpecial("a/pipe", "other");
  user.makeSpecial("a/disk", "mount");
  const { entries, passed } = await bound.agent.find([
    { path: "", names: ["top", "b", "nothing"] },
    { path: "a", names: ["y", "pipe", "disk", "nothing"] },
    { path: "gone", names: ["x"] },
  ]);
  const { entries: all } = await allPages(bound.agent.scan([""], true));
  const named = ["top", "b", "a/y"];
  expect(entries).toEqual(named.map((name) => all.find(({ path }) => path === name)));
  expect(passed).toMatchObject([
    { path: "a/pipe", reason: { kind: "unsupported" } },
    { path: "a/disk", reason: { kind: "invalid" } },
    { path: "gone", reason: { kind: "not-found" } },
  ]);
});

test("pages end when they are full, and nothing is left out or twice", async () => {
  const bound = new BoundFolder();
  const { user } = bound.folder;
  const folders = folderLimits.foldersPerPage + 10;
  for (let i = 0; i < folders; i++) user.makeFolder(`f${i}`);
  for (let i = 0; i <= folderLimits.entriesPerPage; i++) user.write(`f0/${i}`, text);
  for (let i = 0; i <= folderLimits.entriesPerPage; i++) user.write(`f1/${i}`, text);
  const { entries, pages } = await allPages(bound.agent.scan([""], true));
  expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
  expect(entries.length).toBe(folders + 2 * (folderLimits.entriesPerPage + 1));
  expect(pages.length).toBeGreaterThanOrEqual(4);
  for (const page of pages) {
    const listed = new Set(page.entries.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf("/")))));
    expect(listed.size).toBeLessThanOrEqual(folderLimits.foldersPerPage);
    expect(page.entries.length).toBeLessThanOrEqual(folderLimits.entriesPerPage + folderLimits.entriesPerPage + 1);
  }
});

test("what no drive can hold is passed over, each with its reason", async () => {
  const bound = new BoundFolder();
  const { user } = bound.folder;
  user.write("fine", text);
  user.write("line\nfeed", text);
  user.write("x".repeat(folderLimits.nameBytes + 1), text);
  user.write("half \ud800", text);
  user.makeSpecial("pipe", "other");
  user.makeSpecial("disk", "mount");
  user.write("secret", text);
  user.lock("secret");
  let deep = "";
  for (let bytes = 0; bytes <= folderLimits.pathBytes; bytes += 101) {
    deep = deep === "" ? "d".repeat(100) : `${deep}/${"d".repeat(100)}`;
    user.makeFolder(deep);
  }
  const { entries, passed } = await allPages(bound.agent.scan([""], true));
  const kinds = new Map(passed.map(({ path, reason }) => [path, reason.kind]));
  expect(kinds.get("line\nfeed")).toBe("invalid");
  expect(kinds.get("x".repeat(folderLimits.nameBytes + 1))).toBe("invalid");
  expect(kinds.get("half \ud800")).toBe("invalid");
  expect(kinds.get("pipe")).toBe("unsupported");
  expect(kinds.get("disk")).toBe("invalid");
  expect(kinds.get("secret")).toBe("denied");
  expect(kinds.get(deep)).toBe("too-large");
  expect(passed.length).toBe(7);
  expect(entries.filter(({ stat }) => stat.kind === "file").map(({ path }) => path)).toEqual(["fine"]);
});

test("a folder that is too full, or gone, is passed over as a whole", async () => {
  const bound = new BoundFolder();
  const { user } = bound.folder;
  user.makeFolder("full");
  user.makeFolder("other");
  user.write("other/file", text);
  const full = bound.folder.folderAt(["full"], "test.fill", "full");
  const file = bound.folder.newNode("file", 0o644);
  for (let i = 0; i <= folderLimits.entriesPerFolder; i++) bound.folder.setChild(full, "full", `${i}`, file);
  const { entries, passed } = await allPages(bound.agent.scan(["gone", ""], true));
  expect(passed.map(({ path, reason }) => [path, reason.kind])).toEqual([
    ["gone", "not-found"],
    ["full", "too-large"],
  ]);
  expect(entries.map(({ path }) => path)).toEqual(["full", "other", "other/file"]);
});

test("that the bound folder is gone is an error, and not an empty folder", async () => {
  const bound = new BoundFolder();
  bound.folder.user.write("file", text);
  bound.folder.plug(false);
  await expect(allPages(bound.agent.scan([""], true))).rejects.toMatchObject({ kind: "unavailable" });
  await expect(bound.agent.stat(["file"])).rejects.toMatchObject({ kind: "unavailable" });
  await expect(bound.agent.read(["file"], 10)).rejects.toMatchObject({ kind: "unavailable" });
  bound.folder.plug(true);
  expect((await bound.stat("file")).kind).toBe("file");
});

test("small files and links are read, if they are small enough", async () => {
  const bound = new BoundFolder();
  const { user } = bound.folder;
  user.write("file", utf8Encode("12345"));
  user.write("long", utf8Encode("123456"));
  user.makeLink("link", "\u00e4\u00e4");
  user.makeLink("far", "123456");
  user.makeFolder("folder");
  const read = await bound.agent.read(["file", "long", "link", "far", "folder", "none", "../x"], 5);
  expect(read).toEqual([
    utf8Encode("12345"),
    undefined,
    utf8Encode("\u00e4\u00e4"),
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  bound.folder.interference = { reading: (path) => user.write(path, utf8Encode("grown longer")) };
  expect(await bound.agent.read(["file"], 5)).toEqual([undefined]);
});

test("an agent that was closed does nothing any more", async () => {
  const bound = new BoundFolder();
  await bound.agent.close();
  await expect(bound.agent.stat([""])).rejects.toMatchObject({ kind: "released" });
  await expect(allPages(bound.agent.scan([""], true))).rejects.toMatchObject({ kind: "released" });
});

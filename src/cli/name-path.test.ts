// What people type to name things, and what it stands for.

import { expect, test } from "vitest";
import {
  folderAbove,
  inFolder,
  lastName,
  looksLocal,
  namePathText,
  parseDrivePath,
  parseNamePath,
} from "./name-path.ts";

test("the short and the whole form of a path in a drive are the same", () => {
  const expected = { kind: "drive", drive: "docs", path: "a/b.txt", isFolder: false };
  expect(parseNamePath("docs/a/b.txt")).toEqual(expected);
  expect(parseNamePath("/me/drives/docs/a/b.txt")).toEqual(expected);
  expect(parseNamePath("docs//a/./c/../b.txt")).toEqual(expected);
  expect(parseNamePath("/me/nodes/desk/drives/docs/a/b.txt")).toEqual({ ...expected, node: "desk" });
  expect(parseNamePath("docs/")).toMatchObject({ drive: "docs", path: "", isFolder: true });
});

test("what is above the drives", () => {
  expect(parseNamePath("/")).toEqual({ kind: "directory", path: "/me" });
  expect(parseNamePath("/me/")).toEqual({ kind: "directory", path: "/me" });
  expect(parseNamePath("/me/drives")).toEqual({ kind: "directory", path: "/me/drives" });
  expect(parseNamePath("/me/nodes")).toEqual({ kind: "directory", path: "/me/nodes" });
  expect(parseNamePath("/me/nodes/desk")).toEqual({ kind: "node", node: "desk" });
  expect(parseNamePath("/me/nodes/desk/drives")).toEqual({ kind: "directory", path: "/me/drives", node: "desk" });
});

test("all of it can be typed again", () => {
  for (const text of ["docs", "docs/a/b", "/me", "/me/drives", "/me/nodes/desk", "/me/nodes/desk/drives/docs/a"]) {
    expect(namePathText(parseNamePath(text))).toBe(text);
  }
});

test("what is none is refused, saying how one is written", () => {
  for (const text of [
    "",
    "/you",
    "/me/files",
    "/me/nodes/desk/disks",
    "..",
    "docs/../..",
    "./a",
    "../a",
    "~",
    "~/a",
    "/tmp/a",
    "a\0b",
  ]) {
    expect(() => parseNamePath(text)).toThrow(/write NAME\/path of a drive/);
  }
  for (const text of ["/me", "/me/drives", "/me/nodes/desk"]) {
    expect(() => parseDrivePath(text)).toThrow("this is not in a drive");
  }
});

test("paths of this machine are told by how they begin", () => {
  for (const text of [".", "..", "./a", "../a", "~", "~/a", "/tmp", "/mexico", "/var/x"])
    expect(looksLocal(text)).toBe(true);
  for (const text of ["docs", "docs/a", "/", "/me", "/me/drives/a", ".hidden", "..."])
    expect(looksLocal(text)).toBe(false);
});

test("paths in parts", () => {
  expect([inFolder("", "a"), inFolder("a/b", "c")]).toEqual(["a", "a/b/c"]);
  expect([lastName("a/b/c"), lastName("a"), lastName("")]).toEqual(["c", "a", ""]);
  expect([folderAbove("a/b/c"), folderAbove("a"), folderAbove("")]).toEqual(["a/b", "", ""]);
});

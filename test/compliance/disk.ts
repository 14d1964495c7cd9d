// The contract of Disk, as far as it can be seen without a crash: what survives one is tested where crashes can be
// made, in the simulated world.

import { expect } from "vitest";
import type { Disk, DiskFile } from "#glow";
import { equalBytes, utf8Encode } from "#base/bytes.ts";
import { diskLimits } from "#base/limits.ts";
import { type Check, failure, type MakeSubject, patterned, suite } from "./subject.ts";

/** `make` gives an empty disk. `bigFileBytes` is for platforms on which every byte is slow. */
export function diskCompliance(name: string, make: MakeSubject<Disk>, bigFileBytes = 32 * 1024 * 1024): void {
  suite(`Disk: ${name}`, make, (check) => {
    fileChecks(check);
    nameChecks(check);
    folderChecks(check);
    pathChecks(check);
    sizeChecks(check, bigFileBytes);
  });
}

function fileChecks(check: Check<Disk>): void {
  check("reads what was written, also after opening again", async (disk) => {
    const file = await disk.open("log", "always-new");
    expect(await file.sizeBytes()).toBe(0);
    await file.write(0, patterned(1, 1000));
    expect(await file.sizeBytes()).toBe(1000);
    expect(await file.read(0, 1000)).toEqual(patterned(1, 1000));
    await file.sync();
    await file.close();
    await disk.syncFolder("");
    expect(await contents(disk, "log")).toEqual(patterned(1, 1000));
  });

  check("reads any range; short at the end of the file, empty behind it", async (disk) => {
    const whole = patterned(2, 200_000);
    const file = await disk.open("f", "always-new");
    await file.write(0, whole.slice());
    for (const [offset, length] of [
      [0, 0],
      [0, 1],
      [65_535, 2],
      [65_536, 65_536],
      [1, 199_999],
    ] as const) {
      expect(equalBytes(await file.read(offset, length), whole.subarray(offset, offset + length))).toBe(true);
    }
    expect(await file.read(199_990, 100)).toEqual(whole.slice(199_990));
    expect((await file.read(200_000, 10)).length).toBe(0);
    expect((await file.read(10_000_000, 10)).length).toBe(0);
    await file.close();
  });

  check("overwrites in place, across what it was written in", async (disk) => {
    const file = await disk.open("f", "always-new");
    const expected = patterned(1, 300_000);
    await file.write(0, expected.slice());
    for (const [offset, length] of [
      [0, 1],
      [65_530, 20],
      [100, 150_000],
      [131_072, 65_536],
      [299_999, 1],
    ] as const) {
      const piece = patterned(offset, length);
      expected.set(piece, offset);
      await file.write(offset, piece);
    }
    await file.write(5, new Uint8Array(0));
    expect(await file.sizeBytes()).toBe(300_000);
    expect(equalBytes(await file.read(0, 300_000), expected)).toBe(true);
    await file.close();
  });

  check("parts are written as one, where they can be", async (disk) => {
    const file = await disk.open("f", "always-new");
    await file.write(0, patterned(1, 10));
    // More of them than a system takes in one call.
    const parts = Array.from({ length: 3000 }, (_, i) => patterned(i, i % 7));
    const whole = new Uint8Array(parts.flatMap((part) => [...part]));
    if (file.writeParts === undefined) await file.write(5, whole);
    else await file.writeParts(5, parts);
    expect(await file.read(5, whole.length + 1)).toEqual(whole);
    expect(await file.read(0, 5)).toEqual(patterned(1, 5));
    if (file.writeParts !== undefined) await failure(file.writeParts(-1, parts), "invalid");
    await file.close();
  });

  check("a gap reads as zeros", async (disk) => {
    const file = await disk.open("f", "always-new");
    await file.write(3, patterned(1, 5));
    await file.write(200_000, patterned(2, 5));
    const expected = new Uint8Array(200_005);
    expected.set(patterned(1, 5), 3);
    expected.set(patterned(2, 5), 200_000);
    expect(equalBytes(await file.read(0, 300_000), expected)).toBe(true);
    await file.close();
  });

  check("an empty write past the end leaves the file as long as it was", async (disk) => {
    const file = await disk.open("f", "always-new");
    await file.write(100, new Uint8Array(0));
    expect(await file.sizeBytes()).toBe(0);
    await file.close();
  });

  check("truncate cuts and extends; what was cut does not come back", async (disk) => {
    const file = await disk.open("f", "always-new");
    await file.write(0, patterned(1, 200_000));
    await file.truncate(70_000);
    expect(await file.sizeBytes()).toBe(70_000);
    await file.truncate(150_000);
    const expected = new Uint8Array(150_000);
    expected.set(patterned(1, 200_000).subarray(0, 70_000));
    expect(equalBytes(await file.read(0, 200_000), expected)).toBe(true);
    await file.truncate(10);
    await file.write(100_000, patterned(2, 1));
    expect(equalBytes(await file.read(10, 99_990), new Uint8Array(99_990))).toBe(true);
    await file.truncate(0);
    expect(await file.sizeBytes()).toBe(0);
    await file.close();
  });

  check("bytes that were read are the reader's own", async (disk) => {
    const file = await disk.open("f", "always-new");
    await file.write(0, patterned(1, 100));
    const first = await file.read(0, 100);
    const second = await file.read(0, 100);
    first.fill(0);
    expect(second).toEqual(patterned(1, 100));
    expect(await file.read(0, 100)).toEqual(patterned(1, 100));
    await file.close();
  });

  check("writes that are under way together all land", async (disk) => {
    const file = await disk.open("f", "always-new");
    const blocks = Array.from({ length: 100 }, (_, i) => i);
    await Promise.all(blocks.map((i) => file.write(i * 1000, patterned(i, 1000))));
    for (const i of blocks) expect(await file.read(i * 1000, 1000)).toEqual(patterned(i, 1000));
    expect(await file.sizeBytes()).toBe(100_000);
    await file.close();
  });

  check("two handles on one file see one file", async (disk) => {
    const writer = await disk.open("f", "always-new");
    const reader = await disk.open("f");
    await writer.write(0, patterned(1, 100_000));
    expect(equalBytes(await reader.read(0, 100_000), patterned(1, 100_000))).toBe(true);
    await reader.write(50, patterned(2, 10));
    expect(await writer.read(50, 10)).toEqual(patterned(2, 10));
    await reader.truncate(60);
    expect(await writer.sizeBytes()).toBe(60);
    await reader.close();
    await writer.write(60, patterned(3, 5));
    await writer.close();
    expect((await contents(disk, "f")).length).toBe(65);
  });

  check("a closed file is `released`; closing twice is not an error", async (disk) => {
    const file = await disk.open("f", "always-new");
    await file.close();
    await file.close();
    await failure(file.sizeBytes(), "released");
    await failure(file.read(0, 1), "released");
    await failure(file.write(0, new Uint8Array(1)), "released");
    await failure(file.truncate(0), "released");
    await failure(file.sync(), "released");
  });

  check("an offset or length that is none is `invalid`", async (disk) => {
    const file = await disk.open("f", "always-new");
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      await failure(file.read(bad, 1), "invalid");
      await failure(file.read(0, bad), "invalid");
      await failure(file.write(bad, new Uint8Array(1)), "invalid");
      await failure(file.truncate(bad), "invalid");
    }
    await file.close();
  });
}

function nameChecks(check: Check<Disk>): void {
  check("open creates as it is told", async (disk) => {
    await failure(disk.open("f"), "not-found");
    await failure(disk.open("f", "never"), "not-found");
    await put(disk, "f", patterned(1, 10));
    const kept = await disk.open("f", "if-missing");
    expect(await kept.sizeBytes()).toBe(10);
    await kept.close();
    const error = await failure(disk.open("f", "always-new"), "already-exists");
    expect(error.target).toBe("f");
    const made = await disk.open("g", "if-missing");
    expect(await made.sizeBytes()).toBe(0);
    await made.close();
  });

  check("of many that create one name, `always-new` lets one through", async (disk) => {
    const opens = await Promise.allSettled(Array.from({ length: 8 }, () => disk.open("f", "always-new")));
    const files = opens.filter((open) => open.status === "fulfilled").map((open) => open.value);
    expect(files.length).toBe(1);
    for (const open of opens)
      if (open.status === "rejected") await failure(Promise.reject(open.reason), "already-exists");
    await files[0]?.close();
  });

  check("rename moves a file, into another folder too", async (disk) => {
    await disk.makeFolder("a/b");
    await put(disk, "a/from", patterned(1, 100_000));
    await disk.rename("a/from", "a/b/to");
    await disk.syncFolder("a");
    await disk.syncFolder("a/b");
    expect(equalBytes(await contents(disk, "a/b/to"), patterned(1, 100_000))).toBe(true);
    expect(await disk.list("a")).toEqual([{ name: "b", folder: true }]);
    await failure(disk.open("a/from"), "not-found");
  });

  check("rename replaces what was there, whole", async (disk) => {
    await put(disk, "old", patterned(1, 300_000));
    await put(disk, "new", patterned(2, 100));
    await disk.rename("new", "old");
    expect(await contents(disk, "old")).toEqual(patterned(2, 100));
    expect(await disk.list("")).toEqual([{ name: "old", folder: false }]);
    const file = await disk.open("old");
    await file.write(250_000, patterned(3, 1));
    expect(equalBytes(await file.read(100, 249_900), new Uint8Array(249_900))).toBe(true);
    await file.close();
  });

  check("rename to its own name changes nothing", async (disk) => {
    await put(disk, "f", patterned(1, 10));
    await disk.rename("f", "f");
    expect(await contents(disk, "f")).toEqual(patterned(1, 10));
  });

  check("rename fails without harm: nothing to move, nowhere to go, folders", async (disk) => {
    await put(disk, "f", patterned(1, 10));
    await disk.makeFolder("folder");
    await failure(disk.rename("missing", "x"), "not-found");
    await failure(disk.rename("f", "nowhere/x"), "not-found");
    await failure(disk.rename("f", "folder"), "invalid");
    await failure(disk.rename("folder", "elsewhere"), "invalid");
    expect(await contents(disk, "f")).toEqual(patterned(1, 10));
    expect((await disk.list("")).map(({ name }) => name)).toEqual(["f", "folder"]);
  });

  check("a handle follows its file through a rename", async (disk) => {
    const file = await disk.open("f", "always-new");
    await disk.rename("f", "g");
    await file.write(0, patterned(1, 10));
    await file.close();
    expect(await contents(disk, "g")).toEqual(patterned(1, 10));
  });

  check("a handle on a removed or replaced file never shows or harms another's bytes", async (disk) => {
    await put(disk, "f", patterned(1, 1000));
    const removed = await disk.open("f");
    await disk.remove("f");
    await put(disk, "f", patterned(2, 1000));
    const replaced = await disk.open("f");
    await put(disk, "g", patterned(3, 1000));
    await disk.rename("g", "f");
    for (const [handle, seed] of [
      [removed, 1],
      [replaced, 2],
    ] as const) {
      const seen = await orNotFound(handle.read(0, 1000));
      if (seen !== "not-found") expect(seen).toEqual(patterned(seed, 1000));
      await orNotFound(handle.write(0, patterned(9, 1000)));
      await orNotFound(handle.truncate(1));
      await handle.close();
    }
    expect(await contents(disk, "f")).toEqual(patterned(3, 1000));
  });

  check("remove removes a file; what is made anew under its name is empty", async (disk) => {
    await put(disk, "f", patterned(1, 100_000));
    await disk.remove("f");
    await failure(disk.remove("f"), "not-found");
    await failure(disk.open("f"), "not-found");
    expect(await disk.list("")).toEqual([]);
    const file = await disk.open("f", "always-new");
    await file.truncate(100_000);
    expect(equalBytes(await file.read(0, 100_000), new Uint8Array(100_000))).toBe(true);
    await file.close();
  });
}

function folderChecks(check: Check<Disk>): void {
  check("folders: made with those above, listed, kept apart", async (disk) => {
    expect(await disk.list("")).toEqual([]);
    await disk.makeFolder("");
    await disk.makeFolder("a/b/c");
    await disk.makeFolder("a/b");
    await put(disk, "a/f", patterned(1, 1));
    await put(disk, "a/b/f", patterned(2, 2));
    await put(disk, "ab", patterned(3, 3));
    expect(await disk.list("")).toEqual([
      { name: "a", folder: true },
      { name: "ab", folder: false },
    ]);
    expect(await disk.list("a")).toEqual([
      { name: "b", folder: true },
      { name: "f", folder: false },
    ]);
    expect(await disk.list("a/b/c")).toEqual([]);
    expect((await contents(disk, "a/f")).length).toBe(1);
    expect((await contents(disk, "a/b/f")).length).toBe(2);
    for (const folder of ["", "a", "a/b", "a/b/c"]) await disk.syncFolder(folder);
  });

  check("list is sorted by code unit", async (disk) => {
    // U+FF5E comes after U+1D4B3 by code unit (whose first is U+D835), but before it by code point.
    const names = ["z", "a", "B", "10", "9", "é", "a b", "a-b", "a0", "\u{1d4b3}", "\uff5e", "_", "~", "aa"];
    for (const name of names) await put(disk, name, new Uint8Array(0));
    expect((await disk.list("")).map(({ name }) => name)).toEqual([...names].sort());
  });

  check("remove takes a folder only when it is empty", async (disk) => {
    await disk.makeFolder("a/b");
    await put(disk, "a/b/f", new Uint8Array(1));
    await failure(disk.remove("a/b"), "invalid");
    await disk.remove("a/b/f");
    await disk.remove("a/b");
    expect(await disk.list("a")).toEqual([]);
    await failure(disk.list("a/b"), "not-found");
  });

  check("what is not there is `not-found`", async (disk) => {
    await failure(disk.list("x"), "not-found");
    await failure(disk.syncFolder("x"), "not-found");
    await failure(disk.remove("x"), "not-found");
    await failure(disk.open("x/f", "if-missing"), "not-found");
    await failure(disk.open("x/f", "always-new"), "not-found");
  });

  check("a file is no folder and a folder no file", async (disk) => {
    await put(disk, "f", new Uint8Array(1));
    await disk.makeFolder("d");
    await failure(disk.list("f"), "invalid");
    await failure(disk.open("f/x", "if-missing"), "invalid");
    await failure(disk.makeFolder("f/x"), "invalid");
    await failure(disk.makeFolder("f"), "already-exists");
    await failure(disk.open("d"), "invalid");
    await failure(disk.open("d", "if-missing"), "invalid");
    await failure(disk.open("d", "always-new"), "already-exists");
  });
}

const badPaths = [
  "/",
  "/etc/passwd",
  "//x",
  "..",
  "../x",
  "a/..",
  "a/../x",
  "a/../../x",
  ".",
  "./x",
  "a/./x",
  "a//x",
  "a/",
  "a\0",
  "\0",
  "a/x\0.log",
  "..\\x",
  "a\\x",
  "C:x",
  "C:/x",
  "a:stream",
  "line\nbreak",
  "\u007f",
  "\ud800",
  "n".repeat(diskLimits.nameBytes + 1),
  "é".repeat(Math.ceil((diskLimits.nameBytes + 1) / 2)),
  "folder/".repeat(200),
  `${"d/".repeat(diskLimits.pathBytes / 2)}f`,
];

function pathChecks(check: Check<Disk>): void {
  check("a path that is none is `invalid`, for every operation", async (disk) => {
    await disk.makeFolder("a");
    await put(disk, "x", patterned(1, 1));
    for (const path of badPaths) {
      await failure(disk.open(path), "invalid");
      await failure(disk.open(path, "if-missing"), "invalid");
      await failure(disk.open(path, "always-new"), "invalid");
      await failure(disk.rename(path, "y"), "invalid");
      await failure(disk.rename("x", path), "invalid");
      await failure(disk.remove(path), "invalid");
      await failure(disk.makeFolder(path), "invalid");
      await failure(disk.list(path), "invalid");
      await failure(disk.syncFolder(path), "invalid");
    }
    expect((await disk.list("")).map(({ name }) => name)).toEqual(["a", "x"]);
    expect(await disk.list("a")).toEqual([]);
  });

  check("the root is a folder that stays", async (disk) => {
    await failure(disk.open(""), "invalid");
    await failure(disk.open("", "if-missing"), "invalid");
    await failure(disk.open("", "always-new"), "invalid");
    await failure(disk.remove(""), "invalid");
    await failure(disk.rename("", "x"), "invalid");
    await failure(disk.rename("x", ""), "invalid");
    await disk.syncFolder("");
  });

  check("the longest name works, and so do names that look odd", async (disk) => {
    const names = [
      "n".repeat(diskLimits.nameBytes),
      "...",
      "..a",
      "a..",
      ".hidden",
      " ",
      "%2e%2e",
      "a%2fb",
      "-rf",
      "é",
      "\u{1f41a}",
    ];
    for (const name of names) {
      await put(disk, name, utf8Encode(name));
      expect(await contents(disk, name)).toEqual(utf8Encode(name));
    }
    expect((await disk.list("")).length).toBe(names.length);
    // The longest path: there is nothing of this name, but there could be.
    await failure(disk.open(`${"d/".repeat(diskLimits.pathBytes / 2 - 1)}ff`), "not-found");
  });
}

function sizeChecks(check: Check<Disk>, bigFileBytes: number): void {
  check(
    "a thousand small files",
    async (disk) => {
      await disk.makeFolder("many");
      const names = Array.from({ length: 1000 }, (_, i) => `many/${i.toString().padStart(4, "0")}`);
      for (const [i, name] of names.entries()) await put(disk, name, patterned(i, i));
      expect((await disk.list("many")).map(({ name }) => `many/${name}`)).toEqual(names);
      for (const [i, name] of names.entries()) expect(await contents(disk, name)).toEqual(patterned(i, i));
    },
    60_000,
  );

  check(
    "a big file, written in pieces and read in others",
    async (disk) => {
      const pieceBytes = 1_000_003;
      const file = await disk.open("big", "always-new");
      for (let at = 0; at < bigFileBytes; at += pieceBytes) await file.write(at, patterned(at, pieceBytes));
      await file.sync();
      const sizeBytes = await file.sizeBytes();
      expect(sizeBytes).toBe(Math.ceil(bigFileBytes / pieceBytes) * pieceBytes);
      const whole = await file.read(0, sizeBytes);
      for (let at = 0; at < sizeBytes; at += pieceBytes) {
        expect(equalBytes(whole.subarray(at, at + pieceBytes), patterned(at, pieceBytes)), `at ${at}`).toBe(true);
      }
      for (let at = 0; at < sizeBytes; at += 3_333_331) {
        expect(equalBytes(await file.read(at, 65_536), whole.subarray(at, at + 65_536)), `at ${at}`).toBe(true);
      }
      await file.close();
    },
    60_000,
  );
}

async function put(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, "always-new");
  await file.write(0, bytes);
  await file.close();
}

async function contents(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path);
  const bytes = await wholeOf(file);
  await file.close();
  return bytes;
}

async function wholeOf(file: DiskFile): Promise<Uint8Array> {
  // A plain Uint8Array, since `toEqual` tells a Buffer from one.
  return new Uint8Array(await file.read(0, await file.sizeBytes()));
}

function orNotFound<Result>(work: Promise<Result>): Promise<Result | "not-found"> {
  return work.catch(async (reason: unknown) => {
    await failure(Promise.reject(reason), "not-found");
    return "not-found" as const;
  });
}

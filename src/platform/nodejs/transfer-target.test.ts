// A place that files of a drive are copied to: parts, what is gone on with, and what is refused.

import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TransferFile, TransferTarget } from "./transfer-target.ts";

let root: string;
let target: TransferTarget;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "glow-target-"));
  target = new TransferTarget(root);
});

afterEach(() => rm(root, { recursive: true }));

const blockBytes = 64 * 1024;

function file(version: string, sizeBytes: number): TransferFile {
  return { version, sizeBytes, modifiedNs: 1_700_000_000_123_456_789n, mode: 0o640 };
}

test("a file takes its name when it is whole, with its time and mode", async () => {
  const part = await target.begin(["a"], file("v", 3));
  await part.write(Uint8Array.of(1, 2, 3));
  expect(await readdir(root)).toEqual([expect.stringMatching(/^a\.[0-9a-f]{8}\.glow-part$/)]);
  await part.finish();
  expect(await readdir(root)).toEqual(["a"]);
  const found = await lstat(join(root, "a"), { bigint: true });
  expect(Number(found.mode & 0o777n)).toBe(0o640);
  expect(found.mtimeNs / 10_000n).toBe(170_000_000_012_345n);
});

test("what was broken off is gone on with by the same version, from a whole block on", async () => {
  const size = blockBytes * 3;
  const first = await target.begin(["a"], file("v", size));
  await first.write(new Uint8Array(blockBytes + 100).fill(7));
  await first.keep();
  const second = await new TransferTarget(root).begin(["a"], file("v", size));
  expect(second.offset).toBe(blockBytes);
  await second.write(new Uint8Array(size - blockBytes).fill(8));
  await second.finish();
  const bytes = await readFile(join(root, "a"));
  expect([bytes.length, bytes[blockBytes - 1], bytes[blockBytes]]).toEqual([size, 7, 8]);
});

test("parts of other versions are not gone on with, and removed when one is whole; those of other files stay", async () => {
  const old = await target.begin(["a"], file("old", blockBytes * 2));
  await old.write(new Uint8Array(blockBytes));
  await old.keep();
  await writeFile(join(root, "a.b.00000000.glow-part"), "of a.b");
  const part = await new TransferTarget(root).begin(["a"], file("new", 1));
  expect(part.offset).toBe(0);
  await part.write(Uint8Array.of(1));
  await part.finish();
  expect(await readdir(root)).toEqual(["a", "a.b.00000000.glow-part"]);
});

test("neither more nor less than was said is taken for whole", async () => {
  const long = await target.begin(["long"], file("v", 2));
  await expect(long.write(new Uint8Array(3))).rejects.toMatchObject({ kind: "corrupt" });
  await long.keep();
  const short = await target.begin(["short"], file("v", 2));
  await short.write(new Uint8Array(1));
  await expect(short.finish()).rejects.toMatchObject({ kind: "corrupt" });
  expect(await readdir(root)).toEqual([]);
});

test("the longest names that a file system has", async () => {
  for (const name of ["n".repeat(255), "ü".repeat(127)]) {
    const part = await target.begin([name], file("v", 1));
    await part.write(Uint8Array.of(1));
    await part.finish();
  }
  expect((await readdir(root)).toSorted()).toEqual(["n".repeat(255), "ü".repeat(127)]);
});

test("a link in the place of a part or folder is not followed", async () => {
  const outside = await mkdtemp(join(tmpdir(), "glow-outside-"));
  const part = await target.begin(["a"], file("v", blockBytes * 2));
  await part.write(new Uint8Array(blockBytes));
  await part.keep();
  const [name = ""] = await readdir(root);
  await rm(join(root, name));
  await symlink(join(outside, "x"), join(root, name));
  await expect(new TransferTarget(root).begin(["a"], file("v", blockBytes * 2))).rejects.toMatchObject({
    kind: "invalid",
  });
  await symlink(outside, join(root, "sub"));
  await expect(target.makeFolder(["sub"])).rejects.toMatchObject({ kind: "denied" });
  await expect(target.begin(["sub", "x"], file("v", 1))).rejects.toMatchObject({ kind: "denied" });
  expect(await readdir(outside)).toEqual([]);
  await rm(outside, { recursive: true });
});

test("links stay below the root, as deep as they lie", async () => {
  await mkdir(join(root, "a", "b"), { recursive: true });
  for (const inside of ["x", "../x", "../../x", "../..", "c/d", "./x"]) await target.link(["a", "b", "l"], inside);
  for (const outside of ["", "/x", "../../../x", "../../..", "x/../y", "..\\x", "C:x"]) {
    await expect(target.link(["a", "b", "l"], outside)).rejects.toMatchObject({ kind: "denied" });
  }
});

// What a disk in a folder does beyond the contract of Disk: links, modes, the system's errors.

import { constants, existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, open, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ErrorKind } from "#base/errors.ts";
import { failure } from "../../../test/compliance/subject.ts";
import { NodeDisk } from "./disk.ts";
import { fileSystemError } from "./file-system-error.ts";

let folder: string;
let root: string;
let disk: NodeDisk;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-disk-"));
  root = join(folder, "root");
  disk = new NodeDisk(root);
});

afterEach(() => rm(folder, { recursive: true }));

test("makes its root when it is first used, for its owner only", async () => {
  await (await disk.open("f", "always-new")).close();
  expect((await stat(root)).mode & 0o777).toBe(0o700);
  expect((await stat(join(root, "f"))).mode & 0o777).toBe(0o600);
});

test("no link leads out of the root, whatever it is in a path", async () => {
  await mkdir(root);
  await mkdir(join(folder, "outside"));
  await writeFile(join(folder, "outside", "secret"), "secret");
  await symlink(join(folder, "outside"), join(root, "out"));
  await symlink(join(folder, "outside", "secret"), join(root, "link"));
  await symlink("..", join(root, "up"));
  for (const path of ["out/secret", "up/outside/secret", "link"]) {
    await failure(disk.open(path), "invalid");
    await failure(disk.open(path, "if-missing"), "invalid");
    await failure(disk.rename(path, "x"), "invalid");
  }
  await failure(disk.open("out/new", "always-new"), "invalid");
  await failure(disk.remove("out/secret"), "invalid");
  for (const path of ["out", "up", "up/outside"]) {
    await failure(disk.list(path), "invalid");
    await failure(disk.syncFolder(path), "invalid");
  }
  await failure(disk.makeFolder("out/made"), "invalid");
  expect(existsSync(join(folder, "outside", "made"))).toBe(false);
  expect(await readFile(join(folder, "outside", "secret"), "utf8")).toBe("secret");
  // What a link points to stays when the link goes.
  await disk.remove("link");
  expect(await readFile(join(folder, "outside", "secret"), "utf8")).toBe("secret");
});

test("a root that is itself reached by a link is one all the same", async () => {
  await mkdir(root);
  await symlink(root, join(folder, "alias"));
  const alias = new NodeDisk(join(folder, "alias"));
  await (await alias.open("f", "always-new")).close();
  expect((await lstat(join(root, "f"))).isFile()).toBe(true);
});

test("a pipe or device is not a file", async () => {
  await failure(new NodeDisk("/dev").open("null"), "invalid");
});

test("a full disk is `exhausted`", async () => {
  // Linux's device that is always full gives the very error that a full disk gives.
  const full = await open("/dev/full", constants.O_WRONLY);
  const thrown: unknown = await full.write(new Uint8Array(1)).catch((error: unknown) => error);
  await full.close();
  expect(fileSystemError(thrown, "disk.write", "f").kind).toBe("exhausted");
});

test("each code of the system has its kind, and says what it was", () => {
  const expected: Record<string, ErrorKind> = {
    ENOENT: "not-found",
    EEXIST: "already-exists",
    ENOSPC: "exhausted",
    EDQUOT: "exhausted",
    EIO: "corrupt",
    EACCES: "denied",
    ENOTDIR: "invalid",
    ENAMETOOLONG: "invalid",
    EWHATEVER: "internal",
  };
  for (const [code, kind] of Object.entries(expected)) {
    const thrown = Object.assign(new Error(`${code}: text of the system`), { code });
    const error = fileSystemError(thrown, "disk.open", "some/path");
    expect([error.kind, error.op, error.target, error.cause]).toEqual([kind, "disk.open", "some/path", thrown]);
    expect(error.message).toContain(code);
  }
});

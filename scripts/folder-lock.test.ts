// The lock between set-ups: who waits, who is told, and when the lock of an owner that has gone is broken.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withFolderLock } from "./folder-lock.mjs";

let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "glow-lock-"));
  lock = join(folder, "lock");
});

afterEach(() => rmSync(folder, { recursive: true }));

function ownedBy(owner: string): void {
  mkdirSync(lock);
  writeFileSync(join(lock, "owner"), owner);
}

const never = (owner: string): never => {
  throw new Error(`waits for ${owner}`);
};

test("is held while the work is done, and leaves nothing behind", async () => {
  expect(await withFolderLock(lock, never, async () => existsSync(lock))).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test("is released when the work fails", async () => {
  const failing = withFolderLock(lock, never, async () => {
    throw new Error("no disk");
  });
  await expect(failing).rejects.toThrow("no disk");
  expect(readdirSync(folder)).toEqual([]);
});

test("a second one is told who holds it, and works when the first is done", async () => {
  const order: string[] = [];
  const { promise: told, resolve: tell } = Promise.withResolvers<string>();
  const first = withFolderLock(lock, never, async () => {
    expect(await told).toBe(`${process.pid} on ${hostname()}`);
    order.push("first");
  });
  const second = withFolderLock(lock, tell, async () => {
    order.push("second");
  });
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
});

test("the lock of a process that is gone is broken at once", async () => {
  // Above the largest process id of Linux, macOS and Windows in use.
  ownedBy(`${2 ** 31 - 1} on ${hostname()}`);
  expect(await withFolderLock(lock, never, async () => "done")).toBe("done");
  expect(readdirSync(folder)).toEqual([]);
});

test("the lock of another machine is broken when nobody touches it", async () => {
  ownedBy("1 on another-machine");
  const told: string[] = [];
  expect(
    await withFolderLock(
      lock,
      (owner) => told.push(owner),
      async () => "done",
      150,
    ),
  ).toBe("done");
  expect(told).toEqual(["1 on another-machine"]);
});

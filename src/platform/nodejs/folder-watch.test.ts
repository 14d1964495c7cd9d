// What is heard of changes in real folders. Nothing here waits for a time: only for what the system tells.

import { execFile } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import type { ChangedFolder, Timer, Timers } from "#glow";
import { ChangeGathering } from "../change-gathering.ts";
import { draftsFolder } from "../local-path.ts";
import { EventBurst, eventQueueLength } from "./event-burst.ts";
import { NodeFolderWatch } from "./folder-watch.ts";
import { NodeTimers } from "./timers.ts";
import { type WatchFolder, WatchTree } from "./watch-tree.ts";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "glow-watch-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What a watch has told. */
class Told {
  readonly calls: (readonly string[] | undefined)[] = [];
  /** `folder/name` of each name that was told, `folder/*` where none was. */
  readonly names = new Set<string>();
  readonly limits: (GlowError | undefined)[] = [];
  readonly #waiting = new Set<() => void>();

  readonly changed = (folders: readonly ChangedFolder[] | undefined): void => {
    this.calls.push(folders?.map(({ path }) => path));
    for (const { path, names } of folders ?? []) {
      for (const name of names ?? ["*"]) this.names.add(`${path}/${name}`);
    }
    this.#wake();
  };

  readonly limited = (reason: GlowError | undefined): void => {
    this.limits.push(reason);
    this.#wake();
  };

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Until each of them was told since the call. */
  async all(...folders: string[]): Promise<void> {
    const from = this.calls.length;
    await this.until(() => {
      const told = new Set(this.calls.slice(from).flatMap((each) => each ?? []));
      return folders.every((folder) => told.has(folder));
    });
  }

  /** Until it was told since the call that anything may have changed. */
  async anything(from = this.calls.length): Promise<void> {
    await this.until(() => this.calls.slice(from).includes(undefined));
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

async function watched(root = newFolder()): Promise<{ root: string; told: Told }> {
  const told = new Told();
  const watching = new NodeFolderWatch(root, new NodeTimers(), told.changed, told.limited);
  cleanUps.push(() => watching.stop());
  await told.anything(0);
  return { root, told };
}

test("tells that anything may have changed when it begins, and then which folders have", async () => {
  const { root, told } = await watched();
  const top = told.all("");
  writeFileSync(join(root, "file"), "x");
  await top;
  const inner = told.all("", "a", "a/b", "a/b/c");
  mkdirSync(join(root, "a/b/c"), { recursive: true });
  writeFileSync(join(root, "a/b/c/file"), "x");
  await inner;
  const deep = told.all("a/b/c");
  writeFileSync(join(root, "a/b/c/file"), "y");
  await deep;
  expect(told.calls.slice(1)).not.toContain(undefined);
  expect(told.limits).toEqual([]);
});

test("follows folders that are renamed, replaced and moved in", async () => {
  const { root, told } = await watched();
  const made = told.all("old/in");
  mkdirSync(join(root, "old/in"), { recursive: true });
  await made;
  const renamed = told.all("new", "new/in");
  renameSync(join(root, "old"), join(root, "new"));
  await renamed;
  const written = told.all("new/in");
  writeFileSync(join(root, "new/in/file"), "x");
  await written;
  const replaced = told.all("new");
  rmSync(join(root, "new"), { recursive: true });
  mkdirSync(join(root, "new"));
  await replaced;
  const again = told.all("new");
  writeFileSync(join(root, "new/file"), "x");
  await again;
  const elsewhere = newFolder();
  mkdirSync(join(elsewhere, "x/y"), { recursive: true });
  const moved = told.all("x", "x/y");
  renameSync(join(elsewhere, "x"), join(root, "x"));
  await moved;
});

test.runIf(process.platform === "linux")("tells what in a folder has changed, both names of a rename", async () => {
  const { root, told } = await watched();
  const made = told.all("from/in");
  mkdirSync(join(root, "from/in"), { recursive: true });
  mkdirSync(join(root, "to"));
  writeFileSync(join(root, "from/a"), "x");
  await made;
  const ready = told.all("");
  writeFileSync(join(root, "ready"), "x");
  await ready;
  told.names.clear();
  const names = ["from/a", "from/b", "from/c", "to/d", "from/in", "to/in"];
  renameSync(join(root, "from/a"), join(root, "from/b"));
  writeFileSync(join(root, "from/c"), "x");
  renameSync(join(root, "from/c"), join(root, "to/d"));
  renameSync(join(root, "from/in"), join(root, "to/in"));
  await told.until(() => names.every((name) => told.names.has(name)));
  const others = [...told.names].filter((name) => !names.includes(name));
  expect(others.filter((name) => !name.endsWith("in/*"))).toEqual([]);
  // What is no UTF-8 has no name that one could ask for; and what is said of a folder itself has none either.
  told.names.clear();
  writeFileSync(Buffer.concat([Buffer.from(`${root}/to/`), Buffer.of(0xff)]), "x");
  await told.until(() => told.names.has("to/*"));
  chmodSync(join(root, "from"), 0o700);
  await told.until(() => told.names.has("from/*") && told.names.has("/from"));
});

test("does not tell of its own drafts, nor of what is behind links", async () => {
  const { root, told } = await watched();
  const outside = newFolder();
  const first = told.all("");
  symlinkSync(outside, join(root, "link"));
  mkdirSync(join(root, draftsFolder));
  await first;
  const calls = told.calls.length;
  writeFileSync(join(root, draftsFolder, "draft"), "x");
  writeFileSync(join(outside, "file"), "x");
  const last = told.all("", "last");
  mkdirSync(join(root, "last"));
  await last;
  expect(new Set(told.calls.slice(calls).flat())).toEqual(new Set(["", "last"]));
});

test("notices that the system may have lost events, and goes on", async () => {
  const { root, told } = await watched();
  const anything = told.anything();
  // The thread does not read them meanwhile. Of events that are alike only one is kept, so two files take turns.
  for (let i = 0; i <= eventQueueLength(); i++) appendFileSync(join(root, `${i % 2}`), "x");
  await anything;
  const after = told.all("after");
  mkdirSync(join(root, "after"));
  await after;
}, 60_000);

test("tells of ten thousand files in few calls", async () => {
  const { root, told } = await watched();
  const calls = told.calls.length;
  const made = told.until(() => told.calls.slice(calls).some((each) => each === undefined || each.includes("last")));
  const script = `
    const fs = require("node:fs");
    for (let d = 0; d < 100; d++) {
      fs.mkdirSync("d" + d);
      for (let i = 0; i < 100; i++) fs.writeFileSync("d" + d + "/f" + i, "x");
    }
    fs.mkdirSync("last");`;
  const beganMs = performance.now();
  await promisify(execFile)(process.execPath, ["-e", script], { cwd: root });
  await made;
  const tookMs = performance.now() - beganMs;
  // Pauses double from the first to the longest: seven calls until then.
  expect(told.calls.length - calls).toBeLessThan(10 + tookMs / folderLimits.gatherMostMs);
});

test("waits for a folder that is gone, and for another that took its place", async () => {
  const timers = new SteppedTimers();
  const root = newFolder();
  const told = new Told();
  const watching = new NodeFolderWatch(root, timers, told.changed, told.limited);
  cleanUps.push(() => watching.stop());
  rmSync(root, { recursive: true });
  timers.pass(folderLimits.lookMs);
  expect(told.limits).toMatchObject([{ kind: "unavailable" }]);
  timers.pass(folderLimits.lookMs);
  const calls = told.calls.length;
  mkdirSync(root);
  timers.pass(folderLimits.lookMs + folderLimits.gatherMostMs);
  expect(told.limits).toEqual([expect.any(GlowError), undefined]);
  expect(told.calls.slice(calls)).toEqual([undefined]);
  // As when a disk is mounted: the folder that is watched gets no event of it.
  renameSync(root, `${root}-away`);
  mkdirSync(root);
  cleanUps.push(() => rmSync(`${root}-away`, { recursive: true }));
  timers.pass(folderLimits.lookMs + folderLimits.gatherMostMs);
  expect(told.calls.slice(calls)).toEqual([undefined, undefined]);
});

test("has all looked at from time to time", () => {
  const timers = new SteppedTimers();
  const told = new Told();
  const watching = new NodeFolderWatch(newFolder(), timers, told.changed, told.limited);
  cleanUps.push(() => watching.stop());
  for (let passedMs = 0; passedMs < 2 * folderLimits.sweepMs; passedMs += folderLimits.rescanMs) {
    timers.pass(folderLimits.rescanMs);
  }
  timers.pass(folderLimits.gatherMostMs);
  expect(told.calls).toEqual([undefined, undefined, undefined]);
});

test("says what to do where there are more folders than the system lets one watch, and tries again", () => {
  const root = newFolder();
  for (const name of ["a", "b/c", "b/d"]) mkdirSync(join(root, name), { recursive: true });
  let left = 3;
  const watchFolder: WatchFolder = (path, options) => {
    if (left-- <= 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    return watch(path, options);
  };
  const changed: (string | undefined)[] = [];
  const tree = new WatchTree(root, { changed: (folder) => changed.push(folder), gone: () => undefined }, watchFolder);
  cleanUps.push(() => tree.close());
  expect(tree.limited).toBe(true);
  expect(tree.folderCount).toBe(3);
  left = 100;
  tree.retry();
  expect(tree.limited).toBe(false);
  expect(tree.folderCount).toBe(5);
  expect(changed.toSorted((a = "", b = "") => a.localeCompare(b))).toEqual(["b/c", "b/d"]);
});

test("a burst is one as soon as the queue may have been full", async () => {
  const burst = new EventBurst(100);
  expect(Array.from({ length: 60 }, () => burst.count()).indexOf(true)).toBe(24);
  await new Promise((resolve) => setImmediate(resolve));
  expect(Array.from({ length: 24 }, () => burst.count())).not.toContain(true);
  expect(burst.count()).toBe(true);
});

test("changes are gathered the longer the more there are, up to limits", () => {
  const timers = new SteppedTimers();
  const told = new Told();
  const gathering = new ChangeGathering(timers, told.changed);
  gathering.add("a");
  timers.pass(folderLimits.gatherFirstMs - 1);
  expect(told.calls).toEqual([]);
  timers.pass(1);
  expect(told.calls).toEqual([["a"]]);
  let passedMs = 0;
  for (; passedMs < 10 * folderLimits.gatherMostMs; passedMs++) {
    gathering.add(`${passedMs % 2}`);
    timers.pass(1);
  }
  expect(told.calls.length).toBeGreaterThan(10);
  expect(told.calls.length).toBeLessThan(10 + 8);
  timers.pass(2 * folderLimits.gatherMostMs);
  const calls = told.calls.length;
  for (let i = 0; i <= folderLimits.changedFolders; i++) gathering.add(`${i}`);
  timers.pass(folderLimits.gatherFirstMs);
  expect(told.calls.slice(calls)).toEqual([undefined]);
  gathering.add("late");
  gathering.close();
  timers.pass(folderLimits.gatherMostMs);
  expect(told.calls.length).toBe(calls + 1);
});

test("names are told up to `folderLimits.changedNames` in a folder, and none where one was left out", () => {
  const timers = new SteppedTimers();
  const told: (readonly ChangedFolder[] | undefined)[] = [];
  const gathering = new ChangeGathering(timers, (folders) => told.push(folders));
  const most = Array.from({ length: folderLimits.changedNames }, (_, i) => `${i}`);
  for (const name of most) for (const folder of ["full", "fuller", "whole"]) gathering.add(folder, name);
  gathering.add("full", "0");
  gathering.add("fuller", "one more");
  gathering.add("whole");
  gathering.add("whole", "late");
  timers.pass(folderLimits.gatherFirstMs);
  expect(told).toEqual([
    [
      { path: "full", names: most },
      { path: "fuller", names: undefined },
      { path: "whole", names: undefined },
    ],
  ]);
});

/** Time that passes when it is told to. */
class SteppedTimers implements Timers {
  #nowMs = 0;
  readonly #tasks = new Map<Timer, { readonly dueMs: number; readonly task: () => void }>();

  after(delayMs: number, task: () => void): Timer {
    const timer: Timer = { cancel: () => void this.#tasks.delete(timer) };
    this.#tasks.set(timer, { dueMs: this.#nowMs + delayMs, task });
    return timer;
  }

  endOfTurn(task: () => void): void {
    this.after(0, task);
  }

  pass(forMs: number): void {
    const endMs = this.#nowMs + forMs;
    for (;;) {
      const [next] = [...this.#tasks]
        .filter(([, { dueMs }]) => dueMs <= endMs)
        .sort(([, a], [, b]) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#tasks.delete(next[0]);
      this.#nowMs = next[1].dueMs;
      next[1].task();
    }
    this.#nowMs = endMs;
  }
}

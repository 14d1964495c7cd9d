// A lock between processes: a folder, because making one succeeds for exactly one of many. Two `npm start` at once
// must not install packages over each other. The folder holds the owner's process id, and its owner touches it
// every second; a lock whose process is gone, or which stays untouched while it is watched, is broken by who waits.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const pollMs = 100;
const touchMs = 1_000;
const self = `${process.pid} on ${hostname()}`;

/**
 * Runs `work` while holding the lock.
 * @template Result
 * @param {string} folder
 * @param {(owner: string) => void} waiting told once, if somebody else holds it
 * @param {() => Promise<Result>} work
 * @param {number} [silentMs] how long an owner that may live elsewhere is watched in vain before its lock is broken
 * @returns {Promise<Result>}
 */
export async function withFolderLock(folder, waiting, work, silentMs = 60_000) {
  mkdirSync(dirname(folder), { recursive: true });
  await acquire(folder, waiting, silentMs);
  const touching = setInterval(() => touch(folder), touchMs);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    moveAway(folder, (aside) => readOwner(aside) === self);
  }
}

/**
 * @param {string} folder
 * @param {(owner: string) => void} waiting
 * @param {number} silentMs
 */
async function acquire(folder, waiting, silentMs) {
  let told = false;
  let touched = touchedMs(folder);
  // Its own clock, not the file's time: that looks old to a machine that has just woken up.
  let sinceMs = performance.now();
  while (!take(folder)) {
    if (touched !== touchedMs(folder)) {
      touched = touchedMs(folder);
      sinceMs = performance.now();
    }
    if (isOwnerGone(folder)) moveAway(folder, isOwnerGone);
    else if (performance.now() - sinceMs > silentMs) moveAway(folder, (aside) => touchedMs(aside) === touched);
    else {
      if (!told) waiting(readOwner(folder));
      told = true;
      await pause(pollMs);
    }
  }
}

/**
 * The folder appears with its owner already in it: it is filled under another name, then renamed.
 * @param {string} folder
 */
function take(folder) {
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  writeFileSync(join(draft, "owner"), self);
  try {
    renameSync(draft, folder);
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // What renaming onto a folder that is not empty says depends on the system.
    if (["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"].includes(codeOf(error))) return false;
    throw error;
  }
}

/**
 * Removes the lock in one step: were it emptied first, the next owner's could be taken for the rest of it. Of several
 * that would break it one does, and looks at what it got: it may meanwhile have been broken and taken anew. Then it is
 * given back.
 * @param {string} folder
 * @param {(aside: string) => boolean} meant whether it is the lock that was meant
 */
function moveAway(folder, meant) {
  const aside = `${folder}.old.${process.pid}`;
  try {
    renameSync(folder, aside);
    if (!meant(aside)) renameSync(aside, folder);
  } catch {
    // Gone already, or taken by a third before it could be given back.
  }
  rmSync(aside, { recursive: true, force: true });
}

/**
 * Known only of processes of this machine.
 * @param {string} folder
 */
function isOwnerGone(folder) {
  const [pid, , host] = readOwner(folder).split(" ");
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

/** @param {string} folder */
function readOwner(folder) {
  try {
    return readFileSync(join(folder, "owner"), "utf8");
  } catch {
    return "";
  }
}

/** @param {string} folder */
function touchedMs(folder) {
  return statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
}

/** @param {string} folder */
function touch(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // Removed by hand: the work goes on without it.
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

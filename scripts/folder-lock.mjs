// A lock between processes: a folder, because making one succeeds for exactly one of many. Two `npm start` at once
// must not install packages over each other. The folder holds the owner's process id, and its owner touches it
// every second; a lock whose process is gone, or which nobody has touched for a while, is broken by the next comer.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const pollMs = 100;
const touchMs = 1_000;
/** Long enough for a laptop that slept, short enough for the next person to wait. Only where the id cannot tell. */
const silentMs = 60_000;

/**
 * Runs `work` while holding the lock.
 * @template Result
 * @param {string} folder
 * @param {(owner: string) => void} waiting told once, if somebody else holds it
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withFolderLock(folder, waiting, work) {
  mkdirSync(dirname(folder), { recursive: true });
  for (let told = false; !take(folder); told = true) {
    if (isAbandoned(folder)) {
      breakLock(folder);
      continue;
    }
    if (!told) waiting(readOwner(folder));
    await pause(pollMs);
  }
  const touching = setInterval(() => touch(folder), touchMs);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    moveAway(folder);
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
  writeFileSync(join(draft, "owner"), `${process.pid} on ${hostname()}`);
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

/** @param {string} folder */
function isAbandoned(folder) {
  const [pid, , host] = readOwner(folder).split(" ");
  if (host === hostname() && !isAlive(Number(pid))) return true;
  return ageMs(folder) > silentMs;
}

/**
 * Of several that see an abandoned lock one removes it: whoever renames it. Its owner is looked at again after that,
 * for in between the lock may have been broken and taken anew; then it is given back.
 * @param {string} folder
 */
function breakLock(folder) {
  moveAway(folder, (aside) => {
    if (!isAbandoned(aside)) renameSync(aside, folder);
  });
}

/**
 * Removes the lock in one step. Were it emptied first, the next owner's could be taken for the rest of it.
 * @param {string} folder
 * @param {(aside: string) => void} [look] at what was moved, before it is removed
 */
function moveAway(folder, look) {
  const aside = `${folder}.old.${process.pid}`;
  try {
    renameSync(folder, aside);
    look?.(aside);
  } catch {
    // Gone already, or taken by a third before it could be given back.
  }
  rmSync(aside, { recursive: true, force: true });
}

/** @param {string} folder */
function readOwner(folder) {
  try {
    return readFileSync(join(folder, "owner"), "utf8");
  } catch {
    return "";
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** @param {string} folder */
function ageMs(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return 0;
  }
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

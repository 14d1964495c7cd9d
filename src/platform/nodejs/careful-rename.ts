// Renames and removals that lose nothing to somebody who changes the same names at the same moment. Linux has calls for
// that (renameat2). Without them, a rename onto a name that should be free goes by a hard link, which does not replace
// either; for a rename onto a file that should be there, and where there are no hard links, nothing is left but to look
// right before: some microseconds in which what somebody saves is replaced.

import { linkSync, renameSync, unlinkSync } from "node:fs";
import type { LocalStat } from "#glow";
import { isSame, isSameButRenamed } from "../local-stat.ts";
import { fileStat, statAt } from "./file-stat.ts";
import type { LinuxCalls } from "./linux-calls.ts";
import { errorCode } from "./local-error.ts";

/** False, with nothing done, if there is something at `to`. Throws as node:fs. */
export function renameToFree(
  calls: LinuxCalls | undefined,
  from: string,
  to: string,
  kind: LocalStat["kind"],
): boolean {
  if (calls?.renameExclusively(from, to) === true) return true;
  const linked = kind === "file" ? linkToFree(from, to) : "impossible";
  if (linked === "done") unlinkSync(from);
  if (linked !== "impossible") return linked === "done";
  if (fileStat(to) !== undefined) return false;
  renameSync(from, to);
  return true;
}

/** False, with nothing done, unless what is at `to` is `expected`, and no folder. It is gone afterwards. */
export function renameOver(calls: LinuxCalls | undefined, from: string, to: string, expected: LocalStat): boolean {
  const found = statAt(to);
  if (found === undefined || found.kind === "folder" || !isSame(found, expected)) return false;
  if (calls?.exchange(from, to) !== true) {
    // Where the system cannot exchange. Or it was removed just now.
    if (fileStat(to) === undefined) return false;
    renameSync(from, to);
    return true;
  }
  const replaced = statAt(from);
  if (replaced === undefined || isSameButRenamed(replaced, expected)) {
    unlinkSync(from);
    return true;
  }
  calls.exchange(from, to);
  return false;
}

/** Removes a file or link, but only after a look at it where nobody else gets at it (`aside`); false if it was another. */
export function removeExpected(
  calls: LinuxCalls | undefined,
  path: string,
  aside: string,
  expected: LocalStat,
): boolean {
  renameSync(path, aside);
  const taken = statAt(aside);
  if (taken === undefined || isSameButRenamed(taken, expected)) {
    unlinkSync(aside);
    return true;
  }
  renameToFree(calls, aside, path, taken.kind);
  return false;
}

/** `impossible` where there are no hard links: FAT says that they are not permitted. */
function linkToFree(from: string, to: string): "done" | "taken" | "impossible" {
  try {
    linkSync(from, to);
    return "done";
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (code === "EEXIST") return "taken";
    if (["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK"].includes(code)) return "impossible";
    throw error;
  }
}

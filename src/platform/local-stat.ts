// When two looks at a file of this machine have seen the same.

import type { LocalStat } from "#glow";

/** Nothing was done to it in between. What is in a folder is not its own. */
export function isSame(a: LocalStat, b: LocalStat): boolean {
  return isSameButRenamed(a, b) && (a.kind === "folder" || a.changedNs === b.changedNs);
}

/** The same, where nothing but a rename may have happened to it: many file systems count that as a change. */
export function isSameButRenamed(a: LocalStat, b: LocalStat): boolean {
  if (a.kind !== b.kind || a.file !== b.file) return false;
  if (a.kind === "folder") return true;
  return a.sizeBytes === b.sizeBytes && a.modifiedNs === b.modifiedNs && a.mode === b.mode;
}

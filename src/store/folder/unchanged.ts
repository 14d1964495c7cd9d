// Whether a file was left alone between two looks at it.

import type { LocalStat } from "../contracts.ts";

export function isUnchanged(now: LocalStat, before: LocalStat): boolean {
  const sameThing = now.kind === before.kind && now.file === before.file && now.mode === before.mode;
  if (!sameThing || now.kind === "folder") return sameThing;
  const sameTimes = now.modifiedNs === before.modifiedNs && now.changedNs === before.changedNs;
  return sameTimes && now.sizeBytes === before.sizeBytes;
}

// The order in which a folder shows: folders first, then by name, size or time.

import type { FileEntry } from "#interfaces/generated/drive.ts";

export type SortKey = "name" | "size" | "modified";

export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export function sortedEntries(entries: readonly FileEntry[], { key, isDescending }: Sorting): FileEntry[] {
  const sign = isDescending ? -1 : 1;
  return [...entries].sort((a, b) => {
    const byKind = Number(b.kind === "folder") - Number(a.kind === "folder");
    return byKind || sign * compared(a, b, key) || collator.compare(a.name, b.name);
  });
}

function compared(a: FileEntry, b: FileEntry, key: SortKey): number {
  if (key === "size") return a.sizeBytes - b.sizeBytes;
  if (key === "modified") return a.modifiedNs < b.modifiedNs ? -1 : Number(a.modifiedNs > b.modifiedNs);
  return collator.compare(a.name, b.name);
}

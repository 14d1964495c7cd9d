// What stands for a file in a list.

import type { FileEntry } from "#interfaces/generated/drive.ts";
import { fileKindOf, kindIcons } from "./file-kind.ts";

export function FileIcon({ entry, size }: { readonly entry: Pick<FileEntry, "kind" | "name">; readonly size: number }) {
  const kind = fileKindOf(entry);
  const Icon = kindIcons[kind];
  return <Icon className={`file-icon file-icon-${kind}`} size={size} stroke={1.6} aria-hidden />;
}

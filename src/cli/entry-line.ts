// A file or folder as a line of a list.

import type { FileEntry } from "#interfaces/generated/drive.ts";
import { modifiedText, sizeText } from "./amounts.ts";
import { type Cell, painted } from "./output.ts";

const kindLetters: Readonly<Record<string, string>> = { folder: "d", link: "l", file: "-" };

/** `drwxr-xr-x`, as `ls -l` has it everywhere. */
export function modeText({ kind, mode }: Pick<FileEntry, "kind" | "mode">): string {
  const bits = (mode & 0o777).toString(2).padStart(9, "0").split("");
  return (kindLetters[kind] ?? "?") + bits.map((bit, index) => (bit === "1" ? "rwx"[index % 3] : "-")).join("");
}

/** With its kind by colour and by `/` or `@`, and `!` for a conflict. */
export function nameCell({ name, kind, versions }: Pick<FileEntry, "name" | "kind" | "versions">): Cell {
  if (kind === "folder") return painted("blue", `${name}/`);
  if (versions > 1) return painted("red", `${name} !`);
  if (kind === "link") return painted("cyan", `${name}@`);
  return name;
}

export function longCells(entry: FileEntry, inBytes: boolean): Cell[] {
  const { kind, sizeBytes, modifiedNs, target, versions, name } = entry;
  const size = kind === "folder" ? "-" : inBytes ? sizeBytes.toString() : sizeText(sizeBytes);
  const named = kind === "link" && target !== undefined ? painted("cyan", `${name} -> ${target}`) : nameCell(entry);
  const marked = versions > 1 && kind !== "link" ? painted("red", `${name} ! ${versions} versions`) : named;
  return [modeText(entry), size, modifiedText(modifiedNs), marked];
}

/** Which columns of `longCells` end at the right. */
export const longRight = [1];

// What Node says of a file, as core code may have it.

import { type BigIntStats, constants, lstatSync } from "node:fs";
import type { LocalStat } from "#glow";

/** Numbers are rounded from 2^53 on, and times to a quarter of a microsecond: so everything is asked for as bigint. */
export type FileStat = BigIntStats;

/** Of the thing itself, if it is a link; undefined if there is nothing. Throws what node:fs throws. */
export function fileStat(path: string): FileStat | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Of a folder, for whoever only wants to know whether it is there. */
export function folderStat(path: string): FileStat | undefined {
  try {
    const stat = fileStat(path);
    return stat?.isDirectory() ? stat : undefined;
  } catch {
    return undefined;
  }
}

export function statAt(path: string): LocalStat | undefined {
  const stat = fileStat(path);
  return stat === undefined ? undefined : localStat(stat);
}

export function localStat({ mode, size, mtimeNs, ctimeNs, ino }: FileStat): LocalStat {
  const bits = Number(mode);
  const kind = kindOf(bits);
  return {
    kind,
    sizeBytes: kind === "folder" ? 0 : Number(size),
    modifiedNs: mtimeNs,
    changedNs: ctimeNs,
    file: String(ino),
    mode: bits & 0o777,
  };
}

function kindOf(mode: number): LocalStat["kind"] {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return "file";
    case constants.S_IFDIR:
      return "folder";
    case constants.S_IFLNK:
      return "link";
    default:
      return "other";
  }
}

/** For people: what is neither file nor folder nor link. */
export function specialKind({ mode }: FileStat): string {
  switch (Number(mode) & constants.S_IFMT) {
    case constants.S_IFIFO:
      return "a named pipe";
    case constants.S_IFSOCK:
      return "a socket";
    case constants.S_IFBLK:
    case constants.S_IFCHR:
      return "a device";
    default:
      return "something special";
  }
}

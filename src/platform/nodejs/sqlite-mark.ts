// What a SQLite file was left as, in a small file beside it: `clean SIZE CRC32` of the whole file after it was closed, or
// `damaged`. While a file is open there is no mark, and none after a crash. The mark is what finds damage that SQLite,
// which has no checksums of its own, would take for data.

import { closeSync, fsyncSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";

/** `clean`: byte for byte as it was left. `unclean`: there was a crash. */
export type FoundState = "absent" | "clean" | "unclean" | "damaged";

const pieceBytes = 1024 * 1024;

/** What the file is found as. */
export function readMark(path: string): FoundState {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return "absent";
  const mark = markOf(path);
  if (mark === undefined) return "unclean";
  return mark === fingerprint(path) ? "clean" : "damaged";
}

/** The file is about to change. The mark is gone for good before it does. */
export function removeMark(path: string): void {
  if (statSync(markPath(path), { throwIfNoEntry: false }) === undefined) return;
  rmSync(markPath(path));
  syncFolder(dirname(path));
}

export function markClean(path: string): void {
  writeFileSync(markPath(path), fingerprint(path));
}

export function markDamaged(path: string): void {
  writeFileSync(markPath(path), "damaged");
}

/** All that belongs to a SQLite file, itself included. */
export function removeFiles(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal", "-mark"]) rmSync(path + end, { recursive: true, force: true });
}

function markPath(path: string): string {
  return `${path}-mark`;
}

function markOf(path: string): string | undefined {
  if (statSync(markPath(path), { throwIfNoEntry: false }) === undefined) return undefined;
  const mark = readFileSync(markPath(path), "utf8");
  // One that a crash cut off says nothing.
  return /^(clean \d+ \d+|damaged)$/.test(mark) ? mark : undefined;
}

function fingerprint(path: string): string {
  const file = openSync(path, "r");
  try {
    const piece = new Uint8Array(pieceBytes);
    let size = 0;
    let sum = 0;
    for (;;) {
      const length = readSync(file, piece, 0, pieceBytes, size);
      if (length === 0) return `clean ${size} ${sum}`;
      sum = crc32(length === pieceBytes ? piece : piece.subarray(0, length), sum);
      size += length;
    }
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

// Copies between two drives, by way of this program: what is read from one is written to the other, folder by folder.

import type { FileEntry } from "#interfaces/generated/drive.ts";
import { type DrivePlace, entriesOf, statIfThere } from "./drive-access.ts";
import { GlowError } from "#base/errors.ts";
import { inFolder } from "./name-path.ts";

export interface CopyReport {
  /** Bytes that have been handed over. */
  readonly moved: (bytes: number) => void;
  readonly done: (entry: FileEntry) => void;
}

/** `already-exists` if a file is there and it is not to be replaced; folders are merged. */
export async function copyBetween(
  from: DrivePlace,
  to: DrivePlace,
  overwrite: boolean,
  report: CopyReport,
): Promise<FileEntry> {
  const entry = await from.open.stat(from.path);
  const there = await statIfThere(to.open, to.path);
  const mergesFolder = entry.kind === "folder" && there?.kind === "folder";
  if (there !== undefined && !mergesFolder && !overwrite) throw taken(to);
  if (entry.kind === "folder") {
    const made = await to.open.makeFolder(to.path, true);
    for await (const { name } of entriesOf(from.open, from.path)) {
      const inner = { ...from, path: inFolder(from.path, name) };
      await copyBetween(inner, { ...to, path: inFolder(to.path, name) }, overwrite, report);
    }
    report.done(entry);
    return made;
  }
  if (entry.kind === "link") {
    if (there !== undefined) await to.open.remove([to.path]);
    const linked = await to.open.link(to.path, entry.target ?? "");
    report.done(entry);
    return linked;
  }
  const { bytes } = await from.open.read(from.path, 0, undefined, entry.version);
  const { modifiedNs, mode } = entry;
  const written = await to.open.write(to.path, counted(bytes, report.moved), { modifiedNs, mode });
  report.done(entry);
  return written;
}

async function* counted(bytes: AsyncIterable<Uint8Array>, moved: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    yield piece;
    moved(piece.length);
  }
}

function taken({ drive, path }: DrivePlace): GlowError {
  const message = "there is something of this name; say --force to replace it (the old stays in history or trash)";
  return new GlowError("already-exists", "drive.copy", { target: inFolder(drive, path), message });
}

// Files and folders of this machine that people copy into a drive: looked at, walked through and read by the paths that
// they type. What comes the other way is in transfer-target.ts.

import { createHash } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { lstat, open, readdir, readlink, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { GlowError } from "#base/errors.ts";
import { fileSystemError } from "./file-system-error.ts";

export interface LocalEntry {
  readonly path: string;
  /** `other`: a device, a socket, a pipe: nothing that can be copied. */
  readonly kind: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly mode: number;
  /** Of a link. */
  readonly target?: string;
}

const readBytes = 256 * 1024;

/** As the system names it. A `~` that no shell has replaced is the user's folder. */
export function absolutePath(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(path);
}

/** The last name of a path; of `.` and `..`, too, that of the folder they stand for. */
export function localName(path: string): string {
  return basename(absolutePath(path));
}

/** A short name for something that is made of several texts: the same for the same texts, and for no others. */
export function stableName(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest("hex").slice(0, 40);
}

/** What is at a path that was typed: links are followed. `not-found`. */
export async function localEntry(path: string): Promise<LocalEntry> {
  try {
    return entryOf(path, await stat(path, { bigint: true }));
  } catch (thrown) {
    throw fileSystemError(thrown, "file.read", path);
  }
}

/** What is in a folder, in the order of names; links are told of, not followed. What vanishes meanwhile is left out. */
export async function localEntries(folder: string): Promise<LocalEntry[]> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    throw fileSystemError(thrown, "file.list", folder);
  });
  const entries: LocalEntry[] = [];
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    const found = await lstat(path, { bigint: true }).catch(() => undefined);
    if (found === undefined) continue;
    if (found.isSymbolicLink()) entries.push({ ...entryOf(path, found), target: await readlink(path) });
    else entries.push(entryOf(path, found));
  }
  return entries;
}

/**
 * The bytes of a file from an offset on. `conflict` at the end if it has changed since it was looked at: what came is a
 * mixture of both.
 */
export async function* localBytes(entry: LocalEntry, offset: number): AsyncGenerator<Uint8Array> {
  const { path, sizeBytes } = entry;
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((thrown: unknown) => {
    throw fileSystemError(thrown, "file.read", path);
  });
  try {
    let at = offset;
    while (at < sizeBytes) {
      const buffer = new Uint8Array(Math.min(readBytes, sizeBytes - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw changed(path);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    const now = entryOf(path, await file.stat({ bigint: true }));
    if (now.sizeBytes !== sizeBytes || now.modifiedNs !== entry.modifiedNs) throw changed(path);
  } catch (thrown) {
    throw fileSystemError(thrown, "file.read", path);
  } finally {
    await file.close();
  }
}

export function entryOf(path: string, found: BigIntStats): LocalEntry {
  const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : found.isSymbolicLink() ? "link" : "other";
  const mode = Number(found.mode & 0o777n);
  return { path, kind, sizeBytes: Number(found.size), modifiedNs: found.mtimeNs, mode };
}

function changed(path: string): GlowError {
  const message = "it was changed while it was read; run the same command again";
  return new GlowError("conflict", "file.read", { target: path, message });
}

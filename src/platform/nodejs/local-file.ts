// Files of a bound folder while they are read, and drafts while they are written.

import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  lutimesSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { assert, GlowError } from "#base/errors.ts";
import type { DraftName, LocalAttributes, LocalDraft, LocalFile, LocalStat } from "#glow";
import { DirectWriter } from "./direct-writer.ts";
import { type FileStat, fileStat, localStat } from "./file-stat.ts";
import { descriptorPath, isDescriptorPath, openPath } from "./inner-folders.ts";
import type { LinuxCalls } from "./linux-calls.ts";
import { attemptLocally } from "./local-error.ts";

/** What is read or written in one system call; Node takes no more than 2^31-1. */
const callBytes = 2 ** 30;

/** Where the system has not the flag, the name is looked at instead. */
export const noFollow = constants.O_NOFOLLOW ?? 0;
/** Neither waits for a pipe nor takes a terminal. */
export const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const newDraftFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;
const oldDraftFlags = constants.O_WRONLY | noFollow;

export class NodeLocalFile implements LocalFile {
  readonly #descriptor: number;
  readonly #path: string;

  /** `full` is where `path` is found. On `device`, else it is refused; nothing but a file is ever opened. */
  constructor(full: string, path: string, device: bigint) {
    this.#path = path;
    this.#descriptor = pinned(full, (place, stat) => {
      checkIsFile(stat, device, path);
      return openSync(place, place === full ? readFlags | noFollow : readFlags);
    });
  }

  stat(): LocalStat {
    return attemptLocally("file.stat", this.#path, () => localStat(fstatSync(this.#descriptor, { bigint: true })));
  }

  read(target: Uint8Array, offset: number): number {
    return attemptLocally("file.read", this.#path, () => {
      let at = 0;
      while (at < target.length) {
        const length = Math.min(target.length - at, callBytes);
        const count = readSync(this.#descriptor, target, at, length, offset + at);
        if (count === 0) break;
        at += count;
      }
      return at;
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Which draft, and where it is. */
export interface DraftFile {
  readonly name: DraftName;
  readonly full: string;
  readonly isNew: boolean;
  /** Where it is written to first, and how much then, as far as that is known. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export class NodeLocalDraft implements LocalDraft {
  readonly name: DraftName;
  readonly #calls: LinuxCalls | undefined;
  readonly #discard: () => void;
  #descriptor: number | undefined;
  /** What is large goes by it. */
  #direct: DirectWriter | undefined;
  /** Where it is written to next. */
  #offset: number;

  /** `discard` removes it from where it is. Throws as node:fs does. */
  constructor(calls: LinuxCalls | undefined, file: DraftFile, discard: () => void) {
    const { name, full, isNew, offset, sizeBytes } = file;
    this.name = name;
    this.#offset = offset;
    this.#calls = calls;
    this.#discard = discard;
    this.#descriptor = openSync(full, isNew ? newDraftFlags : oldDraftFlags, 0o600);
    this.#direct = DirectWriter.open(full, oldDraftFlags, this.#descriptor, offset, sizeBytes);
  }

  write(bytes: Uint8Array): void {
    this.#attempt("file.write", (descriptor) => {
      if (this.#direct !== undefined) return this.#direct.write(bytes);
      let at = 0;
      while (at < bytes.length) {
        at += writeSync(descriptor, bytes, at, Math.min(bytes.length - at, callBytes), this.#offset + at);
      }
      this.#offset += bytes.length;
    });
  }

  pause(): void {
    this.#attempt("file.pause", (descriptor) => {
      this.#direct?.flush();
      fsyncSync(descriptor);
    });
    this.#close();
  }

  finish({ mode, modifiedNs }: Required<LocalAttributes>): void {
    this.#attempt("file.finish", (descriptor) => {
      this.#direct?.flush();
      // Later it could not be opened to be synced.
      if ((mode & 0o400) === 0) fsyncSync(descriptor);
      fchmodSync(descriptor, mode);
      if (this.#calls?.setModifiedOf(descriptor, modifiedNs) === true) return;
      const time = roundedTime(modifiedNs);
      futimesSync(descriptor, time, time);
    });
    this.#close();
  }

  abandon(): void {
    this.#close();
    this.#discard();
  }

  #attempt(op: string, work: (descriptor: number) => void): void {
    attemptLocally(op, this.name, () => {
      assert(this.#descriptor !== undefined, "a draft is open until it is paused, finished or abandoned");
      work(this.#descriptor);
    });
  }

  #close(): void {
    this.#direct?.close();
    this.#direct = undefined;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** Of what is at `full`, which is no link. */
export function setMode(full: string, mode: number): void {
  pinned(full, (place) => chmodSync(place, mode));
}

/** Of what is at `full` itself, also if it is a link. */
export function setModified(calls: LinuxCalls | undefined, full: string, modifiedNs: bigint): void {
  if (calls?.setModified(full, modifiedNs) === true) return;
  const time = roundedTime(modifiedNs);
  lutimesSync(full, time, time);
}

/** As node:fs wants times: some 200 ns off. Of numbers below zero it makes the present; a Date has milliseconds. */
function roundedTime(timeNs: bigint): number | Date {
  return timeNs < 0n ? new Date(Number(timeNs / 1_000_000n)) : Number(timeNs) / 1e9;
}

/** To the medium, as far as it is written. Of a folder: its names. */
export function syncFile(full: string): void {
  // Windows syncs what is open for writing only.
  const descriptor = openSync(full, process.platform === "win32" ? constants.O_RDWR : readFlags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Calls `use` with a path to what lies at `full` now, whatever comes to lie there meanwhile. Where a system has no such
 * path, it is `full` itself.
 */
function pinned<Result>(full: string, use: (place: string, stat: FileStat) => Result): Result {
  if (!isDescriptorPath(full)) {
    const stat = fileStat(full);
    if (stat !== undefined) return use(full, stat);
    throw Object.assign(new Error(`nothing at ${full}`), { code: "ENOENT" });
  }
  const place = openSync(full, openPath | noFollow);
  try {
    return use(descriptorPath(place), fstatSync(place, { bigint: true }));
  } finally {
    closeSync(place);
  }
}

function checkIsFile(stat: FileStat, device: bigint, path: string): void {
  if (!stat.isFile()) {
    const message = "it is no file, and nothing else is opened";
    throw new GlowError("invalid", "file.open", { target: path, message });
  }
  if (stat.dev === device) return;
  throw new GlowError("invalid", "file.open", { target: path, message: "it lies on another file system" });
}

// A Disk in a folder of the file system. The folder is the node's own: nobody else is expected to write to it, so
// links are refused where they are found, but no race is fought against somebody who plants them meanwhile.

import {
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rmdir,
  unlink,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import { concatBytes, totalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { Disk, DiskEntry, DiskFile } from "#glow";
import { diskPathBelowRoot, diskPathNames } from "../disk-path.ts";
import { directLeastBytes } from "./direct-memory.ts";
import { DirectRuns } from "./direct-runs.ts";
import { fileSystemError } from "./file-system-error.ts";

const openFlags = {
  never: constants.O_RDWR,
  "if-missing": constants.O_RDWR | constants.O_CREAT,
  "always-new": constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const;

/** Absent on Windows, where making links needs a privilege. */
const noFollow = constants.O_NOFOLLOW ?? 0;

/** Parts that one system call takes (IOV_MAX of Linux and macOS). */
const callParts = 1024;
/** A run of smaller parts is copied and read again soon: it is better off in the cache. */
const directPartBytes = 16 * 1024;
/** What is read or written in one system call; Node takes no more than 2^31-1. */
const callBytes = 2 ** 30;

export class NodeDisk implements Disk {
  readonly #root: string;
  #realRoot: Promise<string> | undefined;

  /** `root` is a folder's path; it is made, for its owner only, when it is missing. */
  constructor(root: string) {
    this.#root = resolve(root);
  }

  async open(path: string, create: keyof typeof openFlags = "never"): Promise<DiskFile> {
    const op = "disk.open";
    const names = diskPathBelowRoot(path, op);
    return attempt(op, path, async () => {
      const full = await this.#within(names, op, path);
      const handle = await open(full, openFlags[create] | noFollow, 0o600);
      // Without this, opening a folder or a device would succeed on some systems and fail at the first read.
      if (!(await handle.stat()).isFile()) {
        await handle.close();
        throw invalid(op, path, "it is not a file");
      }
      return new NodeDiskFile(handle, path);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    const op = "disk.rename";
    const fromNames = diskPathBelowRoot(from, op);
    const toNames = diskPathBelowRoot(to, op);
    await attempt(op, from, async () => {
      const fullFrom = await this.#within(fromNames, op, from);
      const fullTo = await this.#within(toNames, op, to);
      if (!(await lstat(fullFrom)).isFile()) throw invalid(op, from, "only files can be renamed");
      await rename(fullFrom, fullTo);
    });
  }

  async remove(path: string): Promise<void> {
    const op = "disk.remove";
    const names = diskPathBelowRoot(path, op);
    await attempt(op, path, async () => {
      const full = await this.#within(names, op, path);
      await ((await lstat(full)).isDirectory() ? rmdir(full) : unlink(full));
    });
  }

  async makeFolder(path: string): Promise<void> {
    const op = "disk.make-folder";
    const names = diskPathNames(path, op);
    await attempt(op, path, async () => {
      let folder = await this.#ownRoot();
      for (const [i, name] of names.entries()) {
        folder = join(folder, name);
        await mkdir(folder, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
          if (error.code !== "EEXIST") throw error;
          if ((await lstat(folder)).isDirectory()) return;
          if (i === names.length - 1) throw error;
          throw invalid(op, path, `${name} is not a folder`);
        });
      }
    });
  }

  async list(folder: string): Promise<DiskEntry[]> {
    const op = "disk.list";
    const names = diskPathNames(folder, op);
    return attempt(op, folder, async () => {
      const entries = await readdir(await this.#folder(names, op, folder), { withFileTypes: true });
      return entries
        .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  async syncFolder(folder: string): Promise<void> {
    const op = "disk.sync-folder";
    const names = diskPathNames(folder, op);
    await attempt(op, folder, async () => {
      const full = await this.#folder(names, op, folder);
      // Windows opens no folder for writing; there NTFS journals names by itself.
      if (process.platform === "win32") return;
      const handle = await open(full, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  /** The full path of `names`, whose folder exists and is reached through no link. */
  async #within(names: readonly string[], op: string, path: string): Promise<string> {
    const folder = await this.#folder(names.slice(0, -1), op, path);
    return join(folder, names.at(-1) as string);
  }

  async #folder(names: readonly string[], op: string, path: string): Promise<string> {
    const root = await this.#ownRoot();
    const full = join(root, ...names);
    if (names.length > 0 && (await realpath(full)) !== full) {
      throw invalid(op, path, "a link is on the way; a node's disk has none");
    }
    return full;
  }

  #ownRoot(): Promise<string> {
    this.#realRoot ??= mkdir(this.#root, { recursive: true, mode: 0o700 })
      .then(() => realpath(this.#root))
      .catch((error: unknown) => {
        this.#realRoot = undefined;
        throw error;
      });
    return this.#realRoot;
  }
}

class NodeDiskFile implements DiskFile {
  readonly #handle: FileHandle;
  readonly #direct: DirectRuns;
  readonly #path: string;
  #closed = false;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#direct = new DirectRuns(handle);
    this.#path = path;
  }

  sizeBytes(): Promise<number> {
    return this.#attempt("disk.size", async () => (await this.#handle.stat()).size);
  }

  read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    return this.#attempt("disk.read", async (op) => {
      this.#checkExtent(op, offset);
      this.#checkExtent(op, lengthBytes);
      const bytes = new Uint8Array(await this.#readable(offset, lengthBytes));
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await this.#handle.read(bytes, at, Math.min(bytes.length - at, callBytes), offset + at);
        if (bytesRead === 0) return bytes.slice(0, at);
        at += bytesRead;
      }
      return bytes;
    });
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#attempt("disk.write", async (op) => {
      this.#checkExtent(op, offset);
      this.#checkExtent(op, offset + bytes.length);
      let at = 0;
      while (at < bytes.length) {
        const { bytesWritten } = await this.#handle.write(
          bytes,
          at,
          Math.min(bytes.length - at, callBytes),
          offset + at,
        );
        at += bytesWritten;
      }
    });
  }

  writeParts(offset: number, parts: readonly Uint8Array[]): Promise<void> {
    return this.#attempt("disk.write", async (op) => {
      const partsBytes = totalBytes(parts);
      this.#checkExtent(op, offset);
      this.#checkExtent(op, offset + partsBytes);
      const isLarge = partsBytes >= directLeastBytes && partsBytes / parts.length >= directPartBytes;
      if (isLarge && (await this.#direct.write(offset, parts, partsBytes))) return;
      let at = offset;
      for (let from = 0; from < parts.length; from += callParts) {
        const some = parts.slice(from, from + callParts);
        const { bytesWritten } = await this.#handle.writev(some, at);
        const sizeBytes = totalBytes(some);
        // A full disk cuts a call short, and says why only when the rest is written.
        if (bytesWritten < sizeBytes) await this.write(at + bytesWritten, concatBytes(some).subarray(bytesWritten));
        at += sizeBytes;
      }
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#attempt("disk.truncate", async (op) => {
      this.#checkExtent(op, sizeBytes);
      await this.#handle.truncate(sizeBytes);
    });
  }

  sync(): Promise<void> {
    return this.#attempt("disk.sync", () => this.#handle.sync());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await attempt("disk.close", this.#path, async () => {
      await this.#direct.close();
      await this.#handle.close();
    });
  }

  /** How much of a range to make room for: all of a small one, of a large one only what the file has. */
  async #readable(offset: number, lengthBytes: number): Promise<number> {
    if (lengthBytes <= 65_536) return lengthBytes;
    const { size } = await this.#handle.stat();
    return Math.max(0, Math.min(lengthBytes, size - offset));
  }

  #attempt<Result>(op: string, work: (op: string) => Promise<Result>): Promise<Result> {
    return attempt(op, this.#path, () => {
      if (this.#closed) throw new GlowError("released", op, { target: this.#path, message: "the file was closed" });
      return work(op);
    });
  }

  #checkExtent(op: string, value: number): void {
    if (Number.isSafeInteger(value) && value >= 0) return;
    throw invalid(op, this.#path, `${value} is no offset or length`);
  }
}

async function attempt<Result>(op: string, target: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileSystemError(error, op, target);
  }
}

function invalid(op: string, target: string, message: string): GlowError {
  return new GlowError("invalid", op, { target, message });
}

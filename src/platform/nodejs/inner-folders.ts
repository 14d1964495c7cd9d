// Reaches folders inside of a bound one so that no link is followed, not even one that is put in a folder's place while we
// are on the way: otherwise whoever may write to the folder could have us write, or read and publish, anything.
//
// On Linux each step is opened by itself (O_NOFOLLOW), relative to the descriptor of the step before, by the name that /proc
// has for it: what other languages do with `openat`. A descriptor goes on meaning that very folder, whatever becomes of its
// name. Elsewhere each step is looked at, which leaves whoever replaces it at that very moment some microseconds.

import { closeSync, constants, existsSync, fstatSync, openSync } from "node:fs";
import { GlowError } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";
import { type FileStat, fileStat } from "./file-stat.ts";

/** For one piece of work: opens what it needs, and lets go of it at the end. */
export interface InnerFolders {
  readonly rootStat: FileStat;
  /** A path by which the folder (`""` is the bound one) can be used until the next is asked for. Throws as node:fs does. */
  at(folder: string): string;
  /** The same for two at once. */
  both(a: string, b: string): [string, string];
  /** Names have been changed: what is known is not to be believed any more. */
  forget(): void;
  close(): void;
}

/** `root` is a real path. `portable`: as on systems that have no /proc. Throws what node:fs throws if it is no folder. */
export function innerFolders(root: string, portable: boolean): InnerFolders {
  return !portable && hasDescriptorPaths() ? new OpenedFolders(root) : new CheckedFolders(root);
}

/** Whether `/proc/self/fd/n/name` leads from a descriptor to what is in it. */
function hasDescriptorPaths(): boolean {
  return process.platform === "linux" && existsSync(descriptorPaths);
}

/** <fcntl.h> of Linux: a descriptor that is a place and cannot be read, so one needs no right to. Node has no name for it. */
export const openPath = 0o10000000;

const openFlags = openPath | constants.O_DIRECTORY | constants.O_NOFOLLOW;

class OpenedFolders implements InnerFolders {
  readonly rootStat: FileStat;
  readonly #root: number;
  /** Those used last come last. */
  readonly #open = new Map<string, number>();
  /** Not to be closed yet, besides the one that was opened last. */
  #inUse: string | undefined;

  constructor(root: string) {
    this.#root = openSync(root, openFlags);
    this.rootStat = fstatSync(this.#root, { bigint: true });
  }

  at(folder: string): string {
    this.#inUse = undefined;
    return descriptorPath(this.#descriptor(folder));
  }

  both(a: string, b: string): [string, string] {
    const first = this.at(a);
    this.#inUse = a;
    return [first, descriptorPath(this.#descriptor(b))];
  }

  forget(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  close(): void {
    this.forget();
    closeSync(this.#root);
  }

  #descriptor(folder: string): number {
    if (folder === "") return this.#root;
    const known = this.#open.get(folder);
    if (known !== undefined) {
      this.#open.delete(folder);
      this.#open.set(folder, known);
      return known;
    }
    const slash = folder.lastIndexOf("/");
    const above = this.#descriptor(folder.slice(0, Math.max(0, slash)));
    const descriptor = openSync(`${descriptorPath(above)}/${folder.slice(slash + 1)}`, openFlags);
    this.#keep(folder, descriptor);
    assertSameDevice(this.rootStat, fstatSync(descriptor, { bigint: true }), folder);
    return descriptor;
  }

  #keep(folder: string, descriptor: number): void {
    this.#open.set(folder, descriptor);
    if (this.#open.size <= folderLimits.openFolders) return;
    for (const [oldest, other] of this.#open) {
      if (oldest === this.#inUse) continue;
      this.#open.delete(oldest);
      closeSync(other);
      return;
    }
  }
}

class CheckedFolders implements InnerFolders {
  readonly rootStat: FileStat;
  readonly #root: string;
  readonly #checked = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.rootStat = folderStat(root);
  }

  at(folder: string): string {
    this.#check(folder);
    return folder === "" ? this.#root : `${this.#root}/${folder}`;
  }

  both(a: string, b: string): [string, string] {
    return [this.at(a), this.at(b)];
  }

  forget(): void {
    this.#checked.clear();
  }

  close(): void {
    this.forget();
  }

  #check(folder: string): void {
    if (folder === "" || this.#checked.has(folder)) return;
    this.#check(folder.slice(0, Math.max(0, folder.lastIndexOf("/"))));
    assertSameDevice(this.rootStat, folderStat(`${this.#root}/${folder}`), folder);
    if (this.#checked.size >= folderLimits.openFolders) this.#checked.clear();
    this.#checked.add(folder);
  }
}

const descriptorPaths = "/proc/self/fd";

export function descriptorPath(descriptor: number): string {
  return `${descriptorPaths}/${descriptor}`;
}

export function isDescriptorPath(path: string): boolean {
  return path.startsWith(`${descriptorPaths}/`);
}

/** Fails as opening it would. */
function folderStat(path: string): FileStat {
  const stat = fileStat(path);
  if (stat?.isDirectory()) return stat;
  const code = stat === undefined ? "ENOENT" : "ENOTDIR";
  throw Object.assign(new Error(`${code}: no folder at ${path}`), { code });
}

function assertSameDevice(root: FileStat, { dev }: FileStat, folder: string): void {
  if (dev === root.dev) return;
  throw otherFileSystem("folder.reach", folder);
}

export function otherFileSystem(op: string, target: string): GlowError {
  const message = "it lies on another file system; bind that one by itself";
  return new GlowError("invalid", op, { target, message });
}

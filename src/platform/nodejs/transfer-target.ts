// A place of this machine that files of a drive are copied to. The names and links come from elsewhere: none of them leads
// out of the place. A file is written beside its name, as `NAME.xxxxxxxx.glow-part`, and takes the name when it is whole; what
// is there of one that was broken off is gone on with.

import { constants } from "node:fs";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
} from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { GlowError } from "#base/errors.ts";
import { fileSystemError } from "./file-system-error.ts";
import { entryOf, type LocalEntry, stableName } from "./transfer-files.ts";

export interface TransferFile {
  /** Which content it is: parts of another are not gone on with. */
  readonly version: string;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly mode: number;
}

/** What a broken-off write may have left undone at the end of a part lies within so much. */
const blockBytes = 64 * 1024;
/** Names have 255 bytes in most file systems. */
const nameBytes = 200;

const partEnd = ".glow-part";
const partEndPattern = /^[0-9a-f]{8}\.glow-part$/;

interface PartNames {
  readonly own: string;
  /** Of the same file, from earlier. */
  readonly others: readonly string[];
}

export class TransferTarget {
  /** The folder that nothing gets out of. */
  readonly root: string;
  readonly #folders = new Set<string>();
  /** Of folders that something was written to: parts that lay there before. */
  readonly #parts = new Map<string, readonly string[]>();

  /** The folder must be there; what leads to it is the user's own, and may have links. */
  constructor(root: string) {
    this.root = root;
    this.#folders.add(root);
  }

  /** What is there by these names from the root on: links are not followed. */
  async find(names: readonly string[]): Promise<LocalEntry | undefined> {
    const path = this.#path(names);
    await this.#checkFolder(names.slice(0, -1));
    try {
      const found = await lstat(path, { bigint: true });
      const entry = entryOf(path, found);
      return entry.kind === "link" ? { ...entry, target: await readlink(path) } : entry;
    } catch (thrown) {
      const error = fileSystemError(thrown, "file.read", path);
      if (error.kind === "not-found") return undefined;
      throw error;
    }
  }

  /** Makes the folder if it is not there. `denied` if a link is in its place. */
  async makeFolder(names: readonly string[]): Promise<void> {
    const path = this.#path(names);
    await this.#checkFolder(names.slice(0, -1));
    try {
      await mkdir(path);
    } catch (thrown) {
      const error = fileSystemError(thrown, "file.make", path);
      if (error.kind !== "already-exists") throw error;
    }
    await this.#checkFolder(names);
  }

  /** Begins a file, or goes on with it. */
  async begin(names: readonly string[], file: TransferFile): Promise<FilePart> {
    const path = this.#path(names);
    await this.#checkFolder(names.slice(0, -1));
    const folder = dirname(path);
    const parts = this.#parts.get(folder) ?? (await partsIn(folder));
    this.#parts.set(folder, parts);
    return FilePart.open(path, file, parts);
  }

  /**
   * Makes a symbolic link, in the place of one that is there. `denied` if it would lead out of the root: it has to be
   * relative, and to go upwards only at its beginning, and no further than to the root. So whatever links there are on
   * its way, it stays inside.
   */
  async link(names: readonly string[], target: string): Promise<void> {
    const path = this.#path(names);
    const parts = target.split("/");
    const ups = parts.findIndex((part) => part !== "..");
    const depth = names.length - 1;
    const rest = ups === -1 ? [] : parts.slice(ups);
    const stays =
      !target.startsWith("/") && !target.includes("\0") && !rest.includes("..") && !/^[a-zA-Z]:|\\/.test(target);
    if (target === "" || !stays || (ups === -1 ? parts.length : ups) > depth) {
      const message = `it is a link to ${target}, which may lead out of the folder; it was left out`;
      throw new GlowError("denied", "transfer.link", { target: path, message });
    }
    await this.#checkFolder(names.slice(0, -1));
    try {
      const there = await lstat(path).catch(() => undefined);
      if (there?.isSymbolicLink() === true) await unlink(path);
      await symlink(target, path);
    } catch (thrown) {
      throw fileSystemError(thrown, "file.write", path);
    }
  }

  /** Gives a folder its name, when all is in it. `already-exists` if something has come there meanwhile. */
  async settle(from: string, to: string): Promise<void> {
    const [source, target] = [this.#path([from]), this.#path([to])];
    if ((await this.find([to])) !== undefined) {
      const message = `something has come there meanwhile; what was fetched lies in ${source}`;
      throw new GlowError("already-exists", "transfer.settle", { target, message });
    }
    try {
      await rename(source, target);
    } catch (thrown) {
      throw fileSystemError(thrown, "file.write", target);
    }
  }

  #path(names: readonly string[]): string {
    for (const name of names) checkName(name, this.root);
    return join(this.root, ...names);
  }

  /** Each folder from the root on is one, and no link: somebody may have put it there, or the drive itself. */
  async #checkFolder(names: readonly string[]): Promise<void> {
    let path = this.root;
    for (const name of names) {
      path += (path.endsWith(sep) ? "" : sep) + name;
      if (this.#folders.has(path)) continue;
      const found = await lstat(path).catch((thrown: unknown) => {
        throw fileSystemError(thrown, "file.read", path);
      });
      if (found.isSymbolicLink()) {
        const message =
          "it is a link: what is copied from a drive goes through none; remove it, or choose another place";
        throw new GlowError("denied", "transfer.folder", { target: path, message });
      }
      if (!found.isDirectory()) {
        throw new GlowError("already-exists", "transfer.folder", {
          target: path,
          message: "it is a file, not a folder",
        });
      }
      this.#folders.add(path);
    }
  }
}

/** `denied` for what is no plain name: it would be another place. */
export function checkName(name: string, root: string): void {
  const isPlain = name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
  const isPlainHere = sep === "/" || !/[\\:*?"<>|]/.test(name);
  if (isPlain && isPlainHere) return;
  const message = `the node gave a name that is none (${JSON.stringify(name)}); it was left out`;
  throw new GlowError("denied", "transfer.name", { target: root, message });
}

/** A file on its way. */
export class FilePart {
  readonly path: string;
  /** How much is there already. */
  readonly offset: number;
  readonly #partPath: string;
  readonly #file: TransferFile;
  readonly #handle: FileHandle;
  readonly #others: readonly string[];
  #at: number;

  private constructor(path: string, names: PartNames, file: TransferFile, handle: FileHandle, offset: number) {
    this.path = path;
    this.#partPath = names.own;
    this.#others = names.others;
    this.#file = file;
    this.#handle = handle;
    this.offset = offset;
    this.#at = offset;
  }

  /** `parts` are those that lie beside it. */
  static async open(path: string, file: TransferFile, parts: readonly string[]): Promise<FilePart> {
    const partPath = partPathOf(path, file.version);
    const start = `${partStartOf(path)}.`;
    const others = parts
      .filter((name) => name.startsWith(start) && partEndPattern.test(name.slice(start.length)))
      .map((name) => join(dirname(path), name))
      .filter((other) => other !== partPath);
    // Not through a link; and not from a pipe that would wait for a reader.
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    let handle: FileHandle | undefined;
    try {
      handle = await open(partPath, flags, 0o600);
      const found = await handle.stat();
      if (!found.isFile())
        throw new GlowError("denied", "transfer.part", { target: partPath, message: "it is no file; remove it" });
      const whole = found.size > file.sizeBytes ? 0 : found.size;
      const offset = whole === file.sizeBytes ? whole : whole - (whole % blockBytes);
      await handle.truncate(offset);
      return new FilePart(path, { own: partPath, others }, file, handle, offset);
    } catch (thrown) {
      await handle?.close();
      throw fileSystemError(thrown, "file.write", partPath);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#at + bytes.length > this.#file.sizeBytes) throw this.#wrongSize(this.#at + bytes.length);
    try {
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, this.#at);
        written += bytesWritten;
        this.#at += bytesWritten;
      }
    } catch (thrown) {
      throw fileSystemError(thrown, "file.write", this.path);
    }
  }

  /** It takes its name, its time and its mode. `corrupt` if not all is there. */
  async finish(): Promise<void> {
    if (this.#at !== this.#file.sizeBytes) {
      await this.keep();
      throw this.#wrongSize(this.#at);
    }
    try {
      await this.#handle.chmod(this.#file.mode & 0o777);
      await this.#handle.close();
      const seconds = Number(this.#file.modifiedNs / 1000n) / 1e6;
      await utimes(this.#partPath, seconds, seconds);
      await rename(this.#partPath, this.path);
      // Of earlier versions: nobody goes on with them.
      for (const other of this.#others) await rm(other, { force: true });
    } catch (thrown) {
      throw fileSystemError(thrown, "file.write", this.path);
    }
  }

  /** What has come stays for the next time. */
  async keep(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    if (this.#at < blockBytes) await rm(this.#partPath, { force: true });
  }

  #wrongSize(got: number): GlowError {
    const message = `the node gave ${got} bytes of a file that it says has ${this.#file.sizeBytes}; run the same command again`;
    return new GlowError("corrupt", "transfer.read", { target: this.path, message });
  }
}

async function partsIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(partEnd));
  } catch (thrown) {
    throw fileSystemError(thrown, "file.list", folder);
  }
}

/** The name of a part, but for what is the version's. Of a long name it has as much as there is room for. */
function partStartOf(path: string): string {
  const name = path.slice(dirname(path).length).replace(/^[/\\]/, "");
  if (Buffer.byteLength(name) <= nameBytes) return name;
  return `${Array.from(name).slice(0, 40).join("")}.${stableName(name).slice(0, 12)}`;
}

function partPathOf(path: string, version: string): string {
  return join(dirname(path), `${partStartOf(path)}.${stableName(version).slice(0, 8)}${partEnd}`);
}

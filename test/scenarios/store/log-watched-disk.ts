// A Disk in front of another that lets a test stand between: count what is done, make it fail, or pull the plug just then.

import { concatBytes, totalBytes } from "#base/bytes.ts";
import type { Disk, DiskEntry, DiskFile } from "#glow";

export interface WatchedOperation {
  readonly name:
    | "open"
    | "rename"
    | "remove"
    | "make-folder"
    | "list"
    | "sync-folder"
    | "size"
    | "read"
    | "write"
    | "truncate"
    | "sync"
    | "close"
    | "index";
  readonly path: string;
  /** Of a write. */
  readonly sizeBytes?: number;
  /** Of a write: does only so much of it. */
  readonly writePart?: (lengthBytes: number) => Promise<void>;
}

/** Called for every operation; does it, or something else. */
export type Watch = <Result>(operation: WatchedOperation, perform: () => Promise<Result>) => Promise<Result>;

export class WatchedDisk implements Disk {
  readonly #disk: Disk;
  readonly #watch: Watch;

  constructor(disk: Disk, watch: Watch) {
    this.#disk = disk;
    this.#watch = watch;
  }

  open(path: string, create?: "never" | "if-missing" | "always-new"): Promise<DiskFile> {
    return this.#watch({ name: "open", path }, async () =>
      watched(await this.#disk.open(path, create), path, this.#watch),
    );
  }

  rename(from: string, to: string): Promise<void> {
    return this.#watch({ name: "rename", path: from }, () => this.#disk.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#watch({ name: "remove", path }, () => this.#disk.remove(path));
  }

  makeFolder(path: string): Promise<void> {
    return this.#watch({ name: "make-folder", path }, () => this.#disk.makeFolder(path));
  }

  list(folder: string): Promise<DiskEntry[]> {
    return this.#watch({ name: "list", path: folder }, () => this.#disk.list(folder));
  }

  syncFolder(folder: string): Promise<void> {
    return this.#watch({ name: "sync-folder", path: folder }, () => this.#disk.syncFolder(folder));
  }
}

function watched(file: DiskFile, path: string, watch: Watch): DiskFile {
  return {
    sizeBytes: () => watch({ name: "size", path }, () => file.sizeBytes()),
    read: (offset, lengthBytes) => watch({ name: "read", path }, () => file.read(offset, lengthBytes)),
    write: (offset, bytes) => {
      const writePart = (lengthBytes: number) => file.write(offset, bytes.subarray(0, lengthBytes));
      return watch({ name: "write", path, sizeBytes: bytes.length, writePart }, () => file.write(offset, bytes));
    },
    ...(file.writeParts && {
      writeParts: (offset, parts) => {
        const writePart = (lengthBytes: number) => file.write(offset, concatBytes(parts).subarray(0, lengthBytes));
        return watch({ name: "write", path, sizeBytes: totalBytes(parts), writePart }, async () =>
          file.writeParts?.(offset, parts),
        );
      },
    }),
    truncate: (sizeBytes) => watch({ name: "truncate", path }, () => file.truncate(sizeBytes)),
    sync: () => watch({ name: "sync", path }, () => file.sync()),
    close: () => watch({ name: "close", path }, () => file.close()),
  };
}

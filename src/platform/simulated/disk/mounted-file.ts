// One open handle on a simulated file. Handles of one file share its contents and its queue of operations.

import { GlowError } from "#base/errors.ts";
import { integerBelow } from "#base/random.ts";
import type { DiskFile } from "#glow";
import { digestOf } from "../time/trace.ts";
import type { StoredFile } from "./disk.ts";
import type { DiskOperation, MountedDisk } from "./mounted-disk.ts";
import type { FileChange } from "./sector-file.ts";

export class MountedFile implements DiskFile {
  readonly #mounted: MountedDisk;
  readonly #file: StoredFile;
  readonly #path: string;
  #closed = false;

  constructor(mounted: MountedDisk, file: StoredFile, path: string) {
    this.#mounted = mounted;
    this.#file = file;
    this.#path = path;
  }

  async sizeBytes(): Promise<number> {
    return this.#perform({ op: "file.size", kind: "read", act: () => this.#file.content.sizeBytes });
  }

  async read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    this.#assertCount("file.read", offset);
    this.#assertCount("file.read", lengthBytes);
    const { content } = this.#file;
    const sizeBytes = Math.max(0, Math.min(lengthBytes, content.sizeBytes - offset));
    return this.#perform({ op: "file.read", kind: "read", sizeBytes, act: () => content.read(offset, lengthBytes) });
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#assertCount("file.write", offset);
    this.#assertCount("file.write", offset + bytes.length);
    const digest = digestOf([bytes]);
    const endBytes = bytes.length === 0 ? 0 : offset + bytes.length;
    const grownTo = () => Math.max(endBytes, this.#file.content.sizeBytes);
    const change = { offset, bytes };
    await this.#change({ op: "file.write", kind: "write", sizeBytes: bytes.length, digest }, change, () => {
      if (digestOf([bytes]) !== digest) this.#blameWriter();
      return grownTo();
    });
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#assertCount("file.truncate", sizeBytes);
    await this.#change({ op: "file.truncate", kind: "truncate" }, { sizeBytes }, () => sizeBytes);
  }

  async sync(): Promise<void> {
    const { content } = this.#file;
    const failed = () => content.failSync(this.#mounted.random);
    return this.#perform({ op: "file.sync", kind: "sync", act: () => content.sync(), failed });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const free = () => {
      this.#file.handles--;
      this.#mounted.disk.freeUnused(this.#file);
    };
    const closing = this.#perform({ op: "file.close", kind: "close", act: free, failed: free });
    this.#closed = true;
    await closing;
  }

  /** Does a change that may be found in parts if the power goes before it, or the sync after it, is over. */
  #change(
    operation: Pick<DiskOperation<void>, "op" | "kind" | "sizeBytes" | "digest">,
    change: FileChange,
    newSizeBytes: () => number,
  ): Promise<void> {
    const { content } = this.#file;
    const { disk, random, incarnation } = this.#mounted;
    const done = this.#perform({
      ...operation,
      act: () => {
        try {
          disk.resize(this.#file, newSizeBytes());
        } catch (error) {
          content.fail(change, 0);
          throw error;
        }
        content.complete(change);
      },
      failed: () => {
        const inside = "bytes" in change ? Math.min(change.bytes.length, content.sizeBytes - change.offset) : 0;
        content.fail(change, inside > 0 ? integerBelow(random, inside + 1) : 0);
      },
    });
    if (incarnation.alive) content.begin(change);
    return done;
  }

  #perform<Result>(operation: Omit<DiskOperation<Result>, "what" | "queue">): Promise<Result> {
    if (this.#closed) {
      throw new GlowError("released", operation.op, { target: this.#path, message: `${this.#path} was closed here` });
    }
    return this.#mounted.perform({ ...operation, what: this.#path, queue: this.#file });
  }

  #assertCount(op: string, value: number): void {
    if (Number.isSafeInteger(value) && value >= 0) return;
    throw new GlowError("invalid", op, {
      target: this.#path,
      message: `an offset or length is a whole number from 0 to 2^53 - 1, not ${value}`,
    });
  }

  #blameWriter(): void {
    const { incarnation } = this.#mounted;
    const message = "the program wrote to bytes that it had given to `write`";
    const error = new GlowError("internal", "file.write", { target: this.#path, message });
    incarnation.timeline.defect(incarnation.label, error);
  }
}

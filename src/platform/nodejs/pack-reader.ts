// Reads packs out of the folder that is the Disk, from a thread that may block: at a fraction of what it costs to ask the
// main thread for each small blob.

import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { GlowError } from "#base/errors.ts";
import type { BlobPlace } from "#glow";
import { diskPathBelowRoot } from "../disk-path.ts";
import type { DirectReader } from "./direct-reader.ts";
import { attemptLocally } from "./local-error.ts";

const op = "pack.read";
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** So large ones were written past the system's cache (disk.ts), and are read so, too. */
const directBlobBytes = 32 * 1024;

export class NodePackReader {
  readonly #diskRoot: string;
  readonly #memory: (sizeBytes: number) => Uint8Array;
  readonly #direct: DirectReader | undefined;
  readonly #open = new Map<string, number>();

  /** `memory` is what a blob is read into; left out: fresh memory each time. Large ones lie in that of `direct`. */
  constructor(diskRoot: string, memory: (sizeBytes: number) => Uint8Array = fresh, direct?: DirectReader) {
    this.#diskRoot = diskRoot;
    this.#memory = memory;
    this.#direct = direct;
  }

  /** `not-found` if the pack is gone (it was compacted), `corrupt` if it is too short. */
  read({ path, offset, sizeBytes }: BlobPlace): Uint8Array {
    return attemptLocally(op, path, () => {
      const large = sizeBytes < directBlobBytes ? undefined : this.#direct?.read(this.#full(path), offset, sizeBytes);
      if (large !== undefined) return large;
      const bytes = this.#memory(sizeBytes);
      const descriptor = this.#descriptor(path);
      let at = 0;
      while (at < sizeBytes) {
        const count = readSync(descriptor, bytes, at, sizeBytes - at, offset + at);
        if (count === 0)
          throw new GlowError("corrupt", op, { target: path, message: "the pack ends before this blob" });
        at += count;
      }
      return bytes;
    });
  }

  rest(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
    this.#direct?.rest();
  }

  #descriptor(path: string): number {
    let descriptor = this.#open.get(path);
    if (descriptor === undefined) {
      descriptor = openSync(this.#full(path), openFlags);
      this.#open.set(path, descriptor);
    }
    return descriptor;
  }

  #full(path: string): string {
    return join(this.#diskRoot, ...diskPathBelowRoot(path, op));
  }
}

function fresh(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}

// Reads packs out of the folder that is the Disk, from a thread that may block: at a fraction of what it costs to ask the
// main thread for each small blob.

import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { GlowError } from "#base/errors.ts";
import type { BlobPlace } from "#glow";
import { diskPathBelowRoot } from "../disk-path.ts";
import type { DirectPlace, DirectReader } from "./direct-reader.ts";
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

  /** These are read next, in this order: some of it ahead. */
  expect(places: readonly BlobPlace[]): void {
    if (this.#direct === undefined) return;
    attemptLocally(op, "packs", () =>
      this.#direct?.expect(places.filter(isLarge).map((place) => this.#directAt(place))),
    );
  }

  /** `not-found` if the pack is gone (it was compacted), `corrupt` if it is too short. */
  read(place: BlobPlace): Uint8Array | Promise<Uint8Array> {
    return attemptLocally(op, place.path, () => {
      const large = isLarge(place) ? this.#direct?.read(this.#directAt(place)) : undefined;
      if (large instanceof Promise) return large.then((bytes) => bytes ?? this.#readCached(place));
      return large ?? this.#readCached(place);
    });
  }

  rest(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
    this.#direct?.rest();
  }

  #readCached({ path, offset, sizeBytes }: BlobPlace): Uint8Array {
    return attemptLocally(op, path, () => {
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

  #directAt({ path, offset, sizeBytes }: BlobPlace): DirectPlace {
    return { full: this.#full(path), offset, sizeBytes };
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

function isLarge({ sizeBytes }: BlobPlace): boolean {
  return sizeBytes >= directBlobBytes;
}

function fresh(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}

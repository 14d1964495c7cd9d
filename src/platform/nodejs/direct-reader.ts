// Reads large blobs of packs past the system's cache, where they were never. Each by itself: blobs that are neighbours in a
// file came by several requests at once, so in a pack they have others in between.

import { closeSync, constants, openSync, readSync } from "node:fs";
import { directFlag, DirectMemory } from "./direct-memory.ts";

/** The longest chunk, with what is around it. What is longer is read through the cache. */
const memoryBytes = 5 * 2 ** 20;
/** What is only read may lie in one page of the cache with what was written through it: this is what media want. */
const blockBytes = 4096;
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

export class DirectReader {
  readonly #memories = new DirectMemory(memoryBytes);
  #memory: Uint8Array | undefined;
  #path: string | undefined;
  #descriptor: number | undefined;

  /** Borrowed until the next is read. Undefined if it cannot be read so, or is not all there. */
  read(full: string, offset: number, sizeBytes: number): Uint8Array | undefined {
    if (full !== this.#path) this.#open(full);
    if (this.#descriptor === undefined || this.#memory === undefined) return undefined;
    const at = offset % blockBytes;
    const length = Math.ceil((at + sizeBytes) / blockBytes) * blockBytes;
    if (length > memoryBytes) return undefined;
    try {
      const count = readSync(this.#descriptor, this.#memory, 0, length, offset - at);
      return count < at + sizeBytes ? undefined : this.#memory.subarray(at, at + sizeBytes);
    } catch {
      // Whoever reads it through the cache is told why not.
      return undefined;
    }
  }

  /** Lets go of the file. */
  rest(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    if (this.#memory !== undefined) this.#memories.giveBack();
    this.#descriptor = undefined;
    this.#memory = undefined;
    this.#path = undefined;
  }

  #open(full: string): void {
    this.rest();
    this.#memory = this.#memories.take();
    this.#path = full;
    if (this.#memory === undefined) return;
    try {
      this.#descriptor = openSync(full, openFlags | directFlag);
    } catch {
      // A file system without such a thing.
    }
  }
}

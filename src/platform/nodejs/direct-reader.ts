// Reads large blobs of packs past the system's cache, where they were never: with what lies behind them, which is asked for
// next when a large file is put together.

import { closeSync, constants, openSync, readSync } from "node:fs";
import { blockAbove, blockBelow, directFlag, DirectMemory } from "./direct-memory.ts";

/** What is read in one system call, or as much as was asked for. */
const memoryBytes = 2 * 2 ** 20;
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

export class DirectReader {
  readonly #memories = new DirectMemory(memoryBytes);
  /** What the memory holds: of which file, from where on, and how much. */
  #memory: Uint8Array | undefined;
  #path: string | undefined;
  #descriptor: number | undefined;
  #offset = 0;
  #length = 0;

  /** Borrowed until the next is read. Undefined if it cannot be read so, or is not all there. */
  read(full: string, offset: number, sizeBytes: number): Uint8Array | undefined {
    if (full !== this.#path) this.#open(full);
    if (this.#descriptor === undefined || this.#memory === undefined) return undefined;
    if (offset < this.#offset || offset + sizeBytes > this.#offset + this.#length) {
      this.#offset = blockBelow(offset);
      this.#length = 0;
      if (blockAbove(offset + sizeBytes) - this.#offset > memoryBytes) return undefined;
      try {
        this.#length = readSync(this.#descriptor, this.#memory, 0, memoryBytes, this.#offset);
      } catch {
        // Whoever reads it through the cache is told why not.
        return undefined;
      }
    }
    const at = offset - this.#offset;
    return at + sizeBytes > this.#length ? undefined : this.#memory.subarray(at, at + sizeBytes);
  }

  /** Forgets what it read, and lets go of the file. */
  rest(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    if (this.#memory !== undefined) this.#memories.giveBack();
    this.#descriptor = undefined;
    this.#memory = undefined;
    this.#path = undefined;
    this.#length = 0;
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

// The memory that files are read into, again and again: fresh memory for each part of a file costs as much as hashing it.

import { assert } from "#base/errors.ts";
import { folderLimits } from "#base/limits.ts";

export class FileBlock {
  readonly #mostBytes: number;
  #memory = new Uint8Array(64 * 1024);

  constructor(mostBytes: number = folderLimits.sealingPartBytes) {
    this.#mostBytes = mostBytes;
  }

  /** Borrowed until it is asked for again. What is in it does not matter: all of it is read into. */
  of(sizeBytes: number): Uint8Array {
    assert(sizeBytes <= this.#mostBytes, "a part of a file fits into a block");
    if (this.#memory.length < sizeBytes) this.#memory = new Uint8Array(Math.min(2 * sizeBytes, this.#mostBytes));
    return this.#memory.subarray(0, sizeBytes);
  }
}

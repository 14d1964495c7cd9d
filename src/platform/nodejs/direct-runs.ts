// Writes runs of a file past the system's cache without blocking, for whoever has it open already. What of a run lies in no
// whole block goes through the cache: no block that was written once is written that way again.

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { descriptorPath } from "./inner-folders.ts";
import { blockAbove, blockBelow, directFlag, DirectMemory, isRefusal } from "./direct-memory.ts";

/** The longest run, and a block: what is longer is rare. */
const memoryBytes = 8 * 2 ** 20;

/** For all files: a run that comes while another is written goes through the cache. */
const memories = new DirectMemory(memoryBytes);

export class DirectRuns {
  readonly #cached: FileHandle;
  /** The same file, opened once more at the first run. Undefined if that is refused. */
  #opening: Promise<FileHandle | undefined> | undefined;

  constructor(cached: FileHandle) {
    this.#cached = cached;
  }

  /** False if it cannot be done so, or not just now: then nothing was written, or some of it. Throws as node:fs does. */
  async write(offset: number, parts: readonly Uint8Array[], sizeBytes: number): Promise<boolean> {
    const begin = blockBelow(offset);
    const from = offset - begin;
    const to = from + sizeBytes;
    if (to > memoryBytes) return false;
    this.#opening ??= this.#open();
    const direct = await this.#opening;
    const memory = direct && memories.take();
    if (direct === undefined || memory === undefined) return false;
    try {
      let at = from;
      for (const part of parts) {
        memory.set(part, at);
        at += part.length;
      }
      const middle = Math.min(blockAbove(from), to);
      const end = Math.max(blockBelow(to), middle);
      await writeAll(this.#cached, memory, from, middle, begin);
      await writeAll(direct, memory, middle, end, begin);
      await writeAll(this.#cached, memory, end, to, begin);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#opening = Promise.resolve(undefined);
      await direct.close();
      return false;
    } finally {
      memories.giveBack();
    }
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  async #open(): Promise<FileHandle | undefined> {
    if (directFlag === 0) return undefined;
    // Not by its name, which something else may have by now.
    return open(descriptorPath(this.#cached.fd), constants.O_WRONLY | directFlag).catch(() => undefined);
  }
}

async function writeAll(file: FileHandle, memory: Uint8Array, from: number, to: number, begin: number): Promise<void> {
  let at = from;
  while (at < to) at += (await file.write(memory, at, to - at, begin + at)).bytesWritten;
}

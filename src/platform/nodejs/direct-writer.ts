// Writes a large part of a file past the system's cache, in whole blocks, from memory in which it is gathered; what is left
// at either end of it goes through the cache. So parts that border on one another may be written at the same time.

import { closeSync, openSync, writeSync } from "node:fs";
import { blockAbove, blockBelow, directFlag, directLeastBytes, DirectMemory, isRefusal } from "./direct-memory.ts";

/** What is written in one system call: it should not have left the processor's caches by then. */
const runBytes = 2 * 2 ** 20;

/** Of this thread. */
const memories = new DirectMemory(runBytes);

export class DirectWriter {
  /** The same file, opened twice: past the cache (until that is refused), and through it. */
  #direct: number | undefined;
  readonly #cached: number;
  readonly #memory: Uint8Array;
  /** Where in the file the memory begins, and what of it is to be written. */
  #offset: number;
  #from: number;
  #to: number;

  private constructor(direct: number, cached: number, memory: Uint8Array, offset: number) {
    this.#direct = direct;
    this.#cached = cached;
    this.#memory = memory;
    this.#offset = blockBelow(offset);
    this.#from = offset - this.#offset;
    this.#to = this.#from;
  }

  /** Undefined if `sizeBytes` are not worth it, or it cannot be had: it is all the same to the file. */
  static open(
    full: string,
    flags: number,
    cached: number,
    offset: number,
    sizeBytes: number,
  ): DirectWriter | undefined {
    if (sizeBytes < directLeastBytes) return undefined;
    const memory = memories.take();
    if (memory === undefined) return undefined;
    try {
      return new DirectWriter(openSync(full, flags | directFlag), cached, memory, offset);
    } catch {
      memories.giveBack();
      return undefined;
    }
  }

  /** Behind what was written before. Throws as node:fs does; `bytes` may be used again at once. */
  write(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const length = Math.min(bytes.length - at, this.#memory.length - this.#to);
      this.#memory.set(bytes.subarray(at, at + length), this.#to);
      this.#to += length;
      at += length;
      if (this.#to === this.#memory.length) this.flush();
    }
  }

  /** What was gathered is in the file. Only the last time may it end within a block. */
  flush(): void {
    const from = this.#from;
    const to = this.#to;
    const middle = Math.min(blockAbove(from), to);
    const end = Math.max(blockBelow(to), middle);
    this.#writeCached(from, middle);
    this.#writeDirect(middle, end);
    this.#writeCached(end, to);
    this.#offset += to;
    this.#from = 0;
    this.#to = 0;
  }

  /** What was not flushed is dropped. */
  close(): void {
    memories.giveBack();
    this.#closeDirect();
  }

  #writeDirect(from: number, to: number): void {
    let at = from;
    try {
      while (this.#direct !== undefined && at < to) at += this.#call(this.#direct, at, to);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#closeDirect();
    }
    this.#writeCached(at, to);
  }

  #writeCached(from: number, to: number): void {
    let at = from;
    while (at < to) at += this.#call(this.#cached, at, to);
  }

  #call(descriptor: number, at: number, to: number): number {
    return writeSync(descriptor, this.#memory, at, to - at, this.#offset + at);
  }

  #closeDirect(): void {
    if (this.#direct !== undefined) closeSync(this.#direct);
    this.#direct = undefined;
  }
}

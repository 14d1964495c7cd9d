// Cuts content into chunks while it comes, in pieces of any size: the chunks are the same whatever the pieces. Nothing is
// copied but the beginning of a chunk whose end comes in a later piece.

import type { BoundaryScanner } from "./boundary-scanner.ts";

/** `plain` is borrowed. */
export type CutChunk = (plain: Uint8Array) => void;

const firstPendingBytes = 64 * 1024;

export class ContentCutter {
  readonly #scanner: BoundaryScanner;
  /** The chunk under way, as far as it came in earlier pieces. */
  #pending = new Uint8Array(0);
  #pendingBytes = 0;

  /** The scanner is this cutter's alone. */
  constructor(scanner: BoundaryScanner) {
    this.#scanner = scanner;
  }

  /**
   * Calls `chunk` for each chunk that is complete with `piece` (borrowed), in their order; with `last`, which ends the
   * content, for all there is. After that, and if `chunk` throws, the next piece begins another content.
   */
  cut(piece: Uint8Array, last: boolean, chunk: CutChunk): void {
    try {
      const rest = this.#cutWhole(piece, chunk);
      if (!last) this.#keep(rest);
      else if (this.#pendingBytes + rest.length > 0) chunk(this.#joined(rest));
      if (last) this.restart();
    } catch (error) {
      this.restart();
      throw error;
    }
  }

  restart(): void {
    this.#pendingBytes = 0;
    this.#scanner.restart();
  }

  /** What is left of the piece when all chunks that end in it are cut. */
  #cutWhole(piece: Uint8Array, chunk: CutChunk): Uint8Array {
    let from = 0;
    for (;;) {
      const end = this.#scanner.scan(piece, from, piece.length);
      if (end === undefined) return from === 0 ? piece : piece.subarray(from);
      chunk(this.#joined(piece.subarray(from, end)));
      from = end;
    }
  }

  #joined(rest: Uint8Array): Uint8Array {
    if (this.#pendingBytes === 0) return rest;
    this.#keep(rest);
    const whole = this.#pending.subarray(0, this.#pendingBytes);
    this.#pendingBytes = 0;
    return whole;
  }

  #keep(rest: Uint8Array): void {
    const bytes = this.#pendingBytes + rest.length;
    if (bytes > this.#pending.length) {
      const larger = new Uint8Array(Math.max(bytes, 2 * this.#pending.length, firstPendingBytes));
      larger.set(this.#pending.subarray(0, this.#pendingBytes));
      this.#pending = larger;
    }
    this.#pending.set(rest, this.#pendingBytes);
    this.#pendingBytes = bytes;
  }
}

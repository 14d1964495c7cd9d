// Bytes that a receiver can check one by one for next to nothing: each piece that comes is compared with a block in
// memory. A byte changed, and a write lost, doubled or out of order, all show at once.

export class Pattern {
  /** The bytes after which the stream repeats; twice, so that no piece of that size runs over the end. */
  readonly #block: Buffer;
  readonly #periodBytes: number;
  /** All that differ. */
  readonly #writes: readonly Buffer[];

  /**
   * `periodBytes` is no multiple of `writeBytes`, or of many: writes that follow one another differ. It is small, so
   * that what is measured is not memory.
   */
  constructor(writeBytes: number, periodBytes: number) {
    this.#periodBytes = periodBytes;
    const words = new Uint32Array(Math.ceil((2 * periodBytes) / 4));
    // Marsaglia's xorshift: the same in all processes, and nothing that could be compressed.
    let word = 0x9e3779b9;
    for (let i = 0; i < words.length; i++) {
      word ^= word << 13;
      word ^= word >>> 17;
      word ^= word << 5;
      words[i] = word;
    }
    this.#block = Buffer.from(words.buffer);
    this.#block.copyWithin(periodBytes, 0, periodBytes);
    const writes: Buffer[] = [];
    for (let from = 0; writes.length === 0 || from !== 0; from = (from + writeBytes) % periodBytes) {
      writes.push(this.#block.subarray(from, from + writeBytes));
    }
    this.#writes = writes;
  }

  /** What is written as the write of this number, from 0 on. */
  write(number: number): Uint8Array {
    return this.#writes[number % this.#writes.length] as Uint8Array;
  }

  /** Whether `piece` is what comes at `offset` of the stream. */
  matches(piece: Uint8Array, offset: number): boolean {
    const period = this.#periodBytes;
    for (let at = 0; at < piece.length; at += period) {
      const end = Math.min(piece.length, at + period);
      const from = (offset + at) % period;
      if (this.#block.compare(piece, at, end, from, from + end - at) !== 0) return false;
    }
    return true;
  }
}

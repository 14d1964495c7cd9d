// Gathers pieces into a block that another thread can be given as it is, with room in front for what the block before left
// over. So what comes in is copied once, when it comes, and the same memory serves block after block.

export class BlockBuffer {
  readonly #frontBytes: number;
  readonly #blockBytes: number;
  #memory: Uint8Array<ArrayBuffer>;
  #to: number;

  /** Room for `blockBytes` behind `frontBytes`, in `memory` where that is enough; else it grows with what comes. */
  constructor(frontBytes: number, blockBytes: number, memory: Uint8Array<ArrayBuffer> = new Uint8Array(0)) {
    this.#frontBytes = frontBytes;
    this.#blockBytes = blockBytes;
    this.#memory = memory;
    this.#to = frontBytes;
  }

  get full(): boolean {
    return this.#to === this.#frontBytes + this.#blockBytes;
  }

  /** Takes as much of `piece` (borrowed) as there is room for, and returns the rest. */
  add(piece: Uint8Array): Uint8Array {
    const most = this.#frontBytes + this.#blockBytes;
    const taken = piece.subarray(0, most - this.#to);
    const to = this.#to + taken.length;
    if (to > this.#memory.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(to, 2 * this.#to)));
      larger.set(this.#gathered(), this.#frontBytes);
      this.#memory = larger;
    }
    this.#memory.set(taken, this.#to);
    this.#to = to;
    return piece.subarray(taken.length);
  }

  /** All that was added, behind `rest` (borrowed). The memory is the caller's from then on. */
  take(rest: Uint8Array): Uint8Array<ArrayBuffer> {
    const from = this.#frontBytes - rest.length;
    if (from >= 0 && this.#memory.length >= this.#to) {
      this.#memory.set(rest, from);
      return this.#memory.subarray(from, this.#to);
    }
    const gathered = this.#gathered();
    const block = new Uint8Array(rest.length + gathered.length);
    block.set(rest);
    block.set(gathered, rest.length);
    return block;
  }

  #gathered(): Uint8Array {
    return this.#memory.subarray(this.#frontBytes, this.#to);
  }
}

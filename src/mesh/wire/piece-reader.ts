// Reads fields out of bytes that lie in pieces, as the network and the cipher yielded them, without joining them.
// Whatever runs past the end is `protocol`: the bytes come from somebody else.

import { GlowError } from "#base/errors.ts";

/** A run of bytes that is not joined: each a view, none of them empty by necessity. */
export type Pieces = readonly Uint8Array[];

export class PieceReader {
  readonly #pieces: Pieces;
  #index = 0;
  #piece: Uint8Array;
  #at = 0;
  #left: number;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
    this.#piece = pieces[0] ?? empty;
    let left = 0;
    for (const piece of pieces) left += piece.length;
    this.#left = left;
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#left;
  }

  u8(): number {
    if (this.#left === 0) throw cutShort();
    while (this.#at === this.#piece.length) this.#next();
    this.#left--;
    return this.#piece[this.#at++] as number;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  u24(): number {
    return this.u16() | (this.u8() << 16);
  }

  u32(): number {
    const at = this.#at;
    const piece = this.#piece;
    // Nearly always the field lies in one piece.
    if (at + 4 <= piece.length) {
      this.#at = at + 4;
      this.#left -= 4;
      const high = (piece[at + 3] as number) << 24;
      return (
        ((piece[at] as number) | ((piece[at + 1] as number) << 8) | ((piece[at + 2] as number) << 16) | high) >>> 0
      );
    }
    return (this.u16() | (this.u16() << 16)) >>> 0;
  }

  /** A number below 2^48. */
  u48(): number {
    const low = this.u32();
    return low + this.u16() * 2 ** 32;
  }

  /** A view if the bytes lie in one piece, otherwise a copy. */
  bytes(length: number): Uint8Array {
    if (length > this.#left) throw cutShort();
    if (length === 0) return empty;
    while (this.#at === this.#piece.length) this.#next();
    if (this.#at + length <= this.#piece.length) {
      const view = this.#piece.subarray(this.#at, this.#at + length);
      this.#at += length;
      this.#left -= length;
      return view;
    }
    const joined = new Uint8Array(length);
    let filled = 0;
    for (const piece of this.take(length)) {
      joined.set(piece, filled);
      filled += piece.length;
    }
    return joined;
  }

  /** The next bytes as views, not joined and none of them empty. */
  take(length: number): Uint8Array[] {
    if (length > this.#left) throw cutShort();
    const taken: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      while (this.#at === this.#piece.length) this.#next();
      const end = Math.min(this.#piece.length, this.#at + missing);
      taken.push(this.#at === 0 && end === this.#piece.length ? this.#piece : this.#piece.subarray(this.#at, end));
      missing -= end - this.#at;
      this.#at = end;
    }
    this.#left -= length;
    return taken;
  }

  #next(): void {
    this.#piece = this.#pieces[++this.#index] as Uint8Array;
    this.#at = 0;
  }
}

const empty = new Uint8Array(0);

function cutShort(): GlowError {
  return new GlowError("protocol", "mesh.read", { message: "the message ends within one of its fields" });
}

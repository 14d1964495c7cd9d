// Bits of a Zstandard stream (RFC 8878, 4.1.1), which is written forwards and read from its end: above the last bit lies a
// one, as a mark, in the last byte. Reading past the beginning gives zeros and shows in `left`, as some streams end so.

import { notAFrame } from "../../zstd-frame.ts";

export class BackwardBits {
  readonly #bytes: Uint8Array;
  readonly #from: number;
  /** Bits that were not read yet; below zero by as many as were read too many. */
  left: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    const last = to > from ? (bytes[to - 1] as number) : 0;
    if (last === 0) throw notAFrame("a stream of bits has no end");
    this.#bytes = bytes;
    this.#from = from;
    this.left = (to - from) * 8 - (Math.clz32(last) - 24) - 1;
  }

  /** 0 to 25 bits. */
  read(count: number): number {
    const at = this.left - count;
    this.left = at;
    return at >= 0 ? this.#bitsAt(at, count) : this.#beyond(at, count);
  }

  /** The next bits, which stay. */
  peek(count: number): number {
    const at = this.left - count;
    return at >= 0 ? this.#bitsAt(at, count) : this.#beyond(at, count);
  }

  #bitsAt(at: number, count: number): number {
    const bytes = this.#bytes;
    const byte = this.#from + (at >>> 3);
    // Bytes that are not there count as zero, and are masked away.
    const four =
      (bytes[byte] as number) |
      ((bytes[byte + 1] as number) << 8) |
      ((bytes[byte + 2] as number) << 16) |
      ((bytes[byte + 3] as number) << 24);
    return (four >>> (at & 7)) & ((1 << count) - 1);
  }

  /** Partly before the first bit. */
  #beyond(at: number, count: number): number {
    return count + at <= 0 ? 0 : this.#bitsAt(0, count + at) << -at;
  }
}

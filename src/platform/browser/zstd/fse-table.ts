// Finite State Entropy (RFC 8878, 4.1): a table in which each state stands for a symbol, and says how many bits to read for
// the next state. Tables are fixed, or described in front of what uses them.

import { notAFrame } from "../../zstd-frame.ts";
import type { BackwardBits } from "./backward-bits.ts";

export class FseTable {
  /** Bits of a state. */
  readonly log: number;
  /** By state: the symbol, the bits to read, and what is added to these. */
  readonly #symbols: Uint8Array;
  readonly #bits: Uint8Array;
  readonly #bases: Uint16Array;

  /** `counts`: of how many states each symbol has; -1 for less than one. They add up to 2^log. */
  constructor(counts: readonly number[], log: number) {
    const size = 1 << log;
    this.log = log;
    this.#symbols = new Uint8Array(size);
    this.#bits = new Uint8Array(size);
    this.#bases = new Uint16Array(size);
    this.#spread(counts, size);
    const next = counts.map((count) => (count < 0 ? 1 : count));
    for (let state = 0; state < size; state++) {
      const symbol = this.#symbols[state] as number;
      const number = next[symbol] as number;
      next[symbol] = number + 1;
      const bits = log - (31 - Math.clz32(number));
      this.#bits[state] = bits;
      this.#bases[state] = (number << bits) - size;
    }
  }

  /** One symbol, for ever, which takes no bits. */
  static single(symbol: number): FseTable {
    const counts = Array.from({ length: symbol + 1 }, (_, each) => (each === symbol ? 1 : 0));
    return new FseTable(counts, 0);
  }

  symbol(state: number): number {
    return this.#symbols[state] as number;
  }

  next(state: number, bits: BackwardBits): number {
    return (this.#bases[state] as number) + bits.read(this.#bits[state] as number);
  }

  /** Symbols of less than one state get the last ones; the others are strewn about by a step that reaches all. */
  #spread(counts: readonly number[], size: number): void {
    let last = size - 1;
    for (const [symbol, count] of counts.entries()) if (count < 0) this.#symbols[last--] = symbol;
    const step = (size >> 1) + (size >> 3) + 3;
    let state = 0;
    for (const [symbol, count] of counts.entries()) {
      for (let each = 0; each < count; each++) {
        this.#symbols[state] = symbol;
        do state = (state + step) & (size - 1);
        while (state > last);
      }
    }
  }
}

export interface DescribedTable {
  readonly table: FseTable;
  /** Where its description ends. */
  readonly end: number;
}

/** The table described from `at` on (RFC 8878, 4.1.1), for symbols up to `mostSymbol` and states of up to `mostLog` bits. */
export function readFseTable(
  bytes: Uint8Array,
  at: number,
  to: number,
  mostLog: number,
  mostSymbol: number,
): DescribedTable {
  const bits = new ForwardBits(bytes, at, to);
  const log = bits.read(4) + 5;
  if (log > mostLog) throw notAFrame("a table is too large");
  const counts: number[] = [];
  for (let left = 1 << log; left > 0; ) {
    if (counts.length > mostSymbol) throw notAFrame("a table has too many symbols");
    const count = readCount(bits, left);
    counts.push(count);
    left -= Math.abs(count);
    if (count === 0) skipUnused(bits, counts, mostSymbol);
    if (left < 0) throw notAFrame("a table has too many states");
  }
  return { table: new FseTable(counts, log), end: bits.end };
}

/** A number from -1 to `left`, in as few bits as tell these apart: the lower ones take one bit less. */
function readCount(bits: ForwardBits, left: number): number {
  const most = left + 1;
  const width = 32 - Math.clz32(most);
  const short = (1 << width) - 1 - most;
  const value = bits.peek(width);
  const lower = value & ((1 << (width - 1)) - 1);
  if (lower < short) {
    bits.read(width - 1);
    return lower - 1;
  }
  bits.read(width);
  return (value >= 1 << (width - 1) ? value - short : value) - 1;
}

/** Behind an unused symbol: how many more follow, two bits at a time, as long as these are three. */
function skipUnused(bits: ForwardBits, counts: number[], mostSymbol: number): void {
  for (let more = 3; more === 3; ) {
    more = bits.read(2);
    for (let each = 0; each < more; each++) counts.push(0);
    if (counts.length > mostSymbol + 1) throw notAFrame("a table has too many symbols");
  }
}

/** Bits from the lowest of the first byte on. */
class ForwardBits {
  readonly #bytes: Uint8Array;
  readonly #to: number;
  #at: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#to = to;
    this.#at = from * 8;
  }

  /** The byte behind the last that was read from. */
  get end(): number {
    return (this.#at + 7) >>> 3;
  }

  /** At most 17 bits; beyond the end there are zeros, and nobody may read them. */
  peek(count: number): number {
    const byte = this.#at >>> 3;
    const three = [0, 1, 2].reduce((sum, each) => sum | (this.#byteAt(byte + each) << (8 * each)), 0);
    return (three >>> (this.#at & 7)) & ((1 << count) - 1);
  }

  read(count: number): number {
    const value = this.peek(count);
    this.#at += count;
    if (this.end > this.#to) throw notAFrame("a table is cut short");
    return value;
  }

  #byteAt(at: number): number {
    return at < this.#to ? (this.#bytes[at] as number) : 0;
  }
}

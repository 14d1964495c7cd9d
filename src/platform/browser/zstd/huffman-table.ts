// Huffman codes of a block's literals (RFC 8878, 4.2): described by a weight for each symbol but the last, and looked up by
// as many bits as the longest code has.

import { notAFrame } from "../../zstd-frame.ts";
import { BackwardBits } from "./backward-bits.ts";
import { readFseTable } from "./fse-table.ts";

const mostCodeBits = 11;
const mostWeightLog = 6;
/** Above it, a description gives its weights as they are, in 4 bits each; up to it, it is the length of coded ones. */
const mostCodedBytes = 127;

export class HuffmanTable {
  readonly #codeBits: number;
  /** By the next `#codeBits` bits: the symbol, and above it the length of its code. */
  readonly #codes: Uint16Array;

  /** A symbol of weight w takes 2^(w-1) of all codes; those of lesser weight come first, and of two the lower symbol. */
  constructor(weights: readonly number[], codeBits: number) {
    this.#codeBits = codeBits;
    this.#codes = new Uint16Array(1 << codeBits);
    let at = 0;
    for (let weight = 1; weight <= codeBits; weight++) {
      for (const [symbol, each] of weights.entries()) {
        if (each !== weight) continue;
        const to = at + (1 << (weight - 1));
        this.#codes.fill(((codeBits + 1 - weight) << 8) | symbol, at, to);
        at = to;
      }
    }
  }

  /** Fills `target` with the symbols of a stream, which must give just as many. */
  decode(bytes: Uint8Array, from: number, to: number, target: Uint8Array): void {
    const bits = new BackwardBits(bytes, from, to);
    const codes = this.#codes;
    const codeBits = this.#codeBits;
    for (let at = 0; at < target.length; at++) {
      const code = codes[bits.peek(codeBits)] as number;
      target[at] = code & 255;
      bits.left -= code >> 8;
    }
    if (bits.left !== 0) throw notAFrame("literals are more or fewer than they should be");
  }
}

export interface DescribedCodes {
  readonly codes: HuffmanTable;
  readonly end: number;
}

export function readHuffmanTable(bytes: Uint8Array, at: number, to: number): DescribedCodes {
  const head = at < to ? (bytes[at] as number) : 0;
  const isCoded = head <= mostCodedBytes;
  const end = at + 1 + (isCoded ? head : (head - mostCodedBytes + 1) >> 1);
  if (end > to) throw notAFrame("codes are cut short");
  const weights = isCoded
    ? readCodedWeights(bytes, at + 1, end)
    : Array.from({ length: head - mostCodedBytes }, (_, each) => nibble(bytes, at + 1, each));
  return { codes: completed(weights), end };
}

function nibble(bytes: Uint8Array, from: number, index: number): number {
  const byte = bytes[from + (index >> 1)] as number;
  return index % 2 === 0 ? byte >> 4 : byte & 15;
}

/** Two states take turns; the stream ends with the bits, and what is left then is in the other state. */
function readCodedWeights(bytes: Uint8Array, from: number, to: number): number[] {
  const { table, end } = readFseTable(bytes, from, to, mostWeightLog, mostCodeBits + 1);
  const bits = new BackwardBits(bytes, end, to);
  const states = [bits.read(table.log), bits.read(table.log)] as [number, number];
  const weights: number[] = [];
  if (bits.left < 0) throw notAFrame("codes are cut short");
  for (let turn = 0; weights.length < 255; turn ^= 1) {
    weights.push(table.symbol(states[turn as 0 | 1]));
    states[turn as 0 | 1] = table.next(states[turn as 0 | 1], bits);
    if (bits.left >= 0) continue;
    weights.push(table.symbol(states[(turn ^ 1) as 0 | 1]));
    return weights;
  }
  throw notAFrame("there are too many codes");
}

/** With the last symbol, whose weight is what is missing to a power of two. */
function completed(weights: readonly number[]): HuffmanTable {
  let used = 0;
  for (const weight of weights) {
    if (weight > mostCodeBits) throw notAFrame("a code is too long");
    used += (1 << weight) >> 1;
  }
  if (used === 0) throw notAFrame("there are no codes");
  const codeBits = 32 - Math.clz32(used);
  const missing = (1 << codeBits) - used;
  if (codeBits > mostCodeBits || (missing & (missing - 1)) !== 0 || weights.length > 255) {
    throw notAFrame("codes do not add up");
  }
  return new HuffmanTable([...weights, 32 - Math.clz32(missing)], codeBits);
}

// The literals of a compressed block (RFC 8878, 3.1.1.3.1): bytes that no match gives, as they are, one repeated, or in
// Huffman codes, in one stream or in four.

import { mostBlockBytes, notAFrame } from "../../zstd-frame.ts";
import { type HuffmanTable, readHuffmanTable } from "./huffman-table.ts";

export interface Literals {
  readonly bytes: Uint8Array;
  /** Where the section ends. */
  readonly end: number;
  /** Those of the last block that had any. */
  readonly codes: HuffmanTable | undefined;
}

type LiteralsType = "raw" | "repeated" | "coded" | "coded as before";
const types: readonly LiteralsType[] = ["raw", "repeated", "coded", "coded as before"];

interface Head {
  readonly type: LiteralsType;
  readonly sizeBytes: number;
  /** Of the section behind the head. */
  readonly packedBytes: number;
  readonly streams: 1 | 4;
  readonly end: number;
}

export function readLiterals(block: Uint8Array, codesBefore: HuffmanTable | undefined): Literals {
  const head = readHead(block);
  const { type, sizeBytes, packedBytes } = head;
  const end = head.end + packedBytes;
  if (sizeBytes > mostBlockBytes || end > block.length) throw notAFrame("literals are longer than their block");
  if (type === "raw") return { bytes: block.subarray(head.end, end), end, codes: codesBefore };
  if (type === "repeated") {
    return { bytes: new Uint8Array(sizeBytes).fill(block[head.end] as number), end, codes: codesBefore };
  }
  const described = type === "coded" ? readHuffmanTable(block, head.end, end) : { codes: codesBefore, end: head.end };
  const { codes } = described;
  if (codes === undefined) throw notAFrame("literals are coded like others that there are not");
  const bytes = new Uint8Array(sizeBytes);
  if (head.streams === 1) codes.decode(block, described.end, end, bytes);
  else decodeFour(codes, block, described.end, end, bytes);
  return { bytes, end, codes };
}

/** Two bits of type, two of format, and one or two sizes whose width is in the format. */
function readHead(block: Uint8Array): Head {
  const first = byteAt(block, 0);
  const type = types[first & 3] as LiteralsType;
  const format = (first >> 2) & 3;
  if (type === "raw" || type === "repeated") {
    const headBytes = format === 1 ? 2 : format === 3 ? 3 : 1;
    const sizeBytes = headBytes === 1 ? first >> 3 : bitsAt(block, 4, headBytes * 8 - 4);
    return { type, sizeBytes, packedBytes: type === "raw" ? sizeBytes : 1, streams: 1, end: headBytes };
  }
  const sizeBits = [10, 10, 14, 18][format] as number;
  return {
    type,
    sizeBytes: bitsAt(block, 4, sizeBits),
    packedBytes: bitsAt(block, 4 + sizeBits, sizeBits),
    streams: format === 0 ? 1 : 4,
    end: (4 + 2 * sizeBits) >> 3,
  };
}

/** Streams of a quarter each, rounded up but for the last; behind the lengths of the first three. */
function decodeFour(codes: HuffmanTable, block: Uint8Array, at: number, end: number, target: Uint8Array): void {
  const quarter = (target.length + 3) >> 2;
  if (3 * quarter > target.length || at + 6 > end) throw notAFrame("literals are too few for four streams");
  let from = at + 6;
  for (let stream = 0; stream < 4; stream++) {
    const length = byteAt(block, at + 2 * stream) | (byteAt(block, at + 2 * stream + 1) << 8);
    const to = stream < 3 ? from + length : end;
    if (to > end) throw notAFrame("a stream of literals is longer than its block");
    codes.decode(block, from, to, target.subarray(stream * quarter, stream < 3 ? (stream + 1) * quarter : undefined));
    from = to;
  }
}

/** Up to 18 bits of the head. */
function bitsAt(block: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let bit = count - 1; bit >= 0; bit--) {
    value = value * 2 + ((byteAt(block, (at + bit) >> 3) >> ((at + bit) & 7)) & 1);
  }
  return value;
}

function byteAt(block: Uint8Array, at: number): number {
  const byte = block[at];
  if (byte === undefined) throw notAFrame("a block is cut short");
  return byte;
}

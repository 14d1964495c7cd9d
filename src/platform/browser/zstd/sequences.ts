// The sequences of a compressed block (RFC 8878, 3.1.1.3.2): each takes some literals and then repeats something that was
// given before. Lengths and distances are codes, with further bits, in three interleaved FSE streams.

import { notAFrame } from "../../zstd-frame.ts";
import { BackwardBits } from "./backward-bits.ts";
import { FseTable, readFseTable } from "./fse-table.ts";

/** A code stands for `base` and as many bits on top. */
interface Codes {
  readonly bases: Int32Array;
  readonly bits: Uint8Array;
  readonly mostLog: number;
  readonly predefined: FseTable;
}

export interface SequenceTables {
  readonly literalLengths: FseTable;
  readonly offsets: FseTable;
  readonly matchLengths: FseTable;
}

/** RFC 8878, 3.1.1.3.2.1.1: bits of the codes above those that stand for themselves, whose bases follow one another. */
function codes(plain: number, first: number, bits: readonly number[], mostLog: number, predefined: FseTable): Codes {
  const allBits = [...Array.from({ length: plain }, () => 0), ...bits];
  let base = first;
  const bases = allBits.map((each) => {
    const here = base;
    base += 1 << each;
    return here;
  });
  return { bases: Int32Array.from(bases), bits: Uint8Array.from(allBits), mostLog, predefined };
}

function table(log: number, counts: string): FseTable {
  return new FseTable(counts.split(" ").map(Number), log);
}

/** RFC 8878, 3.1.1.3.2.2: distributions where a block describes none. */
const literalLengthCodes = codes(
  16,
  0,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  9,
  table(6, "4 3 2 2 2 2 2 2 2 2 2 2 2 1 1 1 2 2 2 2 2 2 2 2 2 3 2 1 1 1 1 1 -1 -1 -1 -1"),
);
const matchLengthCodes = codes(
  32,
  3,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  9,
  table(
    6,
    "1 4 3 2 2 2 2 2 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -1 -1 -1 -1 -1 -1 -1",
  ),
);
const offsetTable = table(5, "1 1 1 1 1 1 2 2 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -1 -1 -1 -1 -1");
const offsetMostLog = 8;
/** A code is the number of its bits; distances beyond the largest window that is taken make no sense. */
const mostOffsetCode = 24;

/** What one block leaves to the next. */
export class SequenceState {
  tables: SequenceTables | undefined;
  /** The last three distances, the latest first. */
  readonly repeated: [number, number, number] = [1, 4, 8];
}

/** Where the output stands. */
export interface Output {
  readonly bytes: Uint8Array;
  at: number;
}

/**
 * Executes the sequences in `block` from `at` on, up to `most` bytes of output. Every sequence gives three bytes at the
 * least and none goes past `most`, so the work is bounded by what comes out, whatever the block says.
 */
export function runSequences(
  block: Uint8Array,
  at: number,
  literals: Uint8Array,
  state: SequenceState,
  output: Output,
  most: number,
): void {
  const { count, end } = readCount(block, at);
  let taken = 0;
  if (count > 0) {
    const { tables, end: streamAt } = readTables(block, end, state.tables);
    state.tables = tables;
    taken = new SequenceRun(block, streamAt, tables, state.repeated).run(count, literals, output, most);
  } else if (end !== block.length) {
    throw notAFrame("something follows a block's literals");
  }
  appendLiterals(literals, taken, literals.length - taken, output, most);
}

function readCount(block: Uint8Array, at: number): { count: number; end: number } {
  const [first, second, third] = block.subarray(at, at + 3);
  if (first === undefined) throw notAFrame("a block is cut short");
  if (first < 128) return { count: first, end: at + 1 };
  if (second === undefined) throw notAFrame("a block is cut short");
  if (first < 255) return { count: ((first - 128) << 8) | second, end: at + 2 };
  if (third === undefined) throw notAFrame("a block is cut short");
  return { count: (second | (third << 8)) + 0x7f00, end: at + 3 };
}

/** The tables are in this order, each predefined, of one symbol, described, or that of the block before. */
function readTables(
  block: Uint8Array,
  at: number,
  before: SequenceTables | undefined,
): { tables: SequenceTables; end: number } {
  const modes = block[at];
  if (modes === undefined || (modes & 3) !== 0) throw notAFrame("a block has tables of no known kind");
  let end = at + 1;
  const read = (
    mode: number,
    predefined: FseTable,
    mostLog: number,
    mostSymbol: number,
    last: FseTable | undefined,
  ) => {
    if (mode === 0) return predefined;
    if (mode === 1) {
      const symbol = block[end++];
      if (symbol === undefined || symbol > mostSymbol) throw notAFrame("a code is none");
      return FseTable.single(symbol);
    }
    if (mode === 2) {
      const described = readFseTable(block, end, block.length, mostLog, mostSymbol);
      end = described.end;
      return described.table;
    }
    if (last === undefined) throw notAFrame("a block has the tables of one before that is not there");
    return last;
  };
  const { predefined: literalTable, mostLog: literalLog, bits: literalBits } = literalLengthCodes;
  const { predefined: matchTable, mostLog: matchLog, bits: matchBits } = matchLengthCodes;
  const tables = {
    literalLengths: read(modes >> 6, literalTable, literalLog, literalBits.length - 1, before?.literalLengths),
    offsets: read((modes >> 4) & 3, offsetTable, offsetMostLog, 31, before?.offsets),
    matchLengths: read((modes >> 2) & 3, matchTable, matchLog, matchBits.length - 1, before?.matchLengths),
  };
  return { tables, end };
}

class SequenceRun {
  readonly #bits: BackwardBits;
  readonly #tables: SequenceTables;
  readonly #repeated: [number, number, number];

  constructor(block: Uint8Array, at: number, tables: SequenceTables, repeated: [number, number, number]) {
    this.#bits = new BackwardBits(block, at, block.length);
    this.#tables = tables;
    this.#repeated = repeated;
  }

  /** Returns how many literals were taken. */
  run(count: number, literals: Uint8Array, output: Output, most: number): number {
    const bits = this.#bits;
    const { literalLengths, offsets, matchLengths } = this.#tables;
    let literalState = bits.read(literalLengths.log);
    let offsetState = bits.read(offsets.log);
    let matchState = bits.read(matchLengths.log);
    let taken = 0;
    for (let left = count; left > 0; left--) {
      const offset = this.#readOffset(offsets.symbol(offsetState));
      const matchLength = readLength(matchLengthCodes, matchLengths.symbol(matchState), bits);
      const literalLength = readLength(literalLengthCodes, literalLengths.symbol(literalState), bits);
      if (left > 1) {
        literalState = literalLengths.next(literalState, bits);
        matchState = matchLengths.next(matchState, bits);
        offsetState = offsets.next(offsetState, bits);
      }
      if (bits.left < 0) throw notAFrame("sequences are cut short");
      appendLiterals(literals, taken, literalLength, output, most);
      taken += literalLength;
      appendMatch(this.#distance(offset, literalLength), matchLength, output, most);
    }
    if (bits.left !== 0) throw notAFrame("something follows the sequences");
    return taken;
  }

  #readOffset(code: number): number {
    if (code > mostOffsetCode) throw notAFrame("a distance is too large");
    return (1 << code) + this.#bits.read(code);
  }

  /** 1 to 3 are the last distances, or their neighbours if no literals came in between (RFC 8878, 3.1.1.5). */
  #distance(offset: number, literalLength: number): number {
    const repeated = this.#repeated;
    const [first, second, third] = repeated;
    const which = offset > 3 ? 4 : offset - (literalLength === 0 ? 0 : 1);
    if (which === 0) return first;
    const distance = which === 4 ? offset - 3 : which === 1 ? second : which === 2 ? third : first - 1;
    if (which > 1) repeated[2] = second;
    repeated[1] = first;
    repeated[0] = distance;
    return distance;
  }
}

function readLength({ bases, bits: extra }: Codes, code: number, bits: BackwardBits): number {
  return (bases[code] as number) + bits.read(extra[code] as number);
}

/** From here on, the engine's own copy is quicker than a loop. */
const longCopyBytes = 32;

function appendLiterals(literals: Uint8Array, from: number, length: number, output: Output, most: number): void {
  const { bytes, at } = output;
  if (from + length > literals.length || at + length > most) throw notAFrame("a block gives more than it may");
  if (length < longCopyBytes) for (let i = 0; i < length; i++) bytes[at + i] = literals[from + i] as number;
  else bytes.set(literals.subarray(from, from + length), at);
  output.at = at + length;
}

function appendMatch(distance: number, length: number, output: Output, most: number): void {
  const { bytes, at } = output;
  const from = at - distance;
  if (distance < 1 || from < 0 || at + length > most) throw notAFrame("a match reaches too far");
  if (length < longCopyBytes || distance < length) {
    for (let i = 0; i < length; i++) bytes[at + i] = bytes[from + i] as number;
  } else bytes.copyWithin(at, from, from + length);
  output.at = at + length;
}

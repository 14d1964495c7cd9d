// How far a log was durable, and known to the index, at some time: what lies before it need not be looked at when the
// log is opened. It is no truth, and a mark that does not fit the files is as good as none.
//
//   value of a row = CBOR [version 1, log id, segment, offset, highest number of a segment that was given]

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import type { LogPlace } from "#glow";

/** What the rows of the log begin with in the index: 0x01 belongs to it. */
export const logRows = { blobs: 1, packs: 2, packMark: 3, logMark: 4 } as const;

export interface LogMark extends LogPlace {
  /** Of which log: see `SegmentHead`. */
  readonly logId: Uint8Array;
  /** The highest number that was given to a segment: rows may still lead into one that is lost. */
  readonly lastNumber: number;
}

export function logRowKey(row: keyof typeof logRows, rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const key = new Uint8Array(2 + rest.length);
  key[0] = 1;
  key[1] = logRows[row];
  key.set(rest, 2);
  return key;
}

export function encodeMark({ logId, segment, offset, lastNumber }: LogMark): Uint8Array {
  return encodeCbor([1, logId, segment, offset, lastNumber]);
}

/** Undefined if it makes no sense. */
export function decodeMark(value: Uint8Array | undefined): LogMark | undefined {
  try {
    if (value === undefined) return undefined;
    const fields = decodeCbor(value);
    if (!Array.isArray(fields)) return undefined;
    const [version, logId, segment, offset, lastNumber] = fields;
    if (version !== 1 || !(logId instanceof Uint8Array)) return undefined;
    if (!isCount(segment) || !isCount(offset) || !isCount(lastNumber)) return undefined;
    return { logId, segment, offset, lastNumber };
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

// How a segment begins: with what makes its records its own, and with where the segment before it ends. Whatever lies
// there behind that end was never acknowledged, for it is what a write or sync that failed may have left.
//
//   head = copy at 0 | zeros | copy at 4096 | zeros up to 8192      two, so that one bad sector does not cost a segment
//   copy = "glowseg1" (8) | type (1) | number (4) | log id (16) | secret (32)
//        | previous number (4) | previous end (8) | check (8)
//
// Type is 1 for batches and 2 for blobs; the log id is random, and the same in all segments of a log; previous number is 0
// if there was none; the check is the first 8 bytes of BLAKE3 of all before it. Numbers are big-endian.

import { equalBytes, utf8Encode } from "#base/bytes.ts";
import type { Crypto } from "#glow";
import { checksum } from "./record.ts";

export const segmentTypes = { log: 1, pack: 2 } as const;
export type SegmentType = keyof typeof segmentTypes;

export interface SegmentHead {
  readonly type: SegmentType;
  readonly number: number;
  /** 16 random bytes: tells whether an index belongs to these files. */
  readonly logId: Uint8Array;
  /** 32 random bytes: see `RecordCodec`. */
  readonly secret: Uint8Array;
  /** The segment before this one, and how long it is; 0 and 0 if there was none. */
  readonly previous: number;
  readonly previousEnd: number;
}

/** Where the first record begins. */
export const segmentHeadBytes = 8192;
export const segmentSecretBytes = 32;
export const logIdBytes = 16;

const magic = utf8Encode("glowseg1");
const copies = [0, 4096];
const logIdAt = 13;
const secretAt = logIdAt + logIdBytes;
const previousAt = secretAt + segmentSecretBytes;
const checkAt = previousAt + 12;
const copyBytes = checkAt + 8;

export function encodeSegmentHead(crypto: Crypto, head: SegmentHead): Uint8Array {
  const copy = new Uint8Array(copyBytes);
  const view = new DataView(copy.buffer);
  copy.set(magic);
  copy[8] = segmentTypes[head.type];
  view.setUint32(9, head.number);
  copy.set(head.logId, logIdAt);
  copy.set(head.secret, secretAt);
  view.setUint32(previousAt, head.previous);
  view.setBigUint64(previousAt + 4, BigInt(head.previousEnd));
  copy.set(checksum(crypto, copy.subarray(0, checkAt)), checkAt);
  const bytes = new Uint8Array(segmentHeadBytes);
  for (const at of copies) bytes.set(copy, at);
  return bytes;
}

/** Undefined if no copy is whole, or it is the head of another segment than this. */
export function decodeSegmentHead(
  crypto: Crypto,
  bytes: Uint8Array,
  type: SegmentType,
  number: number,
): SegmentHead | undefined {
  for (const at of copies) {
    const copy = bytes.slice(at, at + copyBytes);
    if (copy.length < copyBytes || !equalBytes(copy.subarray(0, magic.length), magic)) continue;
    if (!equalBytes(checksum(crypto, copy.subarray(0, checkAt)), copy.subarray(checkAt))) continue;
    const view = new DataView(copy.buffer);
    if (copy[8] !== segmentTypes[type] || view.getUint32(9) !== number) continue;
    return {
      type,
      number,
      logId: copy.subarray(logIdAt, secretAt),
      secret: copy.subarray(secretAt, previousAt),
      previous: view.getUint32(previousAt),
      previousEnd: Number(view.getBigUint64(previousAt + 4)),
    };
  }
  return undefined;
}

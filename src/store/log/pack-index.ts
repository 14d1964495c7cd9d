// Where blobs lie, and how much of each pack is alive, as rows of the index. One write carries the rows, the counts and
// the mark that stands for them, so that whatever part of the writes a crash leaves, it fits together.
//
//   01 01 | BlobId       segment (4) | offset (8) | stored bytes (4) | 1 if the medium has damaged it, else 0
//   01 02 | segment (4)  CBOR [end, live blobs, their stored bytes, bytes of records that name dead places]
//   01 03                the mark: see log-mark.ts

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import type { BlobId, Index, IndexChange, LogPlace } from "#glow";
import { decodeMark, encodeMark, type LogMark, logRowKey } from "./log-mark.ts";
import { recordHeadBytes } from "./record.ts";
import { segmentHeadBytes } from "./segment-head.ts";

export interface BlobRow extends LogPlace {
  readonly sizeBytes: number;
  /** The medium has damaged it: it counts as missing, and is known so that it is not taken for another one. */
  readonly damaged: boolean;
}

/** A blob's row as it becomes, and as it is in the index. */
export interface BlobChange {
  readonly id: BlobId;
  readonly row: BlobRow | undefined;
  readonly base: BlobRow | undefined;
}

export interface PackStats {
  readonly end: number;
  readonly liveBlobs: number;
  readonly liveBytes: number;
  /** Of records that are no blobs and still of use. */
  readonly keptBytes: number;
}

export interface PackCommit {
  readonly changes?: readonly BlobChange[];
  /** Where segments end now. */
  readonly ends?: ReadonlyMap<number, number>;
  /** What was added to `keptBytes`, by segment. */
  readonly kept?: ReadonlyMap<number, number>;
  /** Segments that are no more. */
  readonly removed?: readonly number[];
  readonly mark?: LogMark | undefined;
}

const rowBytes = 17;
/** Rows that are read at once. */
const readRows = 65_536;
/** Rows that are removed in one write. */
const clearedRows = 16_384;

export class PackIndex {
  readonly #index: Index;
  readonly #stats = new Map<number, PackStats>();
  #mark: LogMark | undefined;

  private constructor(index: Index) {
    this.#index = index;
  }

  static async open(index: Index): Promise<PackIndex> {
    const packs = new PackIndex(index);
    const [mark] = await index.read([logRowKey("packMark")]);
    packs.#mark = decodeMark(mark);
    const range = rangeOf("packs");
    for (let from = range.from; ; ) {
      const rows = await index.range(from, range.to, clearedRows);
      for (const [key, value] of rows) packs.#load(key, value);
      const last = rows.at(-1);
      if (last === undefined) return packs;
      from = successor(last[0]);
    }
  }

  get mark(): LogMark | undefined {
    return this.#mark;
  }

  /** By segment. */
  get stats(): ReadonlyMap<number, PackStats> {
    return this.#stats;
  }

  async read(ids: readonly BlobId[]): Promise<(BlobRow | undefined)[]> {
    const rows: (BlobRow | undefined)[] = [];
    for (let from = 0; from < ids.length; from += readRows) {
      const keys = ids.slice(from, from + readRows).map((id) => logRowKey("blobs", id));
      for (const value of await this.#index.read(keys)) rows.push(value && decodeRow(value));
    }
    return rows;
  }

  /** All blobs after the given one, in the order of their ids. */
  async range(after: BlobId | undefined, limit: number): Promise<{ readonly id: BlobId; readonly row: BlobRow }[]> {
    const { from, to } = rangeOf("blobs");
    const rows = await this.#index.range(after ? successor(logRowKey("blobs", after)) : from, to, limit);
    return rows.flatMap(([key, value]) => {
      const row = decodeRow(value);
      return row === undefined ? [] : [{ id: key.slice(2) as BlobId, row }];
    });
  }

  async commit({ changes = [], ends = new Map(), kept = new Map(), removed = [], mark }: PackCommit): Promise<void> {
    const stats = new Map<number, PackStats>();
    const change = (segment: number, with_: (stats: PackStats) => PackStats) => {
      stats.set(segment, with_(stats.get(segment) ?? this.#stats.get(segment) ?? emptyStats));
    };
    for (const [segment, end] of ends) change(segment, (of) => ({ ...of, end }));
    for (const [segment, bytes] of kept) change(segment, (of) => ({ ...of, keptBytes: of.keptBytes + bytes }));
    for (const { row, base } of changes) {
      if (isLive(base) && this.#stats.has(base.segment)) change(base.segment, (of) => counted(of, base, -1));
      if (isLive(row)) change(row.segment, (of) => counted(of, row, 1));
    }
    const writes: IndexChange[] = changes.map(({ id, row }) => ({
      key: logRowKey("blobs", id),
      value: row ? encodeRow(row) : null,
    }));
    for (const segment of removed) {
      stats.delete(segment);
      writes.push({ key: packKey(segment), value: null });
    }
    for (const [segment, of] of stats) writes.push({ key: packKey(segment), value: encodeStats(of) });
    if (mark !== undefined) writes.push({ key: logRowKey("packMark"), value: encodeMark(mark) });
    if (writes.length === 0) return;
    await this.#index.write(writes);
    for (const [segment, of] of stats) this.#stats.set(segment, of);
    for (const segment of removed) this.#stats.delete(segment);
    this.#mark = mark ?? this.#mark;
  }

  /** Forgets everything: the mark first, so that nothing is believed of what a crash leaves of the rest. */
  async clear(): Promise<void> {
    await this.#index.write([{ key: logRowKey("packMark"), value: null }]);
    for (const table of ["blobs", "packs"] as const) {
      const { from, to } = rangeOf(table);
      for (;;) {
        const rows = await this.#index.range(from, to, clearedRows);
        if (rows.length === 0) break;
        await this.#index.write(rows.map(([key]) => ({ key, value: null })));
      }
    }
    this.#stats.clear();
    this.#mark = undefined;
  }

  #load(key: Uint8Array, value: Uint8Array): void {
    const stats = decodeStats(value);
    if (key.length === 6 && stats !== undefined) this.#stats.set(new DataView(key.slice(2).buffer).getUint32(0), stats);
  }
}

/** What of a pack would be free if it were rewritten. */
export function deadBytesOf({ end, liveBlobs, liveBytes, keptBytes }: PackStats): number {
  return Math.max(0, end - segmentHeadBytes - liveBytes - liveBlobs * recordHeadBytes - keptBytes);
}

const emptyStats: PackStats = { end: segmentHeadBytes, liveBlobs: 0, liveBytes: 0, keptBytes: 0 };

function isLive(row: BlobRow | undefined): row is BlobRow {
  return row !== undefined && !row.damaged;
}

function counted(of: PackStats, { sizeBytes }: BlobRow, sign: 1 | -1): PackStats {
  return { ...of, liveBlobs: of.liveBlobs + sign, liveBytes: of.liveBytes + sign * sizeBytes };
}

function rangeOf(table: "blobs" | "packs"): { from: Uint8Array; to: Uint8Array } {
  const from = logRowKey(table);
  const to = from.slice();
  to[1] = (from[1] as number) + 1;
  return { from, to };
}

function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

function packKey(segment: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, segment);
  return logRowKey("packs", number);
}

function encodeRow({ segment, offset, sizeBytes, damaged }: BlobRow): Uint8Array {
  const bytes = new Uint8Array(rowBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, segment);
  view.setBigUint64(4, BigInt(offset));
  view.setUint32(12, sizeBytes);
  bytes[16] = damaged ? 1 : 0;
  return bytes;
}

function decodeRow(bytes: Uint8Array): BlobRow | undefined {
  if (bytes.length !== rowBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const place = { segment: view.getUint32(0), offset: Number(view.getBigUint64(4)) };
  return { ...place, sizeBytes: view.getUint32(12), damaged: bytes[16] !== 0 };
}

function encodeStats({ end, liveBlobs, liveBytes, keptBytes }: PackStats): Uint8Array {
  return encodeCbor([end, liveBlobs, liveBytes, keptBytes]);
}

function decodeStats(value: Uint8Array): PackStats | undefined {
  try {
    const fields = decodeCbor(value);
    if (!Array.isArray(fields) || !fields.every((field): field is number => typeof field === "number"))
      return undefined;
    const [end, liveBlobs, liveBytes, keptBytes] = fields;
    if (end === undefined || liveBlobs === undefined || liveBytes === undefined || keptBytes === undefined)
      return undefined;
    return { end, liveBlobs, liveBytes, keptBytes };
  } catch {
    return undefined;
  }
}

// Finds the records of a segment from one end to the other. Damage is told of and passed over: behind a head that is no
// head, the next marker is looked for whose head is whole.

import { logLimits } from "#base/limits.ts";
import { type LogRecord, type RecordCodec, type RecordHead, recordHeadBytes, recordMarker } from "./record.ts";

export interface ScannedRecord extends LogRecord {
  readonly offset: number;
  readonly endOffset: number;
  readonly durableEnd: number;
}

export interface SegmentRange {
  readonly codec: RecordCodec;
  /** As `DiskFile.read`, but with zeros for what cannot be read. */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>;
  readonly from: number;
  readonly to: number;
  damaged(offset: number, lengthBytes: number): void;
}

/** Runs of records, each at most about `logLimits.runBytes`; their bytes are views. */
export async function* scanSegment(range: SegmentRange): AsyncGenerator<readonly ScannedRecord[]> {
  const { from, to } = range;
  const window = new Window(range);
  let run: ScannedRecord[] = [];
  let intactEnd = from;
  for (let at = from; at + recordHeadBytes <= to; ) {
    if (!window.holds(at, recordHeadBytes)) {
      if (run.length > 0) yield run;
      run = [];
      await window.move(at, recordHeadBytes);
    }
    const head = window.head(at);
    const bodyAt = at + recordHeadBytes;
    if (head === undefined || bodyAt + head.bodyBytes > to) {
      at = await window.nextMarker(at + 1);
      continue;
    }
    if (!window.holds(at, recordHeadBytes + head.bodyBytes)) {
      if (run.length > 0) yield run;
      run = [];
      await window.move(at, recordHeadBytes + head.bodyBytes);
    }
    const body = window.bytes(bodyAt, head.bodyBytes);
    const endOffset = bodyAt + head.bodyBytes;
    if (range.codec.isIntact(head, body)) {
      if (intactEnd < at) range.damaged(intactEnd, at - intactEnd);
      const { kind, id, durableEnd } = head;
      run.push({ kind, id, body, offset: at, endOffset, durableEnd });
      intactEnd = endOffset;
    }
    at = endOffset;
  }
  if (intactEnd < to) range.damaged(intactEnd, to - intactEnd);
  if (run.length > 0) yield run;
}

/** The part of the range that is in memory. Never changed, only replaced: what was cut out of it may be kept. */
class Window {
  readonly #range: SegmentRange;
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;

  constructor(range: SegmentRange) {
    this.#range = range;
  }

  holds(at: number, lengthBytes: number): boolean {
    return at >= this.#base && at + lengthBytes <= this.#base + this.#bytes.length;
  }

  /** Makes it begin at `at`. What lies behind the end of the file, which should be longer, is zeros. */
  async move(at: number, leastBytes: number): Promise<void> {
    const lengthBytes = Math.min(Math.max(leastBytes, logLimits.runBytes), this.#range.to - at);
    const read = await this.#range.read(at, lengthBytes);
    this.#bytes = read.length < lengthBytes ? new Uint8Array(lengthBytes) : read;
    if (read.length < lengthBytes) this.#bytes.set(read);
    this.#base = at;
  }

  head(at: number): RecordHead | undefined {
    return this.#range.codec.head(this.#bytes, at - this.#base, at);
  }

  bytes(at: number, lengthBytes: number): Uint8Array {
    return this.#bytes.subarray(at - this.#base, at - this.#base + lengthBytes);
  }

  /** Where a marker may begin, at or after `at`; the end of the range if there is none. */
  async nextMarker(at: number): Promise<number> {
    const { to } = this.#range;
    const first = recordMarker[0] as number;
    for (let from = at; from + recordHeadBytes <= to; ) {
      if (!this.holds(from, recordHeadBytes)) await this.move(from, recordHeadBytes);
      const found = this.#bytes.indexOf(first, from - this.#base);
      if (found < 0) {
        from = this.#base + this.#bytes.length;
        continue;
      }
      const candidate = this.#base + found;
      if (candidate + recordHeadBytes > to || this.#mayBegin(found)) return candidate;
      from = candidate + 1;
    }
    return to;
  }

  /** A marker that reaches over the end of the window may be one. */
  #mayBegin(index: number): boolean {
    return recordMarker.every((byte, i) => index + i >= this.#bytes.length || this.#bytes[index + i] === byte);
  }
}

// The bytes of a stream on their way out: kept from when they are sent into it until they are acknowledged. Packets of
// the stream are small parts copied together, and large ones referred to as they are.

import type { FrameWriter } from "./frame-writer.ts";
import { RangeSet } from "./ranges.ts";

/** From this size on, a part is referred to instead of copied. */
const ownSegmentBytes = 4 * 1024;
const headerBytes = 4;
/** Memory for small parts: at first, and at most when there are many. */
const firstStagingBytes = 512;
const mostStagingBytes = 64 * 1024;
/** What a stream that has nothing under way may keep of it. */
const idleStagingBytes = 4 * 1024;
const sparedSegments = 64;

/** Bytes that lie together: those of `bytes` from `start` on, `length` of them, are the stream's from `offset` on. */
interface Segment {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  length: number;
}

export class OutgoingData {
  #segments: Segment[] = [];
  /** Those before are acknowledged. */
  #head = 0;
  /** Where to look first for the bytes that are sent next. */
  #cursor = 0;
  /** The last segment, if small parts still go into its memory. */
  #open: Segment | undefined;
  #staging: Uint8Array | undefined;
  #stagingAt = 0;
  #stagingBytes = firstStagingBytes / 2;
  #endOffset = 0;
  #sentOffset = 0;
  /** Offsets of what was acknowledged, and of what was lost and is to be sent again first. */
  readonly #acknowledged = new RangeSet();
  readonly #lost = new RangeSet();

  /** Where the bytes end so far. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Bytes that never left. */
  get unsentBytes(): number {
    return this.#endOffset - this.#sentOffset;
  }

  /** Bytes that have arrived, none missing before them. */
  get arrivedBytes(): number {
    return this.#acknowledged.count > 0 && this.#acknowledged.from(0) === 0 ? this.#acknowledged.to(0) : 0;
  }

  /** Memory in use, about. */
  get heldBytes(): number {
    let held = 0;
    for (let i = this.#head; i < this.#segments.length; i++) held += (this.#segments[i] as Segment).length;
    return held;
  }

  /** Adds a packet of `length` bytes in all. */
  add(parts: readonly Uint8Array[], length: number): void {
    const at = this.#stage(headerBytes);
    const staging = this.#staging as Uint8Array;
    staging[at] = length;
    staging[at + 1] = length >>> 8;
    staging[at + 2] = length >>> 16;
    staging[at + 3] = length >>> 24;
    for (const part of parts) {
      if (part.length >= ownSegmentBytes) this.#refer(part);
      else if (part.length > 0) {
        const to = this.#stage(part.length);
        (this.#staging as Uint8Array).set(part, to);
      }
    }
  }

  /** Where the next run of bytes to be sent begins: what was lost first. Undefined if there is none below `limit`. */
  nextOffset(limit: number): number | undefined {
    if (this.#lost.count > 0) return this.#lost.from(0);
    return this.#sentOffset < Math.min(this.#endOffset, limit) ? this.#sentOffset : undefined;
  }

  /** How long the run that begins at `offset`, as said by `nextOffset`, may be. */
  runBytes(offset: number, limit: number): number {
    return (this.#lost.count > 0 ? this.#lost.to(0) : Math.min(this.#endOffset, limit)) - offset;
  }

  /** Puts the first `length` bytes of that run into the packet: they are under way. */
  send(offset: number, length: number, writer: FrameWriter): void {
    const end = offset + length;
    let index = this.#indexAt(offset);
    for (let at = offset; at < end; index++) {
      const segment = this.#segments[index] as Segment;
      const skipped = at - segment.offset;
      const count = Math.min(segment.length - skipped, end - at);
      const start = segment.start + skipped;
      writer.add(segment.bytes.subarray(start, start + count));
      at += count;
    }
    this.#cursor = index - 1;
    if (offset < this.#sentOffset) this.#lost.remove(offset, end);
    else this.#sentOffset = end;
  }

  acknowledge(from: number, to: number): void {
    this.#acknowledged.add(from, to);
    if (this.#lost.count > 0) this.#lost.remove(from, to);
    const arrived = this.arrivedBytes;
    let head = this.#head;
    while (head < this.#segments.length && this.#endOf(head) <= arrived) head++;
    this.#head = head;
    if (head === this.#segments.length) this.#rest();
    else if (head > sparedSegments) this.#dropHead();
  }

  /** These bytes were under way and are lost; what of them arrived in another packet is not sent again. */
  lose(from: number, to: number): void {
    this.#lost.add(from, to);
    for (let i = 0; i < this.#acknowledged.count; i++) {
      if (this.#acknowledged.from(i) >= to) break;
      this.#lost.remove(this.#acknowledged.from(i), this.#acknowledged.to(i));
    }
  }

  /** Nothing of it is needed any more. */
  clear(): void {
    this.#segments = [];
    this.#head = 0;
    this.#cursor = 0;
    this.#open = undefined;
    this.#staging = undefined;
    this.#lost.clear();
    this.#sentOffset = this.#endOffset;
  }

  /** Memory for `sizeBytes` of the stream that follow those before. Returns where in the staging memory it begins. */
  #stage(sizeBytes: number): number {
    if (this.#staging === undefined || this.#stagingAt + sizeBytes > this.#staging.length) {
      this.#stagingBytes = Math.min(mostStagingBytes, Math.max(2 * this.#stagingBytes, ownSegmentBytes / 4));
      this.#staging = new Uint8Array(Math.max(this.#stagingBytes, sizeBytes));
      this.#stagingAt = 0;
      this.#open = undefined;
    }
    const at = this.#stagingAt;
    if (this.#open === undefined) {
      this.#open = { offset: this.#endOffset, bytes: this.#staging, start: at, length: 0 };
      this.#segments.push(this.#open);
    }
    this.#open.length += sizeBytes;
    this.#stagingAt += sizeBytes;
    this.#endOffset += sizeBytes;
    return at;
  }

  #refer(part: Uint8Array): void {
    this.#segments.push({ offset: this.#endOffset, bytes: part, start: 0, length: part.length });
    this.#endOffset += part.length;
    this.#open = undefined;
  }

  #endOf(index: number): number {
    const segment = this.#segments[index] as Segment;
    return segment.offset + segment.length;
  }

  #indexAt(offset: number): number {
    const segments = this.#segments;
    const near = segments[this.#cursor];
    if (near !== undefined && near.offset <= offset) {
      if (offset < near.offset + near.length) return this.#cursor;
      const next = segments[this.#cursor + 1];
      if (next !== undefined && offset < next.offset + next.length) return this.#cursor + 1;
    }
    let low = this.#head;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#endOf(middle) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #dropHead(): void {
    this.#segments = this.#segments.slice(this.#head);
    this.#cursor = Math.max(0, this.#cursor - this.#head);
    this.#head = 0;
  }

  /** Everything has arrived. */
  #rest(): void {
    this.#segments = [];
    this.#head = 0;
    this.#cursor = 0;
    this.#open = undefined;
    if (this.#staging === undefined || this.#staging.length <= idleStagingBytes) return;
    this.#staging = undefined;
    this.#stagingBytes = firstStagingBytes / 2;
  }
}

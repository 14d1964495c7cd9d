// The bytes of a stream on their way in: those that are next are handed on at once, as packets or pieces of them; those
// that came too early wait. Nothing is copied but what would keep much memory for the sake of a few bytes.

import { fireflyLimits, meshSessionLimits } from "#base/limits.ts";
import type { PacketSink } from "#base/packet.ts";
import { PacketReader } from "#base/packet-reader.ts";

const headerBytes = 4;
/** A piece that waits is copied if it is a view of memory this many times its size. */
const wastefulView = 4;

interface EarlyPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class IncomingData implements PacketSink {
  #reader: PacketReader | undefined;
  #sink: PacketSink | undefined;
  /** Up to here everything was handed on. */
  #offset = 0;
  #highestOffset = 0;
  /** Ascending, without overlaps, none before `#offset`. */
  #early: EarlyPiece[] = [];
  #earlyCostBytes = 0;
  /** Of the bytes handed on, up to here those of packets that have ended. */
  #finishedOffset = 0;
  #tooLongBytes: number | undefined;

  /** Up to here everything was handed on. */
  get offset(): number {
    return this.#offset;
  }

  /** The end of the last byte that has come. */
  get highestOffset(): number {
    return this.#highestOffset;
  }

  /** What has come too early, as it counts. */
  get earlyCostBytes(): number {
    return this.#earlyCostBytes;
  }

  /** Bytes of a packet that is being put together. */
  get unfinishedBytes(): number {
    return this.#sink === undefined || this.#sink.piece !== undefined ? 0 : this.#offset - this.#finishedOffset;
  }

  /** The announced length of a packet above the limit: nothing that follows makes sense. */
  get tooLongBytes(): number | undefined {
    return this.#tooLongBytes;
  }

  /** How much of an unfinished packet has come, in words; undefined between packets. */
  partial(): string | undefined {
    return this.#reader?.partial();
  }

  /** Packets are handed on from now on. What has come already waits for `deliver`. */
  attach(sink: PacketSink): void {
    this.#sink = sink;
    this.#reader = new PacketReader(fireflyLimits.packetBytes, sink.piece === undefined ? this : sink);
  }

  /**
   * Takes bytes that have come, in pieces, the first of them at `offset`. What came before is passed over. False if
   * they would have to wait and there is no room for that.
   */
  add(offset: number, pieces: readonly Uint8Array[], windowBytes: number): boolean {
    let at = offset;
    for (const bytes of pieces) {
      const end = at + bytes.length;
      if (end > this.#highestOffset) this.#highestOffset = end;
      if (end > this.#offset) {
        if (at <= this.#offset && this.#reader !== undefined) this.#read(bytes, this.#offset - at);
        else if (!this.#keep(at, bytes, windowBytes)) return false;
      }
      at = end;
    }
    if (this.#early.length > 0) this.deliver();
    return true;
  }

  /** Hands on what has waited and is next. */
  deliver(): void {
    if (this.#reader === undefined) return;
    let taken = 0;
    while (taken < this.#early.length) {
      const { offset, bytes } = this.#early[taken] as EarlyPiece;
      if (offset > this.#offset) break;
      taken++;
      this.#earlyCostBytes -= bytes.length + meshSessionLimits.pieceCostBytes;
      if (offset + bytes.length > this.#offset) this.#read(bytes, this.#offset - offset);
    }
    // The receiver may have stopped it: then nothing waits any more.
    if (taken > 0) this.#early.splice(0, taken);
  }

  /** Nothing more is handed on. */
  stop(): void {
    this.#reader?.stop();
    this.#early = [];
    this.#earlyCostBytes = 0;
    this.#finishedOffset = this.#offset;
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    this.#finishedOffset += headerBytes + end - start;
    this.#sink?.packet(bytes, start, end);
  }

  #read(bytes: Uint8Array, start: number): void {
    this.#offset += bytes.length - start;
    this.#tooLongBytes ??= this.#reader?.read(bytes, start, bytes.length);
  }

  /** Keeps what is new of these bytes. */
  #keep(offset: number, bytes: Uint8Array, windowBytes: number): boolean {
    const end = offset + bytes.length;
    let from = Math.max(offset, this.#offset);
    let index = this.#firstEndingAfter(from);
    while (from < end) {
      const next = this.#early[index];
      if (next !== undefined && next.offset <= from) {
        from = next.offset + next.bytes.length;
        index++;
        continue;
      }
      const to = next === undefined ? end : Math.min(end, next.offset);
      const costBytes = to - from + meshSessionLimits.pieceCostBytes;
      if (this.#earlyCostBytes + costBytes > 2 * windowBytes) return false;
      this.#earlyCostBytes += costBytes;
      this.#early.splice(index++, 0, { offset: from, bytes: sparing(bytes.subarray(from - offset, to - offset)) });
      from = to;
    }
    return true;
  }

  #firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.#early.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = this.#early[middle] as EarlyPiece;
      if (piece.offset + piece.bytes.length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function sparing(bytes: Uint8Array): Uint8Array {
  return bytes.length * wastefulView < bytes.buffer.byteLength ? bytes.slice() : bytes;
}

// What one side has sent and the other has not acknowledged, and behind it what waits to be sent: segments by their
// number, ready to be handed to a connection again without being packed a second time.

import { assert } from "#base/errors.ts";
import { resumableLimits } from "#base/limits.ts";
import { messageType } from "./message.ts";

const { segmentBytes, segmentCostBytes } = resumableLimits;

/** Up to this size a packet is copied behind its type byte: one piece of memory costs less than a list of views. */
const copyBytes = 4 * 1024;
/** Memory for such copies is taken in pieces that grow from the first to the second size while packets come. */
const firstSlabBytes = 1024;
const largestSlabBytes = 64 * 1024;
const noSlab = new Uint8Array(0);

const fewestSlots = 16;
const mostIdleSlots = 1024;

/** Shared by all segments that are not copied: pipes join or write parts, and nobody writes to them. */
const partType = Uint8Array.of(messageType.part);
const packetType = Uint8Array.of(messageType.packet);

/** What a segment counts against windows and queues. */
export function segmentCost(payloadBytes: number): number {
  return payloadBytes + segmentCostBytes;
}

export class SegmentRing {
  /** By number modulo their count, which is a power of two. */
  #segments = emptySlots(fewestSlots);
  #payloads = new Uint32Array(fewestSlots);
  /** Numbers: the first that is not acknowledged, the next to send, the one after the last. */
  #first = 0;
  #next = 0;
  #end = 0;
  /** The one after the last that was ever sent: `next` falls behind it when a connection is lost. */
  #reached = 0;
  #heldBytes = 0;
  #inFlightBytes = 0;
  #unsentBytes = 0;
  #resentBytes = 0;
  #slab = noSlab;
  #slabAt = 0;

  /** What all segments cost. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Payload of segments that no connection has taken since the last `resumeAt`. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  get hasUnsent(): boolean {
    return this.#next < this.#end;
  }

  get isEmpty(): boolean {
    return this.#first === this.#end;
  }

  /** How many segments the other side has acknowledged. */
  get acknowledged(): number {
    return this.#first;
  }

  /** Payload that was taken more than once. */
  get resentBytes(): number {
    return this.#resentBytes;
  }

  /** Adds a packet of `sizeBytes`, in as many segments as it takes. */
  push(parts: readonly Uint8Array[], sizeBytes: number): void {
    if (sizeBytes <= copyBytes) {
      this.#add([this.#copied(parts, sizeBytes)], sizeBytes);
    } else if (sizeBytes <= segmentBytes) {
      this.#add([packetType, ...parts], sizeBytes);
    } else {
      const pieces = cut(parts);
      const last = pieces.pop() as Uint8Array[];
      for (const piece of pieces) this.#add([partType, ...piece], segmentBytes);
      this.#add([packetType, ...last], sizeBytes - pieces.length * segmentBytes);
    }
  }

  pushEnd(): void {
    this.#add([Uint8Array.of(messageType.end)], 0);
  }

  /** Whether the next segment fits the window. One always fits an empty one. */
  fits(windowBytes: number): boolean {
    if (this.#next === this.#end) return false;
    const cost = segmentCost(this.#payloads[this.#slot(this.#next)] as number);
    return this.#inFlightBytes === 0 || this.#inFlightBytes + cost <= windowBytes;
  }

  /** The next segment to send, which is kept until it is acknowledged. */
  take(): readonly Uint8Array[] {
    assert(this.#next < this.#end, "there is a segment to take");
    const slot = this.#slot(this.#next);
    const payload = this.#payloads[slot] as number;
    if (this.#next < this.#reached) this.#resentBytes += payload;
    else this.#reached = this.#next + 1;
    this.#next++;
    this.#unsentBytes -= payload;
    this.#inFlightBytes += segmentCost(payload);
    return this.#segments[slot] as readonly Uint8Array[];
  }

  /** Lets go of the segments before `count`; false if the other side can't have received so many. */
  acknowledge(count: number): boolean {
    if (!this.canResumeAt(count)) return false;
    for (; this.#first < count; this.#first++) {
      const slot = this.#slot(this.#first);
      const cost = segmentCost(this.#payloads[slot] as number);
      this.#segments[slot] = undefined;
      this.#heldBytes -= cost;
      this.#inFlightBytes -= cost;
    }
    if (this.isEmpty) this.#shrink();
    return true;
  }

  /** Whether the other side can have received `count` segments. */
  canResumeAt(count: number): boolean {
    return count >= this.#first && count <= this.#next;
  }

  /** A new connection begins, to a side that has received `count` segments: the next to take is that number. */
  resumeAt(count: number): void {
    assert(this.acknowledge(count), "a pipe is resumed at a segment that was sent and is held");
    this.#next = count;
    this.#inFlightBytes = 0;
    this.#unsentBytes = this.#heldBytes - (this.#end - count) * segmentCostBytes;
  }

  clear(): void {
    this.#first = this.#end;
    this.#next = this.#end;
    this.#heldBytes = 0;
    this.#inFlightBytes = 0;
    this.#unsentBytes = 0;
    this.#segments = emptySlots(fewestSlots);
    this.#payloads = new Uint32Array(fewestSlots);
    this.#slab = noSlab;
    this.#slabAt = 0;
  }

  #slot(number: number): number {
    // Also right for numbers above 2^32, of which `&` takes the low bits.
    return number & (this.#segments.length - 1);
  }

  #add(segment: readonly Uint8Array[], payloadBytes: number): void {
    if (this.#end - this.#first === this.#segments.length) this.#grow();
    const slot = this.#slot(this.#end++);
    this.#segments[slot] = segment;
    this.#payloads[slot] = payloadBytes;
    this.#heldBytes += segmentCost(payloadBytes);
    this.#unsentBytes += payloadBytes;
  }

  #grow(): void {
    const segments = this.#segments;
    const payloads = this.#payloads;
    const mask = segments.length - 1;
    this.#segments = emptySlots(segments.length * 2);
    this.#payloads = new Uint32Array(segments.length * 2);
    for (let number = this.#first; number < this.#end; number++) {
      this.#segments[this.#slot(number)] = segments[number & mask];
      this.#payloads[this.#slot(number)] = payloads[number & mask] as number;
    }
  }

  /** An idle pipe keeps little, whatever it once held. */
  #shrink(): void {
    this.#slab = noSlab;
    this.#slabAt = 0;
    if (this.#segments.length <= mostIdleSlots) return;
    this.#segments = emptySlots(fewestSlots);
    this.#payloads = new Uint32Array(fewestSlots);
  }

  #copied(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
    const length = 1 + sizeBytes;
    if (length > this.#slab.length - this.#slabAt) {
      const wanted = Math.min(Math.max(firstSlabBytes, 2 * this.#slab.length), largestSlabBytes);
      this.#slab = new Uint8Array(Math.max(wanted, length));
      this.#slabAt = 0;
    }
    const from = this.#slabAt;
    this.#slabAt += length;
    this.#slab[from] = messageType.packet;
    let at = from + 1;
    for (const part of parts) {
      this.#slab.set(part, at);
      at += part.length;
    }
    return this.#slab.subarray(from, at);
  }
}

function emptySlots(count: number): (readonly Uint8Array[] | undefined)[] {
  return Array.from({ length: count });
}

/** Cuts a packet that is longer than a segment; all pieces but the last are full, and the last is not empty. */
function cut(parts: readonly Uint8Array[]): Uint8Array[][] {
  const pieces: Uint8Array[][] = [];
  let piece: Uint8Array[] = [];
  let room: number = segmentBytes;
  for (const part of parts) {
    let at = 0;
    while (part.length - at > room) {
      if (room > 0) piece.push(part.subarray(at, at + room));
      at += room;
      pieces.push(piece);
      piece = [];
      room = segmentBytes;
    }
    if (at < part.length) piece.push(at === 0 ? part : part.subarray(at));
    room -= part.length - at;
  }
  pieces.push(piece);
  return pieces;
}

// Packs values into a packet under construction. Small values go into a slab that is never written twice, so what
// was sent can be given away without a copy; byte strings of 4 KiB and more are not copied at all, but become parts
// of their own between two pieces of the slab.
//
//   u8, i8, boolean    1 byte                        u16, u32     LEB128 varint, at most 5 bytes
//   i16, i32           zigzag, then varint           u64, i64     (zigzag, then) varint, at most 10 bytes
//   f32, f64           little-endian IEEE 754        string       varint length, UTF-8
//   bytes              varint length, bytes          bigint       varint (2 * length + sign), magnitude, big-endian
//   Date               f64, ms since 1970            unknown      varint length, deterministic CBOR

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { CapabilityCodec, StreamCodec } from "./interface.ts";

const slabBytes = 64 * 1024;
/** From this size on a byte string becomes a part of its own: below, a copy is cheaper than one more part. */
const uncopiedBytes = 4096;

const encoder = new TextEncoder();
const two32 = 0x1_0000_0000n;

/** Where the writer leaves capabilities and streams it meets: each becomes an index into the frame's table. */
export interface CapabilitySink {
  /** Lists a capability under its interface, and returns its index. */
  capability(codec: CapabilityCodec, value: object): number;
  /** Lists an outgoing stream, and returns its index. */
  stream(codec: StreamCodec, source: Iterable<unknown> | AsyncIterable<unknown>): number;
}

/** A place in the writer to go back to. */
export interface WriterMark {
  parts: number;
  at: number;
  start: number;
  slab: Uint8Array;
  length: number;
}

export class Writer {
  /** The slab; bytes from `start` to `at` are written and not yet a part. */
  bytes: Uint8Array = new Uint8Array(slabBytes);
  at = 0;
  /** Takes capabilities and streams; absent where a value must hold none. */
  sink: CapabilitySink | undefined;
  #start = 0;
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #view: DataView = new DataView(this.bytes.buffer);
  #depth = 0;

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#partsBytes + this.at - this.#start;
  }

  /** Makes room for `count` bytes at `at`. A caller may then write to `bytes` itself. */
  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.#newSlab(count);
  }

  #newSlab(count: number): void {
    this.#cut();
    this.bytes = new Uint8Array(Math.max(slabBytes, count));
    this.#view = new DataView(this.bytes.buffer);
    this.at = 0;
    this.#start = 0;
  }

  /** Ends the piece of slab under way; what follows goes into a new part. */
  #cut(): void {
    if (this.at === this.#start) return;
    this.#parts.push(this.bytes.subarray(this.#start, this.at));
    this.#partsBytes += this.at - this.#start;
    this.#start = this.at;
  }

  /** All that was written, as parts that are given away; the writer goes on behind them. */
  take(): Uint8Array[] {
    this.#cut();
    const parts = this.#parts;
    this.#parts = [];
    this.#partsBytes = 0;
    return parts;
  }

  /** Where it is now: a new mark, or `into`, moved. */
  mark(into?: WriterMark): WriterMark {
    if (into === undefined) {
      return { parts: this.#parts.length, at: this.at, start: this.#start, slab: this.bytes, length: this.length };
    }
    into.parts = this.#parts.length;
    into.at = this.at;
    into.start = this.#start;
    into.slab = this.bytes;
    into.length = this.length;
    return into;
  }

  /** Takes back all that was written since the mark. */
  rewind(mark: WriterMark): void {
    this.#parts.length = mark.parts;
    this.bytes = mark.slab;
    this.#view = new DataView(this.bytes.buffer);
    this.at = mark.at;
    this.#start = mark.start;
    this.#partsBytes = mark.length - (mark.at - mark.start);
    this.#depth = 0;
  }

  /** Called by codecs of recursive types around each level; `invalid` when a value nests too deep. */
  enter(): void {
    if (++this.#depth > fireflyLimits.depth) {
      throw new GlowError("invalid", "value.encode", {
        message: `the value nests deeper than ${fireflyLimits.depth} levels; flatten it, or refer to its parts by id`,
      });
    }
  }

  leave(): void {
    this.#depth--;
  }

  boolean(value: boolean): void {
    if (typeof value !== "boolean") throw mismatch("boolean", value);
    this.reserve(1);
    this.bytes[this.at++] = value ? 1 : 0;
  }

  u8(value: number): void {
    if (typeof value !== "number" || (value & 0xff) !== value) throw mismatch("u8", value);
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  i8(value: number): void {
    if (typeof value !== "number" || (value << 24) >> 24 !== value) throw mismatch("i8", value);
    this.reserve(1);
    this.bytes[this.at++] = value & 0xff;
  }

  u16(value: number): void {
    if (typeof value !== "number" || (value & 0xffff) !== value) throw mismatch("u16", value);
    this.varint(value);
  }

  i16(value: number): void {
    if (typeof value !== "number" || (value << 16) >> 16 !== value) throw mismatch("i16", value);
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  u32(value: number): void {
    if (typeof value !== "number" || value >>> 0 !== value) throw mismatch("u32", value);
    this.varint(value);
  }

  i32(value: number): void {
    if (typeof value !== "number" || (value | 0) !== value) throw mismatch("i32", value);
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** An unsigned number below 2^32, unchecked: for counts, ids and lengths that are known to fit. */
  varint(value: number): void {
    if (this.at + 5 > this.bytes.length) this.#newSlab(5);
    const bytes = this.bytes;
    let at = this.at;
    let rest = value;
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.at = at;
  }

  u64(value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) throw mismatch("u64", value);
    this.#varint64(value);
  }

  i64(value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw mismatch("i64", value);
    this.#varint64(value < 0n ? (-value << 1n) - 1n : value << 1n);
  }

  #varint64(value: bigint): void {
    if (value < two32) {
      this.varint(Number(value));
      return;
    }
    this.reserve(10);
    let rest = value;
    while (rest > 127n) {
      this.bytes[this.at++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.bytes[this.at++] = Number(rest);
  }

  f32(value: number): void {
    if (typeof value !== "number") throw mismatch("f32", value);
    this.reserve(4);
    this.#view.setFloat32(this.at, value, true);
    this.at += 4;
  }

  f64(value: number): void {
    if (typeof value !== "number") throw mismatch("f64", value);
    this.reserve(8);
    this.#view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  string(value: string): void {
    if (typeof value !== "string") throw mismatch("string", value);
    const length = value.length;
    if (length < 64) {
      this.reserve(length + 1);
      const bytes = this.bytes;
      const from = this.at + 1;
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 127) break;
        bytes[from + i] = code;
      }
      if (i === length) {
        bytes[this.at] = length;
        this.at = from + length;
        return;
      }
    }
    this.#unicode(value);
  }

  #unicode(value: string): void {
    if (!value.isWellFormed()) {
      throw new GlowError("invalid", "value.encode", {
        message: "a string holds half of a surrogate pair, which UTF-8 cannot express; use toWellFormed()",
      });
    }
    // Longest first: three bytes for each UTF-16 unit. Long strings are encoded aside, for their exact length.
    if (value.length * 3 > slabBytes / 4) {
      this.bytesOf(encoder.encode(value));
      return;
    }
    this.reserve(value.length * 3 + 3);
    const prefix = value.length * 3 < 128 ? 1 : value.length * 3 < 16_384 ? 2 : 3;
    const { written } = encoder.encodeInto(value, this.bytes.subarray(this.at + prefix));
    // The length may need fewer bytes than were left for it: then the text moves down.
    const needed = written < 128 ? 1 : written < 16_384 ? 2 : 3;
    if (needed !== prefix) this.bytes.copyWithin(this.at + needed, this.at + prefix, this.at + prefix + written);
    this.varint(written);
    this.at += written;
  }

  /** A byte string with its length in front. */
  bytesOf(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw mismatch("Uint8Array", value);
    if (value.length > fireflyLimits.payloadBytes) throw tooLarge(value.length);
    this.varint(value.length);
    this.raw(value);
  }

  /** Bytes as they are. From 4 KiB on they are given away, not copied. */
  raw(value: Uint8Array): void {
    if (value.length >= uncopiedBytes) {
      this.#cut();
      this.#parts.push(value);
      this.#partsBytes += value.length;
      return;
    }
    this.reserve(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  bigint(value: bigint): void {
    if (typeof value !== "bigint") throw mismatch("bigint", value);
    const negative = value < 0n;
    const hex = (negative ? -value : value).toString(16);
    const magnitude = value === 0n ? new Uint8Array(0) : Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
    if (magnitude.length > fireflyLimits.payloadBytes) throw tooLarge(magnitude.length);
    this.varint(magnitude.length * 2 + (negative ? 1 : 0));
    this.raw(magnitude);
  }

  date(value: Date): void {
    if (!(value instanceof Date)) throw mismatch("Date", value);
    this.f64(value.getTime());
  }

  capability(codec: CapabilityCodec, value: object): void {
    if (value === null || (typeof value !== "object" && typeof value !== "function")) throw mismatch(codec.name, value);
    if (this.sink === undefined) throw mismatch("a value without capabilities", value);
    this.varint(this.sink.capability(codec, value));
  }

  stream(codec: StreamCodec, source: Iterable<unknown> | AsyncIterable<unknown>): void {
    if (
      source === null ||
      typeof source !== "object" ||
      !(Symbol.iterator in source || Symbol.asyncIterator in source)
    ) {
      throw mismatch("a stream (something iterable)", source);
    }
    if (this.sink === undefined) throw mismatch("a value without streams", source);
    this.varint(this.sink.stream(codec, source));
  }

  /** Leaves three bytes for a length that is not known yet; returns what `endLength` needs. */
  beginLength(): LengthMark {
    this.reserve(3);
    const mark = { slab: this.bytes, at: this.at, lengthBefore: this.length };
    this.at += 3;
    return mark;
  }

  /** Fills in the length (u24, little-endian) of what was written since `beginLength`; `too-large` above the limit. */
  endLength(mark: LengthMark): number {
    const length = this.length - mark.lengthBefore - 3;
    if (length > fireflyLimits.payloadBytes) throw tooLarge(length);
    const { slab, at } = mark;
    slab[at] = length & 0xff;
    slab[at + 1] = (length >>> 8) & 0xff;
    slab[at + 2] = length >>> 16;
    return length;
  }
}

export interface LengthMark {
  readonly slab: Uint8Array;
  readonly at: number;
  readonly lengthBefore: number;
}

/** The error for a value that is not what the schema says. */
export function mismatch(expected: string, value: unknown): GlowError {
  return new GlowError("invalid", "value.encode", { message: `expected ${expected}, got ${shown(value)}` });
}

function shown(value: unknown): string {
  switch (typeof value) {
    case "object":
      return value === null ? "null" : "an object";
    case "string":
    case "number":
    case "boolean":
    case "bigint":
      return `${typeof value} ${String(value).slice(0, 40)}`;
    default:
      return typeof value;
  }
}

function tooLarge(length: number): GlowError {
  return new GlowError("too-large", "value.encode", {
    message: `${length} bytes are more than one payload holds (${fireflyLimits.payloadBytes}); send them as a stream`,
  });
}

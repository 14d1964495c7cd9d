// Unpacks values from a packet; the layouts are in writer.ts. The bytes come from outside, so every read is checked
// against the end of its payload, and nothing is allocated that the bytes at hand could not fill. Whatever the
// bytes, a read returns a value of its type or throws a GlowError `invalid`.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { CapabilityCodec, StreamCodec } from "./interface.ts";

/** Below this size a byte string is copied, so that keeping a small value does not keep a large packet alive. */
const viewBytes = 4096;
/** A view may keep alive this many times what it shows; a packet of sixteen values of 64 KiB is still not copied. */
const wasteFactor = 20;
/** Up to this length ASCII text is put together in JavaScript, which is faster than a call of the decoder. */
const shortText = 20;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Where the reader gets capabilities and streams from, by their index in the frame's table. */
export interface CapabilitySource {
  capability(codec: CapabilityCodec, index: number): object;
  stream(codec: StreamCodec, index: number): object;
}

export class Reader {
  bytes: Uint8Array;
  at: number;
  /** Where the payload under way ends; never past the end of `bytes`. */
  end: number;
  source: CapabilitySource | undefined;
  #view: DataView | undefined;
  #depth = 0;
  #elements = 0;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Goes on with other bytes: a reader is made once and used for every packet. */
  reset(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.#view = undefined;
    this.#depth = 0;
    this.#elements = 0;
  }

  /** Goes on at another place of the same bytes. */
  resume(at: number, end: number): void {
    this.at = at;
    this.end = end;
    this.#depth = 0;
    this.#elements = 0;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** `invalid` unless all bytes were read. */
  finish(): void {
    if (this.at !== this.end) throw malformed(`${this.end - this.at} bytes too many`);
  }

  enter(): void {
    if (++this.#depth > fireflyLimits.depth) throw malformed(`nested deeper than ${fireflyLimits.depth} levels`);
  }

  leave(): void {
    this.#depth--;
  }

  boolean(): boolean {
    const byte = this.u8();
    if (byte > 1) throw malformed(`boolean ${byte}`);
    return byte === 1;
  }

  u8(): number {
    if (this.at >= this.end) throw malformed("the bytes end too early");
    return this.bytes[this.at++] as number;
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    const value = this.u32();
    if (value > 0xffff) throw malformed(`u16 ${value}`);
    return value;
  }

  i16(): number {
    const value = this.i32();
    if ((value << 16) >> 16 !== value) throw malformed(`i16 ${value}`);
    return value;
  }

  i32(): number {
    const value = this.u32();
    return (value >>> 1) ^ -(value & 1);
  }

  u32(): number {
    const bytes = this.bytes;
    const end = this.end;
    let at = this.at;
    if (at >= end) throw malformed("the bytes end too early");
    let byte = bytes[at++] as number;
    if (byte < 128) {
      this.at = at;
      return byte;
    }
    let value = byte & 127;
    let shift = 7;
    do {
      if (at >= end) throw malformed("the bytes end too early");
      byte = bytes[at++] as number;
      if (shift === 28 && byte > 15) throw malformed("a number does not fit into 32 bits");
      value |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    this.at = at;
    return value >>> 0;
  }

  u64(): bigint {
    // Up to four groups fit a small integer; only longer numbers pay for bigint arithmetic.
    let low = 0;
    let shift = 0;
    for (; shift < 28; shift += 7) {
      const byte = this.u8();
      low |= (byte & 127) << shift;
      if (byte < 128) return BigInt(low);
    }
    let value = BigInt(low);
    for (let wide = 28n; ; wide += 7n) {
      const byte = this.u8();
      if (wide === 63n && byte > 1) throw malformed("a number does not fit into 64 bits");
      value |= BigInt(byte & 127) << wide;
      if (byte < 128) return value;
    }
  }

  i64(): bigint {
    const value = this.u64();
    return (value >> 1n) ^ -(value & 1n);
  }

  f32(): number {
    return this.#data(4).getFloat32(this.at - 4, true);
  }

  f64(): number {
    return this.#data(8).getFloat64(this.at - 8, true);
  }

  /** Moves on by `count` and returns a view in which the bytes end at `at`. */
  #data(count: number): DataView {
    this.#take(count);
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#view;
  }

  /** Moves on by `count`; returns where they begin. */
  #take(count: number): number {
    const from = this.at;
    if (count > this.end - from) throw malformed("the bytes end too early");
    this.at = from + count;
    return from;
  }

  string(): string {
    const length = this.u32();
    const from = this.#take(length);
    if (length <= shortText) {
      let text = "";
      const bytes = this.bytes;
      let i = from;
      for (; i < this.at; i++) {
        const code = bytes[i] as number;
        if (code > 127) break;
        text += String.fromCharCode(code);
      }
      if (i === this.at) return text;
    }
    try {
      return decoder.decode(this.bytes.subarray(from, this.at));
    } catch (cause) {
      throw malformed("a string is not UTF-8", cause);
    }
  }

  /** A byte string with its length in front; a view into the packet from 4 KiB on. */
  bytesOf(): Uint8Array {
    return this.raw(this.u32());
  }

  raw(length: number): Uint8Array {
    const from = this.#take(length);
    return kept(this.bytes, from, this.at);
  }

  bigint(): bigint {
    const lengthAndSign = this.u32();
    const length = lengthAndSign >>> 1;
    const from = this.#take(length);
    if (length === 0) {
      if (lengthAndSign !== 0) throw malformed("negative zero");
      return 0n;
    }
    if (this.bytes[from] === 0) throw malformed("a bigint with a leading zero");
    const magnitude = BigInt(`0x${this.bytes.subarray(from, this.at).toHex()}`);
    return (lengthAndSign & 1) === 1 ? -magnitude : magnitude;
  }

  date(): Date {
    const milliseconds = this.f64();
    const date = new Date(milliseconds);
    if (date.getTime() !== milliseconds && !Number.isNaN(milliseconds)) throw malformed(`Date ${milliseconds}`);
    return date;
  }

  /** How many elements follow. Every element takes a byte at least, so a count above the bytes left is a lie. */
  count(): number {
    const count = this.u32();
    if (count > this.end - this.at) throw malformed(`${count} elements in ${this.end - this.at} bytes`);
    this.#elements += count;
    if (this.#elements > fireflyLimits.elementsPerPayload)
      throw malformed(`more than ${fireflyLimits.elementsPerPayload} elements`);
    return count;
  }

  capability(codec: CapabilityCodec): object {
    const index = this.u32();
    if (this.source === undefined) throw malformed("a capability where none can be");
    return this.source.capability(codec, index);
  }

  stream(codec: StreamCodec): object {
    const index = this.u32();
    if (this.source === undefined) throw malformed("a stream where none can be");
    return this.source.stream(codec, index);
  }

  /** Skips a payload with its length (u24) in front and returns where it begins; it ends at `at`. */
  payload(): number {
    const at = this.#take(3);
    const bytes = this.bytes;
    const length = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    return this.#take(length);
  }
}

/** Bytes that will be kept: a view, or a copy where a view would keep alive far more than it shows. */
export function kept(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const length = to - from;
  const copying = length < viewBytes || length * wasteFactor < bytes.buffer.byteLength;
  return copying ? bytes.slice(from, to) : bytes.subarray(from, to);
}

/** The error for bytes that no value of the schema packs to. */
export function malformed(what: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "value.decode", { message: `malformed payload: ${what}`, cause });
}

// Reads deterministic CBOR from bytes that may be hostile; the format is described in cbor.ts.

import { compareBytes, utf8Decode } from "./bytes.ts";
import { argument, type CborValue, floatBytes, major, nanBits16, simple } from "./cbor-format.ts";
import { GlowError } from "./errors.ts";
import { cborLimits } from "./limits.ts";

/**
 * The value whose encoding is exactly these bytes. `invalid` if they are not the deterministic encoding of one value,
 * `too-large` past `cborLimits`. Time and memory follow the bytes that are there, not what these announce.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  if (bytes.length > cborLimits.bytes) {
    throw new GlowError("too-large", "cbor.decode", { message: `longer than ${cborLimits.bytes} bytes` });
  }
  return new Decoder(bytes).decode();
}

const two32 = 2 ** 32;
/** Up to this length an ASCII text is read without calling the UTF-8 decoder, which costs more than the loop. */
const shortText = 23;

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #items = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    // Never a subclass: the `slice` of Node's Buffer makes views.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  decode(): CborValue {
    const value = this.#item();
    if (this.#at < this.#bytes.length) throw this.#invalid(this.#at, "bytes follow the value");
    return value;
  }

  #item(): CborValue {
    if (++this.#items > cborLimits.items) throw tooLarge(`more than ${cborLimits.items} items`);
    const at = this.#at;
    const initial = this.#view.getUint8(this.#take(1));
    const type = initial >> 5;
    const info = initial & 31;
    switch (type) {
      case major.unsigned:
        return this.#argument(at, info);
      case major.negative:
        return minusOneMinus(this.#argument(at, info));
      case major.bytes:
        return this.#string(at, info).slice();
      case major.text:
        return this.#text(at, info);
      case major.array:
        return this.#array(at, info);
      case major.map:
        return this.#map(at, info);
      case major.other:
        return this.#other(at, info);
      default:
        throw this.#invalid(at, "tags are not allowed");
    }
  }

  /** The argument of the head that began at `at`; a bigint if it is above 2^53 - 1. */
  #argument(at: number, info: number): number | bigint {
    if (info < argument.bytes1) return info;
    let value: number | bigint;
    let least: number;
    if (info === argument.bytes1) {
      value = this.#view.getUint8(this.#take(1));
      least = 24;
    } else if (info === argument.bytes2) {
      value = this.#view.getUint16(this.#take(2));
      least = 0x100;
    } else if (info === argument.bytes4) {
      value = this.#view.getUint32(this.#take(4));
      least = 0x1_0000;
    } else if (info === argument.bytes8) {
      value = this.#view.getBigUint64(this.#take(8));
      if (value <= Number.MAX_SAFE_INTEGER) value = Number(value);
      least = two32;
    } else {
      throw this.#invalid(at, info === argument.indefinite ? "lengths must be given" : "reserved head");
    }
    if (value < least) throw this.#invalid(at, "its head is longer than it needs to be");
    return value;
  }

  /** How many bytes or items are announced, if the bytes that are left can hold them at all. */
  #count(at: number, info: number, bytesEach: number): number {
    const count = this.#argument(at, info);
    const left = this.#bytes.length - this.#at;
    if (typeof count === "bigint" || count * bytesEach > left) {
      throw this.#invalid(at, `it announces ${count}, but only ${left} bytes follow`);
    }
    return count;
  }

  /** The content of a byte or text string, as a view. */
  #string(at: number, info: number): Uint8Array {
    const length = this.#count(at, info, 1);
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  #text(at: number, info: number): string {
    const utf8 = this.#string(at, info);
    const short = utf8.length <= shortText ? shortAscii(utf8) : undefined;
    if (short !== undefined) return short;
    try {
      return utf8Decode(utf8);
    } catch (cause) {
      throw this.#invalid(at, "malformed UTF-8", cause);
    }
  }

  #array(at: number, info: number): CborValue[] {
    const count = this.#count(at, info, 1);
    this.#enter();
    const items: CborValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.#item());
    this.#depth--;
    return items;
  }

  #map(at: number, info: number): { [key: string]: CborValue } {
    const count = this.#count(at, info, 2);
    this.#enter();
    const map: { [key: string]: CborValue } = {};
    let previous: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const keyAt = this.#at;
      const key = this.#key();
      const encoded = this.#bytes.subarray(keyAt, this.#at);
      if (previous !== undefined && compareBytes(previous, encoded) >= 0) {
        throw this.#invalid(keyAt, "keys must ascend by their encoded bytes, each coming once");
      }
      previous = encoded;
      const value = this.#item();
      // Assigned, this one key would replace the prototype.
      if (key === "__proto__") {
        Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
      } else {
        map[key] = value;
      }
    }
    this.#depth--;
    return map;
  }

  #key(): string {
    const at = this.#at;
    const initial = this.#view.getUint8(this.#take(1));
    if (initial >> 5 !== major.text) throw this.#invalid(at, "a key must be text");
    return this.#text(at, initial & 31);
  }

  #other(at: number, info: number): CborValue {
    switch (info) {
      case simple.false:
        return false;
      case simple.true:
        return true;
      case simple.null:
        return null;
      case simple.undefined:
        throw this.#invalid(at, "undefined is not allowed");
      case simple.float16: {
        const start = this.#take(2);
        return this.#float(at, 2, this.#view.getFloat16(start));
      }
      case simple.float32:
        return this.#float(at, 4, this.#view.getFloat32(this.#take(4)));
      case simple.float64:
        return this.#float(at, 8, this.#view.getFloat64(this.#take(8)));
      default:
        throw this.#invalid(at, "neither a float nor a simple value that is allowed");
    }
  }

  #float(at: number, size: number, value: number): number {
    if (Number.isSafeInteger(value)) throw this.#invalid(at, "a float that is an integer must be written as one");
    const longer = size > floatBytes(value);
    const otherNan = Number.isNaN(value) && this.#view.getUint16(at + 1) !== nanBits16;
    if (longer || otherNan) throw this.#invalid(at, "this float has another encoding");
    return value;
  }

  #enter(): void {
    if (++this.#depth > cborLimits.depth) throw tooLarge(`nested deeper than ${cborLimits.depth}`);
  }

  /** Passes over the next `count` bytes, and says where they began. */
  #take(count: number): number {
    const start = this.#at;
    if (this.#bytes.length - start < count) throw this.#invalid(start, "the bytes end too early");
    this.#at = start + count;
    return start;
  }

  #invalid(at: number, reason: string, cause?: unknown): GlowError {
    return new GlowError("invalid", "cbor.decode", {
      target: `byte ${at}`,
      message: `malformed CBOR: ${reason}`,
      cause,
    });
  }
}

function minusOneMinus(value: number | bigint): number | bigint {
  // -1 - (2^53 - 1) is -2^53, the first that is no longer safe.
  if (typeof value === "number" && value < Number.MAX_SAFE_INTEGER) return -1 - value;
  return -1n - BigInt(value);
}

function tooLarge(message: string): GlowError {
  return new GlowError("too-large", "cbor.decode", { message });
}

function shortAscii(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

// Writes deterministic CBOR; the format is described in cbor.ts.

import { compareBytes, utf8Encode } from "./bytes.ts";
import { argument, floatBytes, major, nanBits16, simple } from "./cbor-format.ts";
import { GlowError } from "./errors.ts";
import { cborLimits } from "./limits.ts";

/**
 * The one encoding of a `CborValue`. It takes `unknown`, because TypeScript cannot say "plain data": `invalid` for
 * anything else (undefined, functions, symbols, Dates, Maps, class instances, other typed arrays), `too-large` past
 * `cborLimits`, also for what contains itself. The error's target is the path to the culprit.
 */
export function encodeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  return new Encoder().encode(value);
}

const two32 = 2 ** 32;
const minInteger = -(2n ** 64n);
const maxInteger = 2n ** 64n - 1n;
/** The longest text whose length fits the first byte of its head. */
const shortText = 23;

const firstDraftBytes = 4096;
/** A larger draft is not kept: one long value would hold it for ever. */
const keptDraftBytes = 64 * 1024;
/**
 * What the next value is written into before it is known how long it is. Most are short, and a new draft for each costs
 * more than to write it. Undefined while it is in use.
 */
let keptDraft: Uint8Array<ArrayBuffer> | undefined;

class Encoder {
  #bytes = keptDraft ?? new Uint8Array(firstDraftBytes);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #items = 0;
  /** Keys and indexes down to the item under way: how deep it is, and what an error names. */
  readonly #path: (string | number)[] = [];

  encode(value: unknown): Uint8Array<ArrayBuffer> {
    keptDraft = undefined;
    this.#item(value);
    if (this.#bytes.length <= keptDraftBytes) keptDraft = this.#bytes;
    return this.#bytes.slice(0, this.#length);
  }

  #item(value: unknown): void {
    if (++this.#items > cborLimits.items) throw this.#tooLarge(`more than ${cborLimits.items} items`);
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return Number.isSafeInteger(value) ? this.#integer(value) : this.#float(value);
      case "bigint":
        return this.#bigint(value);
      case "boolean":
        return this.#head(major.other, value ? simple.true : simple.false);
      case "object":
        return this.#object(value);
      default:
        throw this.#invalid(`${typeof value} has no CBOR form`);
    }
  }

  #object(value: object | null): void {
    if (value === null) return this.#head(major.other, simple.null);
    if (value instanceof Uint8Array) {
      this.#head(major.bytes, value.length);
      return this.#append(value);
    }
    if (Array.isArray(value)) return this.#array(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#map(value as Record<string, unknown>);
    throw this.#invalid("only plain objects, arrays and Uint8Arrays have a CBOR form: convert it first");
  }

  #integer(value: number): void {
    if (value >= 0) this.#head(major.unsigned, value);
    else this.#head(major.negative, -1 - value);
  }

  #bigint(value: bigint): void {
    if (value < minInteger || value > maxInteger) {
      throw this.#invalid("an integer is from -2^64 to 2^64 - 1: write a larger one as bytes");
    }
    const number = Number(value);
    if (Number.isSafeInteger(number)) return this.#integer(number);
    const at = this.#grow(9);
    this.#view.setUint8(at, ((value < 0n ? major.negative : major.unsigned) << 5) | argument.bytes8);
    this.#view.setBigUint64(at + 1, value < 0n ? -1n - value : value);
  }

  #float(value: number): void {
    const size = floatBytes(value);
    const at = this.#grow(1 + size);
    if (size === 2) {
      this.#view.setUint8(at, (major.other << 5) | simple.float16);
      if (Number.isNaN(value)) this.#view.setUint16(at + 1, nanBits16);
      else this.#view.setFloat16(at + 1, value);
    } else if (size === 4) {
      this.#view.setUint8(at, (major.other << 5) | simple.float32);
      this.#view.setFloat32(at + 1, value);
    } else {
      this.#view.setUint8(at, (major.other << 5) | simple.float64);
      this.#view.setFloat64(at + 1, value);
    }
  }

  #text(value: string): void {
    if (value.length <= shortText && this.#shortAscii(value)) return;
    const utf8 = this.#utf8(value);
    this.#head(major.text, utf8.length);
    this.#append(utf8);
  }

  /** Most texts are keys and names, for which calling the encoder would take longer than the rest. */
  #shortAscii(value: string): boolean {
    const at = this.#grow(1 + value.length);
    this.#bytes[at] = (major.text << 5) | value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#length = at;
        return false;
      }
      this.#bytes[at + 1 + i] = code;
    }
    return true;
  }

  /** Not left to `utf8Encode`, which would make one text of two by writing U+FFFD for each unpaired surrogate. */
  #utf8(text: string): Uint8Array {
    if (!text.isWellFormed()) throw this.#invalid("a text with an unpaired surrogate has no UTF-8 form");
    return utf8Encode(text);
  }

  #array(value: readonly unknown[]): void {
    this.#enter();
    this.#head(major.array, value.length);
    // By index: a hole must not be passed over.
    for (let i = 0; i < value.length; i++) this.#child(i, value[i]);
  }

  #map(value: Readonly<Record<string, unknown>>): void {
    this.#enter();
    const keys = Object.keys(value);
    if (keys.every(isAscii)) keys.sort(shorterFirst);
    else this.#sortByUtf8(keys);
    this.#head(major.map, keys.length);
    for (const key of keys) {
      this.#text(key);
      this.#child(key, value[key]);
    }
  }

  /** The order of the encoded keys. Their heads order by length, which therefore comes first. */
  #sortByUtf8(keys: string[]): void {
    const utf8 = new Map(keys.map((key) => [key, this.#utf8(key)]));
    const bytes = (key: string) => utf8.get(key) as Uint8Array;
    keys.sort((a, b) => bytes(a).length - bytes(b).length || compareBytes(bytes(a), bytes(b)));
  }

  #enter(): void {
    if (this.#path.length >= cborLimits.depth) throw this.#tooLarge(`nested deeper than ${cborLimits.depth}`);
  }

  #child(step: string | number, value: unknown): void {
    this.#path.push(step);
    this.#item(value);
    this.#path.pop();
  }

  #head(type: number, value: number): void {
    const initial = type << 5;
    if (value < 24) {
      const at = this.#grow(1);
      this.#bytes[at] = initial | value;
    } else if (value < 0x100) {
      const at = this.#grow(2);
      this.#view.setUint8(at, initial | argument.bytes1);
      this.#view.setUint8(at + 1, value);
    } else if (value < 0x1_0000) {
      const at = this.#grow(3);
      this.#view.setUint8(at, initial | argument.bytes2);
      this.#view.setUint16(at + 1, value);
    } else if (value < two32) {
      const at = this.#grow(5);
      this.#view.setUint8(at, initial | argument.bytes4);
      this.#view.setUint32(at + 1, value);
    } else {
      const at = this.#grow(9);
      this.#view.setUint8(at, initial | argument.bytes8);
      this.#view.setUint32(at + 1, Math.floor(value / two32));
      this.#view.setUint32(at + 5, value % two32);
    }
  }

  #append(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Takes the next `count` bytes, and says where they begin. */
  #grow(count: number): number {
    const at = this.#length;
    const length = at + count;
    if (length > cborLimits.bytes) throw this.#tooLarge(`longer than ${cborLimits.bytes} bytes`);
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = length;
    return at;
  }

  #invalid(message: string): GlowError {
    return new GlowError("invalid", "cbor.encode", { target: this.#where(), message });
  }

  #tooLarge(message: string): GlowError {
    return new GlowError("too-large", "cbor.encode", { target: this.#where(), message });
  }

  #where(): string {
    return `value${this.#path.map((step) => `[${JSON.stringify(step)}]`).join("")}`;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The same order as by their bytes, for ASCII. */
function shorterFirst(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

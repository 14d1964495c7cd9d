// Reads the fields of a handshake message, which anybody on the network may have written.

import { GlowError } from "#base/errors.ts";
import { decodeVarint } from "#base/varint.ts";

export class Fields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.bytes(1)[0] as number;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  varint(): number {
    try {
      const { value, end } = decodeVarint(this.#bytes, this.#at);
      this.#at = end;
      return value;
    } catch (cause) {
      throw violation("a malformed number", cause);
    }
  }

  /** A view. */
  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw violation("a message that ends within one of its fields");
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** A list with its count, one byte, in front. `too-large` if it has more than `most`; it has one item at least. */
  list<Item>(what: string, most: number, item: () => Item): Item[] {
    const count = this.u8();
    if (count === 0) throw violation(`no ${what}`);
    if (count > most) throw tooLarge(`${count} ${what}`, most);
    return Array.from({ length: count }, item);
  }

  /** All that was read up to now. */
  before(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** All that was not. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

/** A number in two bytes, as `u16` reads it. */
export function u16Bytes(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

/** An error for bytes that are no handshake; `what` says what came. */
export function violation(what: string, cause?: unknown): GlowError {
  const message = `the other side does not speak the handshake of Glow: it sent ${what}`;
  return new GlowError("protocol", "handshake.receive", { message, cause });
}

/** An error for a field above its limit. */
export function tooLarge(what: string, most: number): GlowError {
  const message = `the other side sent ${what} in its handshake; the limit is ${most}`;
  return new GlowError("too-large", "handshake.receive", { message });
}

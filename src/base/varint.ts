// Unsigned LEB128: seven bits a byte, least significant first, the top bit set on all bytes but the last. As in the
// multiformats' unsigned-varint, a number has one form only, the shortest: two spellings of one tag would be two
// hashes of one key. Numbers go up to 2^53 - 1, which takes eight bytes.

import { assert, GlowError } from "./errors.ts";

const maxVarintBytes = 8;

/** `value` is a safe integer, 0 or above; anything else is a defect of the caller. */
export function encodeVarint(value: number): Uint8Array<ArrayBuffer> {
  assert(Number.isSafeInteger(value) && value >= 0, `a varint is a whole number from 0 to 2^53 - 1, not ${value}`);
  const bytes: number[] = [];
  let rest = value;
  // Not by shifts: these would cut the number to 32 bits.
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/**
 * The number that starts at `at`, and where it ends. `invalid` if the bytes stop within it, if it is written longer
 * than needed, or if it is above 2^53 - 1.
 */
export function decodeVarint(bytes: Uint8Array, at = 0): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < maxVarintBytes; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw malformed("the bytes end inside it");
    value += (byte & 127) * scale;
    if (byte < 128) {
      if (byte === 0 && i > 0) throw malformed("it is longer than it needs to be");
      if (value > Number.MAX_SAFE_INTEGER) break;
      return { value, end: at + i + 1 };
    }
    scale *= 128;
  }
  throw malformed("it is above 2^53 - 1");
}

function malformed(reason: string): GlowError {
  return new GlowError("invalid", "varint.decode", { message: `not a varint: ${reason}` });
}

// Ids: branded types, so that values that look alike are not mixed up, and their one text form, lower-case base32
// without padding (RFC 4648, section 6). It has neither 0 nor 1 to be mistaken for o and l, survives systems that
// ignore case, and may stand in a file name, a host name and a URL.

import { base32nopad } from "@scure/base";
import { GlowError } from "./errors.ts";
import { idLimits } from "./limits.ts";

declare const brand: unique symbol;

/** `Value`, told apart by the compiler; at run time there is no difference. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

const maxTextLength = Math.ceil((idLimits.bytes * 8) / 5);

/** The text of an id given as a hash, a tagged hash or random bytes: 1 to `idLimits.bytes` of them. */
export function idText(id: Uint8Array): string {
  if (id.length === 0 || id.length > idLimits.bytes) {
    throw new GlowError("invalid", "id.write", {
      message: `an id has 1 to ${idLimits.bytes} bytes, not ${id.length}`,
    });
  }
  return base32nopad.encode(id).toLowerCase();
}

/** The bytes of an id. `invalid` unless `idText` gives this very text for them, so one id has no two spellings. */
export function idBytes(text: string): Uint8Array {
  if (text.length === 0 || text.length > maxTextLength) {
    throw invalidId(`an id has 1 to ${maxTextLength} characters, not ${text.length}`);
  }
  // Checked first, because characters of other scripts become A to Z in upper case.
  if (!/^[a-z2-7]+$/.test(text)) throw invalidId(`${JSON.stringify(text)} is not an id: these are of a-z and 2-7`);
  try {
    return base32nopad.decode(text.toUpperCase());
  } catch (cause) {
    throw invalidId(`${JSON.stringify(text)} is cut short or mistyped: it does not stand for whole bytes`, cause);
  }
}

function invalidId(message: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "id.parse", { message, cause });
}

// Small pure functions on byte strings.

import { GlowError } from "./errors.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export type Bytes = Uint8Array<ArrayBufferLike>;

/** Stops at the first difference, and so tells by its time where that is: not for secrets. */
export function equalBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Negative, zero or positive as `a` comes before, with or after `b`: by unsigned bytes, a prefix first. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(totalBytes(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The same bytes in fewer parts: neighbours of less than `largeBytes` each are joined, larger ones left as they are. For
 * whoever pays for each part as much as for copying some thousand bytes.
 */
export function gatherBytes(parts: readonly Bytes[], largeBytes: number): readonly Bytes[] {
  if (parts.length === 1) return parts;
  const gathered: Bytes[] = [];
  let from = 0;
  for (let i = 0; i <= parts.length; i++) {
    const part = parts[i];
    if (part !== undefined && part.length < largeBytes) continue;
    if (from < i) gathered.push(from + 1 === i ? (parts[from] as Bytes) : concatBytes(parts.slice(from, i)));
    if (part !== undefined) gathered.push(part);
    from = i + 1;
  }
  return gathered;
}

export function totalBytes(parts: readonly Bytes[]): number {
  let total = 0;
  for (const part of parts) total += part.length;
  return total;
}

/** Up to this length an ASCII text is written here: most are names and keys, for which the encoder takes five times as long. */
const shortText = 64;

/** An unpaired surrogate becomes U+FFFD, as everywhere on the web: check `isWellFormed` where texts must stay apart. */
export function utf8Encode(text: string): Uint8Array<ArrayBuffer> {
  if (text.length > shortText) return encoder.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return encoder.encode(text);
    bytes[i] = code;
  }
  return bytes;
}

/** `invalid` if the bytes are not well-formed UTF-8. A byte order mark is a character like any other. */
export function utf8Decode(bytes: Bytes): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new GlowError("invalid", "utf8.decode", { message: "these bytes are not well-formed UTF-8", cause });
  }
}

/** Two lower-case digits for each byte. */
export function toHex(bytes: Bytes): string {
  return bytes.toHex();
}

/** The bytes of a text of hexadecimal digits of either case; `invalid` if it is anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromHex(text);
  } catch (cause) {
    throw new GlowError("invalid", "hex.decode", { message: "this text is not hexadecimal", cause });
  }
}

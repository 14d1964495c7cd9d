// What every platform's Index refuses before it begins, the same on all: what one index takes every other takes.

import { GlowError } from "#base/errors.ts";
import { indexLimits } from "#base/limits.ts";
import type { IndexChange } from "#glow";

const { nameBytes, keyBytes, valueBytes, changesPerWrite, writeBytes } = indexLimits;
const { keysPerRead, rowsPerRange, answerBytes } = indexLimits;

/** `invalid` for a name that is not 1 to 64 of a-z, 0-9 and `-`. */
export function checkIndexName(name: string, op: string): void {
  if (/^[a-z0-9-]+$/.test(name) && name.length <= nameBytes) return;
  throw new GlowError("invalid", op, {
    target: name.slice(0, nameBytes),
    message: `an index has a name of 1 to ${nameBytes} characters of a-z, 0-9 and -`,
  });
}

/** `too-large` for what is past its limit. */
export function checkIndexChanges(changes: readonly IndexChange[]): void {
  const op = "index.write";
  if (changes.length > changesPerWrite) throw tooLarge(op, `${changes.length} changes in one write`, changesPerWrite);
  let bytes = 0;
  for (const { key, value } of changes) {
    checkKey(key, op);
    const length = value?.length ?? 0;
    if (length > valueBytes) throw tooLarge(op, `a value of ${length} bytes`, valueBytes);
    bytes += key.length + length;
  }
  if (bytes > writeBytes) throw tooLarge(op, `${bytes} bytes in one write`, writeBytes);
}

/** `too-large` for what is past its limit. */
export function checkIndexKeys(keys: readonly Uint8Array[]): void {
  const op = "index.read";
  if (keys.length > keysPerRead) throw tooLarge(op, `${keys.length} keys in one read`, keysPerRead);
  for (const key of keys) checkKey(key, op);
}

/** `too-large` for what is past its limit, `invalid` for a limit that is no count. */
export function checkIndexRange(from: Uint8Array, to: Uint8Array, limit: number): void {
  const op = "index.range";
  checkKey(from, op);
  checkKey(to, op);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new GlowError("invalid", op, { message: `${limit} is no number of rows` });
  }
  if (limit > rowsPerRange) throw tooLarge(op, `${limit} rows in one range`, rowsPerRange);
}

/** Adds up what an answer has; `too-large` when it is more than anybody may be given at once. */
export class AnswerSize {
  readonly #op: string;
  #bytes = 0;

  constructor(op: "index.read" | "index.range") {
    this.#op = op;
  }

  add(bytes: Uint8Array | undefined): void {
    this.#bytes += bytes?.length ?? 0;
    if (this.#bytes > answerBytes)
      throw tooLarge(this.#op, "an answer of that many bytes: ask for less; it", answerBytes);
  }
}

function checkKey(key: Uint8Array, op: string): void {
  if (key.length > keyBytes) throw tooLarge(op, `a key of ${key.length} bytes`, keyBytes);
}

function tooLarge(op: string, what: string, limit: number): GlowError {
  return new GlowError("too-large", op, { message: `${what} is more than an index takes: ${limit}` });
}

/** What a second opener is told. */
export function indexIsOpen(op: string, name: string): GlowError {
  return new GlowError("unavailable", op, {
    target: name,
    message: "this index is open already, here or in another program; close it there first",
  });
}

export function indexIsClosed(op: string, name: string): GlowError {
  return new GlowError("released", op, { target: name, message: "the index was closed" });
}

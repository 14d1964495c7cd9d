// A table whose keys are ids as they lie in a packet: looked up where they stand, without making a string of them.
//
// A key is found by a number made of some of its bytes. They are bytes of hashes, so keys that share that number are
// rare, unless somebody seeks them out; then they share a short list, and are told apart by all of their bytes.

import { assert } from "#base/errors.ts";

interface Entry<Value> {
  readonly key: Uint8Array;
  readonly value: Value;
  readonly next: Entry<Value> | undefined;
}

export class IdTable<Value> {
  readonly #keyBytes: number;
  readonly #entries = new Map<number, Entry<Value>>();
  #size = 0;

  /** All keys have `keyBytes`: one id, or several behind one another. */
  constructor(keyBytes: number) {
    assert(keyBytes >= 9, "a key has bytes enough to be found by");
    this.#keyBytes = keyBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** The value for the key that stands in `bytes` at `at`. */
  get(bytes: Uint8Array, at = 0): Value | undefined {
    let entry = this.#entries.get(this.#number(bytes, at));
    while (entry !== undefined && !this.#is(entry.key, bytes, at)) entry = entry.next;
    return entry?.value;
  }

  /** Replaces what was there. The key is copied. */
  set(bytes: Uint8Array, at: number, value: Value): void {
    this.delete(bytes, at);
    const number = this.#number(bytes, at);
    const key = bytes.slice(at, at + this.#keyBytes);
    this.#entries.set(number, { key, value, next: this.#entries.get(number) });
    this.#size++;
  }

  delete(bytes: Uint8Array, at = 0): boolean {
    const number = this.#number(bytes, at);
    let kept: Entry<Value> | undefined;
    let found = false;
    for (let entry = this.#entries.get(number); entry !== undefined; entry = entry.next) {
      if (this.#is(entry.key, bytes, at)) found = true;
      else kept = { key: entry.key, value: entry.value, next: kept };
    }
    if (!found) return false;
    if (kept === undefined) this.#entries.delete(number);
    else this.#entries.set(number, kept);
    this.#size--;
    return true;
  }

  *values(): Generator<Value> {
    for (const first of this.#entries.values()) {
      for (let entry: Entry<Value> | undefined = first; entry !== undefined; entry = entry.next) yield entry.value;
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }

  /** 53 bits: of the beginning, behind the suite's tag, and of the end. */
  #number(bytes: Uint8Array, at: number): number {
    const end = at + this.#keyBytes;
    const high = u32(bytes, at + 1);
    return high * 2 ** 21 + (u32(bytes, end - 4) & 0x1f_ff_ff);
  }

  #is(key: Uint8Array, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < key.length; i++) if (key[i] !== bytes[at + i]) return false;
    return true;
  }
}

function u32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at + 3] as number) << 24;
  return ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | high) >>> 0;
}

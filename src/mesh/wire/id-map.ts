// Values by ids (or keys) of one length, found by bytes that lie anywhere in a packet: no text, no copy, no allocation.
// Four of a key's first bytes and its last four are mixed with secrets of this map into 30 bits, which V8 keeps as a small integer; the whole id is
// then compared. Ids that meet in those bits form a chain. Without the secrets somebody could draw keys until he has
// many whose ids meet, and make every packet walk along them.

import { assert } from "#base/errors.ts";
import type { Random } from "#glow";

interface Item<Value> {
  readonly key: Uint8Array;
  value: Value;
  next: Item<Value> | undefined;
}

export class IdMap<Value> {
  readonly #keyBytes: number;
  /** The mixed bytes begin here: behind the tag, which is the same for all. */
  readonly #mixedAt: number;
  readonly #secrets = new Int32Array(2);
  /** A factor for every two bytes of a key, where all are mixed. */
  readonly #factors: Uint32Array | undefined;
  readonly #chains = new Map<number, Item<Value>>();
  #size = 0;

  /**
   * `tagBytes` at the start of every key are the same. With `mixAll` all bytes are mixed: for keys that nobody has to be
   * able to prove, of which liars can make any number that differ where they like.
   */
  constructor(random: Random, keyBytes: number, tagBytes: number, mixAll = false) {
    assert(keyBytes >= tagBytes + 8, "eight bytes of a key are mixed");
    this.#keyBytes = keyBytes;
    this.#mixedAt = tagBytes;
    random.fill(new Uint8Array(this.#secrets.buffer));
    if (!mixAll) return;
    assert(keyBytes <= mostMixedBytes && keyBytes % 2 === 0, "the sum over a key is exact");
    this.#factors = new Uint32Array(keyBytes / 2);
    random.fill(new Uint8Array(this.#factors.buffer));
    for (let i = 0; i < this.#factors.length; i++) this.#factors[i] = (this.#factors[i] as number) >>> 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Of keys that meet in the mixed bits: what a look-up may have to walk along. */
  get longestChain(): number {
    let longest = 0;
    for (const first of this.#chains.values()) {
      let length = 0;
      for (let item: Item<Value> | undefined = first; item !== undefined; item = item.next) length++;
      longest = Math.max(longest, length);
    }
    return longest;
  }

  /** The value of the key whose bytes begin at `at`; undefined also if the bytes end before it does. */
  get(bytes: Uint8Array, at: number): Value | undefined {
    if (at + this.#keyBytes > bytes.length) return undefined;
    let item = this.#chains.get(this.#mix(bytes, at));
    while (item !== undefined && !this.#isAt(item.key, bytes, at)) item = item.next;
    return item?.value;
  }

  /** `key` is kept. */
  set(key: Uint8Array, value: Value): void {
    assert(key.length === this.#keyBytes, `keys of this map have ${this.#keyBytes} bytes`);
    const mixed = this.#mix(key, 0);
    const first = this.#chains.get(mixed);
    for (let item = first; item !== undefined; item = item.next) {
      if (!this.#isAt(item.key, key, 0)) continue;
      item.value = value;
      return;
    }
    this.#chains.set(mixed, { key, value, next: first });
    this.#size++;
  }

  delete(key: Uint8Array): void {
    const mixed = this.#mix(key, 0);
    let before: Item<Value> | undefined;
    let item = this.#chains.get(mixed);
    while (item !== undefined && !this.#isAt(item.key, key, 0)) {
      before = item;
      item = item.next;
    }
    if (item === undefined) return;
    this.#size--;
    if (before !== undefined) before.next = item.next;
    else if (item.next !== undefined) this.#chains.set(mixed, item.next);
    else this.#chains.delete(mixed);
  }

  *values(): Generator<Value> {
    for (const first of this.#chains.values()) {
      for (let item: Item<Value> | undefined = first; item !== undefined; item = item.next) yield item.value;
    }
  }

  clear(): void {
    this.#chains.clear();
    this.#size = 0;
  }

  #isAt(key: Uint8Array, bytes: Uint8Array, at: number): boolean {
    // From the end: what is alike here most often begins alike.
    for (let i = this.#keyBytes - 1; i >= 0; i--) if (key[i] !== bytes[at + i]) return false;
    return true;
  }

  #mix(bytes: Uint8Array, at: number): number {
    if (this.#factors !== undefined) return this.#mixAll(this.#factors, bytes, at);
    const first = word(bytes, at + this.#mixedAt) ^ (this.#secrets[0] as number);
    const second = word(bytes, at + this.#keyBytes - 4) ^ (this.#secrets[1] as number);
    let mixed = Math.imul(first ^ (first >>> 16), 0x85eb_ca6b) + Math.imul(second ^ (second >>> 13), 0xc2b2_ae35);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x27d4_eb2f);
    return (mixed ^ (mixed >>> 16)) >>> 2;
  }

  /**
   * The sum of all pairs of bytes, each times its secret factor: two keys have the same with a chance of 2^-31, whatever
   * they are (Carter and Wegman, 1979). Its upper bits are folded in, since two sums are rarely alike in either part.
   */
  #mixAll(factors: Uint32Array, bytes: Uint8Array, at: number): number {
    let sum = 0;
    for (let i = 0; i < factors.length; i++) {
      const pair = (bytes[at + 2 * i] as number) | ((bytes[at + 2 * i + 1] as number) << 8);
      sum += pair * (factors[i] as number);
    }
    return ((sum / 2 ** 22) ^ Math.imul(sum | 0, 0x85eb_ca6b)) >>> 2;
  }
}

/** So that the sum stays below 2^53: each of its 33 terms is below 2^47. */
const mostMixedBytes = 64 + 2;

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

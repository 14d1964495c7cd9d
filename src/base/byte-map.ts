// A map from byte strings to values that keeps its keys in the order of bytes: pairs lie in blocks of bounded length, so
// that an insertion moves little, and both a lookup and a range begin with two binary searches.

import { type Bytes, compareBytes } from "./bytes.ts";

/** A block is cut in two when it grows past this: 128 gave the quickest insertions into maps of 1,000 to 100,000 keys. */
const blockPairs = 128;

interface Block<Value> {
  readonly keys: Bytes[];
  readonly values: Value[];
}

export class ByteMap<Value> {
  /** Never holds an empty block, but for the first one. */
  #blocks: Block<Value>[] = [{ keys: [], values: [] }];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Bytes): Value | undefined {
    const block = this.#blocks[this.#blockOf(key)] as Block<Value>;
    const at = lowerBound(block.keys, key);
    return isAt(block.keys, at, key) ? block.values[at] : undefined;
  }

  /** Keeps the key itself, not a copy. */
  set(key: Bytes, value: Value): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index] as Block<Value>;
    const at = lowerBound(block.keys, key);
    if (isAt(block.keys, at, key)) {
      block.values[at] = value;
      return;
    }
    block.keys.splice(at, 0, key);
    block.values.splice(at, 0, value);
    this.#size++;
    if (block.keys.length > blockPairs) this.#cut(index, at === blockPairs);
  }

  delete(key: Bytes): boolean {
    const index = this.#blockOf(key);
    const block = this.#blocks[index] as Block<Value>;
    const at = lowerBound(block.keys, key);
    if (!isAt(block.keys, at, key)) return false;
    block.keys.splice(at, 1);
    block.values.splice(at, 1);
    this.#size--;
    if (block.keys.length === 0 && this.#blocks.length > 1) this.#blocks.splice(index, 1);
    return true;
  }

  clear(): void {
    this.#blocks = [{ keys: [], values: [] }];
    this.#size = 0;
  }

  /** All pairs, or those from `from` up to but not including `to`. The map must not change meanwhile. */
  *entries(from?: Bytes, to?: Bytes): Generator<readonly [Bytes, Value], void, undefined> {
    let index = from === undefined ? 0 : this.#blockOf(from);
    let at = from === undefined ? 0 : lowerBound((this.#blocks[index] as Block<Value>).keys, from);
    for (; index < this.#blocks.length; index++, at = 0) {
      const { keys, values } = this.#blocks[index] as Block<Value>;
      for (; at < keys.length; at++) {
        const key = keys[at] as Bytes;
        if (to !== undefined && compareBytes(key, to) >= 0) return;
        yield [key, values[at] as Value];
      }
    }
  }

  /** As `entries`, the last pair first. */
  *entriesBackwards(from: Bytes, to: Bytes): Generator<readonly [Bytes, Value], void, undefined> {
    let index = this.#blockOf(to);
    let at = lowerBound((this.#blocks[index] as Block<Value>).keys, to) - 1;
    for (;;) {
      const { keys, values } = this.#blocks[index] as Block<Value>;
      for (; at >= 0; at--) {
        const key = keys[at] as Bytes;
        if (compareBytes(key, from) < 0) return;
        yield [key, values[at] as Value];
      }
      if (index === 0) return;
      index--;
      at = (this.#blocks[index] as Block<Value>).keys.length - 1;
    }
  }

  /** The block that has the key, if any has: the last one that does not begin behind it. */
  #blockOf(key: Bytes): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const first = (this.#blocks[middle] as Block<Value>).keys[0] as Bytes;
      if (compareBytes(first, key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** In the middle; but behind what was there before if keys come in their order, so that blocks end up full. */
  #cut(index: number, inOrder: boolean): void {
    const block = this.#blocks[index] as Block<Value>;
    const at = inOrder ? blockPairs : blockPairs >>> 1;
    this.#blocks.splice(index + 1, 0, { keys: block.keys.splice(at), values: block.values.splice(at) });
  }
}

function isAt(keys: readonly Bytes[], at: number, key: Bytes): boolean {
  const found = keys[at];
  return found !== undefined && compareBytes(found, key) === 0;
}

/** Where the first key lies that is not before `key`. */
function lowerBound(keys: readonly Bytes[], key: Bytes): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(keys[middle] as Bytes, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

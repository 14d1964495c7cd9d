// An index whose rows that were read or written lately are in memory, bounded in bytes: reading them again costs no round
// trip. That a key has no row is remembered as well, since what is new is looked for first.
//
// Rows lie in two generations. The younger takes what is read, written or found in the older; when it holds half of what
// is allowed, it becomes the older, and what was there is forgotten. So what is used often stays, with no list to keep.
//
// A row is short, some 80 bytes, and a buffer of its own would take five times that: it is held as text, in hexadecimal.

import { indexLimits } from "#base/limits.ts";
import type { Index, IndexChange } from "#glow";

/** A read that is under way: what it yields is remembered only where nothing was written meanwhile. */
interface UnderWay {
  readonly type: "under-way";
}

/** A row that is not in memory, and which of those asked for it is. */
interface Missing {
  readonly at: number;
  readonly key: Uint8Array;
  readonly digits: string;
}

/** A value: as text, or as it is where it is long. Null: there is no such row. */
type Row = string | Uint8Array | null | UnderWay;

/** By key, in hexadecimal: the quickest way from bytes to a key of a Map. */
type Rows = Map<string, Row>;

/** What a row takes beyond its value and its key, of which each digit is a byte; and what a buffer takes beyond its bytes. */
const rowCostBytes = 96;
const bufferCostBytes = 384;
const mostTextBytes = bufferCostBytes;

export class CachedIndex implements Index {
  readonly #index: Index;
  readonly #generationBytes: number;
  #younger: Rows = new Map();
  #older: Rows = new Map();
  #youngerBytes = 0;

  /** Everybody who writes to the index must do it through here. */
  constructor(index: Index, mostBytes: number = indexLimits.cacheBytes) {
    this.#index = index;
    this.#generationBytes = mostBytes / 2;
  }

  get wasReset(): boolean {
    return this.#index.wasReset;
  }

  async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values: (Uint8Array | undefined)[] = [];
    const missing: Missing[] = [];
    // By index, here and below: this is on the way of every row, and a pair for each costs as much as to look it up.
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as Uint8Array;
      const digits = key.toHex();
      const known = this.#find(digits);
      if (typeof known === "string") values[at] = Uint8Array.fromHex(known);
      else if (known instanceof Uint8Array) values[at] = known;
      else if (known === null) values[at] = undefined;
      else missing.push({ at, key, digits });
    }
    if (missing.length === 0) return values;
    const underWay: UnderWay = { type: "under-way" };
    for (const { digits } of missing) this.#keep(digits, underWay);
    const found = await this.#index.read(missing.map(({ key }) => key));
    for (let i = 0; i < missing.length; i++) {
      const { at, digits } = missing[i] as Missing;
      const value = found[i];
      values[at] = value;
      if (this.#lately(digits) === underWay) this.#keep(digits, held(value));
    }
    return values;
  }

  /** What it writes is seen by reads at once; if it fails, they see again what was there before. */
  async write(changes: readonly IndexChange[]): Promise<void> {
    const writing = this.#index.write(changes);
    const written = changes.map(({ key }) => key.toHex());
    for (let i = 0; i < changes.length; i++) {
      const { value } = changes[i] as IndexChange;
      this.#keep(written[i] as string, held(value));
    }
    try {
      await writing;
    } catch (error) {
      for (const digits of written) this.#forget(digits);
      throw error;
    }
  }

  range(from: Uint8Array, to: Uint8Array, limit: number, backwards?: boolean): Promise<[Uint8Array, Uint8Array][]> {
    return this.#index.range(from, to, limit, backwards);
  }

  clear(): Promise<void> {
    this.#forgetAll();
    return this.#index.clear();
  }

  close(): Promise<void> {
    this.#forgetAll();
    return this.#index.close();
  }

  /** Holds nothing: rows are read anew. */
  forget(): void {
    this.#forgetAll();
  }

  #find(digits: string): Row | undefined {
    const young = this.#younger.get(digits);
    if (young !== undefined) return young;
    const old = this.#older.get(digits);
    if (old !== undefined && !isUnderWay(old)) this.#keep(digits, old);
    return old;
  }

  #lately(digits: string): Row | undefined {
    const young = this.#younger.get(digits);
    return young === undefined ? this.#older.get(digits) : young;
  }

  #keep(digits: string, row: Row): void {
    this.#youngerBytes += costOf(digits, row) - costOf(digits, this.#younger.get(digits));
    this.#younger.set(digits, row);
    if (this.#youngerBytes <= this.#generationBytes) return;
    this.#older = this.#younger;
    this.#younger = new Map();
    this.#youngerBytes = 0;
  }

  #forget(digits: string): void {
    this.#youngerBytes -= costOf(digits, this.#younger.get(digits));
    this.#younger.delete(digits);
    this.#older.delete(digits);
  }

  #forgetAll(): void {
    this.#younger = new Map();
    this.#older = new Map();
    this.#youngerBytes = 0;
  }
}

function costOf(digits: string, row: Row | undefined): number {
  if (row === undefined) return 0;
  const cost = rowCostBytes + digits.length;
  if (typeof row === "string") return cost + row.length;
  return row instanceof Uint8Array ? cost + bufferCostBytes + row.length : cost;
}

/** A small part of something large would keep all of that in memory. */
function held(value: Uint8Array | null | undefined): string | Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (value.length <= mostTextBytes) return value.toHex();
  return value.length * 2 < value.buffer.byteLength ? value.slice() : value;
}

function isUnderWay(row: Row): row is UnderWay {
  return row !== null && typeof row === "object" && "type" in row;
}

// Rows of a typed store in memory: the simplest thing that batches can be taken into, and to be compared with another one
// row by row.

import { ByteMap } from "#base/byte-map.ts";
import { toHex } from "#base/bytes.ts";
import type { IndexRow, IndexView } from "#glow";

/** Behind all keys. */
const end = new Uint8Array(1024).fill(255);

export class MemoryRows implements IndexView {
  readonly #rows = new ByteMap<Uint8Array>();
  /** Reads so far: what costs a round trip each. */
  reads = 0;
  /** Rows that were put or removed so far. */
  changes = 0;

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.reads++;
    return this.#rows.get(key);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.reads++;
    return keys.map((key) => this.#rows.get(key));
  }

  async range(from: Uint8Array, to: Uint8Array, limit: number): Promise<IndexRow[]> {
    this.reads++;
    const found: IndexRow[] = [];
    for (const [key, value] of this.#rows.entries(from, to)) {
      if (found.length === limit) break;
      found.push({ key, value });
    }
    return found;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.changes++;
    this.#rows.set(key, value);
  }

  remove(key: Uint8Array): void {
    this.changes++;
    this.#rows.delete(key);
  }

  rows(): IndexRow[] {
    return Array.from(this.#rows.entries(new Uint8Array(0), end), ([key, value]) => ({ key, value }));
  }

  /** All rows as text, to be compared. */
  dump(): string[] {
    return this.rows().map(({ key, value }) => `${toHex(key)} ${toHex(value)}`);
  }
}

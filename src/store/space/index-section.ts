// A section of the index: the rows behind a prefix, as they are written.

import { concatBytes } from "#base/bytes.ts";
import type { Index, IndexRow, IndexView } from "#glow";
import { endOf } from "./space-rows.ts";

export class IndexSection implements Pick<IndexView, "get" | "getMany" | "range"> {
  readonly #index: Index;
  readonly #prefix: Uint8Array;

  constructor(index: Index, prefix: Uint8Array) {
    this.#index = index;
    this.#prefix = prefix;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany([key]);
    return value;
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#index.read(keys.map((key) => this.#at(key)));
  }

  range(from: Uint8Array, to: Uint8Array, limit: number): Promise<IndexRow[]> {
    return this.#range(from, to, limit, false);
  }

  /** The last ones, the greatest key first. */
  rangeBackwards(from: Uint8Array, to: Uint8Array, limit: number): Promise<IndexRow[]> {
    return this.#range(from, to, limit, true);
  }

  /** Removes all of them, page by page. */
  async clear(pageRows: number): Promise<void> {
    for (;;) {
      const rows = await this.#index.range(this.#prefix, endOf(this.#prefix), pageRows);
      if (rows.length > 0) await this.#index.write(rows.map(([key]) => ({ key: key.slice(), value: null })));
      if (rows.length < pageRows) return;
    }
  }

  async #range(from: Uint8Array, to: Uint8Array, limit: number, backwards: boolean): Promise<IndexRow[]> {
    const rows = await this.#index.range(this.#at(from), this.#at(to), limit, backwards);
    return rows.map(([key, value]) => ({ key: key.subarray(this.#prefix.length), value }));
  }

  #at(key: Uint8Array): Uint8Array {
    return concatBytes([this.#prefix, key]);
  }
}

// The batches that entries are of, with what their authors knew, read as they are needed.

import { toHex } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { decodeBatch, type KnownBatch } from "./batch-knowledge.ts";
import { driveKeys, type RowReader } from "./drive-keys.ts";
import { batchHash, type EntryOrder } from "./entry-order.ts";

export class BatchTable {
  readonly #reader: RowReader;
  readonly #batches = new Map<string, KnownBatch>();

  constructor(reader: RowReader) {
    this.#reader = reader;
  }

  /** The batches of these entries, each once. */
  async load(orders: readonly EntryOrder[]): Promise<readonly KnownBatch[]> {
    const hashes = new Map(orders.map(({ batch }) => [toHex(batchHash(batch)), batchHash(batch)]));
    const missing = [...hashes].filter(([text]) => !this.#batches.has(text));
    const rows = await this.#reader.getMany(missing.map(([, hash]) => driveKeys.batch(hash)));
    for (const [i, [text]] of missing.entries()) {
      const row = rows[i];
      assert(row !== undefined, "a batch whose entries are here is here");
      this.#batches.set(text, decodeBatch(row));
    }
    return [...hashes.keys()].map((text) => this.#batches.get(text) as KnownBatch);
  }

  /** Of an entry whose batch was loaded. */
  loaded({ batch }: EntryOrder): KnownBatch {
    const known = this.#batches.get(toHex(batchHash(batch)));
    assert(known !== undefined, "a batch is read before it is used");
    return known;
  }
}

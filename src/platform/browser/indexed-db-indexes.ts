// Indexes in IndexedDB: a database each. It orders keys of bytes as we do.
//
//   pairs    key    -> value      both as ArrayBuffer
//   marks    "used" -> 1          written by `close`, since only a transaction that writes is flushed
//
// What IndexedDB stands on has checksums of its own in some browsers; where it has none, damage is found only if the
// browser finds it. A database that the browser gave up, or closed, is not opened again while the index is in use: it may
// be empty by then, and nobody would know.

import { GlowError } from "#base/errors.ts";
import type { Index, IndexChange, Indexes } from "#glow";
import {
  AnswerSize,
  checkIndexChanges,
  checkIndexKeys,
  checkIndexName,
  checkIndexRange,
  indexIsClosed,
  indexIsOpen,
} from "../index-argument.ts";
import { Database, requested } from "./database.ts";

const stores = ["pairs", "marks"] as const;

/** Rows that are asked for at once, so that an answer that becomes too large is noticed before it is all there. */
const pageRows = 1024;

/** Names of the databases that are open in this page. No other page has them: see tab-slot.ts. */
const opened = new Set<string>();

export class IndexedDbIndexes implements Indexes {
  readonly #prefix: string;
  readonly #factory: IDBFactory;

  /** `prefix` comes in front of the names of the databases. `factory` may be that of a storage bucket. */
  constructor(prefix: string, factory: IDBFactory = indexedDB) {
    this.#prefix = prefix;
    this.#factory = factory;
  }

  async open(name: string): Promise<Index> {
    const databaseName = this.#claim(name, "indexes.open");
    try {
      const database = await this.#connect(databaseName);
      if (database !== undefined) return new IndexedDbIndex(databaseName, database, false);
      await this.#delete(databaseName, "indexes.open");
      const anew = await this.#connect(databaseName);
      if (anew !== undefined) return new IndexedDbIndex(databaseName, anew, true);
      throw new GlowError("corrupt", "indexes.open", {
        target: databaseName,
        message: "the browser's storage failed, and again when it was made anew; clear this site's data",
      });
    } catch (error) {
      opened.delete(databaseName);
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    const databaseName = this.#claim(name, "indexes.remove");
    try {
      await this.#delete(databaseName, "indexes.remove");
    } finally {
      opened.delete(databaseName);
    }
  }

  #claim(name: string, op: string): string {
    checkIndexName(name, op);
    const databaseName = `${this.#prefix}-index-${name}`;
    if (opened.has(databaseName)) throw indexIsOpen(op, name);
    opened.add(databaseName);
    return databaseName;
  }

  /** Undefined if it is damaged, or no index of ours. */
  async #connect(databaseName: string): Promise<Database | undefined> {
    const make = (made: IDBDatabase) => {
      for (const store of stores) made.createObjectStore(store);
    };
    const database = new Database(this.#factory, databaseName, stores, make, false);
    try {
      const options = { op: "indexes.open", target: databaseName, mode: "readonly" } as const;
      const isDamaged = await database.run(options, async (transaction) => {
        const mark = await requested(transaction.objectStore("marks").get("damaged"));
        await requested(transaction.objectStore("pairs").getKey(new ArrayBuffer(0)));
        return mark !== undefined;
      });
      if (!isDamaged) return database;
    } catch (error) {
      if (!(error instanceof GlowError) || error.kind !== "corrupt") throw error;
    }
    await database.close();
    return undefined;
  }

  async #delete(databaseName: string, op: string): Promise<void> {
    await requested(this.#factory.deleteDatabase(databaseName)).catch((cause: unknown) => {
      throw new GlowError("corrupt", op, {
        target: databaseName,
        message: "the browser's storage failed; clear this site's data",
        cause,
      });
    });
  }
}

class IndexedDbIndex implements Index {
  readonly wasReset: boolean;
  readonly #databaseName: string;
  readonly #database: Database;
  #damaged = false;
  #closing: Promise<void> | undefined;

  constructor(databaseName: string, database: Database, wasReset: boolean) {
    this.wasReset = wasReset;
    this.#databaseName = databaseName;
    this.#database = database;
  }

  async write(changes: readonly IndexChange[]): Promise<void> {
    checkIndexChanges(changes);
    await this.#write("index.write", "relaxed", (transaction) => {
      const pairs = transaction.objectStore("pairs");
      for (const { key, value } of changes) {
        if (value === null) pairs.delete(bufferOf(key));
        else pairs.put(bufferOf(value), bufferOf(key));
      }
    });
  }

  async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    checkIndexKeys(keys);
    if (keys.length === 0) return [];
    return this.#run("index.read", "readonly", (transaction) => valuesOf(transaction.objectStore("pairs"), keys));
  }

  async range(from: Uint8Array, to: Uint8Array, limit: number, backwards = false): Promise<[Uint8Array, Uint8Array][]> {
    checkIndexRange(from, to, limit);
    // An empty range cannot be asked for, and of 0 rows IndexedDB takes to mean all of them.
    if (limit === 0 || indexedDB.cmp(bufferOf(from), bufferOf(to)) >= 0) return [];
    return this.#run("index.range", "readonly", (transaction) => {
      const rows = backwards ? lastRows : firstRows;
      return rows(transaction.objectStore("pairs"), from, to, limit);
    });
  }

  async clear(): Promise<void> {
    await this.#write("index.clear", "relaxed", (transaction) => void transaction.objectStore("pairs").clear());
  }

  close(): Promise<void> {
    // Assigned when `#close` has begun its own, last write, which is therefore let through.
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const mark = this.#damaged ? "damaged" : "used";
    try {
      await this.#write("index.close", "strict", (transaction) => void transaction.objectStore("marks").put(1, mark));
    } finally {
      await this.#database.close();
      opened.delete(this.#databaseName);
    }
  }

  #write(op: string, durability: IDBTransactionDurability, work: (transaction: IDBTransaction) => void): Promise<void> {
    return this.#run(op, "readwrite", async (transaction) => work(transaction), durability);
  }

  async #run<Result>(
    op: string,
    mode: IDBTransactionMode,
    work: (transaction: IDBTransaction) => Promise<Result>,
    durability: IDBTransactionDurability = "relaxed",
  ): Promise<Result> {
    if (this.#closing !== undefined) throw indexIsClosed(op, this.#databaseName);
    try {
      return await this.#database.run({ op, target: this.#databaseName, mode, durability }, work);
    } catch (error) {
      if (error instanceof GlowError && error.kind === "corrupt") this.#damaged = true;
      throw error;
    }
  }
}

/** One request for each, and one promise for all: requests are answered in their order. */
function valuesOf(pairs: IDBObjectStore, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
  return new Promise((resolve, reject) => {
    const size = new AnswerSize("index.read");
    const values: (Uint8Array | undefined)[] = [];
    const take = (value: Uint8Array | undefined) => {
      size.add(value);
      if (values.push(value) === keys.length) resolve(values);
    };
    for (const key of keys) {
      const request: IDBRequest<ArrayBuffer | undefined> = pairs.get(bufferOf(key));
      request.onsuccess = () => {
        try {
          take(request.result && new Uint8Array(request.result));
        } catch (error) {
          reject(error);
        }
      };
      request.onerror = () => reject(request.error);
    }
  });
}

async function firstRows(
  pairs: IDBObjectStore,
  from: Uint8Array,
  to: Uint8Array,
  limit: number,
): Promise<[Uint8Array, Uint8Array][]> {
  const size = new AnswerSize("index.range");
  const rows: [Uint8Array, Uint8Array][] = [];
  let range = IDBKeyRange.bound(bufferOf(from), bufferOf(to), false, true);
  for (;;) {
    const count = Math.min(limit - rows.length, pageRows);
    const [keys, values] = await Promise.all([
      requested(pairs.getAllKeys(range, count)) as Promise<ArrayBuffer[]>,
      requested(pairs.getAll(range, count)) as Promise<ArrayBuffer[]>,
    ]);
    for (const [i, key] of keys.entries()) addRow(rows, size, key, values[i] as ArrayBuffer);
    const last = keys.at(-1);
    if (last === undefined || keys.length < count || rows.length === limit) return rows;
    range = IDBKeyRange.bound(last, bufferOf(to), true, true);
  }
}

/** Row by row: `getAll` knows only one direction. */
async function lastRows(
  pairs: IDBObjectStore,
  from: Uint8Array,
  to: Uint8Array,
  limit: number,
): Promise<[Uint8Array, Uint8Array][]> {
  const size = new AnswerSize("index.range");
  const rows: [Uint8Array, Uint8Array][] = [];
  const range = IDBKeyRange.bound(bufferOf(from), bufferOf(to), false, true);
  const request = pairs.openCursor(range, "prev");
  for (let cursor = await requested(request); cursor !== null; cursor = await requested(request)) {
    addRow(rows, size, cursor.key as ArrayBuffer, cursor.value as ArrayBuffer);
    if (rows.length === limit) break;
    cursor.continue();
  }
  return rows;
}

function addRow(rows: [Uint8Array, Uint8Array][], size: AnswerSize, key: ArrayBuffer, value: ArrayBuffer): void {
  const row: [Uint8Array, Uint8Array] = [new Uint8Array(key), new Uint8Array(value)];
  size.add(row[0]);
  size.add(row[1]);
  rows.push(row);
}

/** Exactly these bytes, in a buffer of their own. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

// Indexes in IndexedDB: a database each, with one object store whose keys are bytes, which IndexedDB orders as we do.
//
//   pairs    key -> value      both as ArrayBuffer

import type { Index, IndexChange, Indexes } from "#glow";
import {
  checkIndexChanges,
  checkIndexKeys,
  checkIndexName,
  checkIndexRange,
  indexIsClosed,
  indexIsOpen,
} from "../index-argument.ts";
import { Database, requested } from "./database.ts";

export class IndexedDbIndexes implements Indexes {
  readonly #prefix: string;
  readonly #factory: IDBFactory;
  readonly #opened = new Set<string>();

  /** `prefix` comes in front of the names of the databases. `factory` may be that of a storage bucket. */
  constructor(prefix: string, factory: IDBFactory = indexedDB) {
    this.#prefix = prefix;
    this.#factory = factory;
  }

  async open(name: string): Promise<Index> {
    const op = "indexes.open";
    checkIndexName(name, op);
    if (this.#opened.has(name)) throw indexIsOpen(op, name);
    this.#opened.add(name);
    const database = new Database(this.#factory, `${this.#prefix}-index-${name}`, ["pairs"], (opened) => {
      opened.createObjectStore("pairs");
    });
    return new IndexedDbIndex(name, database, () => this.#opened.delete(name));
  }

  async remove(name: string): Promise<void> {
    const op = "indexes.remove";
    checkIndexName(name, op);
    if (this.#opened.has(name)) throw indexIsOpen(op, name);
    await requested(this.#factory.deleteDatabase(`${this.#prefix}-index-${name}`));
  }
}

class IndexedDbIndex implements Index {
  readonly wasReset = false;
  readonly #name: string;
  readonly #database: Database;
  readonly #released: () => void;
  #closed = false;

  constructor(name: string, database: Database, released: () => void) {
    this.#name = name;
    this.#database = database;
    this.#released = released;
  }

  async write(changes: readonly IndexChange[]): Promise<void> {
    checkIndexChanges(changes);
    await this.#run("index.write", "readwrite", async (pairs) => {
      for (const { key, value } of changes) {
        if (value === null) pairs.delete(ownKey(key));
        else pairs.put(Uint8Array.from(value).buffer, ownKey(key));
      }
    });
  }

  async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    checkIndexKeys(keys);
    const found = await this.#run("index.read", "readonly", (pairs) =>
      Promise.all(keys.map((key) => requested(pairs.get(ownKey(key)) as IDBRequest<ArrayBuffer | undefined>))),
    );
    return found.map((value) => (value === undefined ? undefined : new Uint8Array(value)));
  }

  async range(
    from: Uint8Array,
    to: Uint8Array,
    limit: number,
    backwards = false,
  ): Promise<[Uint8Array, Uint8Array][]> {
    checkIndexRange(from, to, limit);
    if (limit === 0 || indexedDB.cmp(ownKey(from), ownKey(to)) >= 0) return [];
    const range = IDBKeyRange.bound(ownKey(from), ownKey(to), false, true);
    return this.#run("index.range", "readonly", async (pairs) => {
      const found: [Uint8Array, Uint8Array][] = [];
      const request = pairs.openCursor(range, backwards ? "prev" : "next");
      for (let cursor = await requested(request); cursor !== null; cursor = await requested(request)) {
        found.push([new Uint8Array(cursor.key as ArrayBuffer), new Uint8Array(cursor.value as ArrayBuffer)]);
        if (found.length === limit) break;
        cursor.continue();
      }
      return found;
    });
  }

  async clear(): Promise<void> {
    await this.#run("index.clear", "readwrite", async (pairs) => void pairs.clear());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#released();
  }

  #run<Result>(
    op: string,
    mode: "readonly" | "readwrite",
    work: (pairs: IDBObjectStore) => Promise<Result>,
  ): Promise<Result> {
    if (this.#closed) throw indexIsClosed(op, this.#name);
    return this.#database.run({ op, target: this.#name, mode }, (transaction) => work(transaction.objectStore("pairs")));
  }
}

/** Exactly these bytes, in a buffer of their own. */
function ownKey(key: Uint8Array): ArrayBuffer {
  return Uint8Array.from(key).buffer;
}

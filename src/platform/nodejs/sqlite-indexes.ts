// Indexes in SQLite files of one folder, worked on in a thread of their own.

import { join, resolve } from "node:path";
import type { Index, IndexChange, Indexes } from "#glow";
import {
  checkIndexChanges,
  checkIndexKeys,
  checkIndexName,
  checkIndexRange,
  indexIsClosed,
} from "../index-argument.ts";
import { packBytes, unpackBytes } from "./packed-bytes.ts";
import type { SqliteRequest } from "./sqlite-messages.ts";
import { SqliteThread } from "./sqlite-thread.ts";

export class SqliteIndexes implements Indexes {
  readonly #folder: string;

  /** The folder is made when it is missing. */
  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async open(name: string): Promise<Index> {
    checkIndexName(name, "indexes.open");
    const path = this.#path(name);
    const thread = SqliteThread.acquire();
    try {
      const { wasReset } = await thread.request({ type: "open", path });
      return new SqliteIndex(thread, path, wasReset === true);
    } catch (error) {
      thread.release();
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    checkIndexName(name, "indexes.remove");
    const thread = SqliteThread.acquire();
    try {
      await thread.request({ type: "remove", path: this.#path(name) });
    } finally {
      thread.release();
    }
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.sqlite`);
  }
}

class SqliteIndex implements Index {
  readonly wasReset: boolean;
  readonly #thread: SqliteThread;
  readonly #path: string;
  #closed = false;

  constructor(thread: SqliteThread, path: string, wasReset: boolean) {
    this.wasReset = wasReset;
    this.#thread = thread;
    this.#path = path;
  }

  async write(changes: readonly IndexChange[]): Promise<void> {
    checkIndexChanges(changes);
    const list: (Uint8Array | null)[] = [];
    for (const { key, value } of changes) list.push(key, value);
    await this.#request({ type: "write", path: this.#path, bytes: packBytes(list) });
  }

  async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    checkIndexKeys(keys);
    const { bytes } = await this.#request({ type: "read", path: this.#path, bytes: packBytes(keys) });
    return unpackBytes(bytes as ArrayBuffer);
  }

  async range(from: Uint8Array, to: Uint8Array, limit: number, backwards = false): Promise<[Uint8Array, Uint8Array][]> {
    checkIndexRange(from, to, limit);
    const request = { type: "range", path: this.#path, bytes: packBytes([from, to]), limit, backwards } as const;
    const { bytes } = await this.#request(request);
    const list = unpackBytes(bytes as ArrayBuffer) as Uint8Array[];
    const rows: [Uint8Array, Uint8Array][] = [];
    for (let i = 0; i < list.length; i += 2) rows.push([list[i] as Uint8Array, list[i + 1] as Uint8Array]);
    return rows;
  }

  async clear(): Promise<void> {
    await this.#request({ type: "clear", path: this.#path });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const closing = this.#request({ type: "close", path: this.#path });
    this.#closed = true;
    try {
      await closing;
    } finally {
      this.#thread.release();
    }
  }

  #request(request: SqliteRequest): ReturnType<SqliteThread["request"]> {
    if (this.#closed) throw indexIsClosed(`index.${request.type}`, this.#path);
    return this.#thread.request(request);
  }
}

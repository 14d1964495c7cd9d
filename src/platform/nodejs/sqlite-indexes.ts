// Indexes in SQLite files.

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Index, IndexChange, Indexes } from "#glow";
import {
  checkIndexChanges,
  checkIndexKeys,
  checkIndexName,
  checkIndexRange,
  indexIsClosed,
  indexIsOpen,
} from "../index-argument.ts";
import { SqliteFile } from "./sqlite-file.ts";

export class SqliteIndexes implements Indexes {
  readonly #folder: string;
  readonly #opened = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(name: string): Promise<Index> {
    checkIndexName(name, "indexes.open");
    if (this.#opened.has(name)) throw indexIsOpen("indexes.open", name);
    this.#opened.add(name);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `${name}.sqlite`);
    try {
      return this.#opening(name, new SqliteFile(path), false);
    } catch {
      await rm(path, { force: true });
      return this.#opening(name, new SqliteFile(path), true);
    }
  }

  async remove(name: string): Promise<void> {
    checkIndexName(name, "indexes.remove");
    if (this.#opened.has(name)) throw indexIsOpen("indexes.remove", name);
    await rm(join(this.#folder, `${name}.sqlite`), { force: true });
  }

  #opening(name: string, file: SqliteFile, wasReset: boolean): Index {
    return new SqliteIndex(name, file, wasReset, () => this.#opened.delete(name));
  }
}

class SqliteIndex implements Index {
  readonly wasReset: boolean;
  readonly #name: string;
  readonly #released: () => void;
  #file: SqliteFile | undefined;

  constructor(name: string, file: SqliteFile, wasReset: boolean, released: () => void) {
    this.wasReset = wasReset;
    this.#name = name;
    this.#file = file;
    this.#released = released;
  }

  async write(changes: readonly IndexChange[]): Promise<void> {
    checkIndexChanges(changes);
    this.#open("index.write").write(changes);
  }

  async read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    checkIndexKeys(keys);
    return this.#open("index.read").read(keys);
  }

  async range(
    from: Uint8Array,
    to: Uint8Array,
    limit: number,
    backwards = false,
  ): Promise<[Uint8Array, Uint8Array][]> {
    checkIndexRange(from, to, limit);
    return this.#open("index.range").range(from, to, limit, backwards);
  }

  async clear(): Promise<void> {
    this.#open("index.clear").clear();
  }

  async close(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    this.#released();
  }

  #open(op: string): SqliteFile {
    if (this.#file === undefined) throw indexIsClosed(op, this.#name);
    return this.#file;
  }
}

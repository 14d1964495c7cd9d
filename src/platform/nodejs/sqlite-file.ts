// One SQLite file of pairs, called synchronously.

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { IndexChange } from "#glow";

export class SqliteFile {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #get: StatementSync;
  readonly #forwards: StatementSync;
  readonly #backwards: StatementSync;

  constructor(path: string) {
    const database = new DatabaseSync(path);
    this.#database = database;
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    database.exec("CREATE TABLE IF NOT EXISTS pairs (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL)");
    this.#put = database.prepare(
      "INSERT INTO pairs (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.#remove = database.prepare("DELETE FROM pairs WHERE key = ?");
    this.#get = database.prepare("SELECT value FROM pairs WHERE key = ?");
    const range = "SELECT key, value FROM pairs WHERE key >= ? AND key < ? ORDER BY key";
    this.#forwards = database.prepare(`${range} LIMIT ?`);
    this.#backwards = database.prepare(`${range} DESC LIMIT ?`);
  }

  write(changes: readonly IndexChange[]): void {
    this.#database.exec("BEGIN");
    try {
      for (const { key, value } of changes) {
        if (value === null) this.#remove.run(key);
        else this.#put.run(key, value);
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  read(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return keys.map((key) => this.#get.get(key)?.["value"] as Uint8Array | undefined);
  }

  range(from: Uint8Array, to: Uint8Array, limit: number, backwards: boolean): [Uint8Array, Uint8Array][] {
    const rows = (backwards ? this.#backwards : this.#forwards).all(from, to, limit);
    return rows.map((row) => [row["key"] as Uint8Array, row["value"] as Uint8Array]);
  }

  clear(): void {
    this.#database.exec("DELETE FROM pairs");
  }

  close(): void {
    this.#database.close();
  }
}

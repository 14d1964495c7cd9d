// One SQLite file of pairs, called synchronously: what the worker of the indexes works on. docs/storage.md says how its
// settings were chosen.
//
// A row has the CRC-32 of its key and value, checked whenever it is read, so that what the medium changed is never taken
// for data. What else a medium can do (rows gone, pages mixed) is looked for when a file is opened: after a close by the
// checksum of the whole file (sqlite-mark.ts), after a crash by SQLite's own check.

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { GlowError } from "#base/errors.ts";
import { indexLimits } from "#base/limits.ts";
import { AnswerSize } from "../index-argument.ts";
import { sqliteError } from "./sqlite-error.ts";
import { markClean, markDamaged, readMark, removeFiles, removeMark } from "./sqlite-mark.ts";

const pageBytes = 8192;
const cacheKiB = 16 * 1024;
/** The write-ahead log is brought into the file when it has grown past this; past twice that, its room is given back. */
const logBytes = 32 * 1024 * 1024;
/** Up to this size each row is looked at after a crash: 10 s/GB. The quick check of larger ones takes 0.6 s/GB. */
const fullCheckBytes = 64 * 1024 * 1024;

/** As SQLite keeps it: another text is another layout, and the file is made anew. */
const schema =
  "CREATE TABLE pairs (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, sum INTEGER NOT NULL)";

const settings = `
  PRAGMA page_size = ${pageBytes};
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = ${2 * logBytes};
  PRAGMA cache_size = -${cacheKiB};
  PRAGMA mmap_size = 0;
  PRAGMA temp_store = MEMORY;
  PRAGMA cell_size_check = ON;
  PRAGMA trusted_schema = OFF;
`;

const rangeQuery = "SELECT key, value, sum FROM pairs WHERE key >= ? AND key < ? ORDER BY key";

export interface OpenedSqliteFile {
  readonly file: SqliteFile;
  /** Whether what was there had to be thrown away. */
  readonly wasReset: boolean;
}

export class SqliteFile {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #get: StatementSync;
  readonly #forwards: StatementSync;
  readonly #backwards: StatementSync;
  readonly #logSize: StatementSync;
  #damaged = false;

  /**
   * Opens or makes it. What is damaged, or no index, is thrown away. `unavailable` if it is open elsewhere; `denied`,
   * `exhausted` if nothing can be made at this path.
   */
  static open(path: string, mostBytes: number = indexLimits.fileBytes): OpenedSqliteFile {
    const op = "indexes.open";
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const found = readMark(path);
      const kept = found === "clean" || found === "unclean" ? SqliteFile.#openKept(path, found, mostBytes) : undefined;
      if (kept !== undefined) return { file: kept, wasReset: false };
      if (found === "absent") removeMark(path);
      else removeUnused(path);
      return { file: new SqliteFile(path, connect(path, "make", mostBytes)), wasReset: found !== "absent" };
    } catch (thrown) {
      throw sqliteError(thrown, op, path);
    }
  }

  /** Undefined if it is not to be used. */
  static #openKept(path: string, found: "clean" | "unclean", mostBytes: number): SqliteFile | undefined {
    let database: DatabaseSync | undefined;
    try {
      removeMark(path);
      database = connect(path, "keep", mostBytes);
      if (found === "unclean") check(database, path);
      return new SqliteFile(path, database);
    } catch (thrown) {
      database?.close();
      const error = sqliteError(thrown, "indexes.open", path);
      if (error.kind === "unavailable" || error.kind === "exhausted") throw error;
      return undefined;
    }
  }

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#put = database.prepare(
      "INSERT INTO pairs (key, value, sum) VALUES (?, ?, ?) " +
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum",
    );
    this.#remove = database.prepare("DELETE FROM pairs WHERE key = ?");
    this.#get = database.prepare("SELECT value, sum FROM pairs WHERE key = ?");
    this.#forwards = database.prepare(`${rangeQuery} LIMIT ?`);
    this.#backwards = database.prepare(`${rangeQuery} DESC LIMIT ?`);
    this.#logSize = database.prepare("PRAGMA wal_checkpoint(NOOP)");
    for (const statement of [this.#get, this.#forwards, this.#backwards]) statement.setReturnArrays(true);
  }

  /** All or nothing. `changes` are keys, each with its value behind it; undefined removes. */
  write(changes: readonly (Uint8Array | undefined)[]): void {
    this.#attempt("index.write", () => {
      this.#bringIn();
      this.#transaction(() => {
        for (const at of inOrder(changes)) {
          const key = changes[at] as Uint8Array;
          const value = changes[at + 1];
          if (value === undefined) this.#remove.run(key);
          else this.#put.run(key, value, sumOf(key, value));
        }
      });
    });
  }

  read(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return this.#attempt("index.read", (op) => {
      const size = new AnswerSize(op);
      return keys.map((key) => {
        const row = this.#get.get(key);
        if (row === undefined) return undefined;
        const [value, sum] = columnsOf(row) as [Uint8Array, number];
        size.add(value);
        return checked(key, value, sum);
      });
    });
  }

  /** Keys, each with its value behind it. */
  range(from: Uint8Array, to: Uint8Array, limit: number, backwards: boolean): Uint8Array[] {
    return this.#attempt("index.range", (op) => {
      const size = new AnswerSize(op);
      const found: Uint8Array[] = [];
      for (const row of (backwards ? this.#backwards : this.#forwards).iterate(from, to, limit)) {
        const [key, value, sum] = columnsOf(row) as [Uint8Array, Uint8Array, number];
        size.add(key);
        size.add(value);
        found.push(key, checked(key, value, sum));
      }
      return found;
    });
  }

  clear(): void {
    this.#attempt("index.clear", () => {
      this.#bringIn();
      this.#transaction(() => this.#database.exec("DELETE FROM pairs"));
    });
  }

  /** Gives back the pages that it holds in memory, which are read again when they are needed. */
  shrink(): void {
    this.#database.exec("PRAGMA shrink_memory");
  }

  /** Everything is in the file, and on the medium. The file is given up even if that fails. */
  close(): void {
    this.#attempt("index.close", () => {
      try {
        if (!this.#damaged) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } finally {
        this.#database.close();
      }
      if (!this.#damaged) markClean(this.#path);
    });
  }

  #transaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (thrown) {
      // SQLite has done so by itself where the disk is full or the medium failed.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw thrown;
    }
  }

  /**
   * Before a write, and not by SQLite, which does it behind one: a log whose content is in the file already would lie
   * there until the next write, and damage in it would mix old pages with new ones.
   */
  #bringIn(): void {
    const pages = this.#logSize.get()?.["log"];
    if (typeof pages !== "number" || pages * pageBytes <= logBytes) return;
    this.#database.exec("PRAGMA wal_checkpoint(RESTART)");
  }

  #attempt<Op extends string, Result>(op: Op, work: (op: Op) => Result): Result {
    try {
      return work(op);
    } catch (thrown) {
      const error = sqliteError(thrown, op, this.#path);
      if (error.kind === "corrupt") this.#giveUp();
      throw error;
    }
  }

  #giveUp(): void {
    this.#damaged = true;
    try {
      markDamaged(this.#path);
    } catch {
      // A disk that takes no mark: then the file is checked as after a crash.
    }
  }
}

function connect(path: string, purpose: "make" | "keep", mostBytes: number): DatabaseSync {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    database.exec(`${settings} PRAGMA max_page_count = ${Math.floor(mostBytes / pageBytes)}`);
    if (purpose === "make") {
      database.exec(schema);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    const found = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all();
    if (found.length !== 1 || found[0]?.["sql"] !== schema) throw damage("it is of another layout");
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Removes what is no index any more; throws if another program is using it all the same. */
function removeUnused(path: string): void {
  try {
    const database = new DatabaseSync(path);
    try {
      database.exec("BEGIN EXCLUSIVE");
    } finally {
      database.close();
    }
  } catch (thrown) {
    if (sqliteError(thrown, "indexes.open", path).kind === "unavailable") throw thrown;
  }
  removeFiles(path);
}

/** Throws `corrupt` if it finds damage. */
function check(database: DatabaseSync, path: string): void {
  const fully = statSync(path).size <= fullCheckBytes;
  const [row] = database.prepare(`PRAGMA ${fully ? "integrity_check" : "quick_check"}(1)`).all();
  const found = String(Object.values(row ?? {})[0]);
  if (found !== "ok") throw damage(found);
  if (!fully) return;
  const rows = database.prepare("SELECT key, value, sum FROM pairs");
  rows.setReturnArrays(true);
  for (const each of rows.iterate()) {
    const [key, value, sum] = columnsOf(each) as [Uint8Array, Uint8Array, number];
    checked(key, value, sum);
  }
}

/** Where the keys lie, in their order: rows that are written in it share pages, which saves a fifth of the time. */
function inOrder(changes: readonly (Uint8Array | undefined)[]): number[] {
  const places = Array.from({ length: changes.length / 2 }, (_, i) => 2 * i);
  // Stable, so that the later of two changes of one key stays the later.
  return places.sort((a, b) => Buffer.compare(changes[a] as Uint8Array, changes[b] as Uint8Array));
}

function sumOf(key: Uint8Array, value: Uint8Array): number {
  // Signed, it takes SQLite four bytes.
  return crc32(value, crc32(key)) | 0;
}

function checked(key: Uint8Array, value: Uint8Array, sum: number): Uint8Array {
  // Of a damaged row SQLite may even give another type.
  if (key instanceof Uint8Array && value instanceof Uint8Array && sumOf(key, value) === sum) return value;
  throw damage("a row is not what was written");
}

/** Rows come as arrays (`setReturnArrays`), which the types of node:sqlite do not know. */
function columnsOf(row: unknown): readonly unknown[] {
  return row as unknown[];
}

function damage(what: string): GlowError {
  return new GlowError("corrupt", "index.check", {
    message: `the index is damaged, and has to be rebuilt: open it anew (${what})`,
  });
}

// Sees to it that a home has one node: a lock of the system, held through SQLite, since Node itself has none. It goes with the
// process, however that ends, so nothing stale is ever left; the note beside it only says who holds it.
//
//   lock   an empty SQLite database, locked       node.pid   JSON: "pid", "startedAt"

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { GlowError } from "#base/errors.ts";

export class HomeLock {
  readonly #home: string;
  readonly #database: DatabaseSync;

  private constructor(home: string, database: DatabaseSync) {
    this.#home = home;
    this.#database = database;
  }

  /** `already-exists`, naming the process, if another one has it; `exhausted` on a full disk, `unavailable` if no file can be made. */
  static take(home: string, startedAt: Date): HomeLock {
    const database = openLocked(home);
    try {
      writeFileSync(join(home, "node.pid"), `${JSON.stringify({ pid: process.pid, startedAt })}\n`, { mode: 0o600 });
    } catch (cause) {
      database.close();
      throw (cause as NodeJS.ErrnoException).code === "ENOSPC" ? full(home, cause) : cause;
    }
    return new HomeLock(home, database);
  }

  release(): void {
    if (!this.#database.isOpen) return;
    rmSync(join(this.#home, "node.pid"), { force: true });
    this.#database.close();
  }
}

function openLocked(home: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(home, "lock"), { timeout: 0 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database?.close();
    const { errcode, message } = cause as { errcode?: number; message: string };
    // SQLITE_BUSY and SQLITE_LOCKED.
    if (errcode !== undefined && [5, 6].includes(errcode & 0xff)) throw heldBy(home, cause);
    // SQLITE_FULL.
    if (errcode !== undefined && (errcode & 0xff) === 13) throw full(home, cause);
    throw new GlowError("unavailable", "home.lock", {
      target: home,
      message: `this home cannot be locked (${message}): may it be written to, and is its file system a local one?`,
      cause,
    });
  }
}

function full(home: string, cause: unknown): GlowError {
  const message = "the disk is full: make room there, and start the node again; or give another home with --home";
  return new GlowError("exhausted", "home.lock", { target: home, message, cause });
}

function heldBy(home: string, cause: unknown): GlowError {
  const pid = readPid(home);
  const who = pid === undefined ? "a node" : `a node, process ${pid},`;
  const message = `${who} runs in this home already; ask it with \`glow status\`, or give another --home`;
  return new GlowError("already-exists", "home.lock", { target: home, message, cause });
}

/** Of the node that has the home, if it has told. */
function readPid(home: string): number | undefined {
  try {
    const { pid }: { pid?: unknown } = JSON.parse(readFileSync(join(home, "node.pid"), "utf8"));
    return typeof pid === "number" ? pid : undefined;
  } catch {
    return undefined;
  }
}

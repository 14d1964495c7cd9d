// What SQLite's result codes (https://sqlite.org/rescode.html) mean to Glow.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import { fileSystemError } from "./file-system-error.ts";

const corruptCode = 11;

const kinds: Readonly<Record<number, readonly [ErrorKind, string]>> = {
  5: ["unavailable", "another program has this index open; close it there first"],
  6: ["unavailable", "this index is in use; close it first"],
  7: ["exhausted", "there is no memory left"],
  8: ["denied", "the index's file is read-only; check its owner and mode"],
  10: ["corrupt", "the medium failed, and the index has to be rebuilt; check the medium"],
  [corruptCode]: ["corrupt", "the index is damaged, and has to be rebuilt: open it anew"],
  13: ["exhausted", "the disk is full; make room and try again"],
  14: ["denied", "the index's file cannot be opened; check the owner and mode of its folder"],
  26: ["corrupt", "the index's file is none, and has to be rebuilt: open it anew"],
};

/** A GlowError for what a call of node:sqlite or node:fs threw; `internal` for a code that nobody expects. */
export function sqliteError(thrown: unknown, op: string, target: string): GlowError {
  const code = resultCode(thrown);
  const known = code === undefined ? undefined : kinds[code & 0xff];
  if (known === undefined) return fileSystemError(thrown, op, target);
  const [kind, message] = known;
  return new GlowError(kind, op, { target, message: `${message} (SQLite ${code})`, cause: thrown });
}

/** Its lowest eight bits are the primary code. */
function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ("errcode" in thrown && typeof thrown.errcode === "number") return thrown.errcode;
  // A number that no JavaScript number holds, which nobody has written: what a damaged row may show.
  return "code" in thrown && thrown.code === "ERR_OUT_OF_RANGE" ? corruptCode : undefined;
}

// The thread in which the indexes of a process live: SQLite is synchronous, and a write of some thousand rows takes it
// longer than the main thread may be away.

import { parentPort } from "node:worker_threads";
import { assert, GlowError } from "#base/errors.ts";
import { packBytes, unpackBytes } from "./packed-bytes.ts";
import { sqliteError } from "./sqlite-error.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { removeFiles } from "./sqlite-mark.ts";
import type { SqliteReply, SqliteRequest } from "./sqlite-messages.ts";

const files = new Map<string, SqliteFile>();

function answer(request: SqliteRequest): SqliteReply {
  try {
    return work(request);
  } catch (thrown) {
    const { kind, op, message } = sqliteError(thrown, `index.${request.type}`, request.path);
    return { type: "failed", kind, op, message };
  }
}

function work(request: SqliteRequest): SqliteReply {
  const { path } = request;
  switch (request.type) {
    case "open": {
      if (files.has(path)) throw inUse("indexes.open", path);
      const { file, wasReset } = SqliteFile.open(path);
      files.set(path, file);
      return { type: "done", wasReset };
    }
    case "remove":
      if (files.has(path)) throw inUse("indexes.remove", path);
      removeFiles(path);
      return { type: "done" };
    case "write":
      fileOf(path).write(unpackBytes(request.bytes));
      return { type: "done" };
    case "read":
      return { type: "done", bytes: packBytes(fileOf(path).read(unpackBytes(request.bytes) as Uint8Array[])) };
    case "range": {
      const [from, to] = unpackBytes(request.bytes) as [Uint8Array, Uint8Array];
      return { type: "done", bytes: packBytes(fileOf(path).range(from, to, request.limit, request.backwards)) };
    }
    case "clear":
      fileOf(path).clear();
      return { type: "done" };
    case "close": {
      const file = fileOf(path);
      files.delete(path);
      file.close();
      return { type: "done" };
    }
  }
}

function fileOf(path: string): SqliteFile {
  const file = files.get(path);
  assert(file !== undefined, `an index is used only while it is open, not ${path}`);
  return file;
}

function inUse(op: string, path: string): GlowError {
  return new GlowError("unavailable", op, {
    target: path,
    message: "this index is open already; close it there first",
  });
}

/** Pages in memory, and what freed answers have left, are worth their room only while somebody asks. */
function rest(): void {
  resting = undefined;
  for (const file of files.values()) file.shrink();
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}

const restMs = 10_000;
let resting: NodeJS.Timeout | undefined;

parentPort?.on("message", (request: SqliteRequest) => {
  if (resting === undefined) resting = setTimeout(rest, restMs).unref();
  else resting.refresh();
  const reply = answer(request);
  parentPort?.postMessage(reply, reply.type === "done" && reply.bytes !== undefined ? [reply.bytes] : []);
});

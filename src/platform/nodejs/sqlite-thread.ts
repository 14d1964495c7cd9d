// The main thread's end of the worker in which the indexes live: one for all indexes of a process, there while one of them
// is open or being worked on, and started anew should it die.

import { Worker } from "node:worker_threads";
import { GlowError } from "#base/errors.ts";
import type { SqliteReply, SqliteRequest } from "./sqlite-messages.ts";

type Done = Extract<SqliteReply, { type: "done" }>;

/** The young generation kept small: dead buffers of answers pile up in it. The old one holds what one call is about. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 512 };

interface Waiting {
  readonly request: SqliteRequest;
  readonly resolve: (reply: Done) => void;
  readonly reject: (error: GlowError) => void;
}

let current: SqliteThread | undefined;

export class SqliteThread {
  readonly #worker: Worker;
  /** Answered in this order. */
  #waiting: Waiting[] = [];
  #users = 0;
  #ended: GlowError | undefined;

  /** The thread of this process. Each call needs a `release`. */
  static acquire(): SqliteThread {
    current ??= new SqliteThread();
    current.#users++;
    return current;
  }

  private constructor() {
    const worker = new Worker(new URL("./sqlite-worker.ts", import.meta.url), { name: "glow-index", resourceLimits });
    this.#worker = worker;
    worker.on("message", (reply: SqliteReply) => this.#answered(reply));
    worker.on("error", (error) => this.#end(String(error)));
    worker.on("exit", () => this.#end());
    // An idle index keeps no process alive, just as an open file does not.
    worker.unref();
  }

  release(): void {
    this.#users--;
    if (this.#users > 0 || current !== this) return;
    current = undefined;
    void this.#worker.terminate();
  }

  request(request: SqliteRequest): Promise<Done> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ request, resolve, reject }) === 1) this.#worker.ref();
      this.#worker.postMessage(request, "bytes" in request ? [request.bytes] : []);
    });
  }

  #answered(reply: SqliteReply): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (waiting === undefined) return;
    if (reply.type === "done") waiting.resolve(reply);
    else waiting.reject(new GlowError(reply.kind, reply.op, { target: waiting.request.path, message: reply.message }));
  }

  #end(why?: string): void {
    if (this.#ended !== undefined) return;
    if (current === this) current = undefined;
    const what = `the thread of the indexes ended by itself${why === undefined ? "" : ` (${why})`}`;
    this.#ended = new GlowError("unavailable", "index.use", { message: `${what}; close the index and open it anew` });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(this.#ended);
  }
}

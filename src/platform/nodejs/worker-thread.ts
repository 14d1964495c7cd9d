// Threads of Node (`node:worker_threads`).

import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { assert, GlowError } from "#base/errors.ts";
import type { StartThread, ThreadEvents, ThreadPort, WorkerThread } from "../worker-thread.ts";

/** Starts threads that run the script at `script`: `new URL("./x.ts", import.meta.url)`. */
export function nodeThreads(script: URL): StartThread {
  return (events) => new NodeWorkerThread(script, events);
}

/** To whoever started this thread. A defect in the main thread. */
export function nodeThreadPort(): ThreadPort {
  const port = parentPort;
  assert(!isMainThread && port !== null, "this script runs in a thread");
  return {
    post: (message, transfer) => port.postMessage(message, [...transfer]),
    receive: (message) => port.on("message", message),
  };
}

/** Node says with each start of a thread that uses `node:ffi` (see linux-calls.ts) that it is experimental. */
const execArgv = ["--disable-warning=ExperimentalWarning"];

class NodeWorkerThread implements WorkerThread {
  readonly #worker: Worker;
  readonly #target: string;
  #reason: GlowError | undefined;

  constructor(script: URL, events: ThreadEvents) {
    this.#target = script.pathname.slice(script.pathname.lastIndexOf("/") + 1);
    this.#worker = new Worker(script, { name: this.#target, execArgv });
    this.#worker.on("message", (message) => events.message(message));
    this.#worker.on("messageerror", (cause) => this.#crash(cause, "sent what cannot be read"));
    this.#worker.on("error", (cause) => this.#crash(cause, "has crashed"));
    this.#worker.on("exit", (code) => events.ended(this.#reason ?? this.#died(`has ended by itself (${code})`)));
  }

  post(message: unknown, transfer: readonly ArrayBuffer[]): void {
    try {
      this.#worker.postMessage(message, [...transfer]);
    } catch (cause) {
      const text = "this message holds what no other thread can get";
      throw new GlowError("invalid", "thread.post", { target: this.#target, message: text, cause });
    }
  }

  async terminate(): Promise<void> {
    this.#reason ??= new GlowError("cancelled", "thread.run", { target: this.#target, message: "it was terminated" });
    await this.#worker.terminate();
  }

  #crash(cause: unknown, what: string): void {
    this.#reason ??= this.#died(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    void this.#worker.terminate();
  }

  #died(what: string, cause?: unknown): GlowError {
    const message = `the thread ${this.#target} ${what}`;
    return new GlowError("internal", "thread.run", { target: this.#target, message, cause });
  }
}

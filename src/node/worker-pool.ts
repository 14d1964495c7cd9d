// A few threads for work that would hold up this one: started when there is something to do, ended when there has been
// nothing for a while. Each does one job at a time; a crash fails the job it happened in, and the next gets a new thread.

import { GlowError } from "#base/errors.ts";
import { workerLimits } from "#base/limits.ts";
import type { Timer, Timers } from "#glow";
import type { StartThread, WorkerThread } from "#platform/worker-thread.ts";
import type { FromThread, ThreadError, ToThread } from "./worker-jobs.ts";

export interface WorkerPoolOptions {
  /** Starts a thread whose script calls `serveJobs`. */
  readonly start: StartThread;
  /** How many at most: as many as there are cores. */
  readonly threads: number;
  readonly timers: Timers;
}

export interface JobOptions {
  /** Buffers in the argument that move to the thread instead of being copied: empty here from then on. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Gives the job up: `run` fails as `cancelled` at once, and the thread is told. */
  readonly signal?: AbortSignal | undefined;
  /** Gets what the job says before its end. Nothing holds it back, so a job should say no more than fits memory. */
  readonly progress?: (value: unknown) => void;
}

interface Job {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
  readonly options: JobOptions;
  readonly outcome: PromiseWithResolvers<unknown>;
  readonly abort: () => void;
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #threads = new Set<PoolThread>();
  /** Those that wait for a thread, first come, first served. */
  readonly #waiting = new Set<Job>();
  #lastId = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Threads that live, whether they work or not. */
  get threadCount(): number {
    return this.#threads.size;
  }

  /**
   * What the job of this name gives for the argument, which must be plain data. Fails as the job does; `internal` if its
   * thread crashed, `cancelled` by the signal or by `close`, `exhausted` if `workerLimits.waitingJobs` wait already,
   * `released` after `close`.
   */
  async run<Result>(name: string, argument: unknown, options: JobOptions = {}): Promise<Result> {
    if (this.#closed) throw jobError("released", name, "the pool of threads was closed");
    if (options.signal?.aborted === true) throw cancelled(name);
    if (this.#waiting.size >= workerLimits.waitingJobs) {
      throw jobError("exhausted", name, `${workerLimits.waitingJobs} jobs wait for a thread: await some first`);
    }
    const outcome = Promise.withResolvers<unknown>();
    const job: Job = { id: ++this.#lastId, name, argument, options, outcome, abort: () => this.#cancel(job) };
    options.signal?.addEventListener("abort", job.abort, { once: true });
    try {
      this.#waiting.add(job);
      this.#dispatch();
      return (await outcome.promise) as Result;
    } finally {
      this.#waiting.delete(job);
      options.signal?.removeEventListener("abort", job.abort);
    }
  }

  /** Jobs that wait or run fail as `cancelled`. Resolves when all threads are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting) job.outcome.reject(cancelled(job.name));
    this.#waiting.clear();
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  #dispatch(): void {
    for (const job of this.#waiting) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      this.#waiting.delete(job);
      thread.run(job);
    }
  }

  #freeThread(): PoolThread | undefined {
    for (const thread of this.#threads) if (thread.free) return thread;
    if (this.#threads.size >= this.#options.threads) return undefined;
    const thread = new PoolThread(this.#options, {
      free: () => this.#dispatch(),
      gone: () => {
        this.#threads.delete(thread);
        this.#dispatch();
      },
    });
    this.#threads.add(thread);
    return thread;
  }

  #cancel(job: Job): void {
    job.outcome.reject(cancelled(job.name));
    if (this.#waiting.delete(job)) return;
    for (const thread of this.#threads) thread.cancel(job);
  }
}

/** One thread of a pool, from its first job to its end. */
class PoolThread {
  readonly #timers: Timers;
  readonly #events: { free(): void; gone(): void };
  readonly #thread: WorkerThread;
  #job: Job | undefined;
  /** Runs out when it has had nothing to do for too long, or does not let go of a job that was given up. */
  #patience: Timer | undefined;
  #ending = false;

  constructor({ start, timers }: WorkerPoolOptions, events: { free(): void; gone(): void }) {
    this.#timers = timers;
    this.#events = events;
    this.#thread = start({
      message: (message) => this.#message(message as FromThread),
      ended: (reason) => this.#ended(reason),
    });
  }

  get free(): boolean {
    return this.#job === undefined && !this.#ending;
  }

  run(job: Job): void {
    this.#patience?.cancel();
    this.#job = job;
    try {
      const { id, name, argument, options } = job;
      this.#post({ type: "run", id, job: name, argument }, options.transfer);
    } catch (error) {
      job.outcome.reject(error);
      this.#rest();
    }
  }

  /** The thread is taken for as long as the job does not end, and for `workerLimits.cancelMs` at most. */
  cancel(job: Job): void {
    if (this.#job !== job || this.#ending) return;
    this.#post({ type: "cancel", id: job.id });
    this.#patience = this.#timers.after(workerLimits.cancelMs, () => void this.close());
  }

  async close(): Promise<void> {
    this.#ending = true;
    this.#patience?.cancel();
    await this.#thread.terminate();
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#thread.post(message, transfer);
  }

  #message(message: FromThread): void {
    const job = this.#job;
    if (job?.id !== message.id || this.#ending) return;
    if (message.type === "progress") {
      if (job.options.signal?.aborted !== true) job.options.progress?.(message.value);
      return;
    }
    if (message.type === "done") job.outcome.resolve(message.value);
    else job.outcome.reject(errorOf(message.error));
    this.#rest();
    this.#events.free();
  }

  #rest(): void {
    this.#job = undefined;
    this.#patience?.cancel();
    this.#patience = this.#timers.after(workerLimits.idleMs, () => void this.close());
  }

  #ended(reason: GlowError): void {
    this.#ending = true;
    this.#patience?.cancel();
    this.#job?.outcome.reject(
      new GlowError(reason.kind, "job.run", {
        target: this.#job.name,
        message: `the job ${this.#job.name} was lost: ${reason.message}`,
        cause: reason,
      }),
    );
    this.#job = undefined;
    this.#events.gone();
  }
}

function errorOf({ kind, op, target, message }: ThreadError): GlowError {
  return new GlowError(kind, op, { target, message });
}

function cancelled(name: string): GlowError {
  return jobError("cancelled", name, "the job was given up before it had ended");
}

function jobError(kind: "released" | "exhausted" | "cancelled", name: string, message: string): GlowError {
  return new GlowError(kind, "job.run", { target: name, message });
}

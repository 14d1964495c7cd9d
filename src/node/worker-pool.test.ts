// The pool's own logic over threads that live in this one, with the code that real threads run and virtual time. Real
// threads are in test/runtime/workers/worker-pool.test.ts.

import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { workerLimits } from "#base/limits.ts";
import type { Timer, Timers } from "#glow";
import type { StartThread, ThreadEvents, WorkerThread } from "#platform/worker-thread.ts";
import { type JobHandlers, serveJobs } from "./worker-jobs.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Timers that ring when told to. */
class HandTimers implements Timers {
  readonly #waiting: { readonly dueMs: number; readonly task: () => void }[] = [];
  #nowMs = 0;

  after(delayMs: number, task: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, task };
    this.#waiting.push(timer);
    return {
      cancel: () => {
        const at = this.#waiting.indexOf(timer);
        if (at !== -1) this.#waiting.splice(at, 1);
      },
    };
  }

  endOfTurn(task: () => void): void {
    this.after(0, task);
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    for (const { task } of this.#waiting.filter(({ dueMs }) => dueMs <= this.#nowMs)) task();
  }
}

/** A thread within this one: messages are copied as between real ones, and arrive in a later microtask. */
class LocalThread implements WorkerThread {
  readonly #events: ThreadEvents;
  readonly #handlers: JobHandlers;
  #receive: (message: unknown) => void = () => undefined;
  #gone = false;

  constructor(events: ThreadEvents, handlers: JobHandlers) {
    this.#events = events;
    this.#handlers = handlers;
    serveJobs(
      {
        post: (message, transfer) => this.#later(structuredClone(message, { transfer: [...transfer] }), events.message),
        receive: (message) => {
          this.#receive = message;
        },
      },
      this.#handlers,
    );
  }

  post(message: unknown, transfer: readonly ArrayBuffer[]): void {
    this.#later(structuredClone(message, { transfer: [...transfer] }), (each) => this.#receive(each));
  }

  async terminate(): Promise<void> {
    this.die(new GlowError("cancelled", "thread.run", { message: "it was terminated" }));
    await Promise.resolve();
  }

  die(reason: GlowError): void {
    if (this.#gone) return;
    this.#gone = true;
    void Promise.resolve().then(() => this.#events.ended(reason));
  }

  #later(message: unknown, to: (message: unknown) => void): void {
    void Promise.resolve().then(() => {
      if (!this.#gone) to(message);
    });
  }
}

function pool(handlers: JobHandlers, threads = 2) {
  const timers = new HandTimers();
  const started: LocalThread[] = [];
  const start: StartThread = (events) => {
    const thread = new LocalThread(events, handlers);
    started.push(thread);
    return thread;
  };
  return { pool: new WorkerPool({ start, threads, timers }), timers, started };
}

/** A job that ends when the test says so. */
function gate() {
  const gates: PromiseWithResolvers<{ value: unknown }>[] = [];
  const wait = () => {
    const next = Promise.withResolvers<{ value: unknown }>();
    gates.push(next);
    return next.promise;
  };
  return { wait, gates };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

const double = (value: number) => ({ value: 2 * value });

describe("jobs", () => {
  test("give what their handlers give, threads being started only when there is something to do", async () => {
    const { pool: jobs, started } = pool({ double });
    expect(jobs.threadCount).toBe(0);
    await expect(jobs.run("double", 21)).resolves.toBe(42);
    await expect(jobs.run("double", 4)).resolves.toBe(8);
    expect(started).toHaveLength(1);
    await expect(Promise.all([1, 2, 3, 4, 5].map((each) => jobs.run("double", each)))).resolves.toEqual([
      2, 4, 6, 8, 10,
    ]);
    expect(started).toHaveLength(2);
  });

  test("that fail, fail with the error of their handler", async () => {
    const { pool: jobs, started } = pool({
      deny: () => {
        throw new GlowError("denied", "file.read", { target: "a.txt", message: "it is locked" });
      },
      trip: () => {
        throw new TypeError("x is not a function");
      },
    });
    await expect(jobs.run("deny", null)).rejects.toMatchObject({
      kind: "denied",
      op: "file.read",
      target: "a.txt",
      message: "it is locked",
    });
    await expect(jobs.run("trip", null)).rejects.toMatchObject({ kind: "internal", message: "x is not a function" });
    for (const name of ["tango", "constructor", "__proto__"]) {
      await expect(jobs.run(name, null)).rejects.toMatchObject({ kind: "unsupported", target: name });
    }
    expect(started).toHaveLength(1);
  });

  test("move the buffers they are told to, both ways", async () => {
    const { pool: jobs } = pool({
      fill: (bytes: Uint8Array<ArrayBuffer>) => ({ value: bytes.fill(7), transfer: [bytes.buffer] }),
    });
    const bytes = Uint8Array.of(1, 2, 3);
    await expect(jobs.run("fill", bytes, { transfer: [bytes.buffer] })).resolves.toEqual(Uint8Array.of(7, 7, 7));
    expect(bytes).toHaveLength(0);
  });

  test("say what they have before they end, in order", async () => {
    const { pool: jobs } = pool({
      count: (to: number, { progress }) => {
        for (let i = 1; i < to; i++) progress({ value: i });
        return { value: to };
      },
    });
    const heard: unknown[] = [];
    await expect(jobs.run("count", 4, { progress: (value) => heard.push(value) })).resolves.toBe(4);
    expect(heard).toEqual([1, 2, 3]);
  });

  test("whose argument cannot be copied fail, and take no thread with them", async () => {
    const { pool: jobs, started } = pool({ double }, 1);
    await expect(jobs.run("double", () => 1)).rejects.toThrow("could not be cloned");
    await expect(jobs.run("double", 1)).resolves.toBe(2);
    expect(started).toHaveLength(1);
  });

  test("that wait are as many as workerLimits.waitingJobs, and one more is refused", async () => {
    const { wait, gates } = gate();
    const { pool: jobs } = pool({ wait }, 1);
    const running = jobs.run("wait", null);
    const waiting = Array.from({ length: workerLimits.waitingJobs }, () => jobs.run("wait", null).catch(() => "ended"));
    await expect(jobs.run("wait", null)).rejects.toMatchObject({ kind: "exhausted" });
    await settle();
    gates[0]?.resolve({ value: "first" });
    await expect(running).resolves.toBe("first");
    await settle();
    expect(gates).toHaveLength(2);
    await jobs.close();
    await expect(Promise.all(waiting)).resolves.toContain("ended");
  });
});

describe("jobs that are given up", () => {
  test("fail at once, whether they wait or run; the thread hears of it and goes on with the next", async () => {
    const signals: AbortSignal[] = [];
    const { wait, gates } = gate();
    const { pool: jobs, started } = pool(
      {
        wait: (_argument: null, { signal }) => {
          signals.push(signal);
          return wait();
        },
      },
      1,
    );
    const [first, second] = [new AbortController(), new AbortController()];
    const running = jobs.run("wait", null, { signal: first.signal });
    const waiting = jobs.run("wait", null, { signal: second.signal });
    const next = jobs.run("wait", null);
    await settle();
    second.abort();
    await expect(waiting).rejects.toMatchObject({ kind: "cancelled" });
    first.abort();
    await expect(running).rejects.toMatchObject({ kind: "cancelled" });
    await settle();
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    gates[0]?.resolve({ value: "nobody hears this" });
    await settle();
    gates[1]?.resolve({ value: "next" });
    await expect(next).resolves.toBe("next");
    expect(started).toHaveLength(1);
    await expect(jobs.run("wait", null, { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: "cancelled" });
  });

  test("and go on all the same lose their thread after workerLimits.cancelMs", async () => {
    const { wait } = gate();
    const { pool: jobs, timers, started } = pool({ wait, double }, 1);
    const controller = new AbortController();
    const running = jobs.run("wait", null, { signal: controller.signal });
    await settle();
    controller.abort();
    await expect(running).rejects.toMatchObject({ kind: "cancelled" });
    const next = jobs.run("double", 1);
    await settle();
    expect(started).toHaveLength(1);
    timers.pass(workerLimits.cancelMs);
    await expect(next).resolves.toBe(2);
    expect(started).toHaveLength(2);
  });
});

describe("threads", () => {
  test("that crash fail their job, and are replaced", async () => {
    const { wait } = gate();
    const { pool: jobs, started } = pool({ wait, double }, 1);
    const lost = jobs.run("wait", null);
    const next = jobs.run("double", 3);
    await settle();
    started[0]?.die(new GlowError("internal", "thread.run", { message: "out of memory" }));
    await expect(lost).rejects.toMatchObject({
      kind: "internal",
      target: "wait",
      message: "the job wait was lost: out of memory",
    });
    await expect(next).resolves.toBe(6);
    expect(started).toHaveLength(2);
  });

  test("that have had nothing to do for workerLimits.idleMs end, and start again when there is something", async () => {
    const { pool: jobs, timers, started } = pool({ double });
    await jobs.run("double", 1);
    timers.pass(workerLimits.idleMs - 1);
    await jobs.run("double", 1);
    timers.pass(workerLimits.idleMs - 1);
    await settle();
    expect(jobs.threadCount).toBe(1);
    timers.pass(1);
    await settle();
    expect(jobs.threadCount).toBe(0);
    await expect(jobs.run("double", 1)).resolves.toBe(2);
    expect(started).toHaveLength(2);
  });

  test("end with their pool, and so does all that was asked of it", async () => {
    const { wait } = gate();
    const { pool: jobs } = pool({ wait }, 1);
    const outcomes = [jobs.run("wait", null), jobs.run("wait", null)].map((job) =>
      job.catch((error: unknown) => error),
    );
    await settle();
    await jobs.close();
    await settle();
    expect(jobs.threadCount).toBe(0);
    for (const outcome of outcomes) await expect(outcome).resolves.toMatchObject({ kind: "cancelled" });
    await expect(jobs.run("wait", null)).rejects.toMatchObject({ kind: "released" });
    await jobs.close();
  });
});

// What a pool and its threads say to one another, and the side of the threads: jobs by name, one after the other.
//
//   to the thread     { type: "run", id, job, argument }     { type: "cancel", id }
//   from the thread   { type: "progress", id, value }        zero or more
//                     { type: "done", id, value }            or
//                     { type: "failed", id, error }          ends the job

import { type ErrorKind, GlowError } from "#base/errors.ts";
import type { ThreadPort } from "#platform/worker-thread.ts";

export type ToThread =
  | { readonly type: "run"; readonly id: number; readonly job: string; readonly argument: unknown }
  | { readonly type: "cancel"; readonly id: number };

export type FromThread =
  | { readonly type: "progress"; readonly id: number; readonly value: unknown }
  | { readonly type: "done"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: ThreadError };

/** A GlowError, which as an object of a class would lose what makes it one on its way. */
export interface ThreadError {
  readonly kind: ErrorKind;
  readonly op: string;
  readonly target: string | undefined;
  readonly message: string;
}

/** What a job gives: a value that is copied, and buffers in it that move instead. */
export interface JobOutcome {
  readonly value: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

/** What a job has of its pool while it runs. */
export interface JobContext {
  /** Aborted when nobody waits any more. A job that never awaits cannot hear of it, and should be short. */
  readonly signal: AbortSignal;
  /** Says something before the end, in order. */
  progress(outcome: JobOutcome): void;
}

/** By the name under which `WorkerPool.run` asks for it. What it throws fails the job, and nothing else. */
export type JobHandlers = {
  readonly [job: string]: (argument: never, context: JobContext) => JobOutcome | Promise<JobOutcome>;
};

/** Serves the pool that started this thread, for as long as the thread lives. */
export function serveJobs(port: ThreadPort, handlers: JobHandlers): void {
  const running = new Map<number, AbortController>();
  port.receive((message) => {
    // It comes from the pool, which is this program.
    const said = message as ToThread;
    if (said.type === "cancel") running.get(said.id)?.abort();
    else void serve(port, handlers, said, running);
  });
}

async function serve(
  port: ThreadPort,
  handlers: JobHandlers,
  { id, job, argument }: ToThread & { type: "run" },
  running: Map<number, AbortController>,
): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const post = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void => port.post(message, transfer);
  try {
    const handler = Object.hasOwn(handlers, job) ? handlers[job] : undefined;
    if (handler === undefined) {
      throw new GlowError("unsupported", "job.run", { target: job, message: `this thread knows no job ${job}` });
    }
    const { value, transfer } = await handler(argument as never, {
      signal: controller.signal,
      progress: (outcome) => post({ type: "progress", id, value: outcome.value }, outcome.transfer),
    });
    post({ type: "done", id, value }, transfer);
  } catch (thrown) {
    const { kind, op, target, message } = GlowError.from(thrown, "job.run", job);
    post({ type: "failed", id, error: { kind, op, target, message } });
  } finally {
    running.delete(id);
  }
}

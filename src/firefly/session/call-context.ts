// What a handler gets as its last argument: tells whether the caller still waits, and for how long. Nothing is
// allocated for a call whose handler never asks.

import { GlowError } from "#base/errors.ts";
import type { Clock, Timer, Timers } from "#glow";
import type { CallContext, CallOptions } from "../codec/stub.ts";

/** The parts of a platform that calls need. */
export interface CallClock {
  readonly clock: Clock;
  readonly timers: Timers;
}

export abstract class AbortableContext implements CallContext {
  readonly #time: CallClock;
  #controller: AbortController | undefined;
  #reason: GlowError | undefined;
  #timer: Timer | undefined;
  #expiresMs = 0;

  constructor(time: CallClock) {
    this.#time = time;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get deadlineMs(): number | undefined {
    if (this.#timer === undefined) return undefined;
    return Math.max(0, this.#expiresMs - this.#time.clock.monotonicMs());
  }

  /** Why the caller does not wait any more; undefined while it does. */
  get abortReason(): GlowError | undefined {
    return this.#reason;
  }

  /** From now on the handler has this long. */
  protected expireAfter(delayMs: number, target: string): void {
    this.#expiresMs = this.#time.clock.monotonicMs() + delayMs;
    this.#timer = this.#time.timers.after(delayMs, () => {
      this.abort(
        new GlowError("deadline", "firefly.call", { target, message: `it was not done within ${delayMs} ms` }),
      );
    });
  }

  protected stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  abort(reason: GlowError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.stopTimer();
    this.#controller?.abort(reason);
    this.aborted(reason);
  }

  protected abstract aborted(reason: GlowError): void;
}

/** The context of a call that never leaves the process. */
export class LocalCallContext extends AbortableContext implements Disposable {
  readonly #given: AbortSignal | undefined;
  readonly #stopped = Promise.withResolvers<never>();
  readonly #onAbort: () => void;

  constructor(time: CallClock, options: CallOptions | undefined, target: string) {
    super(time);
    this.#stopped.promise.catch(() => undefined);
    this.#given = options?.signal;
    this.#onAbort = () =>
      this.abort(new GlowError("cancelled", "firefly.call", { target, message: "the call was given up" }));
    this.#given?.addEventListener("abort", this.#onAbort);
    if (options?.deadlineMs !== undefined) this.expireAfter(options.deadlineMs, target);
    if (this.#given?.aborted === true) this.#onAbort();
  }

  /** The result, or why it is not waited for any more, whichever comes first. */
  race(result: unknown): Promise<unknown> {
    return Promise.race([result, this.#stopped.promise]);
  }

  protected override aborted(reason: GlowError): void {
    this.#stopped.reject(reason);
  }

  [Symbol.dispose](): void {
    this.stopTimer();
    this.#given?.removeEventListener("abort", this.#onAbort);
  }
}

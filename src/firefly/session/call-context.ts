// What a handler gets as its last argument: tells whether the caller still waits, and for how long. Nothing is
// allocated for a call whose handler never asks.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
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
      this.abort(callError("deadline", target, `it was not done within ${delayMs} ms`));
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

/** The context of a call that waits or runs in this process: aborted by its caller's signal, or when its time is over. */
export class LocalCallContext extends AbortableContext implements Disposable {
  readonly #given: AbortSignal | undefined;
  readonly #onAborted: (reason: GlowError) => void;
  readonly #onSignal: () => void;

  /** The options are such that `refusal` has nothing against them. */
  constructor(
    time: CallClock,
    options: CallOptions | undefined,
    target: string,
    onAborted: (reason: GlowError) => void,
  ) {
    super(time);
    this.#onAborted = onAborted;
    this.#given = options?.signal;
    this.#onSignal = () => this.abort(callError("cancelled", target, "the call was given up"));
    this.#given?.addEventListener("abort", this.#onSignal);
    if (options?.deadlineMs !== undefined) this.expireAfter(options.deadlineMs, target);
  }

  /** The options for a call that is made in place of this one. */
  get left(): CallOptions {
    const { deadlineMs } = this;
    return {
      ...(this.#given === undefined ? {} : { signal: this.#given }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    };
  }

  protected override aborted(reason: GlowError): void {
    this.#onAborted(reason);
  }

  [Symbol.dispose](): void {
    this.stopTimer();
    this.#given?.removeEventListener("abort", this.#onSignal);
  }
}

/** Why a call cannot even be made with these options; undefined if it can. */
export function refusal(options: CallOptions | undefined, target: string): GlowError | undefined {
  if (options === undefined) return undefined;
  const { signal, deadlineMs } = options;
  if (signal?.aborted === true) return callError("cancelled", target, "the call was given up before it was made");
  if (deadlineMs === undefined || (deadlineMs > 0 && deadlineMs <= fireflyLimits.deadlineMs)) return undefined;
  if (deadlineMs <= 0) return callError("deadline", target, "no time was left to make the call");
  return callError("invalid", target, `a deadline is at most ${fireflyLimits.deadlineMs} ms, not ${deadlineMs}`);
}

function callError(kind: ErrorKind, target: string, message: string): GlowError {
  return new GlowError(kind, "firefly.call", { target, message });
}

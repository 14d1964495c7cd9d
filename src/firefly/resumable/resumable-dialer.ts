// The dialling side of a resumable pipe: connects it, and after each cut dials again until the pipe is resumed, is
// refused, or was cut for too long.

import { type ErrorKind, errorKinds, GlowError } from "#base/errors.ts";
import { transportLimits } from "#base/limits.ts";
import { BackOff } from "./back-off.ts";
import { type Dial, DialAttempt } from "./dial-attempt.ts";
import type { Handover } from "./handover.ts";
import { violation, type Welcome } from "./message.ts";
import { PipeEnd, type PipeEndOwner } from "./pipe-end.ts";
import {
  type ResumableLimits,
  type ResumablePipe,
  type ResumablePowers,
  resumableLimitsWith,
} from "./resumable-pipe.ts";

export interface ResumableDialOptions extends ResumablePowers {
  /** Opens one connection; called for the first and again after each cut. It may choose another way each time. */
  readonly dial: Dial;
  /** Gives up the first connection, with `cancelled`. Afterwards it has no effect: use `close`. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ResumableLimits>;
}

/**
 * A pipe to the acceptor that `dial` reaches, once its first connection stands. Rejects with what `dial` rejects with;
 * with `unavailable` or `disconnected` if whatever is there does not answer, `protocol` or `unsupported` if it is no
 * acceptor of this version, `exhausted` if it has too many pipes. The first connection is tried once: whether to try
 * again is for the caller, who knows whether somebody waits.
 */
export function dialResumable(options: ResumableDialOptions): Promise<ResumablePipe> {
  return new Promise((resolve, reject) => {
    new Dialer(options, resolve, reject).dialFirst();
  });
}

class Dialer implements PipeEndOwner {
  readonly #options: ResumableDialOptions;
  readonly #limits: ResumableLimits;
  readonly #backOff: BackOff;
  readonly #resolve: (pipe: ResumablePipe) => void;
  readonly #reject: (error: GlowError) => void;
  readonly #end: PipeEnd;
  #attempt: DialAttempt | undefined;
  #attempts = 0;
  #token: Uint8Array = new Uint8Array();
  /** Stops what is to come next: the first connection's signal, or the wait before dialling again. */
  #stopWaiting: () => void = () => undefined;
  /** Of the last connection: the pipe's progress and the time when it began. */
  #progress = 0;
  #sinceMs = 0;

  constructor(
    options: ResumableDialOptions,
    resolve: (pipe: ResumablePipe) => void,
    reject: (error: GlowError) => void,
  ) {
    this.#options = options;
    this.#limits = resumableLimitsWith(options.limits);
    this.#backOff = new BackOff(this.#limits.redialFirstMs, this.#limits.redialMaxMs, options.random);
    this.#end = new PipeEnd(this.#limits, options, this);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  dialFirst(): void {
    const { dial, signal, timers } = this.#options;
    if (signal?.aborted === true) {
      this.#giveUp(cancelled());
      return;
    }
    const abort = () => {
      this.#attempt?.cancel();
      this.#giveUp(cancelled());
    };
    signal?.addEventListener("abort", abort);
    this.#stopWaiting = () => signal?.removeEventListener("abort", abort);
    const hello = { type: "hello", attempt: this.#attempts++, windowBytes: this.#limits.windowBytes } as const;
    this.#attempt = new DialAttempt(dial, hello, transportLimits.dialMs + this.#limits.handshakeMs, timers, {
      welcomed: (welcome, handover) => {
        this.#stopWaiting();
        this.#welcomed(welcome, handover);
        // If the WELCOME made no sense it has been rejected by now, and this does nothing.
        this.#resolve(this.#end);
      },
      refused: (kind) => this.#giveUp(refusal(kind)),
      failed: (error) => this.#giveUp(error),
    });
  }

  // For the end of the pipe.

  lost(): void {
    const livedMs = this.#options.clock.monotonicMs() - this.#sinceMs;
    // A connection that did nothing must not shorten the wait: the other side may break off each one at once.
    if (this.#end.progress > this.#progress || livedMs >= this.#limits.redialMaxMs) this.#backOff.reset();
    this.#redialLater();
  }

  heard(): void {
    // Only the accepting side has to know.
  }

  held(): void {
    // One pipe is bounded by its own limits.
  }

  ended(): void {
    this.#stopWaiting();
    this.#attempt?.cancel();
  }

  #redialLater(): void {
    const timer = this.#options.timers.after(this.#backOff.nextMs(), () => this.#redial());
    this.#stopWaiting = () => timer.cancel();
  }

  #redial(): void {
    const { dial, timers } = this.#options;
    const hello = {
      type: "hello",
      attempt: this.#attempts++,
      windowBytes: this.#limits.windowBytes,
      resume: { token: this.#token, received: this.#end.received },
    } as const;
    this.#attempt = new DialAttempt(dial, hello, this.#limits.redialAttemptMs, timers, {
      welcomed: (welcome, handover) => this.#welcomed(welcome, handover),
      refused: (kind) => this.#refused(kind),
      failed: () => this.#redialLater(),
    });
  }

  #welcomed(welcome: Welcome, handover: Handover): void {
    this.#attempt = undefined;
    if (!this.#end.canResumeAt(welcome.received)) {
      handover.abort("protocol");
      this.#giveUp(violation(`a WELCOME with ${welcome.received} segments received, which is impossible`));
      return;
    }
    this.#token = welcome.token;
    this.#progress = this.#end.progress;
    this.#sinceMs = this.#options.clock.monotonicMs();
    this.#end.resume(handover, welcome.received, welcome.windowBytes);
  }

  #refused(kind: ErrorKind): void {
    this.#attempt = undefined;
    // It may be overloaded, or the HELLO came too late to it: neither means that it has forgotten the pipe. A `conflict`
    // does: somebody else has gone on with this pipe.
    if (errorKinds[kind].retry && kind !== "conflict") this.#redialLater();
    else this.#end.aborted(kind);
  }

  #giveUp(error: GlowError): void {
    this.#stopWaiting();
    this.#end.fail(error);
    this.#reject(error);
  }
}

function cancelled(): GlowError {
  return new GlowError("cancelled", "pipe.dial", { message: "dialling was cancelled" });
}

function refusal(kind: ErrorKind): GlowError {
  return new GlowError(kind, "pipe.dial", { message: `the other side refuses the pipe: ${kind}` });
}

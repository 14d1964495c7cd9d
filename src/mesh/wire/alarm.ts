// A timer that is set again and again and rings once, at the earliest of the times it was set to.

import type { Clock, Timer, Timers } from "#glow";

export class Alarm {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #ring: () => void;
  #timer: Timer | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(powers: { readonly clock: Clock; readonly timers: Timers }, ring: () => void) {
    this.#clock = powers.clock;
    this.#timers = powers.timers;
    this.#ring = ring;
  }

  /** Rings at `dueMs` of the monotonic clock, or at the time it was set to already if that is earlier. */
  set(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.cancel();
    this.#dueMs = dueMs;
    // In whole milliseconds: a rounding error early, and whoever is rung would find nothing due, for ever.
    const delayMs = Math.min(Math.max(0, Math.ceil(dueMs - this.#clock.monotonicMs())), longestMs);
    this.#timer = this.#timers.after(delayMs, () => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.#timer = undefined;
      this.#ring();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#dueMs = Number.POSITIVE_INFINITY;
  }
}

/** What `Timers.after` takes. Whoever is rung early by it finds nothing due, and sets the alarm again. */
const longestMs = 2 ** 31 - 1;

// Notices that this machine has slept, or stood still: no system tells a program so. Then nothing is as it was, links that
// look alive are dead, and whoever opens the lid of a laptop expects it to be back in a moment, not when it next tries.
//
// It looks every so often. While a machine sleeps the monotonic clock stands still (Linux, macOS) or goes on (Windows, and a
// process that was stopped); the wall clock goes on, or is set afterwards. So what counts is by which of them more time
// has passed than should have. A wall clock that is merely set ahead looks the same, and costs a few dials.

import { dialLimits } from "#base/limits.ts";
import type { Clock, Timer, Timers } from "#glow";

export class SleepWatch {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #woke: () => void;
  #monotonicMs: number;
  #wallMs: number;
  #timer: Timer | undefined;

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }, woke: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#woke = woke;
    this.#monotonicMs = clock.monotonicMs();
    this.#wallMs = clock.wallMs();
    this.#lookLater();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #lookLater(): void {
    this.#timer = this.#timers.after(dialLimits.sleepLookMs, () => this.#look());
  }

  #look(): void {
    const monotonicMs = this.#clock.monotonicMs();
    const wallMs = this.#clock.wallMs();
    const passedMs = Math.max(monotonicMs - this.#monotonicMs, wallMs - this.#wallMs);
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
    this.#lookLater();
    if (passedMs > dialLimits.sleepLookMs + dialLimits.sleptMs) this.#woke();
  }
}

// Does one thing again and again while there is something to do, one step at a time: it sleeps until it is woken, or
// until the time that its last step named.

import { GlowError } from "#base/errors.ts";
import type { Clock, Timer, Timers } from "#glow";

export interface WorkLoopOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How long until the next step: 0 for at once, undefined for when it is woken. */
  readonly step: () => Promise<number | undefined>;
  /** A step failed; how long until the next one, whatever wakes it. */
  readonly failed: (error: GlowError) => number;
  /** It went to sleep, or woke up. */
  readonly changed: () => void;
}

export class WorkLoop {
  readonly #options: WorkLoopOptions;
  #running: Promise<void> | undefined;
  #woken = false;
  #stopped = false;
  #timer: Timer | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  /** A step has failed, and the time has not passed yet. */
  #resting = false;

  constructor(options: WorkLoopOptions) {
    this.#options = options;
  }

  /** Nothing runs, and nothing is to be done at a later time. */
  get idle(): boolean {
    return this.#running === undefined && !this.#woken && this.#timer === undefined;
  }

  /** `delayMs` from now, or earlier if that was asked for before; at once it runs after this turn, not in it. */
  wake(delayMs = 0): void {
    if (this.#stopped) return;
    if (delayMs <= 0) {
      this.#woken = true;
      if (this.#running === undefined && !this.#resting) this.#start();
      return;
    }
    if (this.#resting) return;
    const { clock, timers } = this.#options;
    const dueMs = clock.monotonicMs() + delayMs;
    if (dueMs >= this.#dueMs) return;
    this.#clearTimer();
    this.#dueMs = dueMs;
    this.#timer = timers.after(delayMs, () => {
      this.#clearTimer();
      this.wake();
    });
  }

  /** No further step begins; resolves when the one that runs is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#clearTimer();
    await this.#running;
  }

  #start(): void {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#woken && !this.#stopped && !this.#resting) this.#start();
      else this.#options.changed();
    });
    this.#options.changed();
  }

  async #run(): Promise<void> {
    while (this.#woken && !this.#stopped && !this.#resting) {
      this.#woken = false;
      const delayMs = await this.#step();
      if (delayMs !== undefined) this.wake(delayMs);
    }
  }

  #rest(forMs: number): void {
    if (this.#stopped) return;
    this.#clearTimer();
    this.#resting = true;
    this.#timer = this.#options.timers.after(forMs, () => {
      this.#clearTimer();
      this.#resting = false;
      this.wake();
    });
  }

  async #step(): Promise<number | undefined> {
    try {
      // Whoever woke it goes on first, and may have more to say.
      await Promise.resolve();
      return await this.#options.step();
    } catch (thrown) {
      this.#rest(this.#options.failed(GlowError.from(thrown, "binding.work")));
      return undefined;
    }
  }

  #clearTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#dueMs = Number.POSITIVE_INFINITY;
  }
}

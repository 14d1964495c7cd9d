// A stream of how something is: at first, and whenever it has changed, but not more often than so many times a second. Of many
// changes only the last state is told, and nothing queues however slow the reader is.

import type { Subscription, Timer, Timers } from "#glow";

export interface StateStreamOptions<State> {
  readonly timers: Timers;
  /** How it is. Called once for each item that is read. */
  readonly read: () => Promise<State> | State;
  readonly watch: (changed: () => void) => Subscription;
  /** From one item to the next, at least. */
  readonly pauseMs: number;
  /** Told anew after this long, changed or not. */
  readonly everyMs?: number;
}

export class StateStream<State> implements AsyncIterableIterator<State> {
  readonly #options: StateStreamOptions<State>;
  readonly #watching: Subscription;
  #isDue = true;
  #isOver = false;
  #wake: (() => void) | undefined;
  #pause: Timer | undefined;
  #again: Timer | undefined;

  constructor(options: StateStreamOptions<State>) {
    this.#options = options;
    this.#watching = options.watch(() => this.#changed());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<State>> {
    while (!this.#isOver && (!this.#isDue || this.#pause !== undefined)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#isOver) return { done: true, value: undefined };
    this.#isDue = false;
    const { timers, read, pauseMs, everyMs } = this.#options;
    this.#pause = timers.after(pauseMs, () => {
      this.#pause = undefined;
      this.#wake?.();
    });
    this.#again?.cancel();
    if (everyMs !== undefined) this.#again = timers.after(everyMs, () => this.#changed());
    try {
      return { done: false, value: await read() };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  return(): Promise<IteratorResult<State>> {
    this.#isOver = true;
    this.#watching.stop();
    this.#pause?.cancel();
    this.#again?.cancel();
    this.#wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  #changed(): void {
    this.#isDue = true;
    this.#wake?.();
  }
}

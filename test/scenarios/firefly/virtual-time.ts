// A clock and timers whose time passes only while a test plays, so that a story with deadlines takes none.

import type { Clock, Timer, Timers } from "#glow";
import { toNs } from "#platform/simulated/time/nanoseconds.ts";
import { Timeline } from "#platform/simulated/time/timeline.ts";

export class VirtualTime {
  readonly #timeline = new Timeline(() => new Promise((resolve) => setImmediate(resolve)));

  readonly clock: Clock = { monotonicMs: () => this.#timeline.nowMs, wallMs: () => this.#timeline.nowMs };

  readonly timers: Timers = {
    after: (delayMs, task): Timer => {
      const event = this.#timeline.schedule(toNs(delayMs), this.#entering(task));
      return { cancel: () => this.#timeline.cancel(event) };
    },
    endOfTurn: (task) => this.#timeline.endOfTurn(this.#entering(task)),
  };

  get nowMs(): number {
    return this.#timeline.nowMs;
  }

  /** Lets time pass until `work` settles, and returns what it yields. */
  async play<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    await this.#timeline.run({ stop: () => isOver });
    return work;
  }

  /** Lets time pass until then. */
  async until(ms: number): Promise<void> {
    await this.#timeline.run({ untilMs: ms });
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timeline.pending;
  }

  #entering(task: () => void): () => void {
    return () => {
      this.#timeline.enter();
      task();
    };
  }
}

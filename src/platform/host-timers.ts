// Timers as all real hosts have them: `setTimeout`, and a queue of what is to run when the turn is over. How a host
// tells that a turn is over is all that differs.

import { GlowError } from "#base/errors.ts";
import type { Timer, Timers } from "#glow";

const longestMs = 2 ** 31 - 1;

/** Given what is to run at the end of a turn, yields how to ask for that; it is asked once for each run. */
export type TurnEnd = (run: () => void) => () => void;

export class HostTimers implements Timers {
  readonly #schedule: () => void;
  #tasks: (() => void)[] = [];
  /** The array of the turn before, to be used again: nothing is made per task or turn. */
  #spare: (() => void)[] = [];
  #scheduled = false;

  constructor(turnEnd: TurnEnd) {
    this.#schedule = turnEnd(() => this.#run());
  }

  after(delayMs: number, task: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= longestMs)) {
      throw new GlowError("invalid", "timers.after", { message: `${delayMs} is no delay from 0 to 2^31-1 ms` });
    }
    // Hosts cut off fractions, and count from the start of the current millisecond: without the one more a task
    // would run up to 1 ms early.
    return new HostTimer(setTimeout(task, Math.min(Math.ceil(delayMs) + 1, longestMs)));
  }

  endOfTurn(task: () => void): void {
    this.#tasks.push(task);
    this.#scheduleOnce();
  }

  #scheduleOnce(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule();
  }

  #run(): void {
    const tasks = this.#tasks;
    this.#tasks = this.#spare;
    this.#scheduled = false;
    let next = 0;
    try {
      while (next < tasks.length) (tasks[next++] as () => void)();
    } finally {
      if (next < tasks.length) {
        // A task threw, which the host reports; those behind it still run, before those that came meanwhile.
        this.#tasks = tasks.slice(next).concat(this.#tasks);
        this.#scheduleOnce();
      }
      tasks.length = 0;
      this.#spare = tasks;
    }
  }
}

class HostTimer implements Timer {
  readonly #timeout: ReturnType<typeof setTimeout>;

  constructor(timeout: ReturnType<typeof setTimeout>) {
    this.#timeout = timeout;
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

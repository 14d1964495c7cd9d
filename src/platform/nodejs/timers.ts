// Timers on Node's event loop. What matters is `endOfTurn`: it is on the path of every call, since it is where a
// turn's messages become one packet.

import { GlowError } from "#base/errors.ts";
import type { Timer, Timers } from "#glow";

const longestMs = 2 ** 31 - 1;

export class NodeTimers implements Timers {
  #tasks: (() => void)[] = [];
  #spare: (() => void)[] = [];
  #scheduled = false;

  after(delayMs: number, task: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= longestMs)) {
      throw new GlowError("invalid", "timers.after", { message: `${delayMs} is no delay from 0 to 2^31-1 ms` });
    }
    // Node counts from the start of the current millisecond, so without the one more it may be up to 1 ms early.
    return new NodeTimer(setTimeout(task, Math.min(Math.ceil(delayMs) + 1, longestMs)));
  }

  endOfTurn(task: () => void): void {
    this.#tasks.push(task);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#afterReactions);
  }

  // Node runs its tick queue, then all microtasks, then what ticks those queued, and only then the next event. A tick
  // queued by an event's own code would thus run before the promise reactions; one queued by a microtask runs when
  // no microtask is left, however long their chain.
  readonly #afterReactions = (): void => process.nextTick(this.#run);

  readonly #run = (): void => {
    const tasks = this.#tasks;
    this.#tasks = this.#spare;
    this.#scheduled = false;
    let next = 0;
    try {
      while (next < tasks.length) (tasks[next++] as () => void)();
    } finally {
      // A task threw, which is reported as any uncaught error is; those behind it still run.
      for (const task of tasks.slice(next)) this.endOfTurn(task);
      tasks.length = 0;
      this.#spare = tasks;
    }
  };
}

class NodeTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(timeout: NodeJS.Timeout) {
    this.#timeout = timeout;
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

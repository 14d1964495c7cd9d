// Timers on a page's event loop. A page in the background gets its timers once a second or more seldom; nothing
// here can change that.

import { GlowError } from "#base/errors.ts";
import type { Timer, Timers } from "#glow";

const longestMs = 2 ** 31 - 1;

export class BrowserTimers implements Timers {
  #tasks: (() => void)[] = [];
  #spare: (() => void)[] = [];
  #scheduled = false;
  readonly #channel = new MessageChannel();

  constructor() {
    this.#channel.port1.onmessage = this.#run;
  }

  after(delayMs: number, task: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= longestMs)) {
      throw new GlowError("invalid", "timers.after", { message: `${delayMs} is no delay from 0 to 2^31-1 ms` });
    }
    // Browsers cut off fractions and count in their own milliseconds; the one more makes sure that it is never early.
    return new BrowserTimer(setTimeout(task, Math.min(Math.ceil(delayMs) + 1, longestMs)));
  }

  /**
   * A page is not told when its promise reactions are over. Waiting for some number of microtasks would be before
   * the next event for certain, but after short chains of reactions only, and eight of them cost more (6.4 us in
   * Chromium 156) than one message to oneself (4.6 us). The message comes after chains of any length, behind the
   * events that are waiting already. It is not slowed down in pages in the background, as timers are.
   */
  endOfTurn(task: () => void): void {
    this.#tasks.push(task);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#channel.port2.postMessage(undefined);
  }

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

class BrowserTimer implements Timer {
  readonly #id: ReturnType<typeof setTimeout>;

  constructor(id: ReturnType<typeof setTimeout>) {
    this.#id = id;
  }

  cancel(): void {
    clearTimeout(this.#id);
  }
}

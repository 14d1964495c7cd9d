// The timers and clocks that a program gets: those of its device, for as long as its life lasts.

import { GlowError } from "#base/errors.ts";
import type { Clock, Timer, Timers } from "#glow";
import type { Incarnation } from "../incarnation.ts";
import { type SimulatedClock, ticksPerMs } from "./clock.ts";
import type { TimelineEvent } from "./timeline.ts";

const longestDelayMs = 2 ** 31 - 1;

/** The device's clock as one life of the node sees it. A dead life sees the moment of its death for ever. */
export class IncarnationClock implements Clock {
  readonly #incarnation: Incarnation;
  readonly #clock: SimulatedClock;
  /** Added so that monotonic times of two lives have nothing to do with one another, as after a reboot. */
  readonly #offsetTicks: number;
  #lastTicks = 0;
  #lastWallMs = 0;

  constructor(incarnation: Incarnation, clock: SimulatedClock, offsetMs: number) {
    this.#incarnation = incarnation;
    this.#clock = clock;
    this.#offsetTicks = Math.floor(offsetMs * ticksPerMs) - clock.elapsedTicks();
  }

  monotonicMs(): number {
    if (this.#incarnation.alive) this.#lastTicks = this.#clock.elapsedTicks() + this.#offsetTicks;
    return this.#lastTicks / ticksPerMs;
  }

  wallMs(): number {
    if (this.#incarnation.alive) this.#lastWallMs = this.#clock.wallMs();
    return this.#lastWallMs;
  }
}

export class SimulatedTimers implements Timers {
  readonly #incarnation: Incarnation;
  readonly #clock: SimulatedClock;
  readonly #waiting = new Set<SimulatedTimer>();

  constructor(incarnation: Incarnation, clock: SimulatedClock) {
    this.#incarnation = incarnation;
    this.#clock = clock;
  }

  after(delayMs: number, task: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= longestDelayMs)) {
      throw new GlowError("invalid", "timer.set", {
        message: `a delay is from 0 to ${longestDelayMs} ms, not ${delayMs}`,
      });
    }
    const dueTicks = this.#clock.elapsedTicks() + Math.ceil(delayMs * ticksPerMs);
    const timer = new SimulatedTimer(this.#incarnation, this.#waiting, dueTicks, task);
    if (!this.#incarnation.isGhost("timer.set")) timer.start(this.#clock);
    return timer;
  }

  endOfTurn(task: () => void): void {
    const incarnation = this.#incarnation;
    if (incarnation.isGhost("turn.end")) return;
    incarnation.timeline.endOfTurn(() => incarnation.run(task));
  }

  /** The clock runs at another rate: the times at which timers are due have moved. */
  rearm(): void {
    const inOrder = [...this.#waiting].sort((a, b) => a.dueTicks - b.dueTicks);
    for (const timer of inOrder) timer.cancel();
    for (const timer of inOrder) timer.start(this.#clock);
  }
}

class SimulatedTimer implements Timer {
  readonly dueTicks: number;
  readonly #incarnation: Incarnation;
  readonly #waiting: Set<SimulatedTimer>;
  readonly #task: () => void;
  #event: TimelineEvent | undefined;

  constructor(incarnation: Incarnation, waiting: Set<SimulatedTimer>, dueTicks: number, task: () => void) {
    this.#incarnation = incarnation;
    this.#waiting = waiting;
    this.dueTicks = dueTicks;
    this.#task = task;
  }

  start(clock: SimulatedClock): void {
    this.#waiting.add(this);
    this.#event = this.#incarnation.schedule(clock.worldNsUntil(this.dueTicks), () => {
      // The nanosecond to which the time was rounded may be a hair before the tick.
      if (clock.elapsedTicks() < this.dueTicks) this.start(clock);
      else this.#ring();
    });
  }

  cancel(): void {
    if (!this.#waiting.delete(this) || this.#event === undefined) return;
    this.#incarnation.timeline.cancel(this.#event);
  }

  #ring(): void {
    this.#waiting.delete(this);
    this.#incarnation.record("timer");
    this.#incarnation.run(this.#task);
  }
}

// One life of a node, from its boot to its crash. Everything that a program can do goes through its incarnation, and
// stops when that is dead: a continuation that a crash left behind may go on computing, but touches nothing any more.

import type { EventOwner, Timeline, TimelineEvent } from "./time/timeline.ts";
import type { TraceKind } from "./time/trace.ts";

export class Incarnation implements EventOwner {
  /** The node's name. */
  readonly node: string;
  /** `name#3` for the third life: what traces call it. */
  readonly label: string;
  readonly timeline: Timeline;
  #alive = true;
  #pausedUntilNs = 0;
  /** What would have happened during the pause, in its order. */
  #held: TimelineEvent[] = [];

  constructor(timeline: Timeline, node: string, number: number) {
    this.timeline = timeline;
    this.node = node;
    this.label = `${node}#${number}`;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#pausedUntilNs > this.timeline.nowNs;
  }

  /** The time at which a pause ends; long ago if there is none. */
  get pausedUntilNs(): number {
    return this.#pausedUntilNs;
  }

  /** Until that time nothing happens to the node: a stopped process, a collector at work. A longer pause stays as it is. */
  pauseUntil(timeNs: number): void {
    if (timeNs <= this.#pausedUntilNs) return;
    this.#pausedUntilNs = timeNs;
    this.timeline.schedule(timeNs - this.timeline.nowNs, () => this.#release());
  }

  hold(event: TimelineEvent): void {
    this.#held.push(event);
  }

  /** From now on none of its code is run, and nothing that its code does has an effect. */
  end(): void {
    this.#alive = false;
  }

  #release(): void {
    if (this.paused) return;
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.timeline.release(event);
  }

  /** Runs code of the node, unless it is dead. What the code throws is a defect, and ends the world's run. */
  run(task: () => void): void {
    if (!this.#alive) return;
    this.timeline.enter();
    try {
      task();
    } catch (thrown) {
      this.timeline.defect(this.label, thrown);
    }
  }

  /** An event of this life, gone with it. The task is the simulator's: it enters the node's code by `run`. */
  schedule(delayNs: number, task: () => void): TimelineEvent {
    return this.timeline.schedule(delayNs, task, this);
  }

  record(kind: TraceKind, what?: string, size?: number, digest?: number): void {
    this.timeline.record(this.label, kind, what, size, digest);
  }

  /** Whether the caller is a leftover of a dead life, whose wish must have no effect. The trace shows it. */
  isGhost(wish: string): boolean {
    if (this.#alive) return false;
    this.record("ghost", wish);
    return true;
  }
}

/** What a dead power returns where a promise is due: it never settles, so nothing behind an `await` runs again. */
export function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}

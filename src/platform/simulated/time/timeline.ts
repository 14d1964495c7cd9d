// Virtual time: the queue of what will happen, the turn that is under way, and the trace of what did. It jumps from
// event to event, and lets every promise reaction of one event finish before it begins the next. This is what makes
// a run of promise-based code the same every time.

import { assert, GlowError } from "#base/errors.ts";
import { simulationLimits } from "#base/limits.ts";
import { EventQueue, type SimulatedEvent } from "./event-queue.ts";
import { nsPerMs } from "./nanoseconds.ts";
import { Trace, type TraceKind } from "./trace.ts";

/** Whose code an event runs. */
export interface EventOwner {
  /** Events of the dead are dropped. */
  readonly alive: boolean;
  readonly paused: boolean;
  /** Takes an event whose time has come while its owner is paused, to put it back afterwards. */
  hold(event: TimelineEvent): void;
}

export type TimelineEvent = SimulatedEvent<EventOwner>;

export interface RunOptions {
  /** The virtual time, in ms since the world began, at which to stop. Without it the run ends when nothing is left to do. */
  readonly untilMs?: number;
  /** More events than this in one run are taken for a loop without end; `simulationLimits.events` by default. */
  readonly mostEvents?: number;
  /** Looked at before each event. */
  readonly stop?: () => boolean;
  /** Called after each event, when its turn is over: the place to check invariants. What it throws ends the run. */
  readonly afterEach?: () => void;
}

export class Timeline {
  readonly trace = new Trace();
  readonly #drain: () => Promise<void>;
  readonly #queue = new EventQueue<EventOwner>();
  #nowNs = 0;
  #events = 0;
  #eventsOfInstant = 0;
  #running = false;
  /** Whether code that may have left promise reactions behind has run since the last drain. */
  #entered = true;
  #turnTasks: (() => void)[] = [];
  #defect: GlowError | undefined;

  /** `drain` resolves when every promise reaction that is under way, and all they lead to, is over. */
  constructor(drain: () => Promise<void>) {
    this.#drain = drain;
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  get nowMs(): number {
    return this.#nowNs / nsPerMs;
  }

  /** Events that have happened. */
  get events(): number {
    return this.#events;
  }

  /** Events that wait. */
  get pending(): number {
    return this.#queue.size;
  }

  schedule(delayNs: number, task: () => void, owner?: EventOwner): TimelineEvent {
    return this.#queue.add(this.#nowNs + delayNs, task, owner);
  }

  /** Lets an event that was held happen now, before anything else that is due now. */
  release(event: TimelineEvent): void {
    if (event.task !== undefined) this.#queue.putBack(event, this.#nowNs);
  }

  cancel(event: TimelineEvent): void {
    this.#queue.cancel(event);
  }

  /** Runs the task when all reactions of the current turn are over. */
  endOfTurn(task: () => void): void {
    this.#turnTasks.push(task);
  }

  /** Says that code outside the simulator runs or was woken in this event: its turn must be drained. */
  enter(): void {
    this.#entered = true;
  }

  record(who: string, kind: TraceKind, what?: string, size?: number, digest?: number): void {
    this.trace.record(this.#nowNs, who, kind, what, size, digest);
  }

  /** A defect in the code under test: the run ends with the first one. */
  defect(who: string, thrown: unknown): void {
    if (this.#defect !== undefined) return;
    this.enter();
    const error = GlowError.from(thrown, "node.run");
    this.record(who, "defect", error.toString());
    const message = `${who} failed at ${this.nowMs} ms: ${error.message}`;
    this.#defect = new GlowError("internal", "world.run", { target: who, message, cause: thrown });
  }

  /** Lets time pass. Rejects with the first defect, and again if it is called after one. */
  async run(options: RunOptions = {}): Promise<void> {
    assert(!this.#running, "a world runs only once at a time");
    this.#running = true;
    try {
      await this.#finishTurn();
      await this.#runEvents(options);
    } finally {
      this.#running = false;
    }
  }

  async #runEvents({ untilMs, mostEvents = simulationLimits.events, stop, afterEach }: RunOptions): Promise<void> {
    const limitNs = (untilMs ?? simulationLimits.virtualMs) * nsPerMs;
    const lastEvent = this.#events + mostEvents;
    while (stop?.() !== true) {
      if (this.#queue.nextTimeNs() > limitNs) {
        if (untilMs !== undefined) this.#nowNs = Math.max(this.#nowNs, limitNs);
        return;
      }
      if (!this.#happen(this.#queue.take() as TimelineEvent)) continue;
      if (this.#entered) await this.#finishTurn();
      afterEach?.();
      if (this.#events >= lastEvent) throw neverEnds(`more than ${mostEvents} events in one run`);
    }
  }

  /** False if the event was dropped or put off. */
  #happen(event: TimelineEvent): boolean {
    const { owner, task } = event;
    this.#countInstant(event.timeNs);
    this.#nowNs = event.timeNs;
    if (owner !== undefined) {
      if (!owner.alive) return false;
      if (owner.paused) {
        owner.hold(event);
        return false;
      }
    }
    event.task = undefined;
    this.#events++;
    task?.();
    return true;
  }

  #countInstant(timeNs: number): void {
    if (timeNs > this.#nowNs) this.#eventsOfInstant = 0;
    else if (++this.#eventsOfInstant > simulationLimits.eventsPerInstant) {
      throw neverEnds(`virtual time stands still at ${this.nowMs} ms`);
    }
  }

  async #finishTurn(): Promise<void> {
    for (let round = 0; ; round++) {
      await this.#drain();
      if (this.#turnTasks.length === 0) break;
      if (round === simulationLimits.turnRounds) {
        this.defect("world", neverEnds("the tasks at the end of this turn add others"));
        break;
      }
      const tasks = this.#turnTasks;
      this.#turnTasks = [];
      for (const task of tasks) task();
    }
    this.#entered = false;
    if (this.#defect !== undefined) throw this.#defect;
  }
}

function neverEnds(what: string): GlowError {
  return new GlowError("exhausted", "world.run", { message: `${what}: the programs keep each other busy without end` });
}

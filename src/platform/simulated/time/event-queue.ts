// What is going to happen, ordered by virtual time: a binary heap. Events of the same time come out in the order
// they went in, so the order never depends on anything but the program and the seed.

import { GlowError } from "#base/errors.ts";
import { simulationLimits } from "#base/limits.ts";

/** One thing that will happen. `Owner` is whose code it runs; undefined for the world itself. */
export interface SimulatedEvent<Owner> {
  timeNs: number;
  sequence: number;
  /** Whether it is in the queue: neither taken out nor cancelled. */
  waiting: boolean;
  readonly owner: Owner | undefined;
  /** Undefined once it has run or was cancelled. */
  task: (() => void) | undefined;
}

export class EventQueue<Owner> {
  #heap: SimulatedEvent<Owner>[] = [];
  #sequence = 0;
  /** Always before `#sequence`, however many events there are. */
  #urgentSequence = Number.MIN_SAFE_INTEGER;
  #cancelled = 0;

  /** Events waiting, cancelled ones not counted. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(timeNs: number, task: () => void, owner?: Owner): SimulatedEvent<Owner> {
    const event = { timeNs, sequence: this.#sequence++, waiting: true, owner, task };
    this.#insert(event);
    return event;
  }

  /** Puts an event that was taken out back in, before all others of that time but behind those put back before it. */
  putBack(event: SimulatedEvent<Owner>, timeNs: number): void {
    event.timeNs = timeNs;
    event.sequence = this.#urgentSequence++;
    event.waiting = true;
    this.#insert(event);
  }

  /**
   * Makes an event do nothing. Its place in the heap is freed later, in one sweep when half of the
   * heap is cancelled: most deadlines are cancelled, and finding each one would cost more than it saves.
   */
  cancel(event: SimulatedEvent<Owner>): void {
    if (event.task === undefined) return;
    event.task = undefined;
    if (!event.waiting) return;
    event.waiting = false;
    this.#cancelled++;
    if (this.#cancelled > 1024 && this.#cancelled * 2 > this.#heap.length) this.#sweep();
  }

  /** The time of the next event, `Infinity` if there is none. */
  nextTimeNs(): number {
    this.#dropCancelled();
    return this.#heap[0]?.timeNs ?? Number.POSITIVE_INFINITY;
  }

  take(): SimulatedEvent<Owner> | undefined {
    this.#dropCancelled();
    if (this.#heap.length === 0) return undefined;
    const event = this.#removeFirst();
    event.waiting = false;
    return event;
  }

  #insert(event: SimulatedEvent<Owner>): void {
    if (this.size >= simulationLimits.pendingEvents) {
      throw new GlowError("exhausted", "world.schedule", {
        message: `${this.size} events are waiting: something schedules without end`,
      });
    }
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]?.task === undefined) {
      this.#removeFirst();
      this.#cancelled--;
    }
  }

  #removeFirst(): SimulatedEvent<Owner> {
    const first = this.#heap[0] as SimulatedEvent<Owner>;
    const last = this.#heap.pop() as SimulatedEvent<Owner>;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((event) => event.task !== undefined);
    this.#cancelled = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  #rise(index: number): void {
    const heap = this.#heap;
    const event = heap[index] as SimulatedEvent<Owner>;
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as SimulatedEvent<Owner>;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #sink(index: number): void {
    const heap = this.#heap;
    const event = heap[index] as SimulatedEvent<Owner>;
    let at = index;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as SimulatedEvent<Owner>)) child++;
      const below = heap[child] as SimulatedEvent<Owner>;
      if (!isBefore(below, event)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = event;
  }
}

function isBefore<Owner>(a: SimulatedEvent<Owner>, b: SimulatedEvent<Owner>): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.sequence < b.sequence);
}

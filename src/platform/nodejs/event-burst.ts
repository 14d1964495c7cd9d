// Notices that Linux may have dropped events of its file systems. It drops what a full queue (`max_queued_events`) cannot
// hold and says so, but libuv, which reads the queue, passes over that, as do the packages that watch folders.
//
// A queue that was full is read to its end at once, before anything else in the thread has its turn. So if within one turn
// nearly as many events come as a queue holds, some may be missing; if fewer do, none is.

import { readFileSync } from "node:fs";

const queuePath = "/proc/sys/fs/inotify/max_queued_events";
/** What Linux sets unless it is told otherwise. */
const usualQueue = 16_384;
/** Some events do not reach us: those of folders that are not watched any more. */
const suspiciousShare = 1 / 4;

export class EventBurst {
  readonly #suspicious: number;
  #events = 0;

  /** `queueLength`: how many events the system holds for this thread. */
  constructor(queueLength: number) {
    this.#suspicious = Math.floor(queueLength * suspiciousShare);
  }

  /** Counts an event. True once in a turn in which there have been so many that some may be missing. */
  count(): boolean {
    // `setImmediate` is after the reading of events in each round of the loop.
    if (this.#events++ === 0) setImmediate(() => (this.#events = 0));
    return this.#events === this.#suspicious;
  }
}

/** How many events Linux holds for each reader. */
export function eventQueueLength(): number {
  try {
    const length = Number.parseInt(readFileSync(queuePath, "utf8"), 10);
    return length > 0 ? length : usualQueue;
  } catch {
    return usualQueue;
  }
}

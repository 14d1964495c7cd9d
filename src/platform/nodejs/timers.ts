// Timers on Node's event loop.

import { HostTimers } from "../host-timers.ts";

export class NodeTimers extends HostTimers {
  /**
   * Node runs its queue of ticks, then all microtasks, then the ticks that those queued, and only then the next event.
   * A tick queued by an event's own code would thus run before the promise reactions; one queued by a microtask
   * runs when no microtask is left, however long their chain.
   */
  constructor() {
    super((run) => {
      const tick = () => process.nextTick(run);
      return () => queueMicrotask(tick);
    });
  }
}

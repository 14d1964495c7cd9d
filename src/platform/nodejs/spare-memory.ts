// Gives back to the system what work has left: V8 and the C library keep freed memory for the next time, each to itself, and a node
// has nothing to do for most of the day. Both can be asked to let go, which takes some ten milliseconds: done once after
// work, when there is none.
//
// V8's collector can be called where Node runs with `--expose-gc` (scripts/node-flags.mjs): without that nothing is done. The C
// library is called by node:ffi, where it is glibc.

import type { Subscription, Timer, Timers } from "#glow";

const lookEveryMs = 15_000;
/** Of CPU time: less in a look's time is rest, and as much since the last time, a start for one, makes it worth the while. */
const restMs = 150;
const workMs = 200;

export interface SpareMemory {
  /** CPU time of this process so far, all its threads, in ms. */
  cpuMs(): number;
  /** Gives back what is free. */
  release(): void;
}

/** Releases when this process rests after work, until it is stopped; `rests` lets go of what can be had again before that. */
export function releaseAtRest(
  timers: Timers,
  rests: () => void,
  memory: SpareMemory = new NodeSpareMemory(),
): Subscription {
  let releasedMs = 0;
  let beforeMs = memory.cpuMs();
  let timer: Timer;
  const look = () => {
    timer = timers.after(lookEveryMs, look);
    const nowMs = memory.cpuMs();
    const spentMs = nowMs - beforeMs;
    beforeMs = nowMs;
    if (spentMs > restMs || nowMs - releasedMs < workMs) return;
    rests();
    memory.release();
    beforeMs = memory.cpuMs();
    releasedMs = beforeMs;
  };
  timer = timers.after(lookEveryMs, look);
  return { stop: () => timer.cancel() };
}

class NodeSpareMemory implements SpareMemory {
  #trim: (() => void) | undefined;
  #isLoaded = false;

  cpuMs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }

  release(): void {
    const collect = globalThis.gc;
    if (collect === undefined) return;
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
    if (!this.#isLoaded) this.#trim = loadTrim();
    this.#isLoaded = true;
    this.#trim?.();
  }
}

/** `malloc_trim(3)`, for the heaps of all threads. */
function loadTrim(): (() => void) | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const ffi = process.getBuiltinModule("node:ffi");
    const { malloc_trim: trim } = ffi.dlopen(null, { malloc_trim: { arguments: ["u64"], return: "i32" } }).functions;
    return () => void trim(0n);
  } catch {
    // No such module, or a C library without it.
    return undefined;
  }
}

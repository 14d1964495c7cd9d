// How long files wait for what others have to bring: while it is on its way, and for a while when nothing of it is, before
// others may wait in their place. What the drive has something new of does not wait on: it is planned anew.

import { GlowError } from "#base/errors.ts";
import { bindingLimits } from "#base/limits.ts";
import type { Timer, Timers } from "#glow";
import type { ObjectId } from "../contracts.ts";

export class ContentWaits {
  readonly #timers: Timers;
  readonly #waiting = new Map<ObjectId, AbortController>();
  #isStopped = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * Fails as `work` does, which ends with its signal: `unavailable` when its patience is over and it is not `isComing`,
   * `cancelled` when it is to be planned anew, and by `stop`.
   */
  async during<Result>(
    object: ObjectId,
    isComing: () => boolean,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (this.#isStopped) throw plannedAnew();
    const waiting = new AbortController();
    const { signal } = waiting;
    const wait = (): Timer =>
      this.#timers.after(bindingLimits.patienceMs, () => {
        if (isComing()) timer = wait();
        else waiting.abort(nobodyHas());
      });
    let timer = wait();
    this.#waiting.set(object, waiting);
    try {
      return await work(signal);
    } catch (thrown) {
      throw signal.aborted ? signal.reason : thrown;
    } finally {
      timer.cancel();
      if (this.#waiting.get(object) === waiting) this.#waiting.delete(object);
    }
  }

  /** The drive has something new of it. */
  end(object: ObjectId): void {
    this.#waiting.get(object)?.abort(plannedAnew());
  }

  stop(): void {
    this.#isStopped = true;
    for (const waiting of this.#waiting.values()) waiting.abort(plannedAnew());
  }
}

function plannedAnew(): GlowError {
  return new GlowError("cancelled", "binding.place", { message: "it is planned anew" });
}

function nobodyHas(): GlowError {
  const message = "no device that can be reached has what is in it: switch on the one it comes from";
  return new GlowError("unavailable", "binding.place", { message });
}

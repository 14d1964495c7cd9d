// Takes the batches of one peer into the space: many at once, so that they share the syncs of the log, and no more than
// fit into memory.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Clock, DeviceId, Space, Taken, Timers } from "#glow";
import { Rate } from "./rate.ts";
import type { ReceivedBatches } from "./received-batches.ts";

export interface BatchTakerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly space: Space;
  readonly received: ReceivedBatches;
  /** Whose batches they are. */
  readonly peer: DeviceId;
  /** Told what became of each that could be taken, and of the first that could not. */
  taken(result: Taken): void;
  failed(error: GlowError): void;
}

export class BatchTaker {
  readonly #options: BatchTakerOptions;
  /** What brings nothing new. */
  readonly #idle: Rate;
  #idleMs = 0;
  readonly #underWay = new Set<Promise<void>>();
  #underWayBytes = 0;
  #failure: GlowError | undefined;

  constructor(options: BatchTakerOptions) {
    this.#options = options;
    this.#idle = new Rate(options.clock, replicationLimits.idleNewsBurst, replicationLimits.idleNewsPerSecond);
  }

  /**
   * Resolves when there is room for a next one, which is before this one is taken. Rejects with the error of any that
   * could not be taken: nothing that follows it is of use.
   */
  async take(batch: Uint8Array): Promise<void> {
    while (this.#underWay.size > 0 && !this.#hasRoomFor(batch)) await Promise.race(this.#underWay);
    this.#check();
    const taking = this.#takeNow(batch).finally(() => {
      this.#underWay.delete(taking);
      this.#underWayBytes -= batch.length;
    });
    this.#underWay.add(taking);
    this.#underWayBytes += batch.length;
    await this.rest();
  }

  /** Something was said that brings nothing new: more of that than is reasonable has to wait. */
  idled(): void {
    this.#idleMs = this.#idle.takeLateMs();
  }

  /** Waits as long as the peer has earned by saying nothing new. */
  async rest(): Promise<void> {
    const waitMs = this.#idleMs;
    this.#idleMs = 0;
    if (waitMs > 0) await new Promise<void>((resolve) => void this.#options.timers.after(waitMs, resolve));
  }

  /** All that came before the call are taken. Rejects as `take` does. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#check();
  }

  /** Never rejects: the failure is met by whoever takes the next one. */
  async #takeNow(batch: Uint8Array): Promise<void> {
    const { space, received, peer, taken, failed } = this.#options;
    received.add(peer, batch);
    try {
      const result = await space.take(batch);
      if (result === "known") this.idled();
      taken(result);
    } catch (thrown) {
      if (this.#failure !== undefined) return;
      this.#failure = GlowError.from(thrown, "replica.take", peer);
      failed(this.#failure);
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #hasRoomFor(batch: Uint8Array): boolean {
    const { takes, takesBytes } = replicationLimits;
    return this.#underWay.size < takes && this.#underWayBytes + batch.length <= takesBytes;
  }
}

// How many bytes may be under way: doubles each round trip until something is lost or marked, then grows slowly
// (RFC 9002, 7). Marks come from relays whose queue is long, before they drop anything.

import { meshSessionLimits } from "#base/limits.ts";

/** What congestion leaves of the window. */
const reduction = 0.7;
/** What one round trip adds to the window once the line's capacity is about known. */
const stepBytes = 64 * 1024;

export class Congestion {
  #windowBytes: number = meshSessionLimits.firstCongestionBytes;
  #thresholdBytes = Number.POSITIVE_INFINITY;
  /** Packets up to this number were sent before the last reduction: their loss is no news. */
  #reducedAtNumber = -1;

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** `wasFull`: the window kept more from being sent, so it may have been too small. */
  acknowledged(bytes: number, wasFull: boolean): void {
    if (!wasFull) return;
    const growth =
      this.#windowBytes < this.#thresholdBytes ? bytes : (stepBytes * bytes) / Math.max(1, this.#windowBytes);
    this.#windowBytes = Math.min(meshSessionLimits.congestionBytes, this.#windowBytes + growth);
  }

  /** Packet `number` was lost or marked; `nextNumber` has not been sent yet. At most once for each round trip. */
  congested(number: number, nextNumber: number): void {
    if (number <= this.#reducedAtNumber) return;
    this.#reducedAtNumber = nextNumber - 1;
    this.#windowBytes = Math.max(meshSessionLimits.leastCongestionBytes, this.#windowBytes * reduction);
    this.#thresholdBytes = this.#windowBytes;
  }

  /** Another path: nothing is known of it. */
  reset(): void {
    this.#windowBytes = meshSessionLimits.firstCongestionBytes;
    this.#thresholdBytes = Number.POSITIVE_INFINITY;
  }
}

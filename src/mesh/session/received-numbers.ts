// The numbers of the packets that have arrived: what is acknowledged, and how a packet is known that comes twice.

import { meshSessionLimits } from "#base/limits.ts";
import { RangeSet } from "./ranges.ts";

export class ReceivedNumbers {
  readonly ranges = new RangeSet();
  /** Packets that a relay has marked, as an unsigned number of 32 bits. */
  congested = 0;
  /** All numbers below count as received: which of them were is not known any more. */
  #floor = 0;

  /** -1 before the first. */
  get newest(): number {
    const last = this.ranges.count - 1;
    return last < 0 ? -1 : this.ranges.to(last) - 1;
  }

  has(number: number): boolean {
    return number < this.#floor || this.ranges.has(number);
  }

  /** Whether it is the one that is expected next: nothing is missing before it. */
  isNext(number: number): boolean {
    return number === Math.max(this.#floor, this.newest + 1);
  }

  isNewest(number: number): boolean {
    return number > this.newest;
  }

  add(number: number): void {
    this.ranges.add(number, number + 1);
    // A packet that old is not on its way any more; if it is, it is sent again.
    if (this.ranges.count > meshSessionLimits.receivedRanges) this.forgetBelow(this.ranges.from(1));
  }

  /** The peer knows which of the numbers below have arrived, or need not know. */
  forgetBelow(number: number): void {
    if (number <= this.#floor) return;
    this.#floor = number;
    this.ranges.remove(0, number);
  }
}

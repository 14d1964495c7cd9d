// How often something may happen: so many times at once, and then so many times a second.

import type { Clock } from "#glow";

export class TokenBucket {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #countedMs: number;

  constructor(clock: Clock, burst: number, perSecond: number) {
    this.#clock = clock;
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#tokens = burst;
    this.#countedMs = clock.monotonicMs();
  }

  /** Takes so many tokens; false, and none is taken, if there are fewer. */
  take(count = 1): boolean {
    this.#refill();
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Takes so many if any is left: what is beyond that has to come back before there is more. False if none is. */
  spend(count: number): boolean {
    this.#refill();
    if (this.#tokens <= 0) return false;
    this.#tokens -= count;
    return true;
  }

  /** When there will be a token, by the monotonic clock. */
  nextMs(): number {
    this.#refill();
    // Rounded up, so that whoever comes at that time finds one in spite of inexact sums.
    return this.#countedMs + Math.ceil(Math.max(0, 1 - this.#tokens) / this.#perMs);
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#countedMs) * this.#perMs);
    this.#countedMs = nowMs;
  }
}

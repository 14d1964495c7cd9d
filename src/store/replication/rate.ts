// How often something may happen: so many times at once, and then so many times a second.

import type { Clock } from "#glow";

export class Rate {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perMs: number;
  #left: number;
  #countedMs: number;

  constructor(clock: Clock, burst: number, perSecond: number) {
    this.#clock = clock;
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#left = burst;
    this.#countedMs = clock.monotonicMs();
  }

  /** Whether it may happen so many times now; if it may, it has. */
  take(count: number): boolean {
    this.#refill();
    if (this.#left < count) return false;
    this.#left -= count;
    return true;
  }

  /** It happens now, and this is how long whoever does it has to wait before going on. */
  takeLateMs(): number {
    this.#refill();
    this.#left -= 1;
    return this.#left >= 0 ? 0 : Math.ceil(-this.#left / this.#perMs);
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#left = Math.min(this.#burst, this.#left + (nowMs - this.#countedMs) * this.#perMs);
    this.#countedMs = nowMs;
  }
}

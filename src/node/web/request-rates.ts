// How fast remote addresses may ask: some at once, then so many a second each. Bounded: of too many addresses the one that was
// seen longest ago begins anew.

import { webLimits } from "#base/limits.ts";
import type { Clock } from "#glow";
import { TokenBucket } from "#mesh/wire/token-bucket.ts";

export class RequestRates {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this request of theirs is one too many. */
  isTooFast(remoteAddress: string): boolean {
    const bucket =
      this.#buckets.get(remoteAddress) ??
      new TokenBucket(this.#clock, webLimits.requestBurst, webLimits.requestsPerSecond);
    // The last one seen comes last.
    this.#buckets.delete(remoteAddress);
    this.#buckets.set(remoteAddress, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > webLimits.rateAddresses && oldest !== undefined) this.#buckets.delete(oldest);
    return !bucket.take();
  }
}

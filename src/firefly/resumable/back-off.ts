// How long to wait before dialling again: short at first, then twice as long each time up to a longest wait, each drawn
// from its upper half, so that those cut off together do not come back together.

import { float } from "#base/random.ts";
import type { Random } from "#glow";

export class BackOff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #random: Random;
  #waits = 0;

  constructor(firstMs: number, longestMs: number, random: Random) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#random = random;
  }

  nextMs(): number {
    const fullMs = Math.min(this.#firstMs * 2 ** this.#waits++, this.#longestMs);
    return fullMs * (0.5 + float(this.#random) / 2);
  }

  reset(): void {
    this.#waits = 0;
  }
}

// Keeps those who wait for a node from having it dialled without end: a long transfer asks for content all the while, of which
// the one who is there has every bit, and a script may ask for ever. The first who waits is heard at once; as long as
// somebody goes on, half as often each time, until that is no more than is dialled anyway.

import type { Clock } from "#glow";
import type { DialLimits } from "./pursuit.ts";

export class Haste {
  readonly #clock: Clock;
  readonly #limits: Pick<DialLimits, "hurryMs" | "calmMs" | "coldWaitMs">;
  #askedMs = Number.NEGATIVE_INFINITY;
  #heardMs = Number.NEGATIVE_INFINITY;
  #waitMs = 0;

  constructor(clock: Clock, limits: Pick<DialLimits, "hurryMs" | "calmMs" | "coldWaitMs">) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Somebody waits. True if it is time to dial. */
  begins(): boolean {
    const { hurryMs, calmMs, coldWaitMs } = this.#limits;
    const nowMs = this.#clock.monotonicMs();
    const isCalm = nowMs - this.#askedMs >= calmMs;
    this.#askedMs = nowMs;
    if (!isCalm && nowMs - this.#heardMs < this.#waitMs) return false;
    this.#waitMs = isCalm ? hurryMs : Math.min(2 * this.#waitMs, coldWaitMs);
    this.#heardMs = nowMs;
    return true;
  }
}

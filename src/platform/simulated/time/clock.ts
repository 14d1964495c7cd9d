// A device's hardware clock: an oscillator that is a little wrong and a wall clock that can be set. It belongs to the
// node, not to one life of it, so it goes on while the node is down.

import { assert } from "#base/errors.ts";
import { nsPerMs } from "./nanoseconds.ts";

/**
 * Clocks show time in steps of 2^-10 ms, a little under a microsecond: sums and differences of such numbers are exact,
 * so that a delay measured with `monotonicMs` is never a rounding error too short.
 */
export const ticksPerMs = 1024;
const nsPerTick = nsPerMs / ticksPerMs;

/** The wall time at which every world begins: 2026-11-01T00:00:00Z. Nodes differ from it by their `wallOffsetMs`. */
const epochMs = 1_793_491_200_000;

export class SimulatedClock {
  readonly #worldNs: () => number;
  #rate: number;
  #wallOffsetMs: number;
  /** World time and this clock's time when the rate last changed. */
  #anchorWorldNs: number;
  #anchorNs = 0;

  /** `rate` is how many of its own milliseconds pass in one of the world's. */
  constructor(worldNs: () => number, rate = 1, wallOffsetMs = 0) {
    assertRate(rate);
    this.#worldNs = worldNs;
    this.#anchorWorldNs = worldNs();
    this.#rate = rate;
    this.#wallOffsetMs = wallOffsetMs;
  }

  get rate(): number {
    return this.#rate;
  }

  /** From now on it runs at another rate. What it has shown so far stays as it was. */
  set rate(rate: number) {
    assertRate(rate);
    this.#anchorNs = this.#elapsedNs();
    this.#anchorWorldNs = this.#worldNs();
    this.#rate = rate;
  }

  /** Ticks of its own oscillator since the world began; never goes back. */
  elapsedTicks(): number {
    return Math.floor(this.#elapsedNs() / nsPerTick);
  }

  wallMs(): number {
    return epochMs + this.#wallOffsetMs + this.elapsedTicks() / ticksPerMs;
  }

  /** Somebody, or a time server, sets the wall clock forward or (negative) back. */
  step(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Nanoseconds of the world until this clock, at its present rate, shows `elapsedTicks`. */
  worldNsUntil(elapsedTicks: number): number {
    return Math.max(0, Math.ceil((elapsedTicks * nsPerTick - this.#elapsedNs()) / this.#rate));
  }

  #elapsedNs(): number {
    return this.#anchorNs + (this.#worldNs() - this.#anchorWorldNs) * this.#rate;
  }
}

/** Far beyond what oscillators do (0.01 %), since a stopped virtual machine or a bad driver can be far off too. */
function assertRate(rate: number): void {
  assert(rate >= 0.1 && rate <= 10, `a clock's rate is from 0.1 to 10, not ${rate}`);
}

// The round trip of a session, smoothed, and how long to wait for an acknowledgement (RFC 9002, 5 and 6.2).

import { meshSessionLimits } from "#base/limits.ts";

export class RoundTrip {
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #latestMs = 0;
  #leastMs = Number.POSITIVE_INFINITY;

  /** Undefined until something was acknowledged. */
  get smoothedMs(): number | undefined {
    return this.#smoothedMs;
  }

  /** A packet was acknowledged after `sampleMs`, of which the peer has waited for `delayMs`. */
  add(sampleMs: number, delayMs: number): void {
    this.#leastMs = Math.min(this.#leastMs, sampleMs);
    const waitedMs = Math.min(delayMs, meshSessionLimits.ackDelayMs);
    const adjustedMs = sampleMs - waitedMs >= this.#leastMs ? sampleMs - waitedMs : sampleMs;
    this.#latestMs = adjustedMs;
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = adjustedMs;
      this.#variationMs = adjustedMs / 2;
      return;
    }
    this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - adjustedMs);
    this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * adjustedMs;
  }

  /** How long before an acknowledged packet another one may have left that still counts as under way. */
  get reorderingMs(): number {
    return Math.max(1, 1.125 * Math.max(this.#smoothedMs ?? meshSessionLimits.firstProbeMs, this.#latestMs));
  }

  /** How long to wait for an acknowledgement, after `probes` such waits in vain. Short: silence is to be short. */
  probeMs(probes: number): number {
    if (this.#smoothedMs === undefined) {
      return Math.min(meshSessionLimits.firstProbeMs * 2 ** probes, meshSessionLimits.mostProbeMs);
    }
    const expectedMs = this.#smoothedMs + 4 * this.#variationMs + meshSessionLimits.ackDelayMs;
    const baseMs = Math.max(expectedMs, meshSessionLimits.leastProbeMs);
    return Math.min(baseMs * 2 ** Math.min(probes, 16), Math.max(baseMs, meshSessionLimits.mostProbeMs));
  }

  /** Another path has another round trip. */
  reset(): void {
    this.#smoothedMs = undefined;
    this.#variationMs = 0;
    this.#latestMs = 0;
    this.#leastMs = Number.POSITIVE_INFINITY;
  }
}

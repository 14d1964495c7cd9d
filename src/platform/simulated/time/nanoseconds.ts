// Virtual time is counted in whole nanoseconds, so that sums are exact and a trace is the same on every machine.

import { GlowError } from "#base/errors.ts";
import { simulationLimits } from "#base/limits.ts";

export const nsPerMs = 1_000_000;

/** A duration in whole nanoseconds; `invalid` unless it is from 0 to `simulationLimits.virtualMs`. */
export function toNs(durationMs: number): number {
  if (!(durationMs >= 0 && durationMs <= simulationLimits.virtualMs)) {
    throw new GlowError("invalid", "world.schedule", {
      message: `a duration is from 0 to ${simulationLimits.virtualMs} ms, not ${durationMs}`,
    });
  }
  return Math.round(durationMs * nsPerMs);
}

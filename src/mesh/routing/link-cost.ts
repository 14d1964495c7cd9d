// What it costs to go over a link, as a whole number above 0 in sixteenths of a millisecond: the round trip, a
// millisecond for the relay's own work, and much for a link that is too thin for bulk. It follows the measurements
// slowly: each change is told to the whole mesh, and a round trip is never twice the same.

import type { LinkMetrics } from "#glow";

export const unitsPerMs = 16;
/** The relay's own work; it also makes fewer hops the better ones where links are equally fast. */
const hopUnits = 1 * unitsPerMs;
/** A thin link is taken only where nothing else leads: a minute is longer than any round trip around it. */
const controlUnits = 60_000 * unitsPerMs;
/** Longer round trips count as this. 64 hops at the highest cost, each with `tabUnits`, are a metric of 32 bits. */
const longestRoundTripMs = 60_000;
/** What a route through a tab costs on top: half an hour, more than any sensible route without one. */
export const tabUnits = 2 ** 25;

/** A change is taken over if it is above both: a quarter of the cost, and two milliseconds. */
const leastChange = 0.25;
const leastChangeUnits = 2 * unitsPerMs;

export class LinkCost {
  #units: number;
  #scope: LinkMetrics["scope"];

  constructor(metrics: LinkMetrics) {
    this.#units = measuredUnits(metrics);
    this.#scope = metrics.scope;
  }

  get units(): number {
    return this.#units;
  }

  /** True if the measurement is so different that the cost has changed. */
  update(metrics: LinkMetrics): boolean {
    const units = measuredUnits(metrics);
    const change = Math.abs(units - this.#units);
    const isSmall = change <= this.#units * leastChange || change <= leastChangeUnits;
    if (change === 0 || (isSmall && metrics.scope === this.#scope)) return false;
    this.#units = units;
    this.#scope = metrics.scope;
    return true;
  }
}

function measuredUnits({ scope, roundTripMs }: LinkMetrics): number {
  // Not a number where nothing was measured yet: the worst, until something was.
  const boundedMs = roundTripMs >= 0 && roundTripMs < longestRoundTripMs ? roundTripMs : longestRoundTripMs;
  return hopUnits + Math.round(boundedMs * unitsPerMs) + (scope === "control" ? controlUnits : 0);
}

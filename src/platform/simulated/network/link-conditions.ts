// How well packets travel from one node to another. Each direction of each pair has its own.

import { assert } from "#base/errors.ts";
import type { Random } from "#glow";
import { drawFrom, type Range } from "../range.ts";

export interface LinkConditions {
  /** The least time that a packet takes. */
  readonly latencyMs: number;
  /** At most this comes on top, a quarter of it on average. */
  readonly jitterMs: number;
  readonly bytesPerMs: number;
  /** Chance that a packet is lost, per packet. A pipe sends it again, so that it and those behind it come late. */
  readonly lossChance: number;
  /** Chance that a dial fails by itself. */
  readonly dialFailChance: number;
  /** At most this comes on top of a dial's round trip. */
  readonly dialDelayMs: number;
}

/** From what the usual conditions of each direction are drawn. */
export type Weather = { readonly [Condition in keyof LinkConditions]: Range };

/** A mixed bag: from two machines in one room to a bad line across an ocean. */
export const defaultWeather: Weather = {
  latencyMs: [0.1, 40],
  jitterMs: [0.1, 40],
  bytesPerMs: [1_000, 125_000],
  lossChance: [0, 0.01],
  dialFailChance: [0, 0.02],
  dialDelayMs: [0, 10],
};

/** A node that dials itself. */
export const loopback: LinkConditions = {
  latencyMs: 0.01,
  jitterMs: 0.01,
  bytesPerMs: 1_000_000,
  lossChance: 0,
  dialFailChance: 0,
  dialDelayMs: 0,
};

export function drawConditions(random: Random, weather: Weather): LinkConditions {
  return {
    latencyMs: drawFrom(random, weather.latencyMs),
    jitterMs: drawFrom(random, weather.jitterMs),
    bytesPerMs: drawFrom(random, weather.bytesPerMs),
    lossChance: drawFrom(random, weather.lossChance),
    dialFailChance: drawFrom(random, weather.dialFailChance),
    dialDelayMs: drawFrom(random, weather.dialDelayMs),
  };
}

export function assertConditions(conditions: LinkConditions): void {
  assert(conditions.latencyMs >= 0 && conditions.jitterMs >= 0, "latency and jitter are not negative");
  assert(conditions.bytesPerMs > 0, "a link that passes nothing is a barrier, not a bandwidth of 0");
  assert(conditions.lossChance >= 0 && conditions.lossChance <= 1, "a chance is from 0 to 1");
  assert(conditions.dialFailChance >= 0 && conditions.dialFailChance <= 1, "a chance is from 0 to 1");
}

// Numbers that are drawn anew for each run, link or operation, described by their least and greatest value.

import { assert } from "#base/errors.ts";
import { float, integerBelow } from "#base/random.ts";
import type { Random } from "#glow";

export type Range = readonly [least: number, most: number];

/** A number from the range, each equally likely. */
export function drawFrom(random: Random, [least, most]: Range): number {
  assert(least <= most, `a range goes from its least to its greatest value, not from ${least} to ${most}`);
  return least === most ? least : least + float(random) * (most - least);
}

/** A whole number from the range, both ends included. */
export function drawWhole(random: Random, [least, most]: Range): number {
  return least + integerBelow(random, most - least + 1);
}

/**
 * A delay that is mostly near the least and sometimes near the greatest: the cube of an even number, so that a
 * quarter of the spread is the mean. Only products, since those are the same in every engine (logarithms are not).
 */
export function drawDelay(random: Random, [least, most]: Range): number {
  const drawn = least === most ? 0 : float(random);
  return least + drawn * drawn * drawn * (most - least);
}

// What several rounds add up to. The median, as single rounds on a shared machine are often far off to one side; with
// the least and the most beside it, to show how far.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** `values` must not be empty. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

/** Round `round` of an interleaved run: each begins with the next one, and every other goes backwards. */
export function rotated<Item>(items: readonly Item[], round: number): Item[] {
  const from = round % items.length;
  const order = [...items.slice(from), ...items.slice(0, from)];
  return round % 2 === 0 ? order : order.toReversed();
}

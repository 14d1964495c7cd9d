// A set of whole numbers kept as ranges: which packets have arrived, which bytes of a stream are acknowledged or lost.
// Numbers mostly come in order, so there are few ranges, and the last one is nearly always the one that grows.

export class RangeSet {
  /** Ascending: the first number of a range, then the one after its last. Ranges neither overlap nor touch. */
  readonly #bounds: number[] = [];

  /** How many ranges there are. */
  get count(): number {
    return this.#bounds.length / 2;
  }

  /** The first number of the range at `index`, counted from the lowest. */
  from(index: number): number {
    return this.#bounds[2 * index] as number;
  }

  /** The number after the last of that range. */
  to(index: number): number {
    return this.#bounds[2 * index + 1] as number;
  }

  has(number: number): boolean {
    const at = this.#firstEndingAfter(number);
    return at < this.#bounds.length && (this.#bounds[at] as number) <= number;
  }

  /** Adds the numbers from `from` up to, but not including, `to`. */
  add(from: number, to: number): void {
    if (from >= to) return;
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    if (last < 0 || (bounds[last] as number) < from) {
      bounds.push(from, to);
      return;
    }
    if (bounds[last] === from) {
      bounds[last] = to;
      return;
    }
    // All ranges that overlap or touch the new one become one with it.
    const first = this.#firstEndingAfter(from - 1);
    let after = first;
    while (after < bounds.length && (bounds[after] as number) <= to) after += 2;
    if (after === first) {
      bounds.splice(first, 0, from, to);
      return;
    }
    const lowest = Math.min(from, bounds[first] as number);
    const highest = Math.max(to, bounds[after - 1] as number);
    bounds.splice(first, after - first, lowest, highest);
  }

  /** Takes out the numbers from `from` up to, but not including, `to`. */
  remove(from: number, to: number): void {
    const bounds = this.#bounds;
    if (from >= to || bounds.length === 0) return;
    const first = this.#firstEndingAfter(from);
    let after = first;
    while (after < bounds.length && (bounds[after] as number) < to) after += 2;
    if (after === first) return;
    const left: number[] = [];
    const lowest = bounds[first] as number;
    const highest = bounds[after - 1] as number;
    if (lowest < from) left.push(lowest, from);
    if (highest > to) left.push(to, highest);
    bounds.splice(first, after - first, ...left);
  }

  clear(): void {
    this.#bounds.length = 0;
  }

  /** Where the first range begins that ends after `number`: the number is in it or before it. */
  #firstEndingAfter(number: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[2 * middle + 1] as number) > number) high = middle;
      else low = middle + 1;
    }
    return 2 * low;
  }
}

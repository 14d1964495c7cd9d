// The smallest of the last few measurements: what a path takes when nothing else queues on it.

export class SmallestRecent {
  readonly #samples: number[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  add(sample: number): void {
    if (this.#samples.push(sample) > this.#count) this.#samples.shift();
  }

  get smallest(): number | undefined {
    return this.#samples.length === 0 ? undefined : Math.min(...this.#samples);
  }
}

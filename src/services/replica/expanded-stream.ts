// A stream that makes several items, or none, of each one of another. A generator would do, but for its end: it does not
// hear of one while it waits for the next item, which may never come.

export class ExpandedStream<From, To> implements AsyncIterableIterator<To> {
  readonly #source: AsyncIterator<From>;
  readonly #expand: (item: From) => Iterable<To>;
  #items: Iterator<To> | undefined;

  constructor(source: AsyncIterable<From>, expand: (item: From) => Iterable<To>) {
    this.#source = source[Symbol.asyncIterator]();
    this.#expand = expand;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<To>> {
    for (;;) {
      const made = this.#items?.next();
      if (made !== undefined && made.done !== true) return made;
      const step = await this.#source.next();
      if (step.done === true) return { done: true, value: undefined };
      this.#items = this.#expand(step.value)[Symbol.iterator]();
    }
  }

  async return(): Promise<IteratorResult<To>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }
}

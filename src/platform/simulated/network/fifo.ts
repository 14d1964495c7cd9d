// A queue whose first item is taken in constant time, however long it is: `Array.shift` moves all the others.

export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  /** The item at this place, 0 being the first. */
  at(index: number): Item | undefined {
    return this.#items[this.#first + index];
  }

  take(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first > 64 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Keeps the first `length` items. */
  truncate(length: number): void {
    this.#items.length = this.#first + Math.min(length, this.length);
  }
}

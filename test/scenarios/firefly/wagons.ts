// Objects for depots that know whether they were disposed of, and how often.

import type { Wagon } from "../../interfaces/generated/depot.ts";

export class Yard {
  readonly wagons: CountedWagon[] = [];

  wagon(load = this.wagons.length): CountedWagon {
    const wagon = new CountedWagon(this, load);
    this.wagons.push(wagon);
    return wagon;
  }

  /** How often each wagon was disposed of, in the order in which they were made. */
  get disposals(): number[] {
    return this.wagons.map((wagon) => wagon.disposals);
  }
}

export class CountedWagon implements Wagon, Disposable {
  disposals = 0;
  readonly #yard: Yard;
  readonly #load: number;

  constructor(yard: Yard, load: number) {
    this.#yard = yard;
    this.#load = load;
  }

  load(): number {
    if (this.disposals > 0) throw new Error(`wagon ${this.#load} was disposed of before`);
    return this.#load;
  }

  couple(): Wagon {
    return this.#yard.wagon();
  }

  [Symbol.dispose](): void {
    this.disposals++;
  }
}

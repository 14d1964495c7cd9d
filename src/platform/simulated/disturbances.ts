// What is broken just now and can be healed: each by itself, or all together.

/** Something that is broken until it is healed. Healing twice does nothing. */
export interface Disturbance {
  heal(): void;
}

export class Disturbances {
  readonly #healed: () => void;
  readonly #active = new Set<Disturbance>();

  /** `healed` is called after each. */
  constructor(healed: () => void) {
    this.#healed = healed;
  }

  /** Keeps a disturbance that has begun; `end` undoes it. */
  begin(end: () => void): Disturbance {
    const disturbance: Disturbance = {
      heal: () => {
        if (!this.#active.delete(disturbance)) return;
        end();
        this.#healed();
      },
    };
    this.#active.add(disturbance);
    return disturbance;
  }

  healAll(): void {
    for (const disturbance of this.#active) disturbance.heal();
  }
}

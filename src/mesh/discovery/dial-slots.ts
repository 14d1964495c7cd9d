// How many dials may be under way at once, over all nodes. Addresses that never worked get half of the places at most, so
// that a liar's black holes cannot keep a node from the neighbours it knows.

export class DialSlots {
  readonly #most: number;
  #taken = 0;
  #takenByHints = 0;
  /** Those who found no place, in the order they came. */
  readonly #waiting = new Map<object, () => void>();

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** A place, to be given back by the call of what it returns; or none, and `freed` is called once there may be one. */
  take(who: object, isHint: boolean, freed: () => void): (() => void) | undefined {
    if (this.#taken >= this.#most || (isHint && this.#takenByHints >= Math.ceil(this.#most / 2))) {
      if (!this.#waiting.has(who)) this.#waiting.set(who, freed);
      return undefined;
    }
    this.#waiting.delete(who);
    this.#taken++;
    if (isHint) this.#takenByHints++;
    return () => {
      this.#taken--;
      if (isHint) this.#takenByHints--;
      // Whoever still finds none comes behind those who wait now.
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const each of waiting) each();
    };
  }

  /** Waits no longer. */
  leave(who: object): void {
    this.#waiting.delete(who);
  }
}

// Numbers that describe how well something works (a wire, a disk), which faults change for a while. Faults overlap, so
// each is kept apart: ending one leaves the others.

export class Conditions<Values extends object> {
  readonly #usual: Values;
  readonly #assertValid: (values: Values) => void;
  /** Changes on top of what is usual, the latest last. */
  readonly #changes: Partial<Values>[] = [];
  #current: Values;

  constructor(usual: Values, assertValid: (values: Values) => void) {
    assertValid(usual);
    this.#usual = usual;
    this.#assertValid = assertValid;
    this.#current = usual;
  }

  get current(): Values {
    return this.#current;
  }

  /** Changes the values until the function it returns is called. */
  change(change: Partial<Values>): () => void {
    const own = { ...change };
    this.#assertValid({ ...this.#current, ...own });
    this.#changes.push(own);
    this.#combine();
    return () => {
      const at = this.#changes.indexOf(own);
      if (at < 0) return;
      this.#changes.splice(at, 1);
      this.#combine();
    };
  }

  #combine(): void {
    this.#current = Object.assign({}, this.#usual, ...this.#changes) as Values;
  }
}

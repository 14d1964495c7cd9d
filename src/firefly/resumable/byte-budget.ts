// The memory that the pipes of one acceptor may hold together. Each has its own limit, but many that are each within
// it would be too much.

export class ByteBudget {
  readonly #limitBytes: number;
  readonly #relieve: () => void;
  #heldBytes = 0;

  /** `relieve` is called when more is held than the limit; it must see to it that less is. */
  constructor(limitBytes: number, relieve: () => void) {
    this.#limitBytes = limitBytes;
    this.#relieve = relieve;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  change(bytes: number): void {
    this.#heldBytes += bytes;
    if (bytes > 0 && this.#heldBytes > this.#limitBytes) this.#relieve();
  }
}

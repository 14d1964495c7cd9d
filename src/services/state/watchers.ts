// Who wants to hear of changes.

import type { Subscription } from "#glow";

export class Watchers {
  readonly #told = new Set<() => void>();

  /** Called after each change, until it is stopped. */
  readonly watch = (changed: () => void): Subscription => {
    const own = () => changed();
    this.#told.add(own);
    return { stop: () => void this.#told.delete(own) };
  };

  readonly tell = (): void => {
    for (const told of this.#told) told();
  };
}

// Who wants to be told of something, in the order in which they came.

import type { Subscription } from "#glow";

export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();

  add(listener: (event: Event) => void): Subscription {
    // One of its own, so that the same function may listen twice.
    const own = (event: Event) => listener(event);
    this.#listeners.add(own);
    return { stop: () => void this.#listeners.delete(own) };
  }

  tell(event: Event): void {
    for (const listener of this.#listeners) listener(event);
  }
}

// What a node tells to anybody.

import type { Greeting } from "#interfaces/generated/greeting.ts";

export class GreetingService implements Greeting {
  readonly #name: () => string;

  constructor(name: () => string) {
    this.#name = name;
  }

  name(): string {
    return this.#name();
  }
}

// Tells when an object was collected without having been released; the same on every real host.

import type { LeakWatch } from "#glow";

export class RegistryLeakWatch implements LeakWatch {
  readonly #registry = new FinalizationRegistry<() => void>((dropped) => dropped());

  watch(object: object, dropped: () => void): void {
    this.#registry.register(object, dropped, object);
  }

  unwatch(object: object): void {
    this.#registry.unregister(object);
  }
}

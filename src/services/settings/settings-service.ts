// The settings of a node, as they are offered.

import type { Subscription, Timers } from "#glow";
import type { NodeSettings, PastSettings, Settings, SettingsChange } from "#interfaces/generated/settings.ts";
import { StateStream } from "../state/state-stream.ts";

/** Where they are kept. */
export interface SettingsDesk {
  get(): NodeSettings;
  set(changes: SettingsChange): Promise<void>;
  history(): Promise<PastSettings[]>;
  watch(changed: () => void): Subscription;
}

const pauseMs = 100;

export class SettingsService implements Settings {
  readonly #desk: SettingsDesk;
  readonly #timers: Timers;

  constructor(desk: SettingsDesk, timers: Timers) {
    this.#desk = desk;
    this.#timers = timers;
  }

  get(): NodeSettings {
    return this.#desk.get();
  }

  watch(): AsyncIterable<NodeSettings> {
    return new StateStream({
      timers: this.#timers,
      pauseMs,
      watch: (changed) => this.#desk.watch(changed),
      read: () => this.get(),
    });
  }

  async set(changes: SettingsChange): Promise<NodeSettings> {
    await this.#desk.set(changes);
    return this.get();
  }

  history(): Promise<PastSettings[]> {
    return this.#desk.history();
  }
}

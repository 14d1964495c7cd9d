// The settings of a node, as they are offered.

import type { Subscription, Timers } from "#glow";
import type { NodeSettings, PastSettings, Settings, SettingsChange } from "#interfaces/generated/settings.ts";
import { StateStream } from "../state/state-stream.ts";

/** Where they are kept. */
export interface SettingsDesk {
  get(): NodeSettings;
  set(changes: SettingsChange): Promise<void>;
  /** `check` refuses, by throwing, what it comes to. */
  restore(revision: number, check: (changes: SettingsChange) => void): Promise<void>;
  history(): Promise<PastSettings[]>;
  watch(changed: () => void): Subscription;
}

const pauseMs = 100;

export class SettingsService implements Settings {
  readonly #desk: SettingsDesk;
  readonly #timers: Timers;
  readonly #check: (changes: SettingsChange) => void;

  /** `check` refuses, by throwing, what the node cannot become. */
  constructor(desk: SettingsDesk, timers: Timers, check: (changes: SettingsChange) => void) {
    this.#desk = desk;
    this.#timers = timers;
    this.#check = check;
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
    this.#check(changes);
    await this.#desk.set(changes);
    return this.get();
  }

  async restore(revision: number): Promise<NodeSettings> {
    await this.#desk.restore(revision, this.#check);
    return this.get();
  }

  history(): Promise<PastSettings[]> {
    return this.#desk.history();
  }
}

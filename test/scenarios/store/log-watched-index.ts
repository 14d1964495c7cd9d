// An Index in front of another, as WatchedDisk is a Disk in front of another.

import type { Index, IndexChange } from "#glow";
import type { Watch } from "./log-watched-disk.ts";

export class WatchedIndex implements Index {
  readonly wasReset: boolean;
  readonly #index: Index;
  readonly #watch: Watch;

  constructor(index: Index, watch: Watch) {
    this.wasReset = index.wasReset;
    this.#index = index;
    this.#watch = watch;
  }

  write(changes: readonly IndexChange[]): Promise<void> {
    return this.#watch({ name: "index", path: "write" }, () => this.#index.write(changes));
  }

  read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#watch({ name: "index", path: "read" }, () => this.#index.read(keys));
  }

  range(from: Uint8Array, to: Uint8Array, limit: number, backwards?: boolean): Promise<[Uint8Array, Uint8Array][]> {
    return this.#watch({ name: "index", path: "range" }, () => this.#index.range(from, to, limit, backwards));
  }

  clear(): Promise<void> {
    return this.#watch({ name: "index", path: "clear" }, () => this.#index.clear());
  }

  close(): Promise<void> {
    return this.#watch({ name: "index", path: "close" }, () => this.#index.close());
  }
}

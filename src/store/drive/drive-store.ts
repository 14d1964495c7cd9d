// The drive as a kind of typed store: takes in a space's batches, and tells who watches what each has touched.

import type { BatchHeader, ChunkPlacement, IndexView, ObjectId, OpenedBatch, TypedStore } from "../contracts.ts";
import type { Subscription } from "#glow";
import { placeUncounted } from "./chunk-placements.ts";
import { takeIn } from "./drive-update.ts";

export interface DriveWatcher {
  changed(objects: readonly ObjectId[], batch: BatchHeader): void;
  /** Anything may be something else now. */
  reset(): void;
}

export class DriveStore implements TypedStore {
  readonly type = "drive";
  readonly #watchers = new Set<DriveWatcher>();
  /** Of batches that are taken in and not yet written: some never will be. */
  readonly #touched = new WeakMap<OpenedBatch, ReadonlySet<ObjectId>>();

  async apply(batch: OpenedBatch, view: IndexView): Promise<void> {
    this.#touched.set(batch, await takeIn(batch, view));
  }

  place(placements: readonly ChunkPlacement[], view: IndexView): Promise<void> {
    return placeUncounted(placements, view);
  }

  applied(batch: OpenedBatch): void {
    const touched = [...(this.#touched.get(batch) ?? [])];
    this.#touched.delete(batch);
    for (const watcher of this.#watchers) watcher.changed(touched, batch);
  }

  reset(): void {
    for (const watcher of this.#watchers) watcher.reset();
  }

  watch(watcher: DriveWatcher): Subscription {
    this.#watchers.add(watcher);
    return { stop: () => void this.#watchers.delete(watcher) };
  }
}

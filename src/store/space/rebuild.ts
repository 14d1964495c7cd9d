// Derives a space's typed store anew, from the first batch on, into rows of its own; readers see the old ones until the
// new ones are complete, and then these, from one moment to the next. After a crash on the way it begins again.

import type { TypedStore } from "#glow";
import { type BatchRecord, offersCount } from "./batch-record.ts";
import type { Derivation } from "./derivation.ts";
import { risingRecords } from "./ordered-records.ts";
import type { SpaceState } from "./space-state.ts";
import { readUnlessDamaged, type SpaceWork } from "./space-work.ts";

export class Rebuild {
  readonly #state: SpaceState;
  readonly #derivation: Derivation;
  /** Takes in all batches; not the one that readers have. */
  readonly #store: TypedStore;

  constructor(state: SpaceState, derivation: Derivation, store: TypedStore) {
    this.#state = state;
    this.#derivation = derivation;
    this.#store = store;
  }

  /** Undefined when it is done; else a batch that is damaged: without it the old rows are nearer to the truth. */
  async run(first: SpaceWork): Promise<BatchRecord | undefined> {
    const { generation } = this.#state.memory.meta;
    await this.#state.clearStore(generation + 1);
    let work = first;
    work.setMeta({ applied: 0 });
    for await (const page of risingRecords(this.#state.section)) {
      for (const record of page) {
        const target = { store: this.#store, view: work.storeView(generation + 1) };
        const batch = offersCount(record) ? await readUnlessDamaged(work, record) : undefined;
        if (record.counts && batch === undefined) {
          await this.#lose(record);
          return record;
        }
        await this.#derivation.reapply(work, target, record, batch);
        if (work.isFull) work = await this.#next(work);
      }
    }
    work.setMeta({ generation: generation + 1, stale: false, rebuild: false });
    await this.#state.commit(work);
    await this.#state.clearStore(generation);
    return undefined;
  }

  /** The work under way is given up with all that it has changed in memory. */
  async #lose(record: BatchRecord): Promise<void> {
    this.#state.giveUp();
    await this.#state.load();
    const work = this.#state.begin();
    const written = await work.records.get(record.hash);
    if (written !== undefined) work.lose(written);
    await this.#state.commit(work);
  }

  async #next(work: SpaceWork): Promise<SpaceWork> {
    await this.#state.commit(work);
    return this.#state.begin();
  }
}

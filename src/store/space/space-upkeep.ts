// What the works of a space make necessary: to judge all batches anew, to derive the typed store anew, to take in what was
// parked, to look again for what the medium did not give.

import type { Compression, Crypto, Membership, Space, StoreKind, TypedStore } from "#glow";
import type { BlobWants } from "./blob-wants.ts";
import { Derivation } from "./derivation.ts";
import { Rebuild } from "./rebuild.ts";
import { Reckoning } from "./reckoning.ts";
import type { BatchKey } from "./signed-batch.ts";
import type { SpaceState } from "./space-state.ts";
import { readUnlessDamaged, type SpaceWork } from "./space-work.ts";

export interface UpkeepOptions {
  readonly crypto: Crypto;
  readonly compression: Compression;
  readonly state: SpaceState;
  readonly wants: BlobWants;
  readonly space: Space;
  readonly kinds: readonly StoreKind[];
  readonly membership: () => Membership | undefined;
  /** A work is written: whoever is to be told of it, is told. */
  readonly written: (work: SpaceWork | undefined) => void;
  /** Something is left to do that cannot be done now. */
  readonly again: () => void;
}

export class SpaceUpkeep {
  readonly #options: UpkeepOptions;
  readonly #excessive = new Set<BatchKey>();
  #derivation: Derivation;
  /** A damaged batch, without which the typed store cannot be derived anew. */
  #blockedBy: BatchKey | undefined;
  /** What was here when batches were passed last, for want of a key or of their bytes. */
  #passedWith = "";

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#derivation = this.#derive(undefined);
  }

  /** With the typed store, as soon as there are keys. */
  get derivation(): Derivation {
    const { state, space } = this.#options;
    const kind = this.#kind();
    if (kind !== undefined && !this.hasStore && state.memory.ring.content !== undefined) {
      this.#derivation = this.#derive(kind.open(space, state.storeView()));
    }
    return this.#derivation;
  }

  /** How many batches were found so far that change too much: a work that has failed by one of them goes well without. */
  get excesses(): number {
    return this.#excessive.size;
  }

  get hasStore(): boolean {
    return this.#derivation.store !== undefined;
  }

  /** All that is necessary now. */
  async run(): Promise<void> {
    const { state, again } = this.#options;
    if (state.memory.lost.size > 0) await this.#lookForLost();
    const { meta, lost } = state.memory;
    if (lost.size > 0) again();
    if (meta.stale && (this.#blockedBy === undefined || !lost.has(this.#blockedBy))) await this.#reckon();
    await this.#drain();
  }

  /** A medium that failed once may give what it has after all: one batch is tried each time. */
  async #lookForLost(): Promise<void> {
    const { state } = this.#options;
    const { lost } = state.memory;
    const [first] = lost.keys();
    const id = this.#blockedBy !== undefined && lost.has(this.#blockedBy) ? this.#blockedBy : first;
    const hash = id === undefined ? undefined : lost.get(id);
    if (id === undefined || hash === undefined) return;
    const work = state.begin();
    const record = await work.records.get(hash);
    if (record !== undefined && (await readUnlessDamaged(work, record)) !== undefined) {
      work.find(record);
      await state.commit(work);
      return;
    }
    // Next time it is another one's turn.
    lost.delete(id);
    lost.set(id, hash);
  }

  /** Judges all batches anew. */
  async #reckon(): Promise<void> {
    const { state, wants } = this.#options;
    const membership = this.#options.membership();
    if (membership === undefined) return;
    const derives = this.derivation.store !== undefined && state.memory.ring.content !== undefined;
    const next = (work: SpaceWork) => this.#next(work);
    const options = { section: state.section, membership, wants, derives, next };
    const work = await new Reckoning(state.begin(), options).run();
    if (state.memory.meta.rebuild) {
      await this.#rebuild(await this.#next(work));
      return;
    }
    work.setMeta({ stale: false });
    await this.#next(work);
  }

  async #rebuild(first: SpaceWork): Promise<void> {
    const { state, space, again, written } = this.#options;
    const kind = this.#kind();
    const { store } = this.derivation;
    if (kind === undefined || store === undefined) return;
    const damaged = await new Rebuild(state, this.#derivation, kind.rebuild(space)).run(first);
    this.#blockedBy = damaged?.id;
    if (damaged === undefined) store.reset();
    else again();
    written(undefined);
  }

  /** Takes in what is parked. */
  async #drain(): Promise<void> {
    const { state } = this.#options;
    const { memory } = state;
    const { derivation } = this;
    const here = `${memory.ring.secrets.length} ${memory.lost.size}`;
    if (!derivation.canDrain(memory) || (memory.meta.unsettled === 0 && here === this.#passedWith)) return;
    this.#passedWith = here;
    const next = (work: SpaceWork) => this.#next(work);
    const { work, isDone } = await derivation.drain(state.section, state.begin(), next);
    if (!isDone) work.setMeta({ stale: true, rebuild: true });
    await this.#next(work);
    if (!isDone) await this.run();
  }

  /** Ends a work and begins another. */
  async #next(work: SpaceWork): Promise<SpaceWork> {
    const { state, written } = this.#options;
    await state.commit(work);
    written(work);
    return state.begin();
  }

  #derive(store: TypedStore | undefined): Derivation {
    return new Derivation({ ...this.#options, excessive: this.#excessive }, store);
  }

  #kind(): StoreKind | undefined {
    const { kinds, state } = this.#options;
    return kinds.find(({ type }) => type === state.memory.meta.genesis?.type);
  }
}

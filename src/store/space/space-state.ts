// A space's memory, log and index, kept together: works begin here and end here. Where one fails half-way, memory is read
// from the index again, and what the log has and the index lacks is taken in anew.

import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import type { Index, IndexRow, IndexView, LogPlace, SpaceId } from "#glow";
import { IndexTransaction } from "../index/index-transaction.ts";
import type { Appended } from "./index-mark.ts";
import { IndexSection } from "./index-section.ts";
import { loadMemory, type MemorySource, type SpaceMemory } from "./space-memory.ts";
import { noValue } from "./space-rows.ts";
import { SpaceWork, type WorkTools } from "./space-work.ts";

/** row 02 00 "space" SpaceId (33) = (empty): this node holds the space. */
export const spaceListPrefix = concatBytes([Uint8Array.of(2, 0), utf8Encode("space")]);

/** Rows that are removed with one write. */
const clearedRows = 4096;
const rowsPrefix = 0x02;
const storePrefix = 0x03;

export interface StateTools extends WorkTools {
  readonly index: Index;
}

export class SpaceState {
  /** The rows of the space, as they are written. */
  readonly section: IndexSection;
  readonly #tools: StateTools;
  readonly #source: () => MemorySource;
  readonly #gaveUp: () => void;
  #memory: SpaceMemory | undefined;
  /** The typed store's, as it is written. */
  #generation = 0;
  /** Appended to the log, and not written to the index. */
  #owed: Appended[] = [];
  /** Whether the index says that this node holds the space. */
  #isListed = false;

  /** `gaveUp`: somebody is to load it again, even if nobody asks for anything more. */
  constructor(tools: StateTools, source: () => MemorySource, gaveUp: () => void) {
    this.#tools = tools;
    this.#source = source;
    this.#gaveUp = gaveUp;
    this.section = new IndexSection(tools.index, rowsPrefixOf(tools.space));
  }

  /** As of the last work that ended well, and what one under way has changed. */
  get memory(): SpaceMemory {
    assert(this.#memory !== undefined, "a space is loaded before it is used");
    return this.#memory;
  }

  /** False after a failure: then `load` comes first. */
  get isLoaded(): boolean {
    return this.#memory !== undefined;
  }

  /** What the log has and the index lacks, to be taken in by the next work. */
  get owed(): readonly LogPlace[] {
    return this.#owed.flatMap(({ places }) => places);
  }

  async load(): Promise<void> {
    const memory = await loadMemory(new WrittenView(this.section), this.#source());
    this.#generation = memory.meta.generation;
    this.#memory = memory;
  }

  begin(): SpaceWork {
    const { space, index } = this.#tools;
    const transaction = new IndexTransaction(index);
    const views = {
      rows: transaction.view(rowsPrefixOf(space)),
      store: (generation: number) => transaction.view(storePrefixOf(space, generation)),
    };
    return new SpaceWork(this.#tools, transaction, views, this.memory, this.#owed);
  }

  async commit(work: SpaceWork): Promise<void> {
    try {
      // No mark may pass what is in the log of a space that is not in the list.
      if (!this.#isListed) work.change({ key: listKey(this.#tools.space), value: noValue });
      await work.commit((appended) => this.#owed.push(appended));
      this.#owed = [];
      this.#isListed = true;
      this.#generation = work.memory.meta.generation;
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  /** A work has failed: nothing in memory can be relied on. */
  giveUp(): void {
    this.#memory = undefined;
    this.#gaveUp();
  }

  /** What the typed store reads. */
  storeView(): IndexView {
    const { index, space } = this.#tools;
    const section = () => new IndexSection(index, storePrefixOf(space, this.#generation));
    return new WrittenView({
      getMany: (keys) => section().getMany(keys),
      range: (from, to, limit) => section().range(from, to, limit),
    });
  }

  /** Removes what a store has written in this generation. */
  async clearStore(generation: number): Promise<void> {
    const { index, space } = this.#tools;
    await new IndexSection(index, storePrefixOf(space, generation)).clear(clearedRows);
  }
}

/** Of the row that says that this node holds a space; all begin with `spaceListPrefix`. */
function listKey(space: SpaceId): Uint8Array {
  return concatBytes([spaceListPrefix, idBytes(space)]);
}

function rowsPrefixOf(space: SpaceId): Uint8Array {
  return concatBytes([Uint8Array.of(rowsPrefix), idBytes(space)]);
}

/** Of two generations only one is ever read, so one bit tells them apart. */
function storePrefixOf(space: SpaceId, generation: number): Uint8Array {
  return concatBytes([Uint8Array.of(storePrefix), idBytes(space), Uint8Array.of(generation & 1)]);
}

/** What is written, to read only. */
class WrittenView implements IndexView {
  readonly #rows: Pick<IndexView, "getMany" | "range">;

  constructor(rows: Pick<IndexView, "getMany" | "range">) {
    this.#rows = rows;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.#rows.getMany([key]);
    return value;
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#rows.getMany(keys);
  }

  range(from: Uint8Array, to: Uint8Array, limit: number): Promise<IndexRow[]> {
    return this.#rows.range(from, to, limit);
  }

  put(): void {
    throw readOnly();
  }

  remove(): void {
    throw readOnly();
  }
}

function readOnly(): GlowError {
  return new GlowError("internal", "index.write", { message: "this view is for reading: batches alone change it" });
}

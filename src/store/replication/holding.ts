// What this device holds of a space, as both sides of replication see it: the one that gives it to peers, and the one that
// completes it from them.

import { toHex } from "#base/bytes.ts";
import type {
  AuthorPosition,
  BlobId,
  BlobSource,
  BlobStore,
  Clock,
  Completeness,
  Crypto,
  Disk,
  Hash,
  HeldBatch,
  Space,
  Subscription,
  Timers,
} from "#glow";
import { AuthorPositions } from "./author-positions.ts";
import { BatchHashSet } from "./batch-hash-set.ts";
import { BlobReader } from "./blob-reader.ts";
import { Listeners } from "./listeners.ts";
import { ReceivedBatches } from "./received-batches.ts";

/** So long a list of hashes is used. */
const listEveryMs = 10_000;

export interface HoldingOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly crypto: Crypto;
  readonly disk: Disk;
  readonly space: Space;
  readonly blobs: BlobStore;
  /** Has what is in no pack. */
  readonly source?: BlobSource | undefined;
}

export class Holding {
  readonly crypto: Crypto;
  readonly space: Space;
  readonly reader: BlobReader;
  readonly received: ReceivedBatches;
  /** Told when `complete` says something else. */
  readonly onComplete = new Listeners<void>();
  /** Told of blobs that have come and can be read: by `blobsCame`. */
  readonly onBlobs = new Listeners<readonly BlobId[]>();
  /** Told of a blob that the medium has damaged. */
  readonly onDamage = new Listeners<BlobId>();
  readonly #options: HoldingOptions;
  /** How often blobs have come. */
  #arrivals = 0;
  /** What has come in and is durable: the space counts what it is just taking in. */
  readonly #durable: AuthorPositions;
  #complete: AuthorPositions | undefined;
  #lacking: readonly Hash[] = [];
  #hashes: Promise<BatchHashSet> | undefined;
  #hashedMs = 0;
  #adding: Subscription | undefined;

  constructor(options: HoldingOptions) {
    const { crypto, disk, timers, space, blobs, source } = options;
    this.#options = options;
    this.crypto = crypto;
    this.space = space;
    this.received = new ReceivedBatches(crypto);
    this.#durable = new AuthorPositions(space.positions());
    space.watch(({ header }) => void this.#durable.add(header));
    const damaged = (id: BlobId) => this.onDamage.tell(id);
    this.reader = new BlobReader({ crypto, disk, timers, blobs, source, damaged });
  }

  /** Every author's last batch that is durable. */
  get positions(): readonly AuthorPosition[] {
    return this.#durable.list();
  }

  /**
   * Up to here all blobs are here too, but for those that are lacking. Undefined while that is not known: for one that is
   * new, or has names only.
   */
  get complete(): Completeness | undefined {
    return this.#complete && { positions: this.#complete.list(), lacking: this.#lacking };
  }

  /** All blobs up to these positions are here, durably, but for those of some batches, which nobody has who was asked. */
  completeTo(positions: readonly AuthorPosition[], lacking: readonly Hash[] = []): void {
    const complete = this.#complete ?? new AuthorPositions();
    let isNew = this.#complete === undefined || !areAlike(this.#lacking, lacking);
    this.#complete = complete;
    this.#lacking = lacking;
    for (const position of positions) if (complete.add(position)) isNew = true;
    if (isNew) this.onComplete.tell();
  }

  get arrivals(): number {
    return this.#arrivals;
  }

  blobsCame(ids: readonly BlobId[]): void {
    this.#arrivals++;
    this.onBlobs.tell(ids);
  }

  /** In a pack, or in what backs it. */
  async has(ids: readonly BlobId[]): Promise<boolean[]> {
    const { blobs, source } = this.#options;
    const found = await blobs.has(ids);
    const others = ids.filter((_, at) => found[at] !== true);
    if (source === undefined || others.length === 0) return found;
    const inSource = await source.has(others);
    let next = 0;
    return found.map((isHere) => isHere || inSource[next++] === true);
  }

  /**
   * The hashes of all batches. They are listed anew after a while: batches that wait, or are found to be damaged, come and
   * go without a word.
   */
  hashes(): Promise<BatchHashSet> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#hashes !== undefined && nowMs - this.#hashedMs < listEveryMs) return this.#hashes;
    this.#hashedMs = nowMs;
    this.#hashes = this.#listHashes();
    return this.#hashes;
  }

  async #listHashes(): Promise<BatchHashSet> {
    this.#adding?.stop();
    const early: HeldBatch[] = [];
    let add = (batch: HeldBatch): void => void early.push(batch);
    const adding = this.space.watch((batch) => add(batch));
    this.#adding = adding;
    try {
      const set = new BatchHashSet(await this.space.hashes());
      for (const { header } of early) set.add(header.hash);
      add = ({ header }) => set.add(header.hash);
      return set;
    } catch (error) {
      adding.stop();
      this.#hashes = undefined;
      throw error;
    }
  }
}

function areAlike(one: readonly Hash[], other: readonly Hash[]): boolean {
  const hashes = new Set(one.map(toHex));
  return one.length === other.length && other.every((hash) => hashes.has(toHex(hash)));
}

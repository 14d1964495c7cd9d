// Writes what is pending into packs, in large runs, makes it durable, and then known to the index, in this order. All that
// changes packs happens here, one turn after the other.

import { GlowError } from "#base/errors.ts";
import type { BlobId, LogPlace } from "#glow";
import { Turns } from "#identity/turns.ts";
import { type DeadPlace, deadRecord } from "./dead-places.ts";
import type { BlobRow } from "./pack-index.ts";
import type { Packs } from "./pack-recovery.ts";
import { PendingBlobs } from "./pending-blobs.ts";
import { type LogRecord, recordHeadBytes, recordKinds } from "./record.ts";

export interface PackSizes {
  readonly segmentBytes: number;
  /** As in `logLimits`. */
  readonly runBytes: number;
  readonly heldBytes: number;
  readonly syncBytes: number;
  readonly changes: number;
}

/** Somebody whose put waits for room. */
interface Waiting {
  readonly proceed: () => void;
  readonly failed: (error: unknown) => void;
}

/** A blob that is copied from one pack to another. */
export interface BlobCopy {
  readonly id: BlobId;
  readonly stored: Uint8Array;
  readonly base: BlobRow;
}

/** Dead places in one record. */
const deadPerRecord = 4096;

export class PackWriter {
  readonly pending = new PendingBlobs();
  readonly #packs: Packs;
  readonly #sizes: PackSizes;
  readonly #turns = new Turns();
  /** Those to be written come behind those that were, which are kept until they are durable. */
  #dead: DeadPlace[] = [];
  #deadWritten = 0;
  /** Bytes of records of dead places that were written, by segment. */
  readonly #kept = new Map<number, number>();
  /** Bytes written since the index knew all. */
  #unknownBytes = 0;
  #nextSync: Promise<void> | undefined;
  #workIsDue = false;
  #commits = 0;
  #waiting: Waiting[] = [];
  /** Why writing failed last, unless it has succeeded since. */
  #failure: unknown;

  constructor(packs: Packs, sizes: PackSizes) {
    this.#packs = packs;
    this.#sizes = sizes;
    packs.log.watchVoided((from) => this.#voided(from));
  }

  turn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(work);
  }

  /** All that is pending at the call is durable and in the index. Calls that wait share one. */
  sync(): Promise<void> {
    this.#nextSync ??= this.turn(() => {
      this.#nextSync = undefined;
      return this.syncNow();
    });
    return this.#nextSync;
  }

  /** How often the index was changed. */
  get commits(): number {
    return this.#commits;
  }

  /** Calls `insert` when there is room for a put, and says what it said. If writing fails it is not called. */
  async admit(insert: () => boolean): Promise<boolean> {
    if (this.#failure !== undefined) await this.sync();
    while (this.pending.heldBytes >= this.#sizes.heldBytes) {
      this.#work();
      await new Promise<void>((proceed, failed) => this.#waiting.push({ proceed, failed }));
    }
    // At once, before anybody else is told that there is room.
    const inserted = insert();
    this.#work();
    return inserted;
  }

  // All below is called within a turn.

  /** These copies are dead. Durable with the next sync. */
  bury(places: readonly DeadPlace[]): void {
    for (const place of places) this.#dead.push(place);
  }

  /** Writes copies of blobs that are in packs. */
  async move(copies: readonly BlobCopy[]): Promise<void> {
    if (copies.length === 0) return;
    const places = await this.#append(copies.map(({ id, stored }) => ({ kind: recordKinds.blob, id, body: stored })));
    for (const [i, { id, stored, base }] of copies.entries()) {
      this.pending.moved(id, rowAt(places[i], stored.length), base);
    }
  }

  async syncIfMuch(): Promise<void> {
    const { heldBytes, syncBytes, changes } = this.#sizes;
    const many = this.#dead.length >= changes || this.pending.changed >= changes;
    if (many || this.#unknownBytes >= syncBytes || this.pending.heldBytes >= heldBytes) await this.syncNow();
  }

  async syncNow(): Promise<void> {
    try {
      await this.#againIfBroken(() => this.#writeAll());
      await this.#commit();
    } catch (error) {
      this.#failed(error);
      throw error;
    }
    this.#failure = undefined;
    this.#proceed();
  }

  /** Makes all durable, for the last time. */
  finish(): Promise<void> {
    return this.turn(async () => {
      await this.syncNow();
      const { log, index } = this.#packs;
      await log.seal();
      const { durable, durableMark: mark } = log;
      if (durable === undefined) return;
      await index.commit({ ends: new Map([[durable.segment, durable.offset]]), mark });
    });
  }

  /** What lies behind this place is in the log no more. */
  #voided(from: LogPlace): void {
    this.pending.voided(from);
    this.#deadWritten = 0;
    this.#kept.delete(from.segment);
  }

  /** Sees to it that what is pending is written soon, if it is enough for a run. */
  #work(): void {
    const { runBytes, heldBytes } = this.#sizes;
    const { pending } = this;
    if (this.#workIsDue || (pending.queuedBytes < runBytes && pending.heldBytes < heldBytes)) return;
    this.#workIsDue = true;
    this.turn(async () => {
      this.#workIsDue = false;
      await this.#againIfBroken(() => this.#writeRuns(runBytes));
      await this.syncIfMuch();
      // Removals make room as well.
      if (pending.heldBytes < heldBytes) this.#proceed();
    }).catch((error: unknown) => this.#failed(error));
  }

  /** If the medium fails, once more: into a new segment then. A disk that is full stays so for the moment. */
  async #againIfBroken(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (GlowError.from(error, "blob-store.write").kind === "exhausted") throw error;
      await write();
    }
  }

  async #writeAll(): Promise<void> {
    await this.#writeRuns(1);
    while (this.#deadWritten < this.#dead.length) {
      const places = this.#dead.slice(this.#deadWritten, this.#deadWritten + deadPerRecord);
      const record = deadRecord(places);
      const [place] = await this.#append([record]);
      this.#deadWritten += places.length;
      const { segment } = place as LogPlace;
      this.#kept.set(segment, (this.#kept.get(segment) ?? 0) + recordHeadBytes + record.body.length);
    }
    await this.#packs.log.sync();
  }

  /** Writes runs while at least so much waits. */
  async #writeRuns(leastBytes: number): Promise<void> {
    const { pending } = this;
    while (pending.queuedBytes >= leastBytes) {
      const run = pending.nextRun(this.#sizes.runBytes);
      try {
        const places = await this.#append(run.map(({ id, stored }) => ({ kind: recordKinds.blob, id, body: stored })));
        for (const [i, blob] of run.entries()) pending.written(blob, rowAt(places[i], blob.stored.length));
      } catch (error) {
        pending.requeue(run);
        throw error;
      }
    }
  }

  async #append(records: readonly LogRecord[]): Promise<LogPlace[]> {
    const places = await this.#packs.log.append(records);
    for (const { body } of records) this.#unknownBytes += recordHeadBytes + body.length;
    return places;
  }

  async #commit(): Promise<void> {
    const { folder, log, index } = this.#packs;
    const { pending } = this;
    const changes = pending.changes();
    const written = this.#deadWritten;
    if (changes.length === 0 && written === 0) return;
    const ends = new Map<number, number>();
    const segments = new Set([...changes.flatMap(({ change }) => change.row?.segment ?? []), ...this.#kept.keys()]);
    for (const segment of folder.numbers) {
      if (segments.has(segment) || !index.stats.has(segment)) ends.set(segment, await log.endOf(segment));
    }
    await index.commit({ changes: changes.map(({ change }) => change), ends, kept: this.#kept, mark: log.durableMark });
    this.#commits++;
    this.#kept.clear();
    this.#dead.splice(0, written);
    this.#deadWritten -= written;
    this.#unknownBytes = 0;
    pending.settle(changes);
  }

  #failed(error: unknown): void {
    this.#failure = error;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { failed } of waiting) failed(error);
  }

  #proceed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { proceed } of waiting) proceed();
  }
}

function rowAt(place: LogPlace | undefined, sizeBytes: number): BlobRow {
  return { ...(place as LogPlace), sizeBytes, damaged: false };
}

// One step of a space's work: what it adds to the log, and what that changes in the index, which becomes durable in this
// order, as a whole. Memory is changed as the work goes on; whoever gives a work up reads it anew.

import { assert, GlowError } from "#base/errors.ts";
import { indexLimits } from "#base/limits.ts";
import type {
  BatchLog,
  Crypto,
  HeldBatch,
  IndexChange,
  IndexView,
  LoggedBatch,
  LogPlace,
  OpenedBatch,
  SpaceId,
} from "#glow";
import type { IndexTransaction } from "../index/index-transaction.ts";
import { type BatchRecord, BatchRecords } from "./batch-record.ts";
import { type ClearParts, readParts } from "./batch-parts.ts";
import type { Appended, IndexMark } from "./index-mark.ts";
import { type BatchKey, headerOf, readBatch, type SignedBatch } from "./signed-batch.ts";
import type { SpaceMemory } from "./space-memory.ts";
import { putMeta, type SpaceMeta } from "./space-meta.ts";
import { hashKey, noValue } from "./space-rows.ts";

/** A batch with what it says in clear. */
export interface ReadBatch {
  readonly signed: SignedBatch;
  readonly parts: ClearParts;
}

export interface WorkTools {
  readonly space: SpaceId;
  readonly crypto: Crypto;
  readonly log: BatchLog;
  readonly mark: IndexMark;
}

/** A work is written before it grows past these: well below what one write to an index may have. */
const fullChanges = 32_768;
const fullBytes = 8 * 1024 * 1024;
/** What is left for rows that are made when the work is written. */
const reservedChanges = 8192;
const reservedBytes = 2 * 1024 * 1024;

export class SpaceWork {
  readonly memory: SpaceMemory;
  /** The rows of the space. */
  readonly view: IndexView;
  readonly records: BatchRecords;
  /** Batches that came in, in their order. */
  readonly came: HeldBatch[] = [];
  /** Those of which the typed store took in something. */
  readonly applied: OpenedBatch[] = [];
  readonly #tools: WorkTools;
  readonly #transaction: IndexTransaction;
  readonly #storeOf: (generation: number) => IndexView;
  readonly #additions: { readonly entry: LoggedBatch; readonly record: BatchRecord | undefined }[] = [];
  /** Batches of this work that are not in the log yet, and others that were read. */
  readonly #read = new Map<BatchKey, ReadBatch>();
  /** What was appended before, and its index was not written. */
  readonly #owed: readonly Appended[];
  #hasNewMeta = false;

  constructor(
    tools: WorkTools,
    transaction: IndexTransaction,
    views: { readonly rows: IndexView; readonly store: (generation: number) => IndexView },
    memory: SpaceMemory,
    owed: readonly Appended[] = [],
  ) {
    this.#tools = tools;
    this.#transaction = transaction;
    this.view = views.rows;
    this.#storeOf = views.store;
    this.memory = memory;
    this.records = new BatchRecords(views.rows);
    this.#owed = owed;
  }

  get space(): SpaceId {
    return this.#tools.space;
  }

  /** What the typed store of this generation has and writes. */
  storeView(generation = this.memory.meta.generation): IndexView {
    return this.#storeOf(generation);
  }

  get isFull(): boolean {
    return this.#transaction.size > fullChanges || this.#transaction.changedBytes > fullBytes;
  }

  /** `too-large` if what it has by now does not fit into one write. */
  checkRoom(): void {
    const { changesPerWrite, writeBytes } = indexLimits;
    const { size, changedBytes } = this.#transaction;
    const hasRoom = size <= changesPerWrite - reservedChanges;
    const mostBytes = writeBytes - reservedBytes;
    if (hasRoom && (changedBytes <= mostBytes || this.#transaction.measure() <= mostBytes)) return;
    const message = "it changes more than an index takes in one write";
    throw new GlowError("too-large", "batch.apply", { message });
  }

  setMeta(change: Partial<SpaceMeta>): void {
    this.memory.meta = { ...this.memory.meta, ...change };
    this.#hasNewMeta = true;
  }

  /** Adds a batch to the log; its record learns where it came to lie. */
  append(record: BatchRecord, batch: Uint8Array): void {
    this.#additions.push({ entry: { space: this.#tools.space, batch }, record });
  }

  /** Adds something else to the log that must not be forgotten: log-note.ts. */
  appendNote(note: Uint8Array): void {
    this.#additions.push({ entry: { space: this.#tools.space, batch: note }, record: undefined });
  }

  /** Of a row that is not the space's own. */
  change(change: IndexChange): void {
    this.#transaction.change(change);
  }

  remember(batch: ReadBatch): void {
    this.#read.set(batch.signed.id, batch);
  }

  /** The batch itself, from the log if need be; `corrupt` or `not-found` if the medium has damaged it. */
  async read(record: BatchRecord): Promise<ReadBatch> {
    const known = this.#read.get(record.id);
    if (known !== undefined) return known;
    assert(record.place !== undefined, "a batch is in the log, or of this work");
    return readHeld(this.#tools, record.place);
  }

  /** The medium has damaged it: a peer may bring it again. */
  lose(record: BatchRecord): void {
    record.lost = true;
    this.records.set(record);
    this.memory.lost.set(record.id, record.hash);
    this.view.put(hashKey("d", record.hash), noValue);
  }

  /** It was brought again, or can be read after all. */
  find(record: BatchRecord): void {
    record.lost = false;
    this.records.set(record);
    this.memory.lost.delete(record.id);
    this.view.remove(hashKey("d", record.hash));
  }

  cameIn({ signed, parts }: ReadBatch): void {
    this.came.push({ header: headerOf(signed), bytes: signed.bytes, blobs: parts.offers });
  }

  /**
   * All of it, durable as far as the log goes. If it fails in the log nothing has happened; if in the index, `logged`
   * is told what is owed to it.
   */
  async commit(logged: (appended: Appended) => void): Promise<void> {
    const written = [...this.#owed];
    if (this.#additions.length > 0) {
      const appended = await this.#tools.mark.append(this.#additions.map(({ entry }) => entry));
      for (const [i, { record }] of this.#additions.entries()) {
        if (record !== undefined) record.place = appended.places[i] as LogPlace;
      }
      logged(appended);
      written.push(appended);
    }
    this.records.write();
    if (this.#hasNewMeta) putMeta(this.view, this.memory.meta);
    const mark = this.#tools.mark.row(written);
    if (mark !== undefined) this.#transaction.change(mark);
    await this.#transaction.write();
    this.#tools.mark.done(written);
  }
}

/** A batch that is in the log; `corrupt` or `not-found` if the medium has damaged it. */
export async function readHeld(
  { crypto, log }: Pick<WorkTools, "crypto" | "log">,
  place: LogPlace,
): Promise<ReadBatch> {
  const { batch } = await log.read(place);
  const signed = readBatch(crypto, batch);
  return { signed, parts: readParts(signed.parts) };
}

/** Whether a batch could not be read because the medium has damaged it. */
export function isDamage(error: unknown): boolean {
  return error instanceof GlowError && (error.kind === "corrupt" || error.kind === "not-found");
}

/** Undefined if the medium has damaged it. */
export async function readUnlessDamaged(work: SpaceWork, record: BatchRecord): Promise<ReadBatch | undefined> {
  try {
    return await work.read(record);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

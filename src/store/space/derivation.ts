// Brings batches to the typed store: opens their pages and has their entries applied, parents before children.
//
// While this device has no keys nothing is applied: what is held is *parked*, and goes in by stamps, in which parents
// come first, once the keys are here. Later a batch of which one key is missing holds up nobody, since others would wait
// for ever for a key that a thief made up: it is *passed*, and if the key comes after all, all is applied anew.

import { compareBytes, equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import type { Compression, Crypto, Hash, IndexView, OpenedBatch, TypedStore } from "#glow";
import { countingParents } from "./batch-heads.ts";
import { type BatchRecord, type BatchRecords, isApplied, offersCount } from "./batch-record.ts";
import type { KeyRing } from "./key-ring.ts";
import { quarantineReason } from "./quarantine.ts";
import { openPage, type PageContent, pageKeyId } from "./sealed-page.ts";
import { type BatchKey, headerOf } from "./signed-batch.ts";
import { lastHash, noValue, rowKey, rowsWith, stampKey } from "./space-rows.ts";
import type { SpaceMemory } from "./space-memory.ts";
import { type ReadBatch, readUnlessDamaged, type SpaceWork } from "./space-work.ts";

export interface DerivationTools {
  readonly crypto: Crypto;
  readonly compression: Compression;
  /**
   * Others' batches that change more than an index takes in one write: it is found out when they are applied, and that
   * work has to be given up. They are left out when it is done again.
   */
  readonly excessive: Set<BatchKey>;
}

/** Where a batch's entries go. */
interface Target {
  readonly store: TypedStore;
  readonly view: IndexView;
}

export class Derivation {
  readonly #tools: DerivationTools;
  /** Undefined where this device knows no such kind of store: then it is as one without keys. */
  readonly store: TypedStore | undefined;

  constructor(tools: DerivationTools, store: TypedStore | undefined) {
    this.#tools = tools;
    this.store = store;
  }

  /** A batch that has just come to be held. `content`: what is in its pages, where that is known. */
  async settle(work: SpaceWork, record: BatchRecord, batch: ReadBatch, content?: PageContent): Promise<void> {
    const { meta, ring } = work.memory;
    // What is parked has to go in first; what there is no room for goes in with the next work.
    if (work.isFull || meta.stale || meta.unsettled > 0 || ring.content === undefined || this.store === undefined) {
      park(work, record);
      work.setMeta({ unsettled: meta.unsettled + 1 });
    } else {
      await this.#settleIn(work, { store: this.store, view: work.storeView() }, record, batch, content);
    }
  }

  /** Whether something is parked or passed that might go in now. */
  canDrain({ meta, ring }: SpaceMemory): boolean {
    return meta.unsettled + meta.passed > 0 && ring.content !== undefined && this.store !== undefined && !meta.stale;
  }

  /**
   * Takes in what is parked or passed and can be opened now, with as many works as that takes; `next` ends one and begins
   * another. False if what comes later was applied already: then all has to be applied anew.
   */
  async drain(
    rows: Pick<IndexView, "range">,
    first: SpaceWork,
    next: (work: SpaceWork) => Promise<SpaceWork>,
  ): Promise<{ readonly work: SpaceWork; readonly isDone: boolean }> {
    let work = first;
    const { store } = this;
    if (store === undefined) return { work, isDone: true };
    for await (const page of rowsWith(rows, rowKey("u"), spaceLimits.pageRows)) {
      for (const { key } of page) {
        const record = await work.records.get(lastHash(key));
        if (record === undefined) continue;
        const batch = await readUnlessDamaged(work, record);
        if (batch === undefined) work.lose(record);
        if (record.settled) {
          if (batch === undefined || hasUnknownKey(batch, work.memory.ring)) continue;
          if (record.stamp <= work.memory.meta.applied) return { work, isDone: false };
        }
        unpark(work, record);
        await this.#settleIn(work, { store, view: work.storeView() }, record, batch);
        if (work.isFull) work = await next(work);
      }
    }
    return { work, isDone: true };
  }

  /** A batch in its turn, while all are applied anew; one that counts is given. */
  async reapply(work: SpaceWork, target: Target, record: BatchRecord, batch: ReadBatch | undefined): Promise<void> {
    if (!record.settled || record.keyless) unpark(work, record);
    await this.#settleIn(work, target, record, batch);
  }

  async #settleIn(
    work: SpaceWork,
    target: Target,
    record: BatchRecord,
    batch: ReadBatch | undefined,
    known?: PageContent,
  ): Promise<void> {
    const wasUnreadable = record.unreadable;
    record.settled = true;
    record.unreadable = false;
    record.keyless = false;
    work.records.set(record);
    if (!record.counts) {
      if (batch !== undefined && offersCount(record)) await this.#place(work, target, batch);
      return;
    }
    const isExcessive = this.#tools.excessive.has(record.id);
    const content = known ?? (isExcessive ? excess() : batch && this.#open(batch, work.memory.ring));
    if (batch === undefined || content === undefined) {
      record.keyless = true;
      park(work, record);
      work.setMeta({ passed: work.memory.meta.passed + 1 });
      return;
    }
    const { quarantine } = work.memory;
    if (content instanceof GlowError) {
      record.unreadable = true;
      const reason = isExcessive ? content.message : `its entries cannot be opened: ${content.message}`;
      await quarantine.enter(work.view, record, quarantineReason.unreadable, reason);
      return;
    }
    if (wasUnreadable) await quarantine.leave(work.view, record);
    const parents = await appliedParents(work.records, record);
    const opened: OpenedBatch = { ...headerOf(batch.signed), parents, ...content, blobs: batch.parts.offers };
    try {
      await target.store.apply(opened, target.view);
      work.checkRoom();
    } catch (error) {
      // Its author hears of it.
      if (known === undefined && error instanceof GlowError && error.kind === "too-large") {
        this.#tools.excessive.add(record.id);
      }
      throw error;
    }
    work.applied.push(opened);
    if (record.stamp > work.memory.meta.applied) work.setMeta({ applied: record.stamp });
  }

  /** Of a batch that does not count, where chunks lie: others have built on it, and did not say it again. */
  async #place(work: SpaceWork, { store, view }: Target, batch: ReadBatch): Promise<void> {
    const content = this.#open(batch, work.memory.ring);
    if (content === undefined || content instanceof GlowError || content.placements.length === 0) return;
    await store.place?.(content.placements, view);
  }

  /** Undefined if a key is missing, an error if its author sealed what is no page. */
  #open({ signed, parts }: ReadBatch, ring: KeyRing): PageContent | GlowError | undefined {
    const entries: PageContent["entries"][] = [];
    const placements: PageContent["placements"][] = [];
    try {
      for (const { index, part } of parts.pages) {
        const key = ring.find(pageKeyId(part));
        if (key === undefined) return undefined;
        const page = openPage(this.#tools, key, signed.header, part, index);
        entries.push(page.entries);
        placements.push(page.placements);
      }
    } catch (error) {
      return GlowError.from(error, "page.open");
    }
    const content = { entries: entries.flat(), placements: placements.flat() };
    const { entries: most } = spaceLimits;
    if (content.entries.length <= most && content.placements.length <= most) return content;
    return new GlowError("too-large", "page.open", { message: `more than ${most} entries or placements` });
  }
}

function excess(): GlowError {
  const message = "its entries change more than an index takes at once: they are left out";
  return new GlowError("too-large", "batch.apply", { message });
}

function park(work: SpaceWork, record: BatchRecord): void {
  work.view.put(stampKey("u", record.stamp, record.hash), noValue);
  work.records.set(record);
}

function unpark(work: SpaceWork, { stamp, hash, settled }: BatchRecord): void {
  work.view.remove(stampKey("u", stamp, hash));
  const { unsettled, passed } = work.memory.meta;
  work.setMeta(settled ? { passed: passed - 1 } : { unsettled: unsettled - 1 });
}

function hasUnknownKey({ parts }: ReadBatch, ring: KeyRing): boolean {
  return parts.pages.some(({ part }) => {
    try {
      return ring.find(pageKeyId(part)) === undefined;
    } catch {
      return false;
    }
  });
}

/** As the typed store is told them: it has taken in each of them. In place of one that it has not stand that one's own. */
async function appliedParents(records: BatchRecords, record: BatchRecord): Promise<readonly Hash[]> {
  const { parents } = record;
  const found = (await countingParents(records, record, isApplied)).map(({ hash }) => hash);
  if (found.length === parents.length && parents.every((hash, i) => equalBytes(hash, found[i] as Hash))) return parents;
  return found.sort(compareBytes);
}

// Judges all batches of a space anew, after the user's statements have come to say something else of an author, or a
// member's batch has covered what did not count. What counts is a function of the set of batches and the statements:
//
//   1. A batch's standing is that of its author and key; a stranger's, where its author's last batch before it is one.
//   2. What a member's batch builds on, over any number of steps, is covered.
//   3. A member's batch counts. A tab's counts if its certificate is valid, or if it is covered. Of a revoked device those
//      count that are covered and accepted: with L its highest incarnation of which something is covered, all of lower
//      incarnations, and of L up to the accepted sequence; none if nothing is accepted.
//
// It reads the rows of all batches four times, page by page: by rising stamps for 1, in which parents come first; by
// falling ones for 2, and for who has no descendants that count; by rising ones to write what has changed. `stale` stands
// in the index from before the first change to after the last: after a crash on the way it begins anew.

import { concatBytes, toHex } from "#base/bytes.ts";
import type { DeviceId, Membership, Standing } from "#glow";
import { AuthorChains } from "./author-chains.ts";
import { type BatchRecord, isApplied, offersCount } from "./batch-record.ts";
import type { BlobWants } from "./blob-wants.ts";
import type { IndexSection } from "./index-section.ts";
import { fallingRecords, risingRecords } from "./ordered-records.ts";
import { reasonFor } from "./quarantine.ts";
import type { BatchKey } from "./signed-batch.ts";
import { noValue, slotKey, stampKey, u48 } from "./space-rows.ts";
import { readUnlessDamaged, type SpaceWork } from "./space-work.ts";

export interface ReckoningOptions {
  readonly section: IndexSection;
  readonly membership: Membership;
  readonly wants: BlobWants;
  /** Whether the typed store has anything of this space. */
  readonly derives: boolean;
  /** Ends a work and begins another. */
  readonly next: (work: SpaceWork) => Promise<SpaceWork>;
}

export class Reckoning {
  readonly #options: ReckoningOptions;
  #work: SpaceWork;
  readonly #strangers = new Set<BatchKey>();
  /** Batches of which it is not as their row says whether they are covered. */
  readonly #turned = new Set<BatchKey>();
  /** Of revoked devices, the last incarnation of which something is covered. */
  readonly #lastCovered = new Map<DeviceId, number>();
  /** Batches that the typed store has still to be asked about. */
  readonly #unsettled = new Set<BatchKey>();

  /** `work` is new; `stale` is written. */
  constructor(work: SpaceWork, options: ReckoningOptions) {
    this.#work = work;
    this.#options = options;
  }

  /** When it resolves, all but the typed store is as it should be; `meta.rebuild` tells whether that has to begin anew. */
  async run(): Promise<SpaceWork> {
    await this.#findStrangers();
    await this.#findCovered();
    const heads = await this.#findHeads();
    await this.#writeChanges();
    const work = await this.#options.next(this.#work);
    const { memory, view, records } = work;
    memory.chains = await AuthorChains.rebuild(view);
    memory.heads.replace(view, heads);
    await memory.ring.judge(view, records);
    return work;
  }

  async #findStrangers(): Promise<void> {
    for await (const page of risingRecords(this.#options.section)) {
      for (const record of page) {
        const { id, author, key, sequence, incarnation, parents } = record;
        const first = parents[0];
        const goesOn = sequence > 1 || incarnation > 0;
        const rests = goesOn && first !== undefined && this.#strangers.has(toHex(first));
        if (rests || this.#judge(author, key).type === "stranger") this.#strangers.add(id);
      }
    }
  }

  async #findCovered(): Promise<void> {
    const covered = new Set<BatchKey>();
    for await (const page of fallingRecords(this.#options.section)) {
      for (const record of page) {
        const isBelow = covered.delete(record.id);
        const { type } = this.#standing(record);
        // Of a member's own batches nobody asks whether they are covered.
        const isCovered = isBelow && type !== "member";
        if (isCovered !== record.covered) this.#turned.add(record.id);
        if (isCovered && type === "revoked") {
          const last = this.#lastCovered.get(record.author) ?? 0;
          this.#lastCovered.set(record.author, Math.max(last, record.incarnation));
        }
        if (isBelow || type === "member") for (const parent of record.parents) covered.add(toHex(parent));
      }
    }
  }

  async #findHeads(): Promise<BatchRecord[]> {
    const heads: BatchRecord[] = [];
    const below = new Set<BatchKey>();
    for await (const page of fallingRecords(this.#options.section)) {
      for (const record of page) {
        const hasDescendants = below.delete(record.id);
        const counts = this.#counts(record);
        if (counts && !hasDescendants) heads.push({ ...record, standing: this.#standing(record).type });
        if (counts || hasDescendants) for (const parent of record.parents) below.add(toHex(parent));
      }
    }
    return heads;
  }

  async #writeChanges(): Promise<void> {
    for await (const page of risingRecords(this.#options.section)) {
      for (const record of page) {
        await this.#write(record);
        if (this.#work.isFull) this.#work = await this.#options.next(this.#work);
      }
    }
  }

  async #write(record: BatchRecord): Promise<void> {
    const { view, memory, records } = this.#work;
    const standing = this.#standing(record);
    const counts = this.#counts(record);
    const covered = this.#covered(record);
    const hasChanged = counts !== record.counts || covered !== record.covered || standing.type !== record.standing;
    if (this.#options.derives) this.#settle(record, counts);
    // The reason may have changed even where nothing else has.
    if (!counts) await memory.quarantine.enter(view, record, reasonFor({ ...record, covered }, standing));
    if (!hasChanged) return;
    const slot = concatBytes([slotKey("a", record.author, record.incarnation, record.sequence), record.hash]);
    if (standing.type === "stranger") view.remove(slot);
    else view.put(slot, u48(record.stamp));
    const before = record.counts;
    const offered = offersCount(record);
    Object.assign(record, { counts, covered, standing: standing.type });
    if (counts && !before) await memory.quarantine.leave(view, record);
    if (offersCount(record) === offered) return records.set(record);
    await this.#changeOffers(record);
    // What was applied and counts no longer has that in any case.
    if (this.#options.derives && record.settled && !before) this.#work.setMeta({ rebuild: true });
    records.set(record);
  }

  /** Whether the typed store can go on with it, now or when what it builds on is in. */
  #settle(record: BatchRecord, counts: boolean): void {
    const wasApplied = isApplied(record);
    const comesLate = record.parents.some((parent) => this.#unsettled.has(toHex(parent)));
    if (wasApplied && (!counts || comesLate)) this.#work.setMeta({ rebuild: true });
    if (record.settled && ((counts && !record.counts) || comesLate)) {
      const { unsettled, passed } = this.#work.memory.meta;
      this.#work.setMeta({ unsettled: unsettled + 1, passed: record.keyless ? passed - 1 : passed });
      this.#work.view.put(stampKey("u", record.stamp, record.hash), noValue);
      record.settled = false;
      record.keyless = false;
      this.#work.records.set(record);
    }
    if (!record.settled) this.#unsettled.add(record.id);
  }

  async #changeOffers(record: BatchRecord): Promise<void> {
    const { view } = this.#work;
    const { wants } = this.#options;
    const batch = await readUnlessDamaged(this.#work, record);
    if (batch === undefined) this.#work.lose(record);
    else if (offersCount(record)) await wants.enter(view, record, batch.parts.offers);
    else await wants.leave(view, record, batch.parts.offers);
  }

  #standing({ id, author, key }: BatchRecord): Standing {
    return this.#strangers.has(id) ? { type: "stranger" } : this.#judge(author, key);
  }

  #judge(author: DeviceId, key: BatchRecord["key"]): Standing {
    return this.#work.memory.standings.judge(this.#work.view, this.#options.membership, author, key, false);
  }

  #covered(record: BatchRecord): boolean {
    return record.covered !== this.#turned.has(record.id);
  }

  #counts(record: BatchRecord): boolean {
    const standing = this.#standing(record);
    switch (standing.type) {
      case "member":
        return true;
      case "tab":
        return standing.valid || this.#covered(record);
      case "revoked": {
        const last = this.#lastCovered.get(record.author);
        if (standing.accepted === 0 || last === undefined || !this.#covered(record)) return false;
        return record.incarnation < last || (record.incarnation === last && record.sequence <= standing.accepted);
      }
      case "stranger":
        return false;
    }
  }
}

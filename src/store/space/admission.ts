// What becomes of a batch: whether it is one of this space, whether all that it builds on is here, whether it stands where
// it says, and whether it counts. Nothing depends on the order in which batches come; what the user's statements say is
// taken as it was when the author was judged last (standings.ts).

import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import type { DeviceId, Hash, Membership, Standing, Taken } from "#glow";
import { type BatchRecord, newRecord, offersCount } from "./batch-record.ts";
import type { BlobWants } from "./blob-wants.ts";
import type { Derivation } from "./derivation.ts";
import { encodeNote } from "./log-note.ts";
import type { Arrival } from "./arrival.ts";
import type { PageContent } from "./sealed-page.ts";
import type { SignedBatch } from "./signed-batch.ts";
import { reasonFor } from "./quarantine.ts";
import { accountOf, missingParents } from "./space-memory.ts";
import { hashKey, noValue, stampKey } from "./space-rows.ts";
import { isLoss } from "./standings.ts";
import { readUnlessDamaged, type SpaceWork } from "./space-work.ts";
import { spaceLimits } from "#base/limits.ts";
import { strangers } from "./waiting-room.ts";

export interface AdmissionOptions {
  readonly device: DeviceId;
  readonly space: string;
  /** Undefined until the first batch has said whose space it is. */
  readonly membership: () => Membership | undefined;
  readonly derivation: () => Derivation;
  readonly wants: BlobWants;
  /** The first batch came: it says whose space it is and of which kind. */
  readonly begun: (work: SpaceWork, first: SignedBatch) => Promise<void>;
}

/** What came of a batch, and those that waited for it and need wait no more. */
export interface Admitted {
  readonly taken: Taken;
  readonly released: readonly BatchRecord[];
}

export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** The result is a GlowError if the batch is refused, and nothing of it is kept. It throws if the work cannot go on. */
  async admit(work: SpaceWork, arrival: Arrival): Promise<Admitted | GlowError> {
    const { signed } = arrival;
    if (signed.space !== this.#options.space) return refused("invalid", signed, "it is of another space");
    const known = await work.records.get(signed.hash);
    if (known !== undefined) return this.#again(work, known, arrival);
    if (signed.header.genesis !== undefined) await this.#options.begun(work, signed);
    const record = newRecord(signed, arrival.from.type === "log" ? arrival.from.place : undefined);
    const missing = await missingParents(work.records, record.parents);
    const waits = missing.length > 0 || !this.#knows(record);
    if (!waits) return this.hold(work, record, arrival);
    return this.#wait(work, record, missing, arrival);
  }

  /** A batch that waited, or has just come, with all its parents held and all statements known. */
  async hold(work: SpaceWork, record: BatchRecord, arrival: Arrival): Promise<Admitted | GlowError> {
    const { signed } = arrival;
    const { memory, records, view } = work;
    work.remember(arrival);
    const parents = (await records.getMany(record.parents)) as BatchRecord[];
    const fault = faultOf(signed, parents);
    if (fault !== undefined) return this.#refuse(work, record, refused("invalid", signed, fault));
    const standing = this.#judge(work, record, parents[0], arrival);
    record.standing = standing.type;
    record.counts = standing.type === "member" || (standing.type === "tab" && standing.valid);
    const excess = record.counts ? undefined : this.#excess(work, record, standing, arrival);
    if (excess !== undefined) return this.#refuse(work, record, excess);

    if (standing.type !== "stranger") this.#noteOwn(work, record, arrival);
    if (record.place === undefined) work.append(record, signed.bytes);
    record.held = true;
    records.set(record);
    memory.waiting.leave(record.id);
    view.remove(hashKey("w", record.hash));
    view.put(stampKey("s", record.stamp, record.hash), noValue);
    if (standing.type !== "stranger") await memory.chains.enter(view, record);
    if (record.counts) await this.#count(work, record, arrival);
    else await memory.quarantine.enter(view, record, reasonFor(record, standing));
    if (standing.type === "member") await this.#cover(work, record);
    // What a stranger says of keys is no help to anybody, but the first batch of all says which key was the first.
    if (standing.type !== "stranger" || record.stamp === 1) await memory.ring.enter(view, record, arrival.parts);
    await this.#options.derivation().settle(work, record, arrival, contentOf(arrival));
    if (standing.type !== "stranger") work.cameIn(arrival);
    const released = memory.waiting.parentCame(record.id).filter((child) => this.#knows(child));
    return { taken: takenOf(record), released };
  }

  /** Batches that waited for statements which are here now. */
  released(work: SpaceWork): BatchRecord[] {
    return work.memory.waiting.withParents().filter((record) => this.#knows(record));
  }

  #knows({ members }: BatchRecord): boolean {
    return this.#options.membership()?.knows(members) === true;
  }

  #again(work: SpaceWork, record: BatchRecord, { signed, from }: Arrival): Admitted {
    if (record.lost && from.type === "peer") {
      record.place = undefined;
      work.append(record, signed.bytes);
      work.find(record);
    }
    return { taken: record.held ? "known" : "waiting", released: [] };
  }

  #wait(work: SpaceWork, record: BatchRecord, missing: readonly Hash[], arrival: Arrival): Admitted | GlowError {
    const { waiting } = work.memory;
    const own = accountOf({ membership: this.#options.membership(), space: work.space }, record.author, record.key);
    // What somebody's batch builds on takes room of his.
    const account = own === strangers ? (waiting.waiterFor(record.id) ?? own) : own;
    if (arrival.from.type !== "log") {
      try {
        waiting.check(account, record.sizeBytes);
      } catch (error) {
        return GlowError.from(error, "batch.take");
      }
      work.append(record, arrival.signed.bytes);
    }
    if (own !== strangers) this.#noteOwn(work, record, arrival);
    waiting.enter(record, account, missing);
    work.records.set(record);
    work.remember(arrival);
    work.view.put(hashKey("w", record.hash), noValue);
    return { taken: "waiting", released: [] };
  }

  /** What is wrong with it is so for everybody, and for all that builds on it. */
  #refuse(work: SpaceWork, record: BatchRecord, error: GlowError): GlowError {
    const { memory, records, view } = work;
    for (const each of error.kind === "invalid" ? [record, ...memory.waiting.descendants(record.id)] : [record]) {
      memory.waiting.leave(each.id);
      records.remove(each);
      view.remove(hashKey("w", each.hash));
    }
    return error;
  }

  #judge(work: SpaceWork, record: BatchRecord, first: BatchRecord | undefined, { from }: Arrival): Standing {
    const { author, key, sequence, incarnation } = record;
    const { standings } = work.memory;
    const membership = this.#options.membership();
    if (membership === undefined) return { type: "stranger" };
    // In the name of an author, but not part of what that author wrote.
    const goesOn = sequence > 1 || incarnation > 0;
    if (goesOn && first?.standing === "stranger") return { type: "stranger" };
    const isKnown = standings.judged(author, key) !== undefined;
    const standing = standings.judge(work.view, membership, author, key, from.type === "log");
    if (!isKnown && isLoss(standing)) work.appendNote(encodeNote({ note: "standing", author, key, standing }));
    return standing;
  }

  /** Why no more of this author's is kept, if so. What a member's batch waits for is kept all the same. */
  #excess(work: SpaceWork, record: BatchRecord, standing: Standing, { from }: Arrival): GlowError | undefined {
    const waiter = work.memory.waiting.waiterFor(record.id);
    if (from.type === "log" || (waiter !== undefined && waiter !== strangers)) return undefined;
    try {
      work.memory.quarantine.check(record, reasonFor(record, standing));
      return undefined;
    } catch (error) {
      return GlowError.from(error, "batch.take");
    }
  }

  /** Others have what this device wrote and has lost: there may be more of it, so it must not go on from there. */
  #noteOwn(work: SpaceWork, { author, incarnation }: BatchRecord, { from }: Arrival): void {
    if (author !== this.#options.device || from.type !== "peer") return;
    const least = Math.min(incarnation + 1, spaceLimits.incarnations - 1);
    if (least <= work.memory.meta.incarnation) return;
    work.appendNote(encodeNote({ note: "incarnation", least }));
    work.setMeta({ incarnation: least });
  }

  /** A member's batch came: all that it builds on was there when it was written. */
  async #cover(work: SpaceWork, { parents }: BatchRecord): Promise<void> {
    let next = parents;
    while (next.length > 0) {
      const below: Hash[] = [];
      for (const record of await work.records.getMany(next)) {
        // What a member's batch builds on was covered when that came.
        if (record === undefined || record.covered || record.standing === "member") continue;
        record.covered = true;
        work.records.set(record);
        below.push(...record.parents);
        if (mayComeToCount(work, record)) work.setMeta({ stale: true });
        if (!record.counts && offersCount(record)) await this.#offer(work, record);
      }
      next = below;
    }
  }

  /** The member may rely on what it says of chunks, though it does not count. */
  async #offer(work: SpaceWork, record: BatchRecord): Promise<void> {
    const batch = await readUnlessDamaged(work, record);
    if (batch === undefined) return work.lose(record);
    await this.#options.wants.enter(work.view, record, batch.parts.offers);
    if (batch.parts.pages.length > 0 && record.settled) work.setMeta({ stale: true, rebuild: true });
  }

  async #count(work: SpaceWork, record: BatchRecord, { parts, from }: Arrival): Promise<void> {
    await work.memory.heads.enter(work.view, work.records, record);
    await this.#options.wants.enter(work.view, record, parts.offers, from.type === "own");
  }
}

/** Whether it, or others of its author, may count now that it is covered. */
function mayComeToCount({ memory }: SpaceWork, { author, key, counts }: BatchRecord): boolean {
  const standing = memory.standings.judged(author, key);
  return !counts && (standing?.type === "tab" || (standing?.type === "revoked" && standing.accepted > 0));
}

/** What is wrong with its place among the others, if anything is. */
function faultOf({ header }: SignedBatch, parents: readonly BatchRecord[]): string | undefined {
  const { author, incarnation, sequence, stamp, genesis } = header;
  if (genesis !== undefined) return undefined;
  const highest = Math.max(...parents.map((parent) => parent.stamp));
  if (stamp !== highest + 1) return `its stamp is ${stamp}, and one above its parents' is ${highest + 1}`;
  const first = parents[0] as BatchRecord;
  const isOwn = first.author === author;
  if (sequence > 1) {
    const isBefore = isOwn && first.incarnation === incarnation && first.sequence === sequence - 1;
    return isBefore ? undefined : "its first parent is not its author's last batch before it";
  }
  if (incarnation > 0) {
    const isEarlier = isOwn && first.incarnation < incarnation;
    return isEarlier ? undefined : "its first parent is not of an earlier incarnation of its author";
  }
  return isOwn ? "its author has written before, and it says that it is the first" : undefined;
}

function contentOf({ from }: Arrival): PageContent | undefined {
  return from.type === "own" ? from.content : undefined;
}

function takenOf({ counts, unreadable, keyless }: BatchRecord): Taken {
  if (!counts || unreadable) return "quarantined";
  return keyless ? "waiting" : "taken";
}

function refused(kind: "invalid", { hash }: SignedBatch, reason: string): GlowError {
  const message = `this batch is refused: ${reason}`;
  return new GlowError(kind, "batch.take", { target: idText(hash), message });
}

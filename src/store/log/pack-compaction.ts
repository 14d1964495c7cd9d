// Rewrites packs of which more than half is dead: what lives in them is copied, the copies are made durable and known to
// the index, and only then the pack goes. A crash at any point leaves a copy too many, and never one too few.

import { GlowError } from "#base/errors.ts";
import type { BlobId } from "#glow";
import { type DeadPlace, deadPlaces, deadSegment, isWholeSegment } from "./dead-places.ts";
import { type BlobRow, deadBytesOf, type PackStats } from "./pack-index.ts";
import type { Packs } from "./pack-recovery.ts";
import type { BlobCopy, PackWriter } from "./pack-writer.ts";
import { isBlob, recordHeadBytes, recordKinds } from "./record.ts";
import { segmentHeadBytes } from "./segment-head.ts";
import type { ScannedRecord } from "./segment-scan.ts";

/** Rows of the index that are looked at in one turn. */
const rowsPerTurn = 1024;

export class PackCompaction {
  readonly #packs: Packs;
  readonly #writer: PackWriter;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(packs: Packs, writer: PackWriter) {
    this.#packs = packs;
    this.#writer = writer;
  }

  /** Calls that meet share one run. `exhausted` if there is no room for copies; what was freed before stays so. */
  run(): Promise<void> {
    this.#running ??= this.#compact().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** A run that is under way ends as `cancelled`, with nothing lost. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running?.catch(() => undefined);
  }

  async #compact(): Promise<void> {
    await this.#writer.sync();
    for (const segment of this.#victims()) {
      if (segment === this.#packs.log.durable?.segment) await this.#turn(() => this.#packs.log.roll());
      await this.#rewrite(segment);
    }
  }

  /** Those that free most for least come first: what is wholly dead needs no room. The last pack comes last. */
  #victims(): number[] {
    const { index, log, folder } = this.#packs;
    const last = log.durable?.segment;
    return [...index.stats]
      .filter(([segment, stats]) => folder.has(segment) && isMostlyDead(stats, segment === last))
      .sort(([a, of], [b, other]) => Number(a === last) - Number(b === last) || usedBytes(of) - usedBytes(other))
      .map(([segment]) => segment);
  }

  async #rewrite(segment: number): Promise<void> {
    const { log, index } = this.#packs;
    const end = await log.endOf(segment);
    for await (const records of log.segmentRecords(segment, segmentHeadBytes, end)) {
      await this.#turn(() => this.#moveRun(segment, records));
    }
    await this.#writer.sync();
    // Blobs whose heads are damaged are still found by the index.
    if (index.stats.get(segment)?.liveBlobs !== 0) await this.#moveRest(segment);
    await this.#turn(() => this.#remove(segment));
  }

  async #moveRun(segment: number, records: readonly ScannedRecord[]): Promise<void> {
    const { folder, index } = this.#packs;
    const blobs = records.filter(({ kind }) => kind === recordKinds.blob);
    const rows = await index.read(blobs.map(({ id }) => id as BlobId));
    const copies = blobs.flatMap(({ id, body, offset }, i): BlobCopy[] => {
      const base = rows[i];
      return this.#livesAt(id as BlobId, base, segment) && base.offset === offset
        ? [{ id: id.slice() as BlobId, stored: body, base }]
        : [];
    });
    await this.#writer.move(copies);
    const dead = records.flatMap(({ kind, body }) => (kind === recordKinds.dead ? deadPlaces(body) : []));
    // Of this pack itself nothing will be left.
    const stillOfUse = (place: DeadPlace) =>
      isWholeSegment(place) || (place.segment !== segment && folder.has(place.segment));
    this.#writer.bury(dead.filter(stillOfUse));
    await this.#writer.syncIfMuch();
  }

  async #moveRest(segment: number): Promise<void> {
    let after: BlobId | undefined;
    do {
      after = await this.#turn(() => this.#moveRows(segment, after));
    } while (after !== undefined);
  }

  /** Says where to go on; undefined at the end. */
  async #moveRows(segment: number, after: BlobId | undefined): Promise<BlobId | undefined> {
    const { index, folder, crypto } = this.#packs;
    const page = await index.range(after, rowsPerTurn);
    for (const { id, row } of page) {
      if (!this.#livesAt(id, row, segment)) continue;
      const stored = await folder.readDamaged(segment, row.offset + recordHeadBytes, row.sizeBytes);
      if (isBlob(crypto, id, stored)) await this.#writer.move([{ id, stored, base: row }]);
      else this.#writer.pending.damage(id, row);
    }
    await this.#writer.syncIfMuch();
    return page.at(-1)?.id;
  }

  async #remove(segment: number): Promise<void> {
    const { log, index } = this.#packs;
    await this.#writer.syncNow();
    if ((index.stats.get(segment)?.liveBlobs ?? 0) > 0) return;
    this.#writer.bury([deadSegment(segment)]);
    await this.#writer.syncNow();
    await log.remove(segment);
    await index.commit({ removed: [segment] });
  }

  #livesAt(id: BlobId, row: BlobRow | undefined, segment: number): row is BlobRow {
    return row?.segment === segment && !row.damaged && this.#writer.pending.get(id) === undefined;
  }

  #turn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#writer.turn(async () => {
      if (this.#stopped) throw new GlowError("cancelled", "blob-store.compact", { message: "the store was closed" });
      return work();
    });
  }
}

function usedBytes({ liveBytes, keptBytes }: PackStats): number {
  return liveBytes + keptBytes;
}

function isMostlyDead(stats: PackStats, isLast: boolean): boolean {
  const sizeBytes = stats.end - segmentHeadBytes;
  return sizeBytes <= 0 ? !isLast : deadBytesOf(stats) > sizeBytes / 2;
}

// Blobs that batches offer and that are not here. What has come since is noticed when they are asked for.
//
//   row "m" stamp blob = size (u48)                       in the order of the first batch that offers them
//   row "o" blob       = [stamp (u48) | hash (33)] ...    the batches that offer such a blob

import { concatBytes, equalBytes } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { BlobId, BlobOffer, BlobSource, Hash, IndexView } from "#glow";
import { hashBytes } from "./batch-header.ts";
import type { BatchRecord } from "./batch-record.ts";
import { afterKey, endOf, readU48, rowKey, stampKey, u48 } from "./space-rows.ts";

export type BlobPresence = Pick<BlobSource, "has">;

/** That a batch offers a blob. */
interface OfferedBy {
  readonly stamp: number;
  readonly hash: Hash;
}

/** What is missing of a batch; a blob that several offer is counted with the first. */
interface Lack {
  readonly hash: Hash;
  missingBlobs: number;
  missingBytes: number;
}

const offeredBytes = 6 + hashBytes;

export class BlobWants {
  readonly #blobs: BlobPresence;

  constructor(blobs: BlobPresence) {
    this.#blobs = blobs;
  }

  /** A batch that counts offers these. `areHere`: this device has just put them. */
  async enter(view: IndexView, batch: BatchRecord, offers: readonly BlobOffer[], areHere = false): Promise<void> {
    if (offers.length === 0 || areHere) return;
    const here = await this.#blobs.has(offers.map(({ id }) => id));
    const missing = offers.filter((_, i) => here[i] !== true);
    const rows = await view.getMany(missing.map(({ id }) => rowKey("o", id)));
    for (const [i, { id, sizeBytes }] of missing.entries()) {
      const before = offersIn(rows[i]);
      if (before.length >= spaceLimits.offersPerBlob || before.some(({ hash }) => equalBytes(hash, batch.hash)))
        continue;
      move(view, id, before, [...before, { stamp: batch.stamp, hash: batch.hash }], u48(sizeBytes));
    }
  }

  /** The batch does not count any more. */
  async leave(view: IndexView, batch: BatchRecord, offers: readonly BlobOffer[]): Promise<void> {
    const rows = await view.getMany(offers.map(({ id }) => rowKey("o", id)));
    for (const [i, { id, sizeBytes }] of offers.entries()) {
      const before = offersIn(rows[i]);
      const after = before.filter(({ hash }) => !equalBytes(hash, batch.hash));
      if (after.length < before.length) move(view, id, before, after, u48(sizeBytes));
    }
  }

  /** Those that are not here, after the given one; and others that have come and are still in the rows. */
  async list(
    view: Pick<IndexView, "range" | "get">,
    after: BlobId | undefined,
    limit: number,
  ): Promise<{ missing: BlobOffer[]; here: BlobId[] }> {
    const missing: BlobOffer[] = [];
    const here: BlobId[] = [];
    const end = endOf(rowKey("m"));
    // Many may have come since they were looked for: who asks for one must not look at each by itself.
    const pageRows = Math.min(Math.max(limit, spaceLimits.pageRows), spaceLimits.missingRows);
    let from = await startAfter(view, after);
    while (missing.length < limit) {
      const rows = await view.range(from, end, pageRows);
      const offers = rows.map(({ key, value }) => ({ id: blobOf(key), sizeBytes: readU48(value) }));
      const found = await this.#blobs.has(offers.map(({ id }) => id));
      for (const [i, offer] of offers.entries()) {
        if (found[i] === true) here.push(offer.id);
        else if (missing.length < limit) missing.push(offer);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) break;
      from = afterKey(last.key);
    }
    return { missing, here };
  }

  /**
   * The batches that offer what is not here, undefined if they are more than `most`, or if more than
   * `spaceLimits.countedBlobs` are missing.
   */
  async batches(view: Pick<IndexView, "range" | "get" | "getMany">, most: number): Promise<Lack[] | undefined> {
    const batches = new Map<string, Lack>();
    let after: BlobId | undefined;
    for (let counted = 0; counted <= spaceLimits.countedBlobs; counted += spaceLimits.missingRows) {
      const { missing } = await this.list(view, after, spaceLimits.missingRows);
      const rows = await view.getMany(missing.map(({ id }) => rowKey("o", id)));
      for (const [i, { sizeBytes }] of missing.entries()) countLack(batches, offersIn(rows[i]), sizeBytes);
      if (batches.size > most) return undefined;
      if (missing.length < spaceLimits.missingRows) return [...batches.values()];
      after = missing.at(-1)?.id;
    }
    return undefined;
  }

  /** They have come. */
  async forget(view: IndexView, blobs: readonly BlobId[]): Promise<void> {
    const rows = await view.getMany(blobs.map((id) => rowKey("o", id)));
    for (const [i, id] of blobs.entries()) move(view, id, offersIn(rows[i]), [], undefined);
  }
}

function countLack(batches: Map<string, Lack>, offers: readonly OfferedBy[], sizeBytes: number): void {
  for (const [i, { hash }] of offers.entries()) {
    const lack = batches.get(hash.toHex()) ?? { hash, missingBlobs: 0, missingBytes: 0 };
    batches.set(hash.toHex(), lack);
    if (i > 0) continue;
    lack.missingBlobs++;
    lack.missingBytes += sizeBytes;
  }
}

/** Makes the rows of a blob say who offers it. */
function move(
  view: IndexView,
  blob: BlobId,
  before: readonly OfferedBy[],
  after: readonly OfferedBy[],
  size: Uint8Array | undefined,
): void {
  const [from, to] = [firstStamp(before), firstStamp(after)];
  if (from !== undefined && from !== to) view.remove(stampKey("m", from, blob));
  if (to === undefined || size === undefined) {
    view.remove(rowKey("o", blob));
    return;
  }
  if (from !== to) view.put(stampKey("m", to, blob), size);
  view.put(rowKey("o", blob), concatBytes(after.flatMap(({ stamp, hash }) => [u48(stamp), hash])));
}

function offersIn(row: Uint8Array | undefined): OfferedBy[] {
  const offers: OfferedBy[] = [];
  if (row === undefined) return offers;
  for (let at = 0; at < row.length; at += offeredBytes) {
    offers.push({ stamp: readU48(row, at), hash: row.slice(at + 6, at + offeredBytes) as Hash });
  }
  return offers;
}

function firstStamp(offers: readonly OfferedBy[]): number | undefined {
  return offers.length === 0 ? undefined : Math.min(...offers.map(({ stamp }) => stamp));
}

async function startAfter(view: Pick<IndexView, "get">, after: BlobId | undefined): Promise<Uint8Array> {
  const first = after && firstStamp(offersIn(await view.get(rowKey("o", after))));
  return after === undefined || first === undefined ? rowKey("m") : afterKey(stampKey("m", first, after));
}

function blobOf(key: Uint8Array): BlobId {
  return key.slice(key.length - hashBytes) as BlobId;
}

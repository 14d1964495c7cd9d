// Brings the index up to what the packs hold: all of it, if the index is new or does not fit them, else what came after
// its mark.

import type { BlobId, Crypto } from "#glow";
import { type DeadPlace, deadPlaces, isWholeSegment } from "./dead-places.ts";
import type { LogMark } from "./log-mark.ts";
import type { BlobRow, PackIndex } from "./pack-index.ts";
import { recordHeadBytes, recordKinds } from "./record.ts";
import type { SegmentFolder } from "./segment-folder.ts";
import { segmentHeadBytes } from "./segment-head.ts";
import type { SegmentLog } from "./segment-log.ts";
import type { ScannedRecord } from "./segment-scan.ts";

export interface Packs {
  readonly crypto: Crypto;
  readonly folder: SegmentFolder;
  readonly log: SegmentLog;
  readonly index: PackIndex;
}

/** The index's mark, if it and the packs belong together. */
function fittingMark({ folder, log, index }: Packs): LogMark | undefined {
  const { mark } = log;
  if (mark === undefined) return undefined;
  const known = folder.numbers.every((number) => number > mark.segment || index.stats.has(number));
  return known ? mark : undefined;
}

/** Says which copies of blobs others have taken the place of. */
export async function recoverPacks(packs: Packs): Promise<readonly DeadPlace[]> {
  const { folder, index } = packs;
  const mark = fittingMark(packs);
  if (mark === undefined) {
    if (folder.numbers.length === 0) await forgetMissing(packs);
    await index.clear();
  }
  const superseded: DeadPlace[] = [];
  for (const segment of folder.numbers) {
    if (mark === undefined || segment >= mark.segment) superseded.push(...(await recoverSegment(packs, segment, mark)));
  }
  // Not before: packs that compaction has removed are known as such only now.
  await forgetMissing(packs);
  return superseded;
}

/** Packs that should be there and are not: what was in them is missing. */
async function forgetMissing({ folder, index }: Packs): Promise<void> {
  for (const [segment, { end, liveBlobs }] of index.stats) {
    if (folder.has(segment)) continue;
    if (liveBlobs > 0) folder.damage.add(folder.path(segment), 0, end);
    await index.commit({ removed: [segment] });
  }
}

async function recoverSegment(packs: Packs, segment: number, mark: LogMark | undefined): Promise<DeadPlace[]> {
  const { log, index } = packs;
  const from = segment === mark?.segment ? mark.offset : segmentHeadBytes;
  const end = await log.endOf(segment);
  const superseded: DeadPlace[] = [];
  for await (const records of log.segmentRecords(segment, from, end)) {
    superseded.push(...(await recoverRun(packs, segment, records)));
  }
  await index.commit({ ends: new Map([[segment, end]]), mark: markAt(packs, segment, end) });
  return superseded;
}

interface Known {
  readonly id: BlobId;
  readonly base: BlobRow | undefined;
  row: BlobRow | undefined;
}

async function recoverRun(packs: Packs, segment: number, records: readonly ScannedRecord[]): Promise<DeadPlace[]> {
  const known = await knownOf(packs.index, records);
  const superseded: DeadPlace[] = [];
  const removed: number[] = [];
  let keptBytes = 0;
  for (const { kind, id, body, offset } of records) {
    if (kind === recordKinds.blob) {
      const blob = known.get(id.toHex()) as Known;
      if (blob.row !== undefined && packs.folder.has(blob.row.segment)) superseded.push({ ...blob.row, id: blob.id });
      blob.row = { segment, offset, sizeBytes: body.length, damaged: false };
    } else if (kind === recordKinds.dead) {
      keptBytes += recordHeadBytes + body.length;
      for (const place of deadPlaces(body)) {
        const blob = known.get(place.id.toHex()) as Known;
        if (isWholeSegment(place)) removed.push(place.segment);
        else if (isAt(blob.row, place)) blob.row = undefined;
      }
    }
  }
  const end = records.at(-1)?.endOffset ?? segmentHeadBytes;
  await packs.index.commit({
    changes: [...known.values()].filter(({ row, base }) => row !== base),
    ends: new Map([[segment, end]]),
    kept: new Map([[segment, keptBytes]]),
    removed: removed.filter((each) => !packs.folder.has(each)),
    mark: markAt(packs, segment, end),
  });
  return superseded;
}

/** What the index has of every blob that the records speak of. */
async function knownOf(index: PackIndex, records: readonly ScannedRecord[]): Promise<Map<string, Known>> {
  const ids = new Map<string, BlobId>();
  for (const { kind, id, body } of records) {
    // A copy, since what was scanned is a view of much more.
    if (kind === recordKinds.blob) ids.set(id.toHex(), id.slice() as BlobId);
    else if (kind === recordKinds.dead) for (const place of deadPlaces(body)) ids.set(place.id.toHex(), place.id);
  }
  const rows = await index.read([...ids.values()]);
  return new Map([...ids].map(([key, id], i) => [key, { id, base: rows[i], row: rows[i] }]));
}

function isAt(row: BlobRow | undefined, { segment, offset }: DeadPlace): boolean {
  return row?.segment === segment && row.offset === offset;
}

function markAt({ folder }: Packs, segment: number, offset: number): LogMark {
  const { logId, lastNumber } = folder;
  return { logId, segment, offset, lastNumber };
}

// Records that say which blobs are dead where: removed, or taken over by a copy elsewhere. They make the packs alone tell
// what there is, without the index. A place is named, and not only a blob, so that one that is put again lives; and once
// its segment is gone nothing needs to be said of it. A whole segment is named before it is removed, so that nobody misses
// it: an index may be older than that.
//
//   body of a record = (BlobId (33) | segment (4) | offset (8))*     numbers are big-endian; a whole segment: zeros, 0

import type { BlobId, LogPlace } from "#glow";
import { type LogRecord, recordIdBytes, recordKinds } from "./record.ts";

export interface DeadPlace extends LogPlace {
  readonly id: BlobId;
}

const entryBytes = recordIdBytes + 12;

/** Says of a whole segment that all in it is dead. */
export function deadSegment(segment: number): DeadPlace {
  return { id: new Uint8Array(recordIdBytes) as BlobId, segment, offset: 0 };
}

export function isWholeSegment({ offset }: DeadPlace): boolean {
  return offset === 0;
}

export function deadRecord(places: readonly DeadPlace[]): LogRecord {
  const body = new Uint8Array(places.length * entryBytes);
  const view = new DataView(body.buffer);
  for (const [i, { id, segment, offset }] of places.entries()) {
    const at = i * entryBytes;
    body.set(id, at);
    view.setUint32(at + recordIdBytes, segment);
    view.setBigUint64(at + recordIdBytes + 4, BigInt(offset));
  }
  return { kind: recordKinds.dead, id: new Uint8Array(recordIdBytes), body };
}

/** The places that a record's body names. */
export function deadPlaces(body: Uint8Array): DeadPlace[] {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const places: DeadPlace[] = [];
  for (let at = 0; at + entryBytes <= body.length; at += entryBytes) {
    const id = body.slice(at, at + recordIdBytes) as BlobId;
    const segment = view.getUint32(at + recordIdBytes);
    places.push({ id, segment, offset: Number(view.getBigUint64(at + recordIdBytes + 4)) });
  }
  return places;
}

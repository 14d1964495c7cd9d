// What a drive keeps in its part of the index. All of it follows from the batches that were taken in, and from nothing
// else: not from the order in which they came, and not from the device.
//
//   01 | folder | name key                 the objects that bear the name in the folder        name-group.ts
//   02 | object                            place, attributes, heads                            object-row.ts
//   03 | folder | name key | 00 | rank     those beyond the first of a name                    name-group.ts
//   04 | turned stamp | object             what lies in the trash                              (empty)
//   05 | object | turned entry key         versions that were replaced                         object-row.ts (version)
//   06 | object | turned entry key         heads beyond the newest                             object-row.ts (version)
//   07 | batch hash | index | object       replaced by an entry that came before it            (empty)
//   08 | entry key                         every move of a folder                              folder-tree.ts
//   09 | folder | turned entry key         where the folder was before                         folder-tree.ts
//   0a | batch hash                        a batch, and what its author knew                   batch-knowledge.ts
//   0b | author key | page                 the objects that a batch has placed or written      batch-knowledge.ts
//   0c | chunk name                        where the chunk lies                                chunk-placements.ts
//   0d | object                            has several versions                                (empty)
//   0e | object                            removed by one, edited by another                   removal-conflicts.ts
//   0f                                     counts, and what of all authors is here             drive-mark.ts
//
// Objects are 16 bytes, name keys those of file-name.ts, entry and author keys those of entry-order.ts, a stamp and a rank's
// stamp 8 bytes; `turned` has every bit turned over, so that the newest comes first.

import { concatBytes } from "#base/bytes.ts";
import type { EntryId, IndexView, ObjectId } from "../contracts.ts";
import { inverted } from "./entry-order.ts";
import { objectIdBytes, objectIdOf, putObjectId } from "./object-id.ts";

/** Rows as they are, or as a batch that is being taken in has left them so far. */
export type RowReader = Pick<IndexView, "get" | "getMany" | "range">;

export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** Sorts behind everything that goes on from a key: no part that follows begins with 255. */
const end = Uint8Array.of(255);
const zero = Uint8Array.of(0);

/** One table's key; objects among its parts are written as their bytes. */
function row(table: number, ...parts: readonly (Uint8Array | ObjectId)[]): Uint8Array {
  let length = 1;
  for (const part of parts) length += typeof part === "string" ? objectIdBytes : part.length;
  const key = new Uint8Array(length);
  key[0] = table;
  let at = 1;
  for (const part of parts) {
    if (typeof part === "string") {
      putObjectId(part, key, at);
      at += objectIdBytes;
    } else {
      key.set(part, at);
      at += part.length;
    }
  }
  return key;
}

function within(key: Uint8Array): KeyRange {
  return { from: key, to: concatBytes([key, end]) };
}

export const driveKeys = {
  group: (folder: ObjectId, nameKey: Uint8Array) => row(1, folder, nameKey),
  groups: (folder: ObjectId) => within(row(1, folder)),
  object: (object: ObjectId) => row(2, object),
  furtherNamesakes: (folder: ObjectId, nameKey: Uint8Array) => within(row(3, folder, nameKey, zero)),
  furtherNamesake: (folder: ObjectId, nameKey: Uint8Array, rank: Uint8Array) => row(3, folder, nameKey, zero, rank),
  removed: (stamp: number, object: ObjectId) => row(4, turnedStamp(stamp), object),
  allRemoved: { from: row(4), to: row(5) },
  replaced: (object: ObjectId, entryKey: Uint8Array) => row(5, object, inverted(entryKey)),
  allReplaced: (object: ObjectId) => wholeTurned(row(5, object)),
  furtherHead: (object: ObjectId, entryKey: Uint8Array) => row(6, object, inverted(entryKey)),
  furtherHeads: (object: ObjectId) => wholeTurned(row(6, object)),
  claim: (entry: EntryId, object: ObjectId) => row(7, entry.batch, uint32(entry.index), object),
  claims: (batch: Uint8Array): KeyRange => ({ from: row(7, batch), to: row(7, batch, new Uint8Array(5).fill(255)) }),
  move: (entryKey: Uint8Array) => row(8, entryKey),
  movesAfter: (entryKey: Uint8Array): KeyRange => ({ from: row(8, entryKey, zero), to: row(9) }),
  pastPlace: (folder: ObjectId, entryKey: Uint8Array) => row(9, folder, inverted(entryKey)),
  /** The places of a folder before an entry, the latest first. */
  pastPlacesBefore: (folder: ObjectId, entryKey: Uint8Array): KeyRange => ({
    from: row(9, folder, inverted(entryKey), zero),
    to: wholeTurned(row(9, folder)).to,
  }),
  /** The move that gave an earlier place. */
  moveOfPastPlace: (pastPlaceKey: Uint8Array) => row(8, turnedEntryKeyOf(pastPlaceKey)),
  batch: (hash: Uint8Array) => row(10, hash),
  batchObjects: (authorKey: Uint8Array, page: number) => row(11, authorKey, uint32(page)),
  placement: (name: Uint8Array) => row(12, name),
  versionsConflict: (object: ObjectId) => row(13, object),
  versionsConflicts: { from: row(13), to: row(14) },
  removalConflict: (object: ObjectId) => row(14, object),
  removalConflicts: { from: row(14), to: row(15) },
  mark: row(15),
};

/** The least key behind this one: where reading goes on. */
export function afterKey(key: Uint8Array): Uint8Array {
  return concatBytes([key, zero]);
}

/** What a key ends with. */
export function objectAtEnd(key: Uint8Array): ObjectId {
  return objectIdOf(key.subarray(key.length - objectIdBytes)) as ObjectId;
}

/** Which entry a `claim` is about. */
export function claimedEntry(key: Uint8Array): { readonly object: ObjectId; readonly index: number } {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return { object: objectAtEnd(key), index: view.getUint32(key.length - objectIdBytes - 4) };
}

/** The name key at the end of a `group`. */
export function nameKeyOf(groupKey: Uint8Array): Uint8Array {
  return groupKey.subarray(1 + objectIdBytes);
}

/** The entry key at the end of a `replaced` or `furtherHead`, or of a `pastPlace`. */
export function turnedEntryKeyOf(key: Uint8Array): Uint8Array {
  return inverted(key.subarray(1 + objectIdBytes));
}

/** The entry key of a `move`. */
export function entryKeyOf(moveKey: Uint8Array): Uint8Array {
  return moveKey.subarray(1);
}

/** Turned keys begin with 255, as stamps are far below 2^56: nine of it are behind them all. */
function wholeTurned(key: Uint8Array): KeyRange {
  return { from: key, to: concatBytes([key, new Uint8Array(9).fill(255)]) };
}

function turnedStamp(stamp: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(stamp));
  return inverted(bytes);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

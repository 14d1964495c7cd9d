// The total order of a space's entries, as bytes that compare like it: by (stamp, author, incarnation, sequence, hash,
// index), all big-endian. What a batch has known of always comes before it, since its stamp is higher.
//
//   batch   stamp 8 | author 33 | incarnation 8 | sequence 8 | hash 33
//   entry   batch | index 4

import { compareBytes, equalBytes } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import type { DeviceId, Hash } from "#glow";
import type { BatchHeader, EntryId } from "../contracts.ts";

const authorAt = 8;
const incarnationAt = 41;
const sequenceAt = 49;
const hashAt = 57;
export const batchKeyBytes = 90;
export const entryKeyBytes = batchKeyBytes + 4;

/** A batch as what it wrote refers to it: its place in the order, and its author's clock. */
export interface BatchStamp {
  readonly key: Uint8Array;
  readonly timeMs: number;
}

export interface EntryOrder {
  readonly batch: BatchStamp;
  readonly index: number;
}

/** One author's run of batches: a batch's place in it. */
export interface AuthorPlace {
  readonly author: DeviceId;
  readonly incarnation: number;
  readonly sequence: number;
}

export function stampOf(header: BatchHeader): BatchStamp {
  const author = idBytes(header.author);
  // A space takes nothing in whose author is no device of the user, or whose hash is not that of its header.
  assert(author.length === 33 && header.hash.length === 33, "authors and batches are called by tagged hashes");
  const key = new Uint8Array(batchKeyBytes);
  const view = new DataView(key.buffer);
  view.setBigUint64(0, BigInt(header.stamp));
  key.set(author, authorAt);
  view.setBigUint64(incarnationAt, BigInt(header.incarnation));
  view.setBigUint64(sequenceAt, BigInt(header.sequence));
  key.set(header.hash, hashAt);
  return { key, timeMs: header.timeMs };
}

/** Negative, zero or positive, as `a` comes before, is or comes after `b`. */
export function compareOrder(a: EntryOrder, b: EntryOrder): number {
  return (a.batch === b.batch ? 0 : compareBytes(a.batch.key, b.batch.key)) || a.index - b.index;
}

export function orderKey(order: EntryOrder): Uint8Array {
  const key = new Uint8Array(entryKeyBytes);
  key.set(order.batch.key);
  new DataView(key.buffer).setUint32(batchKeyBytes, order.index);
  return key;
}

/** What `orderKey` made, with the time that stands beside it. */
export function orderOf(key: Uint8Array, timeMs: number): EntryOrder {
  const index = viewOf(key).getUint32(batchKeyBytes);
  return { batch: { key: key.slice(0, batchKeyBytes), timeMs }, index };
}

/** Every bit turned: sorts the other way round. */
export function inverted(key: Uint8Array): Uint8Array {
  return key.map((byte) => 255 - byte);
}

export function stampNumber(batch: BatchStamp): number {
  return Number(viewOf(batch.key).getBigUint64(0));
}

export function authorPlace(batch: BatchStamp): AuthorPlace {
  const view = viewOf(batch.key);
  return {
    author: authorOf(batch),
    incarnation: Number(view.getBigUint64(incarnationAt)),
    sequence: Number(view.getBigUint64(sequenceAt)),
  };
}

export function authorOf(batch: BatchStamp): DeviceId {
  return idText(batch.key.subarray(authorAt, incarnationAt)) as DeviceId;
}

/** Author, incarnation, sequence and hash: orders the batches of one author among themselves. */
export function authorKey(batch: BatchStamp): Uint8Array {
  return batch.key.subarray(authorAt);
}

/** Where `authorKey` of one author's incarnation begins that comes after this sequence. */
export function authorKeyAfter(place: AuthorPlace): Uint8Array {
  const key = new Uint8Array(hashAt - authorAt);
  const view = new DataView(key.buffer);
  key.set(idBytes(place.author));
  view.setBigUint64(incarnationAt - authorAt, BigInt(place.incarnation));
  view.setBigUint64(sequenceAt - authorAt, BigInt(place.sequence) + 1n);
  return key;
}

export function batchHash(batch: BatchStamp): Hash {
  return batch.key.subarray(hashAt) as Hash;
}

export function entryIdOf(order: EntryOrder): EntryId {
  return { batch: batchHash(order.batch).slice() as Hash, index: order.index };
}

export function isEntry(order: EntryOrder, id: EntryId): boolean {
  return order.index === id.index && equalBytes(batchHash(order.batch), id.batch);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

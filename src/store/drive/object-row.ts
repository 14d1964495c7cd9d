// What is known of one object: all of its registers that count. CBOR:
//
//   object    [batches, place, parent?, past, mode, modified, heads, more, name?, retired?]
//   batches   [batch key, time in ms, batch key, time ...]: those that what follows was written in, by their number here
//   place     null | [batch, index, parent (16), name] | [batch, index, trash (16), name, from (16)]
//   parent?   whether a move of a folder has ever named it as parent            past   places of it under 09
//   mode      null | [batch, index, mode]                                       modified   null | [batch, index, ns]
//   heads     [version ...], newest first                                       more   others of them under 06
//   name?     left out | null | [batch, index, name]: of the root that of the drive
//   retired?  left out | [batch, index, whether]: of the root whether the drive was put away
//   version   [batch, index, modified (ns), size, depth, [name, size, ...]] of a file, [batch, index, modified, target] of a link
//
// A version alone, under 05 and 06, is [time in ms, modified, ...]: its batch and index are in the key.

import { equalBytes } from "#base/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "#base/cbor.ts";
import { driveLimits } from "#base/limits.ts";
import type { ChunkName, ChunkRef, Content, ObjectId } from "../contracts.ts";
import type { FurtherRows } from "./capped-list.ts";
import { driveKeys, turnedEntryKeyOf } from "./drive-keys.ts";
import { type BatchStamp, compareOrder, type EntryOrder, orderKey, orderOf } from "./entry-order.ts";
import { bytesOfObject, kindOf, objectIdOf } from "./object-id.ts";
import type { ContentValue, PlaceValue } from "./register-values.ts";

export interface ObjectRow {
  place: Place | undefined;
  /** Of a folder: whether a move of a folder has ever named it as parent, so that its own moves matter to others. */
  isParent: boolean;
  /** Of a folder: how many earlier places of it are kept. */
  pastPlaces: number;
  mode: Written<number> | undefined;
  modified: Written<bigint> | undefined;
  /** Of the root: the drive's. */
  name: Written<string> | undefined;
  retired: Written<boolean> | undefined;
  /** Versions that no other replaces, newest first. */
  heads: Version[];
  moreHeads: number;
}

export interface Place extends PlaceValue {
  readonly order: EntryOrder;
}

export interface Written<Value> {
  readonly order: EntryOrder;
  readonly value: Value;
}

export interface Version extends ContentValue {
  readonly order: EntryOrder;
}

type Items = readonly CborValue[];

export function emptyRow(): ObjectRow {
  return {
    place: undefined,
    isParent: false,
    pastPlaces: 0,
    mode: undefined,
    modified: undefined,
    name: undefined,
    retired: undefined,
    heads: [],
    moreHeads: 0,
  };
}

export function encodeObject(row: ObjectRow): Uint8Array {
  const batches: BatchStamp[] = [];
  const numberOf = (batch: BatchStamp) => {
    const at = batches.findIndex((other) => other === batch || equalBytes(other.key, batch.key));
    return at >= 0 ? at : batches.push(batch) - 1;
  };
  const at = ({ batch, index }: EntryOrder) => [numberOf(batch), index];
  const written = (value: Written<number | bigint | string | boolean> | undefined) =>
    value && [...at(value.order), value.value];
  const body = [
    row.place ? [...at(row.place.order), ...placeItems(row.place)] : null,
    row.isParent,
    row.pastPlaces,
    written(row.mode) ?? null,
    written(row.modified) ?? null,
    row.heads.map((head) => [...at(head.order), ...versionItems(head)]),
    row.moreHeads,
    ...(row.name === undefined && row.retired === undefined ? [] : [written(row.name) ?? null]),
    ...(row.retired === undefined ? [] : [written(row.retired) ?? null]),
  ];
  return encodeCbor([batches.flatMap((batch) => [batch.key, batch.timeMs]), ...body]);
}

/** `bytes` are this index's own: what does not fit is a defect. */
export function decodeObject(bytes: Uint8Array, object: ObjectId): ObjectRow {
  const [list, place, isParent, past, mode, modified, heads, more, name, retired] = decodeCbor(bytes) as Items;
  const batches = stampsOf(list as Items);
  const order = (items: Items): EntryOrder => ({
    batch: batches[items[0] as number] as BatchStamp,
    index: items[1] as number,
  });
  const written = (value: CborValue | undefined) =>
    value === null || value === undefined ? undefined : (value as Items);
  const [placed, moded, timed] = [written(place), written(mode), written(modified)];
  const [named, put] = [written(name), written(retired)];
  return {
    place: placed && { order: order(placed), ...placeOf(placed.slice(2)) },
    isParent: isParent as boolean,
    pastPlaces: past as number,
    mode: moded && { order: order(moded), value: moded[2] as number },
    modified: timed && { order: order(timed), value: BigInt(timed[2] as number | bigint) },
    name: named && { order: order(named), value: named[2] as string },
    retired: put && { order: order(put), value: put[2] as boolean },
    heads: (heads as readonly Items[]).map((head) => ({ order: order(head), ...versionOf(head.slice(2), object) })),
    moreHeads: more as number,
  };
}

export function placeItems({ parent, name, from }: PlaceValue): CborValue[] {
  return [bytesOfObject(parent), name, ...(from === undefined ? [] : [bytesOfObject(from)])];
}

export function placeOf(items: Items): PlaceValue {
  const [parent, name, from] = items as [Uint8Array, string, Uint8Array | undefined];
  const value = { parent: objectIdOf(parent) as ObjectId, name };
  return from === undefined ? value : { ...value, from: objectIdOf(from) as ObjectId };
}

export function encodeVersion(version: Version): Uint8Array {
  return encodeCbor([version.order.batch.timeMs, ...versionItems(version)]);
}

export function decodeVersion(key: Uint8Array, value: Uint8Array, object: ObjectId): Version {
  const [timeMs, ...items] = decodeCbor(value) as Items;
  return { order: orderOf(turnedEntryKeyOf(key), timeMs as number), ...versionOf(items, object) };
}

/** The heads of an object that its row does not hold. */
export function furtherHeads(object: ObjectId): FurtherRows<Version> {
  return {
    cap: driveLimits.heads,
    range: driveKeys.furtherHeads(object),
    compare: (a, b) => compareOrder(b.order, a.order),
    key: (version) => driveKeys.furtherHead(object, orderKey(version.order)),
    encode: encodeVersion,
    decode: (key, value) => decodeVersion(key, value, object),
  };
}

function stampsOf(list: Items): BatchStamp[] {
  const stamps: BatchStamp[] = [];
  for (let i = 0; i < list.length; i += 2) stamps.push({ key: list[i] as Uint8Array, timeMs: list[i + 1] as number });
  return stamps;
}

function versionItems({ modifiedNs, content, target }: ContentValue): CborValue[] {
  if (content === undefined) return [modifiedNs, target ?? ""];
  const chunks = content.chunks.flatMap((chunk): CborValue[] => [chunk.name, chunk.sizeBytes]);
  return [modifiedNs, content.sizeBytes, content.depth, chunks];
}

function versionOf(items: Items, object: ObjectId): ContentValue {
  const modifiedNs = BigInt(items[0] as number | bigint);
  if (kindOf(object) === "link") return { modifiedNs, target: items[1] as string };
  const list = items[3] as Items;
  const chunks: ChunkRef[] = [];
  for (let i = 0; i < list.length; i += 2) {
    chunks.push({ name: list[i] as ChunkName, sizeBytes: list[i + 1] as number });
  }
  const content: Content = { sizeBytes: items[1] as number, depth: items[2] as number, chunks };
  return { modifiedNs, content };
}

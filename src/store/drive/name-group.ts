// The objects that bear one name in one folder, with all that a listing shows of them: nearly always one. A folder's
// groups lie one behind the other in the index, so that listing it is one range read.
//
//   group    = number of further namesakes (u32) | member ...         key: drive-keys.ts
//   member   = rank | mode u16 | versions u32 | size u64 | modified i64 (ns) | length of name u16 | name (UTF-8)
//   rank     = stamp of the batch that placed it, u64 | number of the entry, u32 | object (16)   all big-endian
//
// Members come in the order of their ranks: who was placed first is first. What was placed at one stamp, by one batch or by
// devices that were apart, comes in the order of the entries' numbers and then of the ids; so folders that show as one, and
// are moved together, keep the one they are called by. The name is as it was given, and left out where it is that of the key.

import { compareBytes, concatBytes, utf8Decode, utf8Encode } from "#base/bytes.ts";
import { driveLimits } from "#base/limits.ts";
import type { ObjectId } from "../contracts.ts";
import type { CappedList, FurtherRows } from "./capped-list.ts";
import { driveKeys } from "./drive-keys.ts";
import { nameKey } from "./file-name.ts";
import { bytesOfObject, kindOf, objectIdOf, putObjectId } from "./object-id.ts";

export interface Namesake {
  readonly stamp: number;
  readonly index: number;
  readonly object: ObjectId;
  readonly name: string;
  readonly mode: number;
  readonly versions: number;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
}

export type NameGroup = CappedList<Namesake>;

const rankBytes = 28;
const fixedBytes = rankBytes + 24;

/** `name` is the comparable name that the group is called by. */
export function encodeGroup(group: NameGroup, name: string): Uint8Array {
  const more = new Uint8Array(4);
  new DataView(more.buffer).setUint32(0, group.more);
  return concatBytes([more, ...group.items.map((member) => encodeNamesake(member, name))]);
}

export function decodeGroup(bytes: Uint8Array, name: string): NameGroup {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: Namesake[] = [];
  for (let at = 4; at < bytes.length; ) {
    const end = at + fixedBytes + view.getUint16(at + fixedBytes - 2);
    items.push(decodeNamesake(bytes.subarray(at, end), name));
    at = end;
  }
  return { items, more: view.getUint32(0) };
}

/** Those of a group that its row does not hold. */
export function furtherNamesakes(folder: ObjectId, name: string): FurtherRows<Namesake> {
  const key = nameKey(name);
  return {
    cap: driveLimits.namesakes,
    range: driveKeys.furtherNamesakes(folder, key),
    compare: compareNamesakes,
    key: (member) => driveKeys.furtherNamesake(folder, key, encodeNamesake(member, name).subarray(0, rankBytes)),
    encode: (member) => encodeNamesake(member, name),
    decode: (_key, value) => decodeNamesake(value, name),
  };
}

/** By rank. Ids as bytes, since their texts sort otherwise. */
export function compareNamesakes(a: Namesake, b: Namesake): number {
  return a.stamp - b.stamp || a.index - b.index || compareBytes(bytesOfObject(a.object), bytesOfObject(b.object));
}

/** Folders of one name show as one: how many there are. */
export function foldersIn(group: NameGroup): number {
  let folders = 0;
  for (const member of group.items) if (kindOf(member.object) === "folder") folders++;
  return folders;
}

function encodeNamesake(member: Namesake, groupName: string): Uint8Array {
  const name = member.name === groupName ? new Uint8Array(0) : utf8Encode(member.name);
  const bytes = new Uint8Array(fixedBytes + name.length);
  const view = new DataView(bytes.buffer);
  setUint64(view, 0, member.stamp);
  view.setUint32(8, member.index);
  putObjectId(member.object, bytes, 12);
  view.setUint16(rankBytes, member.mode);
  view.setUint32(rankBytes + 2, member.versions);
  setUint64(view, rankBytes + 6, member.sizeBytes);
  view.setBigInt64(rankBytes + 14, member.modifiedNs);
  view.setUint16(rankBytes + 22, name.length);
  bytes.set(name, fixedBytes);
  return bytes;
}

function decodeNamesake(bytes: Uint8Array, groupName: string): Namesake {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const nameBytes = view.getUint16(rankBytes + 22);
  return {
    stamp: getUint64(view, 0),
    index: view.getUint32(8),
    object: objectIdOf(bytes.subarray(12, rankBytes)) as ObjectId,
    name: nameBytes === 0 ? groupName : utf8Decode(bytes.subarray(fixedBytes, fixedBytes + nameBytes)),
    mode: view.getUint16(rankBytes),
    versions: view.getUint32(rankBytes + 2),
    sizeBytes: getUint64(view, rankBytes + 6),
    modifiedNs: view.getBigInt64(rankBytes + 14),
  };
}

/** Of safe integers, without making bigints of them. */
function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / two32));
  view.setUint32(at + 4, value % two32);
}

function getUint64(view: DataView, at: number): number {
  return view.getUint32(at) * two32 + view.getUint32(at + 4);
}

const two32 = 2 ** 32;

// What stands in the registers of a drive's objects: deterministic CBOR maps, so that a later version can add fields.
//
//   0 place        parent (16 bytes), name (text); in the trash also from (16 bytes: the folder it was in)
//   1 content      of a file   modified (ns), size, chunks (array: name of 32 bytes, size, name, size ...), depth (absent: 0)
//                  of a link   modified (ns), target (text)
//   2 attributes   mode (0 to 0o777), modified (ns), of the root also name (text: what people call the drive)
//                  and retired (whether people have put the drive away): all or some of them
//
// Fields that are not known are ignored, and so is a value as a whole whose known fields do not make sense: a hostile
// member wrote it, and everybody passes over it alike. Whether a value makes sense is seen by the value and the
// object's kind alone.

import { decodeCbor, encodeCbor, type CborValue } from "#base/cbor.ts";
import { contentLimits, driveLimits } from "#base/limits.ts";
import { utf8Encode } from "#base/bytes.ts";
import type { ChunkName, ChunkRef, Content, FileKind, ObjectId } from "../contracts.ts";
import { nameFault } from "./file-name.ts";
import { bytesOfObject, objectIdOf } from "./object-id.ts";

export const register = { place: 0, content: 1, attributes: 2 } as const;

export interface PlaceValue {
  readonly parent: ObjectId;
  readonly name: string;
  /** In the trash: the folder it was taken from. */
  readonly from?: ObjectId;
}

/** A file has `content`, a link has `target`. */
export interface ContentValue {
  readonly modifiedNs: bigint;
  readonly content?: Content;
  readonly target?: string;
}

export interface AttributesValue {
  readonly mode?: number;
  readonly modifiedNs?: bigint;
  /** Of the root: the drive's. */
  readonly name?: string;
  readonly retired?: boolean;
}

const chunkNameBytes = 32;
const minNs = -(2n ** 63n);
const maxNs = 2n ** 63n - 1n;

export function encodePlace(value: PlaceValue): Uint8Array {
  const { parent, name, from } = value;
  return encodeCbor({ parent: bytesOfObject(parent), name, ...(from !== undefined && { from: bytesOfObject(from) }) });
}

export function decodePlace(bytes: Uint8Array): PlaceValue | undefined {
  const map = decodeMap(bytes);
  if (map === undefined) return undefined;
  const parent = idField(map["parent"]);
  const name = map["name"];
  if (parent === undefined || typeof name !== "string" || nameFault(name) !== undefined) return undefined;
  if (map["from"] === undefined) return { parent, name };
  const from = idField(map["from"]);
  return from === undefined ? undefined : { parent, name, from };
}

export function encodeContent(value: ContentValue): Uint8Array {
  const { modifiedNs: modified, content, target } = value;
  if (content === undefined) return encodeCbor({ modified, target });
  const chunks = content.chunks.flatMap((chunk) => [chunk.name, chunk.sizeBytes]);
  return encodeCbor({ modified, size: content.sizeBytes, chunks, ...(content.depth > 0 && { depth: content.depth }) });
}

export function decodeContent(bytes: Uint8Array, kind: FileKind): ContentValue | undefined {
  const map = decodeMap(bytes);
  const modifiedNs = timeField(map?.["modified"]);
  if (map === undefined || modifiedNs === undefined || kind === "folder") return undefined;
  if (kind === "link") {
    const target = map["target"];
    return typeof target === "string" && targetFault(target) === undefined ? { modifiedNs, target } : undefined;
  }
  const content = contentField(map["size"], map["depth"] ?? 0, map["chunks"]);
  return content === undefined ? undefined : { modifiedNs, content };
}

export function encodeAttributes(value: AttributesValue): Uint8Array {
  const { mode, modifiedNs, name, retired } = value;
  return encodeCbor({
    ...(mode !== undefined && { mode }),
    ...(modifiedNs !== undefined && { modified: modifiedNs }),
    ...(name !== undefined && { name }),
    ...(retired !== undefined && { retired }),
  });
}

export function decodeAttributes(bytes: Uint8Array): AttributesValue | undefined {
  const map = decodeMap(bytes);
  if (map === undefined) return undefined;
  const value: { mode?: number; modifiedNs?: bigint; name?: string; retired?: boolean } = {};
  const mode = map["mode"];
  if (mode !== undefined) {
    if (!isMode(mode)) return undefined;
    value.mode = mode;
  }
  if (map["modified"] !== undefined) {
    const modifiedNs = timeField(map["modified"]);
    if (modifiedNs === undefined) return undefined;
    value.modifiedNs = modifiedNs;
  }
  const name = map["name"];
  if (name !== undefined) {
    if (typeof name !== "string" || driveNameFault(name) !== undefined) return undefined;
    value.name = name;
  }
  const retired = map["retired"];
  if (retired !== undefined) {
    if (typeof retired !== "boolean") return undefined;
    value.retired = retired;
  }
  return value;
}

/** Why a drive cannot be called so; undefined if it can. */
export function driveNameFault(name: string): string | undefined {
  if (name === "" || name !== name.trim()) return "a drive's name is not empty, and has no blanks around it";
  if (!name.isWellFormed() || /[\p{Cc}/]/u.test(name))
    return "a drive's name is well-formed text without / and control characters";
  return name.length <= driveLimits.driveNameLength
    ? undefined
    : `a drive's name has at most ${driveLimits.driveNameLength} characters, and this one ${name.length}`;
}

/** Why this cannot be what a link points at; undefined if it can. Where it leads is nobody's business here. */
export function targetFault(target: string): string | undefined {
  if (target === "") return "a link points at something: its target is not empty";
  if (!target.isWellFormed() || target.includes("\0")) return "a link's target is well-formed text without NUL";
  const sizeBytes = utf8Encode(target).length;
  return sizeBytes <= driveLimits.targetBytes
    ? undefined
    : `a link's target has at most ${driveLimits.targetBytes} bytes in UTF-8, and this one ${sizeBytes}`;
}

/** Why this cannot be a file's content; undefined if it can. What deep content's chunks hold is seen when it is read. */
export function contentFault(content: Content): string | undefined {
  const { sizeBytes, depth, chunks } = content;
  if (!isCount(sizeBytes) || sizeBytes > contentLimits.contentBytes) {
    return `content's size is a whole number up to ${contentLimits.contentBytes}, and not ${sizeBytes}`;
  }
  if (!isCount(depth) || depth > contentLimits.depth) {
    return `content is at most ${contentLimits.depth} lists deep, and not ${depth}`;
  }
  if (chunks.length > contentLimits.inlineChunks) {
    return `content names at most ${contentLimits.inlineChunks} chunks itself, and not ${chunks.length}: lists do`;
  }
  let total = 0;
  for (const chunk of chunks) {
    const isSize = isCount(chunk.sizeBytes) && chunk.sizeBytes > 0 && chunk.sizeBytes <= contentLimits.chunkBytes;
    if (chunk.name.length !== chunkNameBytes || !isSize) {
      return `a chunk has a name of ${chunkNameBytes} bytes, and up to ${contentLimits.chunkBytes} bytes`;
    }
    total += chunk.sizeBytes;
  }
  if (depth > 0) return chunks.length > 0 ? undefined : "deep content has a list";
  return total === sizeBytes ? undefined : `content of ${sizeBytes} bytes has chunks of ${total} bytes`;
}

export function isMode(value: unknown): value is number {
  return isCount(value) && value <= 0o777;
}

/** Nanoseconds that fit 64 bits with a sign: from 1678 to 2262. */
export function isTime(value: bigint): boolean {
  return value >= minNs && value <= maxNs;
}

function contentField(sizeBytes?: CborValue, depth?: CborValue, list?: CborValue): Content | undefined {
  if (!isCount(sizeBytes) || !isCount(depth) || !Array.isArray(list) || list.length % 2 !== 0) return undefined;
  const items: readonly CborValue[] = list;
  const chunks: ChunkRef[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const [name, size] = [items[i], items[i + 1]];
    if (!(name instanceof Uint8Array) || !isCount(size)) return undefined;
    chunks.push({ name: name as ChunkName, sizeBytes: size });
  }
  const content = { sizeBytes, depth, chunks };
  return contentFault(content) === undefined ? content : undefined;
}

function decodeMap(bytes: Uint8Array): { readonly [key: string]: CborValue } | undefined {
  let value: CborValue;
  try {
    value = decodeCbor(bytes);
  } catch {
    return undefined;
  }
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isMap ? (value as { readonly [key: string]: CborValue }) : undefined;
}

function idField(value: CborValue | undefined): ObjectId | undefined {
  return value instanceof Uint8Array ? objectIdOf(value) : undefined;
}

function timeField(value: CborValue | undefined): bigint | undefined {
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isSafeInteger(value))) return undefined;
  const time = BigInt(value);
  return isTime(time) ? time : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

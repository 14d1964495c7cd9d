// A list of chunks, which is a chunk itself: so long content takes no more room in an entry than short content does.
//
//   list       = format (1 byte: 1) | depth (1 byte) | entries, each in the order of the content
//   entry      = name (32) | size of the chunk in clear (4)                          in a list of depth 1: of content
//              | and the bytes of content that lie below it (8)                      in a deeper one: of a list
//
// Numbers are big-endian. A list of depth n has lists of depth n - 1 below it. A list ends behind its `leastListEntries`th
// entry or a later one whose name ends in a zero byte, and behind its `listEntries`th: by what is in it, so that lists too
// stay what they were where content did.

import { GlowError } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import type { ChunkName, ChunkRef } from "../contracts.ts";
import { nameBytes } from "./chunk-envelope.ts";
import { isChunkSize } from "./chunk-opener.ts";

export interface ListEntry {
  readonly chunk: ChunkRef;
  /** Bytes of content below it: its own size, if it is content itself. */
  readonly contentBytes: number;
}

const listFormat = 1;
const headBytes = 2;
const sizeFieldBytes = 4;
const contentFieldBytes = 8;

function entryBytes(depth: number): number {
  return nameBytes + sizeFieldBytes + (depth > 1 ? contentFieldBytes : 0);
}

/** Whether a list ends behind its last entry, of which it has `count`. */
export function endsList({ chunk }: ListEntry, count: number): boolean {
  return count >= contentLimits.listEntries || (count >= contentLimits.leastListEntries && chunk.name.at(-1) === 0);
}

export function encodeChunkList(depth: number, entries: readonly ListEntry[]): Uint8Array {
  const stride = entryBytes(depth);
  const list = new Uint8Array(headBytes + entries.length * stride);
  const view = new DataView(list.buffer);
  list[0] = listFormat;
  list[1] = depth;
  let at = headBytes;
  for (const { chunk, contentBytes } of entries) {
    list.set(chunk.name, at);
    view.setUint32(at + nameBytes, chunk.sizeBytes);
    if (depth > 1) view.setBigUint64(at + nameBytes + sizeFieldBytes, BigInt(contentBytes));
    at += stride;
  }
  return list;
}

/**
 * The entries of a list that must have this depth and hold this much content. `corrupt` for whatever is not, and for
 * entries that hold nothing, of which there could be ever so many.
 */
export function decodeChunkList(list: Uint8Array, depth: number, contentBytes: number): ListEntry[] {
  const stride = entryBytes(depth);
  const count = (list.length - headBytes) / stride;
  if (list[0] !== listFormat || list[1] !== depth) throw corrupt("it is no such list");
  if (!Number.isInteger(count) || count < 1 || count > contentLimits.listEntries) {
    throw corrupt(`${list.length} bytes are not 1 to ${contentLimits.listEntries} entries`);
  }
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  const entries: ListEntry[] = [];
  let total = 0;
  for (let at = headBytes; at < list.length; at += stride) {
    const entry = decodeEntry(list, view, at, depth);
    total += entry.contentBytes;
    entries.push(entry);
  }
  if (total !== contentBytes) throw corrupt(`${contentBytes} bytes are said to be below it, and are not`);
  return entries;
}

function decodeEntry(list: Uint8Array, view: DataView, at: number, depth: number): ListEntry {
  const sizeBytes = view.getUint32(at + nameBytes);
  const contentBytes = depth > 1 ? Number(view.getBigUint64(at + nameBytes + sizeFieldBytes)) : sizeBytes;
  if (!isChunkSize(sizeBytes)) throw corrupt(`an entry has ${sizeBytes} bytes`);
  if (contentBytes < 1 || contentBytes > contentLimits.contentBytes)
    throw corrupt("an entry holds nothing, or too much");
  return { chunk: { name: list.slice(at, at + nameBytes) as Uint8Array as ChunkName, sizeBytes }, contentBytes };
}

function corrupt(reason: string): GlowError {
  return new GlowError("corrupt", "chunk-list.read", {
    message: `a list of a content's chunks makes no sense: ${reason}`,
  });
}

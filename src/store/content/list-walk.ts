// Goes through the chunks of a content in their order, reading lists on the way: no list before its turn but the one that
// comes next, and none that lies outside of what is wanted.

import { GlowError } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import type { ChunkRef, Content } from "../contracts.ts";
import { nameBytes } from "./chunk-envelope.ts";
import { decodeChunkList, type ListEntry } from "./chunk-list.ts";
import { isChunkSize } from "./chunk-opener.ts";

/** A chunk of content, and where in the content it begins. */
export interface PlacedChunk {
  readonly chunk: ChunkRef;
  readonly offset: number;
}

/** Gives a chunk in clear. */
export type ReadChunk = (chunk: ChunkRef) => Promise<Uint8Array>;

/**
 * The chunks that hold anything from `from` up to but not including `to`. `corrupt` if the content contradicts itself: at
 * once if it does by itself, else when a list is reached that does; otherwise fails as `read` does.
 */
export function walkChunks(content: Content, from: number, to: number, read: ReadChunk): AsyncIterable<PlacedChunk> {
  checkContent(content);
  return walk(topEntries(content), content.depth, { from, to }, 0, read);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

async function* walk(
  entries: readonly ListEntry[],
  depth: number,
  range: Range,
  begin: number,
  read: ReadChunk,
): AsyncGenerator<PlacedChunk> {
  const placed = within(entries, range, begin);
  if (depth === 0) {
    yield* placed;
    return;
  }
  const load = (at: number): Promise<ListEntry[]> | undefined => {
    const next = placed[at];
    const list = next && readList(next, depth, read);
    // If nobody comes to it, nobody needs to hear how it went.
    list?.catch(() => undefined);
    return list;
  };
  let next = load(0);
  for (let at = 0; at < placed.length; at++) {
    const list = next;
    next = load(at + 1);
    yield* walk((await list) ?? [], depth - 1, range, (placed[at] as PlacedChunk).offset, read);
  }
}

interface PlacedEntry extends PlacedChunk {
  readonly contentBytes: number;
}

function within(entries: readonly ListEntry[], { from, to }: Range, begin: number): PlacedEntry[] {
  const placed: PlacedEntry[] = [];
  let offset = begin;
  for (const { chunk, contentBytes } of entries) {
    if (offset >= to) break;
    if (offset + contentBytes > from) placed.push({ chunk, contentBytes, offset });
    offset += contentBytes;
  }
  return placed;
}

async function readList({ chunk, contentBytes }: PlacedEntry, depth: number, read: ReadChunk): Promise<ListEntry[]> {
  return decodeChunkList(await read(chunk), depth, contentBytes);
}

function topEntries({ sizeBytes, depth, chunks }: Content): ListEntry[] {
  return chunks.map((chunk) => ({ chunk, contentBytes: depth === 0 ? chunk.sizeBytes : sizeBytes }));
}

/** What can be seen without reading anything. Contents come out of entries that other members wrote. */
function checkContent({ sizeBytes, depth, chunks }: Content): void {
  const isWhole = Number.isInteger(sizeBytes) && Number.isInteger(depth);
  if (!isWhole || sizeBytes < 0 || sizeBytes > contentLimits.contentBytes || depth < 0 || depth > contentLimits.depth) {
    throw corrupt("its size or depth is none that a content can have");
  }
  const areChunks = chunks.every((chunk) => chunk.name.length === nameBytes && isChunkSize(chunk.sizeBytes));
  if (!areChunks || chunks.length > contentLimits.inlineChunks)
    throw corrupt("it has other chunks than a content can have");
  let total = 0;
  for (const chunk of chunks) total += chunk.sizeBytes;
  if (depth === 0 ? total !== sizeBytes : chunks.length !== 1 || sizeBytes === 0) {
    throw corrupt("its chunks are not what its size says");
  }
}

function corrupt(reason: string): GlowError {
  return new GlowError("corrupt", "content.read", { message: `a content makes no sense: ${reason}` });
}

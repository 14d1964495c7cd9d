// Reads any part of a content, given a way to get what is stored. Several chunks are asked for ahead of the one that is
// being read, so that a far source costs one round trip and not one for each; how many is bounded, and so is all memory.

import { assert } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import type { ChunkRef, Content } from "../contracts.ts";
import type { ChunkOpener } from "./chunk-opener.ts";
import { type PlacedChunk, walkChunks } from "./list-walk.ts";

/** Gives the bytes that are stored of a chunk, which are checked here. Several calls may be under way. */
export type FetchChunk = (chunk: ChunkRef) => Promise<Uint8Array>;

export class ContentReader {
  readonly #opener: ChunkOpener;
  readonly #fetch: FetchChunk;

  constructor(opener: ChunkOpener, fetch: FetchChunk) {
    this.#opener = opener;
    this.#fetch = fetch;
  }

  /**
   * The bytes from `offset` on, `lengthBytes` of them or what there is, in pieces as they come; each piece was verified.
   * Leaving the loop ends it. `corrupt` for a content or chunk that is not what it says, else as `fetch` fails.
   */
  async *read(content: Content, offset = 0, lengthBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    assert(offset >= 0 && lengthBytes >= 0, "a range of bytes begins at 0 or later, and has none or more");
    const end = Math.min(content.sizeBytes, offset + lengthBytes);
    const chunks = walkChunks(content, offset, end, (chunk) => this.#open(chunk));
    if (offset >= end) return;
    for await (const { bytes, from } of this.#ahead(chunks)) {
      yield bytes.subarray(Math.max(0, offset - from), end - from);
    }
  }

  /** Opened chunks in their order, with those behind them asked for already. */
  async *#ahead(chunks: AsyncIterable<PlacedChunk>): AsyncGenerator<OpenedChunk> {
    const waiting: { readonly opened: Promise<OpenedChunk>; readonly sizeBytes: number }[] = [];
    let waitingBytes = 0;
    const take = async (): Promise<OpenedChunk> => {
      const first = waiting.shift();
      assert(first !== undefined, "something was asked for");
      waitingBytes -= first.sizeBytes;
      return await first.opened;
    };
    for await (const { chunk, offset } of chunks) {
      while (waiting.length >= contentLimits.readAheadChunks || waitingBytes >= contentLimits.readAheadBytes) {
        yield await take();
      }
      const opened = this.#open(chunk).then((bytes) => ({ bytes, from: offset }));
      // If the reader leaves before its turn, nobody needs to hear how it went.
      opened.catch(() => undefined);
      waiting.push({ opened, sizeBytes: chunk.sizeBytes });
      waitingBytes += chunk.sizeBytes;
    }
    while (waiting.length > 0) yield await take();
  }

  async #open(chunk: ChunkRef): Promise<Uint8Array> {
    return this.#opener.open(chunk, await this.#fetch(chunk));
  }
}

interface OpenedChunk {
  readonly bytes: Uint8Array;
  /** Where in the content it begins. */
  readonly from: number;
}

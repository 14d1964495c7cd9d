// The chunks of a content that others wrote.

import { expect, test } from "vitest";
import { bindingLimits, contentLimits } from "#base/limits.ts";
import type { BlobId, ChunkName, ChunkRef, Content } from "../contracts.ts";
import { encodeChunkList } from "../content/chunk-list.ts";
import { leavesOf } from "./content-leaves.ts";

const chunkBytes = 4;

/** As many times the same chunk, or the same list of it, as a list may have. What lies below a list of each depth. */
function forgery(depth: number): { content: Content; lists: Map<string, Uint8Array> } {
  const lists = new Map<string, Uint8Array>();
  let below: ChunkRef = { name: name(0), sizeBytes: chunkBytes };
  let contentBytes = chunkBytes;
  for (let level = 1; level <= depth; level++) {
    const entry = { chunk: below, contentBytes };
    const list = encodeChunkList(
      level,
      Array.from({ length: contentLimits.listEntries }, () => entry),
    );
    contentBytes *= contentLimits.listEntries;
    below = { name: name(level), sizeBytes: list.length };
    lists.set(below.name.toHex(), list);
  }
  return { content: { sizeBytes: contentBytes, depth, chunks: [below] }, lists };
}

function name(level: number): ChunkName {
  return new Uint8Array(32).fill(level + 1) as ChunkName;
}

function chunksOf(depth: number, signal?: AbortSignal, read: () => void = () => undefined): Promise<unknown[]> {
  const { content, lists } = forgery(depth);
  const parts = {
    drive: { placements: async (names: readonly ChunkName[]) => names.map((each) => each as Uint8Array as BlobId) },
    content: {
      supply: { want: () => Promise.reject(new Error("it is here")) },
      blobs: {
        has: async (ids: readonly BlobId[]) => ids.map(() => true),
        get: async (id: BlobId) => lists.get(id.toHex()) ?? new Uint8Array(),
      },
      opener: {
        open: (_: ChunkRef, stored: Uint8Array) => {
          read();
          return stored;
        },
      },
    },
  };
  return leavesOf(parts, content, signal);
}

test("all of them, in their order", async () => {
  const chunks = await chunksOf(1);
  expect(chunks).toHaveLength(contentLimits.listEntries);
  expect(chunks.at(-1)).toMatchObject({ offset: (contentLimits.listEntries - 1) * chunkBytes });
});

test("of a few lists that stand for terabytes no more than `bindingLimits.fileChunks` are held", async () => {
  let reads = 0;
  await expect(chunksOf(3, undefined, () => reads++)).rejects.toMatchObject({ kind: "too-large" });
  expect(reads).toBeLessThan((2 * bindingLimits.fileChunks) / contentLimits.listEntries);
});

test("whoever waits no more has no more lists read", async () => {
  const ending = new AbortController();
  let reads = 0;
  const read = (): void => {
    if (++reads === 10) ending.abort();
  };
  await expect(chunksOf(3, ending.signal, read)).rejects.toBeDefined();
  expect(reads).toBeLessThan(15);
});

// The shape of the tree over a content's chunks, and how much of it stays when content changes.

import { describe, expect, test } from "vitest";
import { contentLimits } from "#base/limits.ts";
import { crypto, noise } from "../../../test/store/content-fixture.ts";
import type { ChunkName, ChunkRef, Content } from "../contracts.ts";
import { decodeChunkList } from "./chunk-list.ts";
import { ContentTree } from "./content-tree.ts";

const naming = noise("naming", 32);
const names = noise("names", 32 * 40_000);

/** Chunk number `at` of some content, of 1000 bytes. */
function chunk(at: number): ChunkRef {
  return { name: names.subarray(32 * at, 32 * at + 32) as Uint8Array as ChunkName, sizeBytes: 1000 };
}

interface Grown {
  readonly content: Content;
  readonly lists: ReadonlyMap<string, Uint8Array>;
}

function grow(chunks: readonly ChunkRef[]): Grown {
  const lists = new Map<string, Uint8Array>();
  const tree = new ContentTree((list) => {
    const name = crypto.keyedHash(naming, list) as ChunkName;
    lists.set(name.toHex(), list.slice());
    return { name, sizeBytes: list.length };
  });
  for (const each of chunks) tree.add(each);
  return { content: tree.finish(), lists };
}

/** All chunks of content below, by reading every list. */
function leaves({ content, lists }: Grown): ChunkRef[] {
  const below = (refs: readonly (readonly [ChunkRef, number])[], depth: number): ChunkRef[] => {
    if (depth === 0) return refs.map(([ref]) => ref);
    const next = refs.flatMap(([ref, contentBytes]) => {
      const list = lists.get(ref.name.toHex());
      if (list?.length !== ref.sizeBytes) throw new Error("no such list");
      return decodeChunkList(list, depth, contentBytes).map((entry) => [entry.chunk, entry.contentBytes] as const);
    });
    return below(next, depth - 1);
  };
  return below(
    content.chunks.map((ref) => [ref, content.sizeBytes]),
    content.depth,
  );
}

function run(from: number, to: number): ChunkRef[] {
  return Array.from({ length: to - from }, (_, at) => chunk(from + at));
}

describe("the tree of a content", () => {
  test.each([
    [0, 0],
    [1, 0],
    [contentLimits.inlineChunks, 0],
    [contentLimits.inlineChunks + 1, 1],
    [contentLimits.leastListEntries, 1],
    [10_000, 2],
    [40_000, 2],
  ])("of %i chunks has %i levels of lists, and all chunks in their order", (count, depth) => {
    const chunks = run(0, count);
    const grown = grow(chunks);
    expect(grown.content.depth).toBe(depth);
    expect(grown.content.sizeBytes).toBe(count * 1000);
    expect(grown.content.chunks.length).toBe(depth === 0 ? count : 1);
    expect(leaves(grown)).toEqual(chunks);
  });

  test("is the same however often it is made", () => {
    expect(grow(run(0, 5000))).toEqual(grow(run(0, 5000)));
  });

  test("of one and the same chunk again and again is a few lists", () => {
    const grown = grow(Array.from({ length: 2_000_000 }, () => chunk(7)));
    expect(grown.content.depth).toBe(3);
    expect(grown.lists.size).toBeLessThan(10);
  });

  test("has lists of contentLimits.leastListEntries to contentLimits.listEntries, but for the last of a level", () => {
    const { lists } = grow(run(0, 40_000));
    const lengths = [...lists.values()].filter((list) => list[1] === 1).map((list) => (list.length - 2) / 36);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(contentLimits.listEntries);
    expect(lengths.filter((length) => length < contentLimits.leastListEntries).length).toBeLessThanOrEqual(1);
    const average = 40_000 / lengths.length;
    expect(average).toBeGreaterThan(200);
    expect(average).toBeLessThan(450);
  });

  test.each([
    ["replaced", [...run(0, 1000), chunk(39_000), ...run(1001, 20_000)]],
    ["put in", [...run(0, 1000), chunk(39_000), chunk(39_001), ...run(1000, 20_000)]],
    ["taken out", [...run(0, 1000), ...run(1003, 20_000)]],
    ["put in front", [chunk(39_000), ...run(0, 20_000)]],
  ])("keeps nearly all its lists when chunks are %s", (_, changed) => {
    const before = grow(run(0, 20_000));
    const after = grow(changed);
    expect(leaves(after)).toEqual(changed);
    const fresh = [...after.lists.keys()].filter((name) => !before.lists.has(name));
    expect(after.lists.size).toBeGreaterThan(40);
    expect(fresh.length).toBeLessThanOrEqual(4);
  });

  test("holds contentLimits.contentBytes in the shortest chunks within contentLimits.depth levels, and no more bytes", () => {
    const shortestBytes = 33;
    const lists = Math.log(contentLimits.contentBytes / shortestBytes) / Math.log(contentLimits.leastListEntries);
    expect(lists).toBeLessThan(contentLimits.depth);
    const tree = new ContentTree(() => chunk(0));
    const whole: ChunkRef = { name: chunk(1).name, sizeBytes: contentLimits.contentBytes };
    tree.add(whole);
    expect(() => tree.add(chunk(2))).toThrow(expect.objectContaining({ kind: "too-large" }));
  });
});

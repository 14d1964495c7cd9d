// Lists there and back, and lists that lie.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { contentLimits } from "#base/limits.ts";
import { noise } from "../../../test/store/content-fixture.ts";
import type { ChunkName } from "../contracts.ts";
import { decodeChunkList, encodeChunkList, type ListEntry } from "./chunk-list.ts";

const corrupt = expect.objectContaining({ kind: "corrupt" });

function entry(seed: number, sizeBytes: number, contentBytes = sizeBytes): ListEntry {
  return { chunk: { name: noise(seed, 32) as Uint8Array as ChunkName, sizeBytes }, contentBytes };
}

function total(entries: readonly ListEntry[]): number {
  return entries.reduce((sum, { contentBytes }) => sum + contentBytes, 0);
}

const entries = (depth: number) =>
  fc.array(
    fc
      .tuple(fc.nat(1000), fc.integer({ min: 1, max: contentLimits.chunkBytes }), fc.integer({ min: 1, max: 2 ** 43 }))
      .map(([seed, sizeBytes, contentBytes]) => entry(seed, sizeBytes, depth === 1 ? sizeBytes : contentBytes)),
    { minLength: 1, maxLength: 50 },
  );

test("a list is what it was when it is read again", () => {
  for (const depth of [1, 2, contentLimits.depth]) {
    fc.assert(
      fc.property(entries(depth), (list) => {
        expect(decodeChunkList(encodeChunkList(depth, list), depth, total(list))).toEqual(list);
      }),
    );
  }
});

test("a list of contentLimits.listEntries entries is read, and one of more is corrupt", () => {
  const most = Array.from({ length: contentLimits.listEntries }, () => entry(1, 1));
  expect(decodeChunkList(encodeChunkList(1, most), 1, most.length)).toHaveLength(most.length);
  const more = [...most, entry(1, 1)];
  expect(() => decodeChunkList(encodeChunkList(1, more), 1, more.length)).toThrow(corrupt);
});

test("what is no list of this depth and content is corrupt", () => {
  const list = [entry(1, 100), entry(2, 50)];
  const bytes = encodeChunkList(1, list);
  decodeChunkList(bytes, 1, 150);
  const deep = encodeChunkList(2, list);
  for (const [said, depth, contentBytes] of [
    [bytes, 1, 149],
    [bytes, 1, 0],
    [bytes, 2, 150],
    [deep, 1, 150],
    [deep, 3, 150],
    [bytes.subarray(0, 2), 1, 0],
    [new Uint8Array(0), 1, 0],
    [bytes.subarray(0, -1), 1, 150],
    [Uint8Array.of(2, ...bytes.subarray(1)), 1, 150],
    [noise(3, bytes.length), 1, 150],
  ] as const) {
    expect(() => decodeChunkList(said, depth, contentBytes)).toThrow(corrupt);
  }
});

test("an entry that holds nothing or too much is corrupt, whatever the sum", () => {
  for (const bad of [
    entry(1, 0),
    entry(1, contentLimits.chunkBytes + 1),
    entry(1, 100, 0),
    entry(1, 100, contentLimits.contentBytes + 1),
  ]) {
    const list = [entry(2, 100), bad];
    expect(() => decodeChunkList(encodeChunkList(2, list), 2, total(list))).toThrow(corrupt);
  }
});

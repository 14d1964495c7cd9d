// Any part of a content, asked for ahead within bounds; and contents that lie.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { contentLimits } from "#base/limits.ts";
import { ChunkShelf, compression, crypto, cutKeys, noise, prose } from "../../../test/store/content-fixture.ts";
import type { ChunkName, ChunkRef, Content } from "../contracts.ts";
import { encodeChunkList, type ListEntry } from "./chunk-list.ts";
import { ChunkSealer } from "./chunk-sealer.ts";
import { ContentReader } from "./content-reader.ts";

const keys = cutKeys();
const corrupt = expect.objectContaining({ kind: "corrupt" });

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return concatBytes(await Array.fromAsync(pieces));
}

describe("a range of a content", () => {
  const plain = concatBytes([prose(1, 200_000), noise(1, 500_000)]);
  const shelf = new ChunkShelf(keys);
  const { content } = shelf.seal(plain);

  test("is read wherever it lies, and ends where the content does", async () => {
    expect(content.depth).toBe(1);
    const place = fc.oneof(fc.nat(plain.length + 100), fc.constantFrom(0, 1, plain.length - 1, plain.length));
    await fc.assert(
      fc.asyncProperty(place, place, async (offset, length) => {
        expect(await collect(shelf.reader.read(content, offset, length))).toEqual(plain.slice(offset, offset + length));
      }),
      { numRuns: 50 },
    );
    expect(await collect(shelf.reader.read(content))).toEqual(plain);
    expect(await collect(shelf.reader.read(content, 600_000))).toEqual(plain.slice(600_000));
  });

  test("costs the chunks that it lies in, and the lists above them", async () => {
    shelf.fetched.length = 0;
    await collect(shelf.reader.read(content, 300_000, 1));
    expect(shelf.fetched).toHaveLength(2);
    shelf.fetched.length = 0;
    await collect(shelf.reader.read(content, 300_000, 0));
    await collect(shelf.reader.read(content, plain.length));
    expect(shelf.fetched).toHaveLength(0);
  });

  test("is asked for ahead: at most contentLimits.readAheadChunks chunks, in any order", async () => {
    let underWay = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const reader = new ContentReader(shelf.opener, async (chunk) => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => waiting.push(resolve));
      underWay--;
      return shelf.fetch(chunk);
    });
    const read = collect(reader.read(content));
    let done = false;
    void read.then(() => {
      done = true;
    });
    for (let turn = 0; !done && turn < 100_000; turn++) {
      await Promise.resolve();
      // The last that was asked for comes first, once nothing more is asked for.
      if (turn % 50 === 0) waiting.pop()?.();
    }
    expect(await read).toEqual(plain);
    expect(most).toBeGreaterThan(contentLimits.readAheadChunks / 2);
    expect(most).toBeLessThanOrEqual(contentLimits.readAheadChunks);
  });

  test("holds no more than contentLimits.readAheadBytes and a chunk, however large chunks are", async () => {
    const large = cutKeys(2, { least: 2 ** 21, average: 2 ** 22, most: contentLimits.chunkBytes });
    const big = new ChunkShelf(large);
    const sealed = big.seal(noise(3, 24 * 2 ** 20));
    let aheadBytes = 0;
    let mostBytes = 0;
    const reader = new ContentReader(big.opener, async (chunk) => {
      aheadBytes += chunk.sizeBytes;
      mostBytes = Math.max(mostBytes, aheadBytes);
      return big.fetch(chunk);
    });
    for await (const piece of reader.read(sealed.content)) aheadBytes -= piece.length;
    expect(mostBytes).toBeGreaterThan(contentLimits.readAheadBytes / 2);
    expect(mostBytes).toBeLessThanOrEqual(contentLimits.readAheadBytes + contentLimits.chunkBytes);
  });

  test("may be left in the middle, also if what was asked for then fails", async () => {
    let asked = 0;
    const reader = new ContentReader(shelf.opener, async (chunk) => {
      if (++asked > 3) throw new Error("nobody hears this");
      return shelf.fetch(chunk);
    });
    for await (const piece of reader.read(content)) {
      expect(piece).toEqual(plain.slice(0, piece.length));
      break;
    }
    expect(asked).toBeLessThanOrEqual(contentLimits.readAheadChunks + 2);
  });

  test("fails as the source does, after what came before", async () => {
    const reader = new ContentReader(shelf.opener, async (chunk) => {
      if (shelf.fetched.length > 5) throw new Error("out of reach");
      return shelf.fetch(chunk);
    });
    shelf.fetched.length = 0;
    let readBytes = 0;
    const read = async () => {
      for await (const piece of reader.read(content)) readBytes += piece.length;
    };
    await expect(read()).rejects.toThrow("out of reach");
    expect(readBytes).toBeGreaterThan(0);
  });
});

describe("a content that lies is corrupt", () => {
  const shelf = new ChunkShelf(keys);
  const sealer = new ChunkSealer(crypto, compression, keys.current);
  let reads = 0;
  const reader = new ContentReader(shelf.opener, async (chunk) => {
    reads++;
    return shelf.fetch(chunk);
  });

  function put(plain: Uint8Array): ChunkRef {
    const chunk = sealer.seal(plain, sealer.name(plain), true);
    shelf.put([chunk]);
    return { name: chunk.name, sizeBytes: chunk.sizeBytes };
  }

  function list(depth: number, entries: readonly ListEntry[]): ChunkRef {
    return put(encodeChunkList(depth, entries));
  }

  async function read(content: Content): Promise<Uint8Array> {
    reads = 0;
    return await collect(reader.read(content));
  }

  const leaf = put(noise(10, 1000));
  const entry: ListEntry = { chunk: leaf, contentBytes: 1000 };

  test.each<[string, Content]>([
    ["a size that is not that of its chunks", { sizeBytes: 1001, depth: 0, chunks: [leaf] }],
    ["a size but no chunks", { sizeBytes: 1, depth: 0, chunks: [] }],
    ["chunks but no size", { sizeBytes: 0, depth: 0, chunks: [leaf] }],
    ["a size below nothing", { sizeBytes: -1000, depth: 0, chunks: [{ ...leaf, sizeBytes: -1000 }] }],
    ["no number for a size", { sizeBytes: Number.NaN, depth: 0, chunks: [leaf] }],
    ["an empty chunk", { sizeBytes: 1000, depth: 0, chunks: [leaf, { ...leaf, sizeBytes: 0 }] }],
    [
      "more bytes than contentLimits.contentBytes",
      { sizeBytes: contentLimits.contentBytes + 1, depth: 1, chunks: [leaf] },
    ],
    ["more levels than contentLimits.depth", { sizeBytes: 1000, depth: contentLimits.depth + 1, chunks: [leaf] }],
    ["a level below the lowest", { sizeBytes: 1000, depth: -1, chunks: [leaf] }],
    ["half a level", { sizeBytes: 1000, depth: 0.5, chunks: [leaf] }],
    [
      "a name that is cut short",
      { sizeBytes: 1000, depth: 0, chunks: [{ ...leaf, name: leaf.name.subarray(1) as ChunkName }] },
    ],
    ["two roots", { sizeBytes: 1000, depth: 1, chunks: [leaf, leaf] }],
    ["no root", { sizeBytes: 1000, depth: 1, chunks: [] }],
    ["a root above nothing", { sizeBytes: 0, depth: 1, chunks: [leaf] }],
    [
      "a chunk above contentLimits.chunkBytes",
      {
        sizeBytes: contentLimits.chunkBytes + 1,
        depth: 0,
        chunks: [{ ...leaf, sizeBytes: contentLimits.chunkBytes + 1 }],
      },
    ],
    [
      "more than contentLimits.inlineChunks chunks",
      {
        sizeBytes: 1000 * (contentLimits.inlineChunks + 1),
        depth: 0,
        chunks: Array.from({ length: contentLimits.inlineChunks + 1 }, () => leaf),
      },
    ],
  ])("at once, if it has %s", async (_, content) => {
    await expect(read(content)).rejects.toEqual(corrupt);
    expect(reads).toBe(0);
  });

  test("when a chunk is longer or shorter than it says", async () => {
    for (const sizeBytes of [999, 1001, contentLimits.chunkBytes]) {
      await expect(read({ sizeBytes, depth: 0, chunks: [{ ...leaf, sizeBytes }] })).rejects.toEqual(corrupt);
    }
  });

  test("when a list holds more or less than is said above it", async () => {
    const root = list(1, [entry, entry]);
    expect(await read({ sizeBytes: 2000, depth: 1, chunks: [root] })).toHaveLength(2000);
    for (const sizeBytes of [1000, 1999, 2001, contentLimits.contentBytes]) {
      await expect(read({ sizeBytes, depth: 1, chunks: [root] })).rejects.toEqual(corrupt);
    }
    const lying = list(2, [{ chunk: root, contentBytes: contentLimits.contentBytes }]);
    await expect(read({ sizeBytes: contentLimits.contentBytes, depth: 2, chunks: [lying] })).rejects.toEqual(corrupt);
    expect(reads).toBe(2);
  });

  test("when lists lie in lists of their own depth, or in none", async () => {
    const root = list(1, [entry]);
    const same = list(1, [{ chunk: root, contentBytes: root.sizeBytes }]);
    await expect(read({ sizeBytes: 1000, depth: 2, chunks: [root] })).rejects.toEqual(corrupt);
    await expect(read({ sizeBytes: root.sizeBytes, depth: 2, chunks: [same] })).rejects.toEqual(corrupt);
    await expect(read({ sizeBytes: 1000, depth: 1, chunks: [leaf] })).rejects.toEqual(corrupt);
    // A list read as content is bytes like any other: nobody follows it.
    expect(await read({ sizeBytes: root.sizeBytes, depth: 0, chunks: [root] })).toHaveLength(root.sizeBytes);
  });

  test("lists that go on for ever out of a few chunks are read for as long as somebody wants", async () => {
    let root: ListEntry = entry;
    for (let depth = 1; depth <= 3; depth++) {
      const entries = Array.from({ length: contentLimits.listEntries }, () => root);
      root = { chunk: list(depth, entries), contentBytes: root.contentBytes * contentLimits.listEntries };
    }
    const content = { sizeBytes: root.contentBytes, depth: 3, chunks: [root.chunk] };
    expect(content.sizeBytes).toBeGreaterThan(10 ** 12);
    reads = 0;
    let pieces = 0;
    for await (const piece of reader.read(content, 5 * 10 ** 11)) {
      expect(piece.length).toBeLessThanOrEqual(1000);
      if (++pieces === 5000) break;
    }
    expect(reads).toBeLessThan(5000 + contentLimits.readAheadChunks + 15);
  });
});

// Whole contents, sealed and read again.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import {
  ChunkShelf,
  compression,
  crypto,
  cutKeys,
  noise,
  prose,
  smallSizes,
} from "../../../test/store/content-fixture.ts";
import type { SealedChunk } from "../contracts.ts";
import { ContentSealer } from "./content-sealer.ts";

const keys = cutKeys();

function sealer(by = keys): ContentSealer {
  return new ContentSealer(crypto, compression, by);
}

async function readAll(shelf: ChunkShelf, content: Parameters<ChunkShelf["reader"]["read"]>[0]): Promise<Uint8Array> {
  return concatBytes(await Array.fromAsync(shelf.reader.read(content)));
}

test("what was sealed is read again, short or long", async () => {
  for (const plain of [noise(1, 0), noise(1, 1), noise(1, 1000), prose(1, 60_000), noise(1, 900_000)]) {
    const shelf = new ChunkShelf(keys);
    const { content } = shelf.seal(plain);
    expect(content.sizeBytes).toBe(plain.length);
    expect(await readAll(shelf, content)).toEqual(plain);
  }
});

test("the chunks are the same whatever the pieces, and say where they lie", () => {
  const plain = concatBytes([prose(2, 100_000), noise(2, 200_000)]);
  const expected = sealer().seal(plain, { bytes: true });
  expect(expected.content.depth).toBe(1);
  const long = sealer();
  fc.assert(
    fc.property(fc.array(fc.nat(plain.length), { maxLength: 10 }), (at) => {
      const places = [0, ...at.toSorted((a, b) => a - b), plain.length];
      const chunks: SealedChunk[] = [];
      const sealing = long.begin({ bytes: true, sealed: (chunk) => chunks.push(chunk) });
      for (const [index, to] of places.slice(1).entries()) sealing.update(plain.subarray(places[index], to));
      expect({ content: sealing.finish(), chunks }).toEqual(expected);
    }),
    { numRuns: 20 },
  );
  const lists = expected.chunks.filter(({ offset }) => offset === undefined);
  expect(lists).toHaveLength(1);
  for (const { name, offset, sizeBytes } of expected.chunks) {
    if (offset === undefined) continue;
    expect(crypto.keyedHash(keys.current.naming, plain.subarray(offset, offset + sizeBytes))).toEqual(name);
  }
});

test("what comes twice is sealed once, where it comes first", () => {
  const { content, chunks } = sealer().seal(new Uint8Array(smallSizes.most * 20 + 5), { bytes: true });
  expect(content.chunks).toHaveLength(21);
  expect(chunks.map(({ offset, sizeBytes }) => [offset, sizeBytes])).toEqual([
    [0, smallSizes.most],
    [smallSizes.most * 20, 5],
  ]);
});

test("without bytes the ids are the same, and only lists have their bytes", () => {
  const plain = noise(3, 300_000);
  const full = sealer().seal(plain, { bytes: true });
  const short = sealer().seal(plain, { bytes: false });
  expect(short.content).toEqual(full.content);
  expect(short.chunks.map(({ blob }) => blob)).toEqual(full.chunks.map(({ blob }) => blob));
  for (const { offset, stored } of short.chunks) expect(stored === undefined).toBe(offset !== undefined);
});

test("what is known is named and not sealed: of a change, only what is new is given out", () => {
  const plain = noise(4, 1_000_000);
  const before = sealer().seal(plain, { bytes: true });
  const known = new Set(before.chunks.map(({ name }) => name.toHex()));
  const changed = plain.slice();
  changed.set(noise(5, 10_000), 500_000);
  const full = sealer().seal(changed, { bytes: true });
  const { content, chunks } = sealer().seal(changed, { bytes: true, known: (name) => known.has(name.toHex()) });
  expect(content).toEqual(full.content);
  expect(chunks).toEqual(full.chunks.filter(({ name }) => !known.has(name.toHex())));
  expect(chunks.length).toBeGreaterThan(1);
  expect(chunks.length).toBeLessThan(15);
});

test("sizes by which nothing can be cut are refused", () => {
  expect(() => sealer(cutKeys(1, { least: 1, average: 2, most: 3 }))).toThrow(
    expect.objectContaining({ kind: "invalid" }),
  );
});

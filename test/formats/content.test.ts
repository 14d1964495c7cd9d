// Where content is cut, what chunks are called and how they are stored, as bytes, so that none of it changes unnoticed: a
// boundary that moves, or a compressor that packs otherwise, stores everything anew.
//
// After an intended change of a format: GLOW_WRITE_VECTORS=1 npx vitest run test/formats/content.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { SeededRandom, randomBytes } from "#base/random.ts";
import { BrowserCompression } from "#platform/browser/compression.ts";
import { NobleCrypto } from "#platform/browser/crypto.ts";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { BoundaryScanner, gearOf } from "#store/content/boundary-scanner.ts";
import { encodeChunkList, type ListEntry } from "#store/content/chunk-list.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { ChunkSealer } from "#store/content/chunk-sealer.ts";
import { type ChunkSizes, defaultChunkSizes } from "#store/content/chunk-sizes.ts";
import { ContentSealer } from "#store/content/content-sealer.ts";
import type { ChunkName, ChunkRef } from "#store/contracts.ts";

const file = join(import.meta.dirname, "vectors", "content.json");
const isWriting = process.env["GLOW_WRITE_VECTORS"] === "1";
const known = isWriting ? {} : (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>);
const written: Record<string, unknown> = {};

function check(name: string, value: unknown): void {
  written[name] = value;
  if (!isWriting) expect(value, name).toEqual(known[name]);
}

afterAll(() => {
  if (isWriting) writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`);
});

const crypto = new NodeCrypto();
const compression = new ZstdCompression();
const current = {
  id: new Uint8Array(8).fill(1),
  naming: new Uint8Array(32).fill(2),
  nonces: new Uint8Array(32).fill(3),
};
const boundarySeed = new Uint8Array(32).fill(4);
const smallSizes: ChunkSizes = { least: 1024, average: 4096, most: 16_384 };

const noise = randomBytes(new SeededRandom("vectors of content"), 3_000_000);
const text = utf8Encode(Array.from({ length: 20_000 }, (_, line) => `${line}: the quick brown fox\n`).join(""));

function ends(plain: Uint8Array, sizes: ChunkSizes): number[] {
  const scanner = new BoundaryScanner(gearOf(crypto, boundarySeed), sizes);
  const found: number[] = [];
  for (let from = 0; from < plain.length; ) {
    from = scanner.scan(plain, from, plain.length) ?? plain.length;
    found.push(from);
  }
  return found;
}

test("boundaries", () => {
  check("gear, first words", [...gearOf(crypto, boundarySeed).subarray(0, 8)]);
  check("ends of chunks of noise", ends(noise, defaultChunkSizes));
  check("ends of chunks of text", ends(text, defaultChunkSizes));
  check("ends of small chunks of noise", ends(noise.subarray(0, 100_000), smallSizes));
  check("ends of small chunks of zeros", ends(new Uint8Array(50_000), smallSizes));
});

test("chunks", () => {
  for (const [name, plain] of [
    ["raw", utf8Encode("glow")],
    ["compressed", text.subarray(0, 600)],
  ] as const) {
    const sealer = new ChunkSealer(crypto, compression, current);
    const { name: chunkName, blob, stored } = sealer.seal(plain, sealer.name(plain), true);
    check(`${name}: name`, chunkName.toHex());
    check(`${name}: stored`, stored?.toHex());
    check(`${name}: blob`, blob.toHex());
  }
});

test("stored bytes of the vectors are opened, here and in a page", () => {
  for (const [name, plain] of [
    ["raw", utf8Encode("glow")],
    ["compressed", text.subarray(0, 600)],
  ] as const) {
    const chunk = { name: Uint8Array.fromHex(written[`${name}: name`] as string) as ChunkName, sizeBytes: plain.length };
    for (const [anyCrypto, anyCompression] of [
      [crypto, compression],
      [new NobleCrypto(), new BrowserCompression()],
    ] as const) {
      const opener = new ChunkOpener(anyCrypto, anyCompression, { find: () => current });
      expect(opener.open(chunk, Uint8Array.fromHex(written[`${name}: stored`] as string))).toEqual(plain);
    }
  }
});

test("lists", () => {
  const entry = (fill: number, sizeBytes: number, contentBytes = sizeBytes): ListEntry => {
    const chunk: ChunkRef = { name: new Uint8Array(32).fill(fill) as Uint8Array as ChunkName, sizeBytes };
    return { chunk, contentBytes };
  };
  check("list of content", encodeChunkList(1, [entry(1, 100), entry(2, 65_536)]).toHex());
  check("list of lists", encodeChunkList(2, [entry(3, 2306, 2 ** 24), entry(4, 38, 2 ** 40 + 1)]).toHex());
});

test("whole contents", () => {
  const sealed = (plain: Uint8Array, chunks?: ChunkSizes): unknown => {
    const keys = { current, boundarySeed, ...(chunks && { chunks }) };
    const { content, chunks: all } = new ContentSealer(crypto, compression, keys).seal(plain, { bytes: false });
    return {
      sizeBytes: content.sizeBytes,
      depth: content.depth,
      chunks: content.chunks.map(({ name, sizeBytes }) => [name.toHex(), sizeBytes]),
      blobs: all.length,
      hashOfBlobs: crypto.hash("blake3", concatBytes(all.map(({ blob }) => blob))).toHex(),
    };
  };
  check("content: nothing", sealed(new Uint8Array(0)));
  check("content: text", sealed(text));
  check("content: noise in chunks of the default size", sealed(noise));
  check("content: noise in small chunks", sealed(noise, smallSizes));
});

// Keys, sizes and a place for chunks, as tests of content need them.

import { createCipheriv } from "node:crypto";
import { SeededRandom, type Seed, randomBytes } from "#base/random.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import type { ChunkRef, ContentKey, SealedChunk, SealKeys } from "#store/contracts.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { ContentReader } from "#store/content/content-reader.ts";
import { type CutKeys, ContentSealer } from "#store/content/content-sealer.ts";

export const crypto = new NodeCrypto();
export const compression = new ZstdCompression();

/** So small that a few hundred KiB are hundreds of chunks. */
export const smallSizes = { least: 1024, average: 4096, most: 16_384 };

export function contentKey(seed: Seed): ContentKey {
  const random = new SeededRandom(`content key ${seed}`);
  return { id: randomBytes(random, 8), naming: randomBytes(random, 32), nonces: randomBytes(random, 32) };
}

export function cutKeys(seed: Seed = 1, chunks: SealKeys["chunks"] = smallSizes): CutKeys {
  const boundarySeed = randomBytes(new SeededRandom(`boundaries ${seed}`), 32);
  return { current: contentKey(seed), boundarySeed, chunks };
}

/** A cipher's stream: quicker than SeededRandom, where megabytes are wanted. */
export function noise(seed: Seed, length: number): Uint8Array<ArrayBuffer> {
  const key = randomBytes(new SeededRandom(`noise ${seed}`), 32);
  return Uint8Array.from(createCipheriv("chacha20", key, new Uint8Array(16)).update(new Uint8Array(length)));
}

/** Compresses to a quarter or so. */
export function prose(seed: Seed, length: number): Uint8Array<ArrayBuffer> {
  const words = [
    "every",
    "device",
    "holds",
    "a",
    "part",
    "of",
    "what",
    "its",
    "owner",
    "wrote",
    "and",
    "knows",
    "where",
  ];
  const text = noise(seed, length);
  let at = 0;
  for (let from = 0; at < length; from++) {
    for (const letter of `${words[(text[from] as number) % words.length]} `) {
      if (at < length) text[at++] = letter.charCodeAt(0);
    }
  }
  return text;
}

/** Stored chunks by name, and readers of what lies there. */
export class ChunkShelf {
  readonly stored = new Map<string, Uint8Array>();
  readonly fetched: ChunkRef[] = [];
  readonly #keys: CutKeys;

  constructor(keys: CutKeys) {
    this.#keys = keys;
  }

  get opener(): ChunkOpener {
    const { current } = this.#keys;
    return new ChunkOpener(crypto, compression, {
      find: (id) => (id.toHex() === current.id.toHex() ? current : undefined),
    });
  }

  get reader(): ContentReader {
    return new ContentReader(this.opener, async (chunk) => this.fetch(chunk));
  }

  put(chunks: readonly SealedChunk[]): void {
    for (const { name, stored } of chunks) if (stored !== undefined) this.stored.set(name.toHex(), stored);
  }

  fetch(chunk: ChunkRef): Uint8Array {
    this.fetched.push(chunk);
    const stored = this.stored.get(chunk.name.toHex());
    if (stored === undefined) throw new Error("there is no such chunk on the shelf");
    return stored;
  }

  /** Seals a whole content and puts its chunks here. */
  seal(plain: Uint8Array) {
    const sealed = new ContentSealer(crypto, compression, this.#keys).seal(plain, { bytes: true });
    this.put(sealed.chunks);
    return sealed;
  }
}

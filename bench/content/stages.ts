// What happens to content on its way to a pack and back, step by step and as a whole. Each stage is measured alone, over
// the same material.

import type { ChunkRef, ContentKey, SealedChunk } from "#glow";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { BoundaryScanner, gearOf } from "#store/content/boundary-scanner.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { ChunkSealer } from "#store/content/chunk-sealer.ts";
import { defaultChunkSizes } from "#store/content/chunk-sizes.ts";
import { ContentSealer } from "#store/content/content-sealer.ts";
import { type Material, material } from "./material.ts";

export interface Stage {
  readonly about: string;
  readonly material: Material;
  /** Of a file, where files are counted; else of what is worked on at a time. */
  readonly bytes: number;
  /** What the figures count. */
  readonly counts: "MB" | "files";
  /** Given the material: what is done to all of it, again and again. */
  prepare(plain: Uint8Array<ArrayBuffer>): () => void;
}

const crypto = new NodeCrypto();
const compression = new ZstdCompression();
const current: ContentKey = { id: bytesOf(8), naming: bytesOf(32), nonces: bytesOf(32) };
const keys = { current, boundarySeed: bytesOf(32) };
const nonce = bytesOf(12);
const associated = bytesOf(21);

/** Pieces as a file is read. */
const readBytes = 4 * 2 ** 20;
const wholeBytes = 64 * 2 ** 20;
const fileBytes = 4096;
const filesAtOnce = 256;

function bytesOf(length: number): Uint8Array {
  return material("noise", length);
}

/** The material in chunks, as it is cut. */
function chunksOf(plain: Uint8Array<ArrayBuffer>): Uint8Array[] {
  const scanner = new BoundaryScanner(gearOf(crypto, keys.boundarySeed), defaultChunkSizes);
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < plain.length; ) {
    const end = scanner.scan(plain, from, plain.length) ?? plain.length;
    chunks.push(plain.subarray(from, end));
    from = end;
  }
  return chunks;
}

/** Something done to each chunk by itself. */
function perChunk(about: string, kind: Material, work: (chunk: Uint8Array) => unknown): Stage {
  const prepare = (plain: Uint8Array<ArrayBuffer>) => {
    const chunks = chunksOf(plain);
    return () => chunks.forEach(work);
  };
  return { about, material: kind, bytes: wholeBytes, counts: "MB", prepare };
}

function whole(about: string, kind: Material, options: { bytes: boolean; known?: boolean }): Stage {
  const { bytes, known = false } = options;
  const prepare = (plain: Uint8Array<ArrayBuffer>) => () => {
    const sealer = new ContentSealer(crypto, compression, keys);
    const sealing = sealer.begin({ bytes, sealed: () => undefined, ...(known && { known: () => true }) });
    for (let from = 0; from < plain.length; from += readBytes) sealing.update(plain.subarray(from, from + readBytes));
    sealing.finish();
  };
  return { about, material: kind, bytes: wholeBytes, counts: "MB", prepare };
}

function files(about: string, kind: Material): Stage {
  const prepare = (plain: Uint8Array<ArrayBuffer>) => {
    const sealer = new ContentSealer(crypto, compression, keys);
    return () => {
      for (let from = 0; from < plain.length; from += fileBytes) {
        sealer.seal(plain.subarray(from, from + fileBytes), { bytes: true });
      }
    };
  };
  return { about, material: kind, bytes: fileBytes * filesAtOnce, counts: "files", prepare };
}

function opening(about: string, kind: Material): Stage {
  const prepare = (plain: Uint8Array<ArrayBuffer>) => {
    const sealer = new ChunkSealer(crypto, compression, current);
    const opener = new ChunkOpener(crypto, compression, { find: () => current });
    const sealed = chunksOf(plain).map((chunk) => sealer.seal(chunk, sealer.name(chunk), true));
    return () => sealed.forEach((chunk) => opener.open(chunk satisfies ChunkRef, storedOf(chunk)));
  };
  return { about, material: kind, bytes: wholeBytes, counts: "MB", prepare };
}

function storedOf({ stored }: SealedChunk): Uint8Array {
  if (stored === undefined) throw new Error("bytes were asked for");
  return stored;
}

export const stages = {
  copy: perChunk("the floor: copied into new memory", "noise", (chunk) => Uint8Array.from(chunk)),
  cut: {
    ...perChunk("boundaries found, and nothing done about them", "noise", () => undefined),
    prepare: (plain: Uint8Array<ArrayBuffer>) => () => chunksOf(plain),
  },
  name: perChunk("BLAKE3, keyed", "noise", (chunk) => crypto.keyedHash(current.naming, chunk)),
  look: perChunk("found not worth compressing", "noise", (chunk) => compression.compress(chunk)),
  compress: perChunk("compressed", "text", (chunk) => compression.compress(chunk)),
  encrypt: perChunk("AES-256-GCM, a key for each chunk", "noise", (chunk) =>
    crypto.aeadKey("aes-256-gcm", current.naming).sealParts(nonce, associated, [chunk]),
  ),
  id: perChunk("BLAKE3 of what is stored", "noise", (chunk) => crypto.hash("blake3", chunk)),
  "seal noise": whole("all of it, for a pack", "noise", { bytes: true }),
  "seal text": whole("all of it, for a pack", "text", { bytes: true }),
  "seal in place": whole("all of it but the stored bytes, for a file that backs its chunks", "noise", { bytes: false }),
  "seal known": whole("a file of which nothing has changed: cut and named", "noise", { bytes: true, known: true }),
  "open noise": opening("opened and verified", "noise"),
  "open text": opening("opened and verified", "text"),
  "files of noise": files("of 4 KiB, each by itself", "noise"),
  "files of text": files("of 4 KiB, each by itself", "text"),
} as const satisfies Record<string, Stage>;

export type StageName = keyof typeof stages;
export const stageNames = Object.keys(stages) as StageName[];

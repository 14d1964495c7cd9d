// A process that seals a large file twice, with a change in between: what is new then is what has to be sent.

import type { SealedChunk } from "#glow";
import { ZstdCompression } from "#platform/nodejs/compression.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { ContentSealer, type CutKeys } from "#store/content/content-sealer.ts";
import type { ChunkSizes } from "#store/content/chunk-sizes.ts";
import { answerParent } from "../harness/child.ts";
import { material } from "./material.ts";

export interface ChangeRequest {
  readonly megabytes: number;
  readonly chunks: ChunkSizes;
}

export interface ChangeAnswer {
  /** Chunks of the content, lists not counted, and their bytes on average. */
  readonly chunks: number;
  readonly averageBytes: number;
  /** Levels of lists. */
  readonly depth: number;
  readonly firstMs: number;
  /** Of each change: bytes of new blobs, and how long it took to find them, all that is known being named only. */
  readonly changes: Readonly<Record<ChangeName, { readonly sentBytes: number; readonly ms: number }>>;
}

export type ChangeName = keyof typeof changes;

const readBytes = 4 * 2 ** 20;

const changes = {
  "1 MB overwritten": (plain: Uint8Array<ArrayBuffer>) => {
    const changed = plain.slice();
    changed.set(material("noise", 1_000_000), Math.floor(plain.length / 2));
    return changed;
  },
  "1 byte put in front": (plain: Uint8Array<ArrayBuffer>) => {
    const changed = new Uint8Array(plain.length + 1);
    changed.set(plain, 1);
    return changed;
  },
  "100 bytes in 10 places": (plain: Uint8Array<ArrayBuffer>) => {
    const changed = plain.slice();
    for (let place = 0; place < 10; place++) {
      changed.set(material("noise", 100), Math.floor(((place + 0.5) * plain.length) / 10));
    }
    return changed;
  },
} as const;

const crypto = new NodeCrypto();
const compression = new ZstdCompression();
const [id, naming, nonces, boundarySeed] = [8, 32, 32, 32].map((length) => material("noise", length));

answerParent<ChangeRequest>(({ megabytes, chunks }): ChangeAnswer => {
  const keys = { current: { id, naming, nonces }, boundarySeed, chunks } as CutKeys;
  const plain = material("noise", megabytes * 1e6);
  const known = new Set<string>();
  const first = seal(keys, plain, known);
  for (const { name } of first.chunks) known.add(name.toHex());
  const contentChunks = first.chunks.filter(({ offset }) => offset !== undefined).length;
  const measured = Object.entries(changes).map(([name, change]) => {
    const { ms, chunks: fresh } = seal(keys, change(plain), known);
    return [name, { ms, sentBytes: fresh.reduce((sum, { storedBytes }) => sum + storedBytes, 0) }] as const;
  });
  return {
    chunks: contentChunks,
    averageBytes: plain.length / contentChunks,
    depth: first.depth,
    firstMs: first.ms,
    changes: Object.fromEntries(measured) as ChangeAnswer["changes"],
  };
});

function seal(keys: CutKeys, plain: Uint8Array, known: ReadonlySet<string>) {
  const startMs = performance.now();
  const chunks: SealedChunk[] = [];
  const sealing = new ContentSealer(crypto, compression, keys).begin({
    bytes: false,
    known: (name) => known.has(name.toHex()),
    sealed: (chunk) => chunks.push(chunk),
  });
  for (let from = 0; from < plain.length; from += readBytes) sealing.update(plain.subarray(from, from + readBytes));
  const { depth } = sealing.finish();
  return { chunks, depth, ms: performance.now() - startMs };
}

// Cuts and seals content a block at a time, in this thread or in another: behind one interface, so that whoever writes
// content need not know which, and a simulated world has no threads.

import { contentLimits } from "#base/limits.ts";
import type { Compression, Crypto } from "#glow";
import type { SealedChunk } from "../contracts.ts";
import { BoundaryScanner, gearOf } from "./boundary-scanner.ts";
import { ChunkSealer } from "./chunk-sealer.ts";
import { defaultChunkSizes } from "./chunk-sizes.ts";
import type { CutKeys } from "./content-sealer.ts";

export interface BlockSealer {
  /** How much new content a block should have. */
  readonly blockBytes: number;
  /**
   * The chunks of a block, which begins where one does. Unless it is the `last` of its content, what lies behind the last
   * boundary comes back as `rest`, to begin the next one with. The block is given away, with all the memory in which it
   * lies; it comes back with the rest, which lies there too. `cancelled` by the signal.
   */
  seal(block: Uint8Array<ArrayBuffer>, last: boolean, keys: CutKeys, signal?: AbortSignal): Promise<SealedBlock>;
}

export interface SealedBlock {
  /** In their order, with their bytes; one that comes twice is there twice. */
  readonly chunks: readonly SealedChunk[];
  readonly rest: Uint8Array;
}

/** What a thread does for it: a pure function of its arguments. */
export function sealBlock(
  crypto: Crypto,
  compression: Compression,
  block: Uint8Array,
  last: boolean,
  keys: CutKeys,
): SealedBlock {
  const sealer = new ChunkSealer(crypto, compression, keys.current);
  const scanner = new BoundaryScanner(gearOf(crypto, keys.boundarySeed), keys.chunks ?? defaultChunkSizes);
  const chunks: SealedChunk[] = [];
  let from = 0;
  while (from < block.length) {
    const end = scanner.scan(block, from, block.length) ?? (last ? block.length : undefined);
    if (end === undefined) break;
    const plain = block.subarray(from, end);
    chunks.push(sealer.seal(plain, sealer.name(plain), true));
    from = end;
  }
  return { chunks, rest: block.subarray(from) };
}

/** In this thread. */
export class InlineBlockSealer implements BlockSealer {
  readonly blockBytes = contentLimits.inlineBlockBytes;
  readonly #crypto: Crypto;
  readonly #compression: Compression;

  constructor(crypto: Crypto, compression: Compression) {
    this.#crypto = crypto;
    this.#compression = compression;
  }

  async seal(block: Uint8Array, last: boolean, keys: CutKeys): Promise<SealedBlock> {
    return sealBlock(this.#crypto, this.#compression, block, last, keys);
  }
}

// Cuts, names and seals whole contents as they come, in one thread and without waiting: what a worker does with the files
// of a bound folder. Who has bytes from elsewhere, and a thread to keep free, uses ContentWriter.

import type { Compression, Crypto } from "#glow";
import type { ChunkName, ChunkRef, Content, SealedChunk, SealedContent, SealKeys } from "../contracts.ts";
import { BoundaryScanner, type Gear, gearOf } from "./boundary-scanner.ts";
import { ChunkSealer } from "./chunk-sealer.ts";
import { type ChunkSizes, checkChunkSizes, defaultChunkSizes } from "./chunk-sizes.ts";
import { ContentCutter } from "./content-cutter.ts";
import { ContentTree } from "./content-tree.ts";

/** What it takes of a space's keys to cut and seal. */
export type CutKeys = Pick<SealKeys, "current" | "boundarySeed" | "chunks">;

export interface SealingOptions {
  /** Whether stored bytes are wanted. Lists of chunks have theirs in any case: no file backs them. */
  readonly bytes: boolean;
  /** Chunks that are there already. They are cut and named, which takes half the time, and not given out. */
  readonly known?: (name: ChunkName) => boolean;
  /** Gets each chunk that is new, once, as soon as it is sealed. */
  readonly sealed: (chunk: SealedChunk) => void;
}

/** For all contents of one space. */
export class ContentSealer {
  readonly #sealer: ChunkSealer;
  readonly #gear: Gear;
  readonly #sizes: ChunkSizes;

  /** `invalid` if the space's settings give sizes by which nothing can be cut. */
  constructor(crypto: Crypto, compression: Compression, keys: CutKeys) {
    this.#sizes = keys.chunks ?? defaultChunkSizes;
    checkChunkSizes(this.#sizes);
    this.#sealer = new ChunkSealer(crypto, compression, keys.current);
    this.#gear = gearOf(crypto, keys.boundarySeed);
  }

  /** Begins one content. Several may be under way. */
  begin(options: SealingOptions): ContentSealing {
    const cutter = new ContentCutter(new BoundaryScanner(this.#gear, this.#sizes));
    return new ContentSealing(this.#sealer, cutter, options);
  }

  /** A content that is all there. `whole` is borrowed. */
  seal(whole: Uint8Array, options: Omit<SealingOptions, "sealed">): SealedContent {
    const chunks: SealedChunk[] = [];
    const content = this.begin({ ...options, sealed: (chunk) => chunks.push(chunk) }).finish(whole);
    return { content, chunks };
  }
}

/** One content, on its way. */
export class ContentSealing {
  readonly #sealer: ChunkSealer;
  readonly #cutter: ContentCutter;
  readonly #options: SealingOptions;
  readonly #tree: ContentTree;
  /** Names of the chunks so far, as text: what comes twice is sealed once. */
  readonly #seen = new Set<string>();

  constructor(sealer: ChunkSealer, cutter: ContentCutter, options: SealingOptions) {
    this.#sealer = sealer;
    this.#cutter = cutter;
    this.#options = options;
    this.#tree = new ContentTree((list) => this.#ref(list, this.#sealer.name(list), true));
  }

  /** The next bytes (borrowed), as many as one likes. `too-large` past `contentLimits.contentBytes`. */
  update(piece: Uint8Array): void {
    this.#cutter.cut(piece, false, this.#cut);
  }

  /** The last bytes, if there are more; ends it. */
  finish(piece: Uint8Array = none): Content {
    this.#cutter.cut(piece, true, this.#cut);
    return this.#tree.finish();
  }

  readonly #cut = (plain: Uint8Array): void => {
    this.#tree.add(this.#ref(plain, this.#sealer.name(plain), false));
  };

  /** Seals what is new. */
  #ref(plain: Uint8Array, name: ChunkName, isList: boolean): ChunkRef {
    const { bytes, known, sealed } = this.#options;
    const text = name.toHex();
    if (!this.#seen.has(text)) {
      this.#seen.add(text);
      if (known?.(name) !== true) {
        const chunk = this.#sealer.seal(plain, name, bytes || isList);
        sealed(isList ? chunk : { ...chunk, offset: this.#tree.sizeBytes });
      }
    }
    return { name, sizeBytes: plain.length };
  }
}

const none = new Uint8Array(0);

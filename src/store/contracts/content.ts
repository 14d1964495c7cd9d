// Content cut into chunks, each compressed, sealed, and named.

import type { BlobId, ChunkName } from "./ids.ts";

/** A chunk of content: what it is called and how long it is in clear. */
export interface ChunkRef {
  readonly name: ChunkName;
  readonly sizeBytes: number;
}

/** Content as an entry has it. Of long content the chunks hold lists of further chunks; `depth` 0 is content itself. */
export interface Content {
  readonly sizeBytes: number;
  readonly depth: number;
  readonly chunks: readonly ChunkRef[];
}

/** A chunk that was cut and sealed. `stored` is left out where nobody asked for it. */
export interface SealedChunk extends ChunkRef {
  readonly blob: BlobId;
  readonly storedBytes: number;
  /** Where it lies first in the content; left out for a list of chunks, whose `stored` is always there. */
  readonly offset?: number;
  readonly stored?: Uint8Array;
}

/** Content that was cut and sealed: what an entry says, and all chunks, those of lists too, each once. */
export interface SealedContent {
  readonly content: Content;
  readonly chunks: readonly SealedChunk[];
}

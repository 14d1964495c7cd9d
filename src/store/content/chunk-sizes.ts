// How large a space's chunks are: said in its first batch, so that all who write cut alike.

import { GlowError } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import type { SpaceSettings } from "../contracts.ts";

export type ChunkSizes = SpaceSettings["chunks"];

/** Content shorter than `least` is one chunk. docs/storage.md has the measurements behind these. */
export const defaultChunkSizes: ChunkSizes = { least: 64 * 1024, average: 256 * 1024, most: 1024 * 1024 };

/** Bytes that decide about a boundary: a chunk is never shorter, so that they all lie within it. */
export const windowBytes = 32;

/** `invalid` for sizes by which nothing can be cut. They come from a batch that others wrote. */
export function checkChunkSizes({ least, average, most }: ChunkSizes): void {
  const whole = [least, average, most].every(Number.isSafeInteger);
  const ordered = least >= windowBytes && least <= average && average <= most && most <= contentLimits.chunkBytes;
  const powerOfTwo = whole && average >= contentLimits.leastAverageBytes && (average & (average - 1)) === 0;
  if (whole && ordered && powerOfTwo) return;
  throw new GlowError("invalid", "content.cut", {
    message: `chunks of ${least}, ${average} and ${most} bytes (least, average, most) are not what content can be cut into`,
  });
}

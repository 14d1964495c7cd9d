// The ids of what is stored.

import type { Brand } from "#base/ids.ts";
import type { Tagged } from "#glow";

/** The hash of a space's first batch, as text (`idText`). */
export type SpaceId = Brand<string, "SpaceId">;
/** Its kind (1 byte) and 15 random bytes, as text (`idText`): an object never changes its kind. */
export type ObjectId = Brand<string, "ObjectId">;
/** The hash of a chunk as stored (compressed and sealed), so that a host without keys can verify it. */
export type BlobId = Brand<Tagged, "BlobId">;
/** A keyed hash of a chunk's plaintext (32 bytes): what a sealed entry commits to, and the key that seals the chunk. */
export type ChunkName = Brand<Uint8Array, "ChunkName">;

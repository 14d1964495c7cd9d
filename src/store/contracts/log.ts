// The truth on disk: a log of batches, packs of blobs.

import type { BlobId, SpaceId } from "./ids.ts";

/** Where a record lies: never moves while it is not removed, but for compaction. Orders as it was appended. */
export interface LogPlace {
  readonly segment: number;
  readonly offset: number;
}

/** Signed batches of all spaces, on a Disk. It checks none: that is what `Space` is for. */
export interface BatchLog {
  /** All at once, one sync for all that wait. Durable when it resolves; `exhausted` if the disk is full: then none is in. */
  append(batches: readonly LoggedBatch[]): Promise<readonly LogPlace[]>;
  /** `corrupt` if the medium has damaged it, `not-found` if there is none. */
  read(place: LogPlace): Promise<LoggedBatch>;
  /** Up to what was there at the call, oldest first; what is damaged is passed over, and told of in `damage`. */
  scan(after?: LogPlace): AsyncIterable<LoggedBatch & { readonly place: LogPlace }>;
  /** What was found damaged so far: never silently dropped. A peer may have it. */
  readonly damage: readonly LogDamage[];
  close(): Promise<void>;
}

export interface LoggedBatch {
  readonly space: SpaceId;
  readonly batch: Uint8Array;
}

export interface LogDamage {
  readonly path: string;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** Sealed chunks by the hash of their stored bytes, in packs on a Disk. */
export interface BlobStore {
  /**
   * Takes them; durable after `sync`. One that is there already costs nothing. The caller has checked that the bytes are
   * those of the id. `exhausted` if the disk is full: what was taken before stays.
   */
  put(blobs: readonly StoredBlob[]): Promise<void>;
  /** All that was put before is on the medium when it resolves. Calls that wait share one sync. */
  sync(): Promise<void>;
  has(ids: readonly BlobId[]): Promise<boolean[]>;
  /** `not-found`, or `corrupt` if the medium has damaged it (it then counts as missing); never wrong bytes. */
  get(id: BlobId): Promise<Uint8Array>;
  /** Where they lie, for workers that read by themselves, and check what they read. Undefined if not in a pack. */
  places(ids: readonly BlobId[]): Promise<(BlobPlace | undefined)[]>;
  /** Their room is free after the next compaction. Durable at some later time. */
  remove(ids: readonly BlobId[]): Promise<void>;
  /** Rewrites the packs of which much is dead. May be called at any time; a crash at any point loses nothing. */
  compact(): Promise<void>;
  usage(): Promise<{ readonly blobs: number; readonly bytes: number; readonly deadBytes: number }>;
  close(): Promise<void>;
}

export interface StoredBlob {
  readonly id: BlobId;
  readonly stored: Uint8Array;
}

/** A path on the Disk, and where in it the stored bytes lie. */
export interface BlobPlace {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Yields stored bytes that are in no pack: a file of a bound folder backs its chunks, and they are sealed anew. */
export interface BlobSource {
  has(ids: readonly BlobId[]): Promise<boolean[]>;
  /** In this order; undefined for those that it has not (or no longer). What it gives has the id's hash. */
  get(ids: readonly BlobId[]): Promise<readonly (Uint8Array | undefined)[]>;
}

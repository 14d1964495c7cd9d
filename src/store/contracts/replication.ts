// What two holders of a space ask each other, and how far they have come.

import type { GlowError } from "#base/errors.ts";
import type { DeviceId, Hash, NodeId, Subscription } from "#glow";
import type { BlobId, SpaceId } from "./ids.ts";
import type { AuthorPosition } from "./space.ts";

/**
 * What one holder asks another about one space. `services/replica` puts it on Firefly; all errors are those of calls. The
 * iterators are heard at once: `return` ends a `next` that is under way.
 */
export interface Replica {
  /**
   * First what the holder has and `known` has not, parents first, then what comes to it, until it is returned. With
   * `diverged` it says that positions do not tell the difference: compare fingerprints.
   */
  follow(known: readonly AuthorPosition[]): AsyncIterable<ReplicaEvent>;
  /** Of ranges of batch hashes, from `from` up to but not including `to` (undefined: to the end): how many, and their sum. */
  fingerprints(ranges: readonly HashRange[]): Promise<readonly RangeFingerprint[]>;
  /** The hashes within a range; `too-large` past a limit. */
  hashes(range: HashRange): Promise<readonly Hash[]>;
  batches(hashes: readonly Hash[]): AsyncIterable<Uint8Array>;
  /** In the order asked for; `stored` is undefined if the holder has it not. */
  fetch(blobs: readonly BlobId[]): AsyncIterable<{ readonly id: BlobId; readonly stored: Uint8Array | undefined }>;
  /** So far the caller has come, durably. */
  acknowledge(reached: Completeness): Promise<void>;
}

/** How far a holder has come: it holds everything up to these positions with all blobs, but for some. */
export interface Completeness {
  readonly positions: readonly AuthorPosition[];
  /** Batches of which it lacks blobs, since nobody whom it could ask has them: of these it is no copy. */
  readonly lacking: readonly Hash[];
}

export type ReplicaEvent =
  | { readonly type: "batch"; readonly batch: Uint8Array }
  /** So far the holder has come. */
  | ({ readonly type: "complete" } & Completeness)
  /** Blobs have come to the holder that it said it had not. */
  | { readonly type: "more" }
  | { readonly type: "diverged" };

export interface HashRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
}

export interface RangeFingerprint {
  readonly count: number;
  /** 32 bytes; two ranges with the same fingerprint hold the same. */
  readonly fingerprint: Uint8Array;
}

/** How the store reaches other holders; it knows no socket. `node/` wires it to the mesh. */
export interface Peers {
  /** Called for each peer that can be asked, whoever began it; `lost` when it can be asked no more. */
  watch(found: (peer: Peer) => { lost(reason: GlowError): void }): Subscription;
}

export interface Peer {
  readonly node: NodeId;
  readonly device: DeviceId;
  /** Spaces that the peer holds and would give to this device. */
  spaces(): Promise<readonly SpaceId[]>;
  /** Called when `spaces` may have come to say something else. */
  watch(changed: () => void): Subscription;
  /** `not-found` if it has none, `denied` if it does not give it. Whoever opens it disposes of it. */
  open(space: SpaceId): Promise<Replica & Disposable>;
}

/** How far a space is replicated, for faces. */
export interface SpaceProgress {
  readonly peers: readonly PeerProgress[];
  /** Blobs that are to come; of very many, nearly so many. */
  readonly missingBlobs: number;
  readonly missingBytes: number;
  /**
   * Blobs that are in no place that is known: whoever is connected was asked and lacks them, the device that had them among
   * these. The file that they were part of was changed or removed before it was copied, as a rule. They are taken all the
   * same from whoever turns out to have them.
   */
  readonly unavailableBlobs: number;
  readonly unavailableBytes: number;
  /** Why what is fetched cannot be kept here: the disk is full, as a rule. */
  readonly problem?: GlowError;
}

export interface PeerProgress {
  readonly device: DeviceId;
  /** What it said that it holds, with all blobs. */
  readonly holds: readonly AuthorPosition[];
  readonly connected: boolean;
  /** What it did last that no honest and healthy holder does: wrong bytes, forged or withheld batches, a stall. */
  readonly problem?: GlowError;
}

/** Where blobs come from that are not here: from the other holders of the space. */
export interface BlobSupply {
  /**
   * Resolves when all of them can be read here, however long that takes; they are durable soon after. `now`: somebody
   * waits for them; `soon`: somebody will. `exhausted` if too many are wanted, `cancelled` by the signal or the end of
   * replication; what comes all the same is kept.
   */
  want(blobs: readonly BlobId[], urgency: "now" | "soon", signal?: AbortSignal): Promise<void>;
  /** Whether any of these that were wanted may come soon: it was or is to be asked of somebody, and others give something. */
  isComing(blobs: readonly BlobId[]): boolean;
  /** Called with blobs that have come and can be read. */
  watch(came: (blobs: readonly BlobId[]) => void): Subscription;
}

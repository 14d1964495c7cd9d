// This device's copy of a space, as it gives it to one peer: what the peer may ask, how much of it, and only as long as it
// is a holder.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type {
  AuthorPosition,
  BlobId,
  Clock,
  Completeness,
  DeviceId,
  Hash,
  HashRange,
  RangeFingerprint,
  Replica,
  ReplicaEvent,
  Timers,
} from "#glow";
import type { FetchedBlob } from "./blob-reader.ts";
import { FollowFeed } from "./follow-feed.ts";
import type { Holding } from "./holding.ts";
import type { PeerAllowance } from "./peer-allowance.ts";

export interface LocalReplicaOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly holding: Holding;
  /** To whom it is given. */
  readonly peer: DeviceId;
  readonly allowance: PeerAllowance;
  /** The peer says that it has come so far. */
  acknowledged(reached: Completeness): void;
}

export class LocalReplica implements Replica {
  readonly #options: LocalReplicaOptions;
  readonly #feeds = new Set<FollowFeed>();
  /** The peer has asked for blobs that are not here, since it was last told that some have come. */
  #hasMissed = false;

  constructor(options: LocalReplicaOptions) {
    this.#options = options;
  }

  follow(known: readonly AuthorPosition[]): AsyncIterable<ReplicaEvent> {
    const { clock, timers, holding, peer } = this.#options;
    const end = this.#begin("follows", "replica.follow", known.length, replicationLimits.positions);
    const takeMissed = () => {
      const hasMissed = this.#hasMissed;
      this.#hasMissed = false;
      return hasMissed;
    };
    const ended = () => {
      this.#feeds.delete(feed);
      end();
    };
    const feed = new FollowFeed({ clock, timers, holding, peer, takeMissed, ended }, known);
    this.#feeds.add(feed);
    return feed;
  }

  async fingerprints(ranges: readonly HashRange[]): Promise<readonly RangeFingerprint[]> {
    const end = this.#begin("calls", "replica.fingerprints", ranges.length, replicationLimits.ranges);
    try {
      const { holding } = this.#options;
      const hashes = await holding.hashes();
      return ranges.map((range) => hashes.fingerprint(holding.crypto, range));
    } finally {
      end();
    }
  }

  async hashes(range: HashRange): Promise<readonly Hash[]> {
    const end = this.#begin("calls", "replica.hashes", 1, 1);
    try {
      const hashes = await this.#options.holding.hashes();
      const most = replicationLimits.rangeHashes;
      const found = hashes.within(range, most + 1);
      if (found.length <= most) return found;
      const message = `more than ${most} hashes are in this range: ask for parts of it`;
      throw new GlowError("too-large", "replica.hashes", { message });
    } finally {
      end();
    }
  }

  async *batches(hashes: readonly Hash[]): AsyncGenerator<Uint8Array> {
    const end = this.#begin("calls", "replica.batches", hashes.length, replicationLimits.batchesPerCall);
    try {
      for await (const { bytes } of this.#options.holding.space.batches(hashes)) yield bytes;
    } finally {
      end();
    }
  }

  async *fetch(blobs: readonly BlobId[]): AsyncGenerator<FetchedBlob> {
    const end = this.#begin("fetches", "replica.fetch", blobs.length, replicationLimits.blobsPerFetch);
    const { holding } = this.#options;
    const before = holding.arrivals;
    try {
      for await (const blob of holding.reader.read(blobs)) {
        if (blob.stored === undefined) this.#missed(before);
        yield blob;
      }
    } finally {
      end();
    }
  }

  async acknowledge({ positions, lacking }: Completeness): Promise<void> {
    const { positions: most, lackingBatches } = replicationLimits;
    this.#begin("calls", "replica.acknowledge", positions.length, most)();
    this.#begin("calls", "replica.acknowledge", lacking.length, lackingBatches)();
    this.#options.acknowledged({ positions, lacking });
  }

  #missed(arrivalsBefore: number): void {
    this.#hasMissed = true;
    // It may have come since it was looked for.
    if (this.#options.holding.arrivals !== arrivalsBefore) for (const feed of this.#feeds) feed.blobsCame();
  }

  /** What every call has to pass. The result says that it is over. */
  #begin(kind: "follows" | "fetches" | "calls", op: string, count: number, most: number): () => void {
    const { allowance, holding, peer } = this.#options;
    if (!holding.space.holders.has(peer)) {
      const message = "only holders of the space are given it: a member makes a device one";
      throw new GlowError("denied", op, { target: holding.space.id, message });
    }
    const end = allowance.begin(kind, op);
    try {
      allowance.lookUp(op, count, most);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }
}

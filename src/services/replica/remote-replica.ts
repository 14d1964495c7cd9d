// A peer's replica behind its Firefly stub, as the store asks for it. What comes is put together and bounded here; whether it
// is true is for the store to find out. Blobs take a stub of their own, on another stream of the mesh, so that what is small
// and new never waits behind them.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { CallOptions } from "#firefly/codec/stub.ts";
import type {
  AuthorPosition,
  BlobId,
  Completeness,
  Hash,
  HashRange,
  RangeFingerprint,
  Replica,
  ReplicaEvent,
  Timers,
} from "#glow";
import type { ReplicaFingerprint, ReplicaStub } from "#interfaces/generated/replica.ts";
import { BatchReader, NewsReader } from "./batch-readers.ts";
import { BlobAnswers, type FetchedBlob } from "./blob-frames.ts";
import { ofPeer, PeerStream } from "./peer-stream.ts";
import { hashFromWire, toWire } from "./wire-position.ts";

export interface RemoteReplicaOptions {
  readonly timers: Timers;
  readonly replica: ReplicaStub;
  /** The same replica, over what is for bulk; made when it is first asked for. */
  bulk(): Promise<ReplicaStub>;
}

const fingerprintBytes = 32;
const inTime: CallOptions = { deadlineMs: replicationLimits.stallMs };

export class RemoteReplica implements Replica, Disposable {
  readonly #options: RemoteReplicaOptions;
  #bulk: Promise<ReplicaStub> | undefined;
  #isDisposed = false;

  constructor(options: RemoteReplicaOptions) {
    this.#options = options;
  }

  follow(known: readonly AuthorPosition[]): AsyncIterable<ReplicaEvent> {
    const { timers, replica } = this.#options;
    return new NewsReader(new PeerStream(timers, replica.follow(known.map(toWire))));
  }

  async fingerprints(ranges: readonly HashRange[]): Promise<readonly RangeFingerprint[]> {
    const asked = ranges.map(({ from, to }) => ({ from, ...(to && { to }) }));
    return (await answered(this.#options.replica.fingerprints(asked, inTime))).map(checkedFingerprint);
  }

  async hashes({ from, to }: HashRange): Promise<readonly Hash[]> {
    const hashes = await answered(this.#options.replica.hashes({ from, ...(to && { to }) }, inTime));
    return hashes.map((hash) => hashFromWire(hash));
  }

  batches(hashes: readonly Hash[]): AsyncIterable<Uint8Array> {
    const { timers, replica } = this.#options;
    return new BatchReader(new PeerStream(timers, replica.batches(hashes)));
  }

  fetch(blobs: readonly BlobId[]): AsyncIterable<FetchedBlob> {
    this.#bulk ??= this.#openBulk();
    const opening = this.#bulk.then((bulk) => bulk.fetch(blobs));
    return new BlobAnswers(this.#options.timers, blobs, opening);
  }

  async acknowledge({ positions, lacking }: Completeness): Promise<void> {
    await answered(this.#options.replica.acknowledge(positions.map(toWire), lacking, inTime));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#options.replica[Symbol.dispose]();
    this.#bulk?.then((bulk) => bulk[Symbol.dispose]()).catch(() => undefined);
  }

  /** Whoever disposes meanwhile gets it later. */
  async #openBulk(): Promise<ReplicaStub> {
    try {
      return await this.#options.bulk();
    } catch (thrown) {
      // The next one who asks tries again.
      if (!this.#isDisposed) this.#bulk = undefined;
      throw ofPeer(thrown);
    }
  }
}

async function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (thrown) {
    throw ofPeer(thrown);
  }
}

function checkedFingerprint({ count, fingerprint }: ReplicaFingerprint): RangeFingerprint {
  if (fingerprint.length === fingerprintBytes) return { count, fingerprint };
  const message = `a fingerprint has ${fingerprintBytes} bytes, not ${fingerprint.length}`;
  throw new GlowError("invalid", "replica.fingerprints", { message });
}

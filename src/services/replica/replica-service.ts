// A space as this node gives it to one caller, on Firefly. What the caller may have is decided by what is behind it; here it
// is only put into the shapes of the interface: batches in pieces, blobs in one stream of bytes.

import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobId, HashRange, Replica as HeldReplica, ReplicaEvent, SpaceId, Subscription } from "#glow";
import type {
  BatchPiece,
  Replica,
  ReplicaFingerprint,
  ReplicaNews,
  ReplicaPosition,
  ReplicaRange,
  Replicas,
} from "#interfaces/generated/replica.ts";
import { piecesOf } from "./batch-pieces.ts";
import { blobFrames } from "./blob-frames.ts";
import { ExpandedStream } from "./expanded-stream.ts";
import { fromWire, hashFromWire, toWire } from "./wire-position.ts";

/** What a node gives to one caller. */
export interface ReplicaGiver {
  spaces(): readonly SpaceId[];
  /** Called when `spaces` may say something else. */
  watch(changed: () => void): Subscription;
  open(space: SpaceId): HeldReplica;
}

export class ReplicasService implements Replicas {
  readonly #giver: ReplicaGiver;

  constructor(giver: ReplicaGiver) {
    this.#giver = giver;
  }

  spaces(): Uint8Array[] {
    return this.#giver.spaces().map(idBytes);
  }

  changes(): AsyncIterable<number> {
    return new ChangeStream(this.#giver);
  }

  open(space: Uint8Array): Replica {
    return new ReplicaService(this.#giver.open(idText(hashFromWire(space)) as SpaceId));
  }
}

export class ReplicaService implements Replica {
  readonly #replica: HeldReplica;

  constructor(replica: HeldReplica) {
    this.#replica = replica;
  }

  follow(known: readonly ReplicaPosition[]): AsyncIterable<ReplicaNews> {
    checkCount("replica.follow", known.length, replicationLimits.positions);
    return new ExpandedStream(this.#replica.follow(known.map(fromWire)), newsOf);
  }

  async fingerprints(ranges: readonly ReplicaRange[]): Promise<readonly ReplicaFingerprint[]> {
    return this.#replica.fingerprints(ranges.map(rangeOf));
  }

  async hashes(range: ReplicaRange): Promise<readonly Uint8Array[]> {
    return this.#replica.hashes(rangeOf(range));
  }

  batches(hashes: readonly Uint8Array[]): AsyncIterable<BatchPiece> {
    return new ExpandedStream(this.#replica.batches(hashes.map((hash) => hashFromWire(hash))), piecesOf);
  }

  fetch(blobs: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
    return blobFrames(this.#replica.fetch(blobs.map((id) => hashFromWire<BlobId>(id))));
  }

  acknowledge(positions: readonly ReplicaPosition[], lacking: readonly Uint8Array[] = []): Promise<void> {
    checkCount("replica.acknowledge", positions.length, replicationLimits.positions);
    checkCount("replica.acknowledge", lacking.length, replicationLimits.lackingBatches);
    return this.#replica.acknowledge({
      positions: positions.map(fromWire),
      lacking: lacking.map((hash) => hashFromWire(hash)),
    });
  }
}

/** An item each time when there may be other spaces. */
class ChangeStream implements AsyncIterableIterator<number> {
  readonly #giver: ReplicaGiver;
  readonly #watching: Subscription;
  #hasChanged = true;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(giver: ReplicaGiver) {
    this.#giver = giver;
    this.#watching = giver.watch(() => {
      this.#hasChanged = true;
      this.#wake?.();
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<number>> {
    while (!this.#hasChanged && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#isOver) return { done: true, value: undefined };
    this.#hasChanged = false;
    return { done: false, value: this.#giver.spaces().length };
  }

  return(): Promise<IteratorResult<number>> {
    this.#isOver = true;
    this.#watching.stop();
    this.#wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }
}

function* newsOf(event: ReplicaEvent): Iterable<ReplicaNews> {
  if (event.type === "batch") {
    for (const { bytes, last } of piecesOf(event.batch)) {
      yield last ? { kind: "batch", bytes } : { kind: "piece", bytes };
    }
  } else if (event.type === "complete") {
    yield { kind: "complete", positions: event.positions.map(toWire), lacking: event.lacking };
  } else {
    yield { kind: event.type };
  }
}

function rangeOf({ from, to }: ReplicaRange): HashRange {
  return { from, to };
}

function checkCount(op: string, count: number, most: number): void {
  if (count <= most) return;
  throw new GlowError("too-large", op, { message: `${count} positions or batches; at most ${most} are looked at` });
}

// What one follower of a space gets: from the log what it lacks, then each batch as it comes. It is read at the follower's
// pace: what waits for one that is slow is bounded, and past that bound it goes on from the log where it was.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type {
  AuthorPosition,
  Clock,
  DeviceId,
  Hash,
  HeldBatch,
  ReplicaEvent,
  Subscription,
  Timer,
  Timers,
} from "#glow";
import { AuthorPositions } from "./author-positions.ts";
import type { Holding } from "./holding.ts";

export interface FollowFeedOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly holding: Holding;
  readonly peer: DeviceId;
  /** Whether the peer was told of blobs that are not here since this was last asked. */
  takeMissed(): boolean;
  /** It is over, however that came. */
  ended(): void;
}

/** A follower is told of further blobs this often. */
const moreEveryMs = 200;

export class FollowFeed implements AsyncIterableIterator<ReplicaEvent> {
  readonly #options: FollowFeedOptions;
  readonly #known: readonly AuthorPosition[];
  /** What the follower has, as far as positions tell. */
  readonly #sent: AuthorPositions;
  readonly #events: AsyncGenerator<ReplicaEvent>;
  readonly #subscriptions: Subscription[];
  /** What has come and was not sent, by hash. */
  readonly #queue = new Map<string, HeldBatch>();
  #queuedBytes = 0;
  #hasOverflowed = false;
  #knownForks = 0;
  #isCompleteDue = false;
  #isMoreDue = false;
  #moreSaidMs = Number.NEGATIVE_INFINITY;
  #moreTimer: Timer | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(options: FollowFeedOptions, known: readonly AuthorPosition[]) {
    this.#options = options;
    this.#known = known;
    this.#sent = new AuthorPositions(known);
    this.#events = this.#run();
    const { holding } = options;
    this.#subscriptions = [
      holding.space.watch((batch) => this.#came(batch)),
      holding.onComplete.add(() => this.#completed()),
      holding.onBlobs.add(() => this.blobsCame()),
    ];
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ReplicaEvent>> {
    return this.#events.next();
  }

  /** Also while the next event is waited for, which a generator by itself would not hear. */
  async return(): Promise<IteratorResult<ReplicaEvent>> {
    this.#end();
    await this.#events.return(undefined);
    return { done: true, value: undefined };
  }

  /** Some of them may be such as the follower was told are not here. */
  blobsCame(): void {
    if (this.#isMoreDue || this.#moreTimer !== undefined || !this.#options.takeMissed()) return;
    const { clock, timers } = this.#options;
    const waitMs = Math.max(0, this.#moreSaidMs + moreEveryMs - clock.monotonicMs());
    this.#moreTimer = timers.after(waitMs, () => {
      this.#moreTimer = undefined;
      this.#isMoreDue = true;
      this.#wakeUp();
    });
  }

  async *#run(): AsyncGenerator<ReplicaEvent> {
    try {
      // Before anything else: a fork that shows meanwhile is told of when its turn comes.
      this.#knownForks = this.#options.holding.space.forks().length;
      if (this.#knownForks > 0 || (await this.#isDiverged())) yield { type: "diverged" };
      while (!this.#isOver) {
        yield* this.#catchUp();
        yield* this.#live();
      }
    } finally {
      this.#end();
    }
  }

  /** Whether the follower has batches of which positions do not say that this side lacks them, or the other way round. */
  async #isDiverged(): Promise<boolean> {
    const { space } = this.#options.holding;
    const own = new AuthorPositions(space.positions());
    const doubtful: Hash[] = [];
    for (const position of this.#known) if (own.covers(position)) doubtful.push(position.hash);
    let held = 0;
    if (doubtful.length > 0) for await (const _ of space.batches(doubtful)) held++;
    return held < doubtful.length;
  }

  async *#catchUp(): AsyncGenerator<ReplicaEvent> {
    const { holding } = this.#options;
    this.#clearQueue();
    for await (const batch of holding.space.after(this.#sent.list())) {
      if (this.#isOver) return;
      this.#sent.add(batch.header);
      this.#dequeue(toHex(batch.header.hash));
      const event = this.#eventOf(batch);
      if (event !== undefined) yield event;
    }
    if (holding.complete !== undefined) this.#isCompleteDue = true;
  }

  async *#live(): AsyncGenerator<ReplicaEvent> {
    while (!this.#isOver) {
      const [first] = this.#queue;
      if (first !== undefined) {
        this.#dequeue(first[0]);
        this.#countSent(first[1]);
        const event = this.#eventOf(first[1]);
        if (event !== undefined) yield event;
      } else if (this.#hasOverflowed) {
        return;
      } else {
        const event = this.#notice();
        if (event === undefined) await this.#waitForNews();
        else yield event;
      }
    }
  }

  /** Undefined for one that came from the follower itself. */
  #eventOf(batch: HeldBatch): ReplicaEvent | undefined {
    const { holding, peer } = this.#options;
    this.#checkHolder();
    return holding.received.isFrom(peer, batch) ? undefined : { type: "batch", batch: batch.bytes };
  }

  /** What there is to say when no batch waits. */
  #notice(): ReplicaEvent | undefined {
    const { clock, holding } = this.#options;
    this.#checkHolder();
    const forks = holding.space.forks().length;
    if (forks > this.#knownForks) {
      this.#knownForks = forks;
      return { type: "diverged" };
    }
    const { complete } = holding;
    if (this.#isCompleteDue && complete !== undefined && complete.positions.length <= replicationLimits.positions) {
      this.#isCompleteDue = false;
      return { type: "complete", ...complete };
    }
    if (this.#isMoreDue) {
      this.#isMoreDue = false;
      this.#moreSaidMs = clock.monotonicMs();
      return { type: "more" };
    }
    return undefined;
  }

  #checkHolder(): void {
    const { holding, peer } = this.#options;
    if (holding.space.holders.has(peer)) return;
    const message = "this device is no holder of the space any more";
    throw new GlowError("denied", "replica.follow", { target: holding.space.id, message });
  }

  #waitForNews(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #came(batch: HeldBatch): void {
    if (this.#hasOverflowed) return;
    const { holding, peer } = this.#options;
    if (holding.received.isFrom(peer, batch)) {
      this.#countSent(batch);
    } else {
      this.#queue.set(toHex(batch.header.hash), batch);
      this.#queuedBytes += batch.bytes.length;
      const { feedBatches, feedBytes } = replicationLimits;
      // A single one may be larger.
      if (this.#queue.size > feedBatches || (this.#queuedBytes > feedBytes && this.#queue.size > 1)) {
        this.#clearQueue();
        this.#hasOverflowed = true;
      }
    }
    this.#wakeUp();
  }

  /** Only what follows what was sent: a position that leaps over a batch would hide it from the log's reader. */
  #countSent({ header }: HeldBatch): void {
    if ((this.#sent.of(header)?.sequence ?? 0) + 1 === header.sequence) this.#sent.add(header);
  }

  #dequeue(hash: string): void {
    this.#queuedBytes -= this.#queue.get(hash)?.bytes.length ?? 0;
    this.#queue.delete(hash);
  }

  #clearQueue(): void {
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.#hasOverflowed = false;
  }

  #completed(): void {
    this.#isCompleteDue = true;
    this.#wakeUp();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#moreTimer?.cancel();
    this.#clearQueue();
    this.#options.ended();
    this.#wakeUp();
  }
}

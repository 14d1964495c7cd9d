// Keeps one space with all peers that hold it: follows each, gives each what it asks for, brings in what is missing, and
// knows who holds what.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type {
  BatchHeader,
  BlobId,
  BlobSource,
  BlobStore,
  BlobSupply,
  Clock,
  Crypto,
  DeviceId,
  Disk,
  HeldBatch,
  Index,
  Peer,
  Peers,
  Replica,
  Space,
  SpaceProgress,
  Subscription,
  Timer,
  Timers,
} from "#glow";
import { AuthorPositions } from "./author-positions.ts";
import { BlobFetcher, type ReplicationMode } from "./blob-fetcher.ts";
import { Holding } from "./holding.ts";
import { Listeners } from "./listeners.ts";
import { LocalReplica } from "./local-replica.ts";
import type { PeerAllowance } from "./peer-allowance.ts";
import { PeerFollower } from "./peer-follower.ts";
import { PeerHoldings } from "./peer-holdings.ts";
import { Patience } from "./patience.ts";

export interface ReplicatorOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly crypto: Crypto;
  readonly disk: Disk;
  readonly index: Index;
  readonly space: Space;
  readonly blobs: BlobStore;
  /** Has what is in no pack. */
  readonly source?: BlobSource;
  readonly peers: Peers;
  readonly mode: ReplicationMode;
}

/** Pages of missing blobs that are counted for `progress`. */
const countedBlobs = 65_536;
const pageBlobs = 4096;
/** How often batches are asked for again that others wait for, or that were damaged. */
const missingEveryMs = 30_000;
/** What peers said that they hold is written this much later: they say more, as a rule. */
const writeHoldingsMs = 1000;

export class Replicator implements BlobSupply {
  readonly #options: ReplicatorOptions;
  readonly #holding: Holding;
  readonly #fetcher: BlobFetcher;
  readonly #holdings: PeerHoldings;
  readonly #patience: Patience;
  readonly #followers = new Map<DeviceId, PeerFollower>();
  readonly #problems = new Map<DeviceId, GlowError>();
  readonly #replicas = new Map<DeviceId, LocalReplica>();
  readonly #changes = new Listeners<void>();
  readonly #subscriptions: Subscription[];
  #localProblem: GlowError | undefined;
  #isCheckDue = false;
  #isChecking = false;
  #isWriteDue = false;
  #isStopped = false;
  #missingTimer: Timer | undefined;

  private constructor(options: ReplicatorOptions, holdings: PeerHoldings) {
    const { clock, timers, crypto, disk, space, blobs, source, mode, peers } = options;
    this.#options = options;
    this.#holdings = holdings;
    this.#patience = new Patience(clock);
    this.#holding = new Holding({ clock, timers, crypto, disk, space, blobs, source });
    this.#fetcher = new BlobFetcher({
      clock,
      timers,
      holding: this.#holding,
      blobs,
      mode,
      settled: () => this.#checkComplete(),
      problem: (device, error) => this.#problem(device, error),
      failed: (error) => this.#failed(error),
    });
    this.#subscriptions = [
      space.watch((batch) => this.#came(batch)),
      this.#holding.onDamage.add((id) => this.#fetcher.repair(id)),
      this.#holding.onComplete.add(() => this.#completed()),
      peers.watch((peer) => this.#found(peer)),
    ];
    this.#checkComplete();
    this.#lookForMissing();
  }

  static async start(options: ReplicatorOptions): Promise<Replicator> {
    return new Replicator(options, await PeerHoldings.open(options.index, options.space.id));
  }

  get space(): Space {
    return this.#options.space;
  }

  get mode(): ReplicationMode {
    return this.#fetcher.mode;
  }

  /** With `all` begins to fetch what is missing. With `names` nothing more is fetched; what is here stays. */
  set mode(mode: ReplicationMode) {
    this.#fetcher.mode = mode;
  }

  /** The space as this device gives it to a peer. It is `denied` whatever it asks if it is no holder. */
  replica(peer: DeviceId, allowance: PeerAllowance): Replica {
    const known = this.#replicas.get(peer);
    if (known !== undefined) return known;
    const { clock, timers } = this.#options;
    const replica = new LocalReplica({
      clock,
      timers,
      holding: this.#holding,
      peer,
      allowance,
      acknowledged: (positions) => this.#claimed(peer, positions),
    });
    if (this.space.holders.has(peer)) this.#replicas.set(peer, replica);
    return replica;
  }

  want(blobs: readonly BlobId[], urgency: "now" | "soon", signal?: AbortSignal): Promise<void> {
    return this.#fetcher.want(blobs, urgency, signal);
  }

  watch(came: (blobs: readonly BlobId[]) => void): Subscription {
    return this.#fetcher.watch(came);
  }

  /** Everything that is known of is here, with all blobs, durably. */
  get complete(): boolean {
    const complete = this.#holding.complete;
    return complete !== undefined && new AuthorPositions(complete).includes(this.space.positions());
  }

  /** Called when `progress` or `holdersOf` may say something else. */
  watchProgress(changed: () => void): Subscription {
    return this.#changes.add(changed);
  }

  /** Which other devices have said that they hold this batch, with all blobs and all before it. */
  holdersOf(batch: BatchHeader): readonly DeviceId[] {
    const { author, incarnation, sequence } = batch;
    const isForked = this.space
      .forks()
      .some((fork) => fork.author === author && fork.incarnation === incarnation && fork.sequence <= sequence);
    const { holders } = this.space;
    return this.#holdings.holders(batch, isForked).filter((device) => holders.has(device));
  }

  /** Of more than 65,536 missing blobs no more are counted. */
  async progress(): Promise<SpaceProgress> {
    const devices = new Set([...this.#holdings.devices, ...this.#followers.keys()]);
    // Of a space of which nothing is here yet, nobody is known to be a holder.
    const { holders: known } = this.space;
    const holders = [...devices].filter((device) => known.size === 0 || known.has(device));
    const peers = holders.map((device) => {
      const problem = this.#problems.get(device);
      const connected = this.#followers.get(device)?.isConnected === true;
      return { device, holds: this.#holdings.of(device), connected, ...(problem && { problem }) };
    });
    let missingBlobs = 0;
    let missingBytes = 0;
    let after: BlobId | undefined;
    do {
      const page = await this.space.missingBlobs(after, pageBlobs);
      missingBlobs += page.length;
      for (const { sizeBytes } of page) missingBytes += sizeBytes;
      after = page.length < pageBlobs ? undefined : page.at(-1)?.id;
    } while (after !== undefined && missingBlobs < countedBlobs);
    const problem = this.#localProblem;
    return { peers, missingBlobs, missingBytes, ...(problem && { problem }) };
  }

  /**
   * Looks through all batches for blobs that were here and are not any more, and has them fetched, as fast as they come.
   * How many those are.
   */
  async repair(): Promise<number> {
    let count = 0;
    for await (const { blobs } of this.space.after([])) {
      const here = await this.#holding.has(blobs.map(({ id }) => id));
      const missing = blobs.filter((_, at) => here[at] !== true);
      count += missing.length;
      await this.#fetcher.refetch(missing);
    }
    return count;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const subscription of this.#subscriptions) subscription.stop();
    const reason = new GlowError("cancelled", "replicator.stop", { message: "replication of the space has ended" });
    for (const follower of this.#followers.values()) follower.lost(reason);
    this.#followers.clear();
    this.#missingTimer?.cancel();
    this.#fetcher.stop();
    await this.#holdings.write();
  }

  // ---------------------------------------------------------------------------------------------- peers

  #found(peer: Peer): { lost(reason: GlowError): void } {
    const { clock, timers } = this.#options;
    const { device } = peer;
    const before = this.#followers.get(device);
    before?.lost(new GlowError("disconnected", "peer.follow", { target: device, message: "it is here anew" }));
    if (before === undefined && this.#followers.size >= replicationLimits.peers) return { lost: () => undefined };
    const follower = new PeerFollower({
      clock,
      timers,
      peer,
      holding: this.#holding,
      fetcher: this.#fetcher,
      patience: this.#patience,
      claimed: (positions) => this.#claimed(device, positions),
      changed: () => this.#changes.tell(),
      problem: (error) => this.#problem(device, error),
    });
    this.#followers.set(device, follower);
    return {
      lost: (reason) => {
        follower.lost(reason);
        if (this.#followers.get(device) !== follower) return;
        this.#followers.delete(device);
        this.#holding.received.forget(device);
      },
    };
  }

  #claimed(device: DeviceId, positions: Parameters<PeerHoldings["claim"]>[1]): void {
    if (!this.#holdings.claim(device, positions)) return;
    this.#changes.tell();
    if (this.#isWriteDue || this.#isStopped) return;
    this.#isWriteDue = true;
    this.#options.timers.after(writeHoldingsMs, () => {
      this.#isWriteDue = false;
      // What cannot be written now is written with what comes next.
      this.#holdings.write().catch((error: unknown) => this.#failed(GlowError.from(error, "holdings.write")));
    });
  }

  #lookForMissing(): void {
    this.#missingTimer = this.#options.timers.after(missingEveryMs, () => {
      if (this.space.waiting().parents.length > 0) {
        for (const follower of this.#followers.values()) follower.lookForMissing();
      }
      this.#lookForMissing();
    });
  }

  #problem(device: DeviceId, error: GlowError): void {
    this.#problems.set(device, error);
    this.#changes.tell();
  }

  #failed(error: GlowError): void {
    if (this.#isStopped) return;
    this.#localProblem = error;
    this.#changes.tell();
  }

  // ---------------------------------------------------------------------------------------- completeness

  #came(batch: HeldBatch): void {
    if (batch.blobs.length > 0) this.#fetcher.offer(batch.blobs);
    else this.#fetcher.nudge();
  }

  /** Whether all blobs are here, now that nothing is under way. One look at a time. */
  #checkComplete(): void {
    if (this.mode === "names" || this.#isStopped) return;
    this.#isCheckDue = true;
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#look().catch((error: unknown) => this.#failed(GlowError.from(error, "space.check")));
  }

  async #look(): Promise<void> {
    try {
      while (this.#isCheckDue && !this.#isStopped) {
        this.#isCheckDue = false;
        // Before the look: what comes meanwhile has a look of its own.
        const { positions } = this.#holding;
        const missing = await this.space.missingBlobs(undefined, 1);
        if (missing.length > 0) continue;
        // Some may have come a moment ago.
        await this.#fetcher.sync();
        this.#holding.completeTo(positions);
      }
    } finally {
      this.#isChecking = false;
    }
  }

  #completed(): void {
    this.#localProblem = undefined;
    for (const follower of this.#followers.values()) follower.acknowledge();
    this.#changes.tell();
  }
}

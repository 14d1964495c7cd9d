// Keeps one space with all peers that hold it: follows each, gives each what it asks for, brings in what is missing, and
// knows who holds what.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type {
  BatchHeader,
  BlobId,
  BlobSource,
  BlobStore,
  BlobSupply,
  Clock,
  Completeness,
  Crypto,
  DeviceId,
  Disk,
  Hash,
  HeldBatch,
  Index,
  LackingBatch,
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
import { MissingCount } from "./missing-count.ts";
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
  /** This one. */
  readonly device: DeviceId;
  readonly mode: ReplicationMode;
}

/** Blobs that nobody had are taken for lacking when for so long nothing has happened by which they might come. */
const chanceMs = 1000;
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
  readonly #missing: MissingCount;
  /** Of these batches blobs are missing that everybody who was there was asked for, in vain, by hash in hexadecimal. */
  #lacking: ReadonlyMap<string, LackingBatch> = new Map();
  /** Those of them whose author was among those who were asked, or is no device of the user any more. */
  #unavailable: readonly LackingBatch[] = [];
  /** What peers lack was looked for here too, since the timer last went. */
  #doubted = new Set<string>();
  #localProblem: GlowError | undefined;
  #isCheckDue = false;
  #isChecking = false;
  #isWriteDue = false;
  #isStopped = false;
  #missingTimer: Timer | undefined;
  #chanceTimer: Timer | undefined;
  /** What had happened by which blobs may come when that was looked at last, and was all for a while. */
  #chances: number | undefined;

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
    this.#missing = new MissingCount(clock, space);
    this.#subscriptions = [
      space.watch((batch) => this.#came(batch)),
      this.#fetcher.watch((ids) => this.#missing.came(ids.length)),
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
      acknowledged: (reached) => this.#claimed(peer, reached),
    });
    if (this.space.holders.has(peer)) this.#replicas.set(peer, replica);
    return replica;
  }

  want(blobs: readonly BlobId[], urgency: "now" | "soon", signal?: AbortSignal): Promise<void> {
    return this.#fetcher.want(blobs, urgency, signal);
  }

  isComing(blobs: readonly BlobId[]): boolean {
    return this.#fetcher.isComing(blobs);
  }

  watch(came: (blobs: readonly BlobId[]) => void): Subscription {
    return this.#fetcher.watch(came);
  }

  /** Blobs can be read again that could not be for a while, as what backs them was not there. */
  regained(): void {
    this.#holding.blobsCame([]);
  }

  /** Everything that is known of is here, durably, with all blobs but those that are in no place that can be reached. */
  get complete(): boolean {
    const { positions, lacking } = this.#holding.complete ?? {};
    if (positions === undefined || !new AuthorPositions(positions).includes(this.space.positions())) return false;
    return lacking?.length === this.#unavailable.length;
  }

  /** Batches of which blobs are unavailable, as `SpaceProgress` has it. */
  get unavailable(): readonly LackingBatch[] {
    return this.#unavailable;
  }

  /** Called when `progress` or `holdersOf` may say something else. */
  watchProgress(changed: () => void): Subscription {
    return this.#changes.add(changed);
  }

  /** Which other devices have said that they hold this batch, with all blobs and all before it. */
  holdersOf(batch: BatchHeader): readonly DeviceId[] {
    const { author, incarnation, sequence, hash } = batch;
    // Whoever has all of it was not among those who could be asked: not even this device is a copy.
    if (this.#lacking.has(toHex(hash))) return [];
    const isForked = this.space
      .forks()
      .some((fork) => fork.author === author && fork.incarnation === incarnation && fork.sequence <= sequence);
    const { holders } = this.space;
    return this.#holdings.holders(batch, isForked).filter((device) => holders.has(device));
  }

  /** Cheap, however often it is asked and however much is missing. */
  async progress(): Promise<SpaceProgress> {
    // Who is there and does not open the space may hold nothing by choice: it is told of once it does.
    const connected = [...this.#followers].filter(([, { isConnected }]) => isConnected).map(([device]) => device);
    const devices = new Set([...this.#holdings.devices, ...connected, ...this.#problems.keys()]);
    // Of a space of which nothing is here yet, nobody is known to be a holder.
    const { holders: known } = this.space;
    const holders = [...devices].filter((device) => known.size === 0 || known.has(device));
    const peers = holders.map((device) => {
      const problem = this.#problems.get(device);
      const isConnected = connected.includes(device);
      return { device, holds: this.#holdings.of(device), connected: isConnected, ...(problem && { problem }) };
    });
    const { blobs, bytes } = await this.#missing.read();
    const lost = this.#unavailable;
    // Some may have come since they were found to be lacking.
    const unavailableBlobs = Math.min(blobs, sumOf(lost, "missingBlobs"));
    const unavailableBytes = Math.min(bytes, sumOf(lost, "missingBytes"));
    const problem = this.#localProblem;
    return {
      peers,
      missingBlobs: blobs - unavailableBlobs,
      missingBytes: bytes - unavailableBytes,
      unavailableBlobs,
      unavailableBytes,
      ...(problem && { problem }),
    };
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

  /** What backed blobs does so no more: what is missing for that counts as missing, and is fetched if it is to be here. */
  async dropped(): Promise<void> {
    for await (const { header, blobs } of this.space.after([])) {
      if (this.#isStopped) return;
      const here = await this.#holding.has(blobs.map(({ id }) => id));
      if (here.includes(false)) await this.space.lookFor([header.hash]);
    }
    this.#fetcher.listAnew();
    this.#checkComplete();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const subscription of this.#subscriptions) subscription.stop();
    const reason = new GlowError("cancelled", "replicator.stop", { message: "replication of the space has ended" });
    for (const follower of this.#followers.values()) follower.lost(reason);
    this.#followers.clear();
    this.#missingTimer?.cancel();
    this.#chanceTimer?.cancel();
    this.#fetcher.stop();
    // What cannot be written is said again by whoever said it.
    await this.#holdings.write().catch(() => undefined);
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
      claimed: (reached) => this.#claimed(device, reached),
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

  #claimed(device: DeviceId, reached: Completeness): void {
    const isNew = this.#holdings.claim(device, reached);
    this.#doubt(reached.lacking);
    if (!isNew) return;
    this.#judgeLacking();
    this.#changes.tell();
    if (this.#isWriteDue || this.#isStopped) return;
    this.#isWriteDue = true;
    this.#options.timers.after(writeHoldingsMs, () => {
      this.#isWriteDue = false;
      // What cannot be written now is written with what comes next.
      this.#holdings.write().catch((error: unknown) => this.#failed(GlowError.from(error, "holdings.write")));
    });
  }

  /**
   * What a peer lacks that this device has said it holds was asked of this device too: it may be gone here without a word,
   * since files of bound folders are changed by anybody.
   */
  #doubt(batches: readonly Hash[]): void {
    if (this.mode === "names" || this.#isStopped) return;
    const known = (hash: Hash) => this.#lacking.has(toHex(hash)) || this.#doubted.has(toHex(hash));
    // What is too much for now is said again.
    const room = replicationLimits.lackingBatches - this.#doubted.size;
    const doubtful = batches.filter((hash) => !known(hash)).slice(0, room);
    if (doubtful.length === 0) return;
    for (const hash of doubtful) this.#doubted.add(toHex(hash));
    this.space.lookFor(doubtful).then(
      () => this.#fetcher.listAnew(),
      (error: unknown) => this.#failed(GlowError.from(error, "space.look")),
    );
  }

  #lookForMissing(): void {
    this.#missingTimer = this.#options.timers.after(missingEveryMs, () => {
      if (this.space.waiting().parents.length > 0) {
        for (const follower of this.#followers.values()) follower.lookForMissing();
      }
      // What failed, or was to be tried again with something that never came, is tried again now.
      this.#fetcher.nudge();
      if (!this.complete) this.#checkComplete();
      this.#doubted.clear();
      for (const device of this.#followers.keys()) this.#doubt(this.#holdings.lackedBy(device));
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
        const lacking = await this.#findLacking();
        if (lacking === undefined) continue;
        // Some may have come a moment ago.
        await this.#fetcher.sync();
        this.#lacking = new Map(lacking.map((batch) => [toHex(batch.hash), batch]));
        this.#judgeLacking();
        this.#holding.completeTo(
          positions,
          lacking.map(({ hash }) => hash),
        );
      }
    } finally {
      this.#isChecking = false;
    }
  }

  /** The batches of which blobs are missing, if everybody was asked for them; undefined while they may come. */
  async #findLacking(): Promise<readonly LackingBatch[] | undefined> {
    const missing = await this.space.missingBlobs(undefined, 1);
    if (missing.length === 0) return [];
    // It is looked at again when nothing is under way any more.
    if (!this.#fetcher.hasAskedInVain) return undefined;
    if (!this.#isHopeless) {
      this.#lookLater();
      return undefined;
    }
    const lacking = await this.space.lacking(replicationLimits.lackingBatches);
    // Somebody may have come meanwhile.
    return this.#isHopeless ? lacking : undefined;
  }

  /** Everybody who is there was asked for what is missing, and nothing has come of it for a while. */
  get #isHopeless(): boolean {
    return this.#fetcher.hasAskedInVain && this.#fetcher.chances === this.#chances;
  }

  /** Sees whether anything has happened by then by which blobs may come. */
  #lookLater(): void {
    this.#chanceTimer?.cancel();
    this.#chances = undefined;
    const { chances } = this.#fetcher;
    this.#chanceTimer = this.#options.timers.after(chanceMs, () => {
      this.#chances = chances;
      this.#checkComplete();
    });
  }

  /**
   * Whoever wrote a batch had its blobs: they are missed as long as that device is away or cannot read them just now, as they
   * lie on a disk that is not plugged in, and given up once it says that it lacks them as well. What was found to be so stays
   * so when it goes again.
   */
  #judgeLacking(): void {
    const before = new Set(this.#unavailable.map(({ hash }) => toHex(hash)));
    const unavailable = [...this.#lacking].filter(([hash, batch]) => before.has(hash) || this.#isGivenUp(batch));
    this.#unavailable = unavailable.map(([, batch]) => batch);
    if (this.#unavailable.length !== before.size) this.#changes.tell();
  }

  #isGivenUp({ author, hash }: LackingBatch): boolean {
    if (author === this.#options.device || !this.space.holders.has(author)) return true;
    if (this.#followers.get(author)?.isConnected !== true) return false;
    // Who keeps only names never says what it has.
    return this.#holdings.of(author).length === 0 || this.#holdings.lacks(author, hash);
  }

  #completed(): void {
    this.#localProblem = undefined;
    for (const follower of this.#followers.values()) follower.acknowledge();
    this.#changes.tell();
  }
}

function sumOf(batches: readonly LackingBatch[], what: "missingBlobs" | "missingBytes"): number {
  return batches.reduce((sum, batch) => sum + batch[what], 0);
}

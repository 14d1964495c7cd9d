// Reads one peer's replica of a space while the connection lasts: takes in its batches, asks for those that are missing
// between them, compares fingerprints where positions do not tell, and finds out what the peer holds back.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Clock, Completeness, DeviceId, Hash, Replica, ReplicaEvent, Timers } from "#glow";
import { AuthorPositions } from "./author-positions.ts";
import type { BatchHashSet } from "./batch-hash-set.ts";
import { BatchTaker } from "./batch-taker.ts";
import type { Holding } from "./holding.ts";
import { missingHashes } from "./reconciliation.ts";

export interface ReplicaReaderOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly holding: Holding;
  readonly peer: DeviceId;
  readonly replica: Replica;
  /** Something came that is as it should be. */
  heard(): void;
  /** The peer says that it has come so far, and has given what of it was not here. */
  claimed(reached: Completeness): void;
  /** It may have blobs by now that it had not. */
  renewed(): void;
  /** It holds back what it says it has. The others' batches are none the worse for it: reading goes on. */
  problem(error: GlowError): void;
}

/** Rounds in which parents are asked for one after the other, before fingerprints are compared instead. */
const parentRounds = 16;
const compareEveryMs = 1000;

/** What there is to do beside reading the news. */
interface Chores {
  parents: boolean;
  compare: boolean;
  claims: Completeness | undefined;
}

export class ReplicaReader {
  readonly #options: ReplicaReaderOptions;
  readonly #taker: BatchTaker;
  readonly #due: Chores = { parents: false, compare: false, claims: undefined };
  /** Parents that the peer was asked for. */
  readonly #asked = new Set<string>();
  #news: AsyncIterator<ReplicaEvent> | undefined;
  #isAtWork = false;
  #comparedMs = Number.NEGATIVE_INFINITY;
  #failure: GlowError | undefined;

  constructor(options: ReplicaReaderOptions) {
    this.#options = options;
    const { clock, timers, holding, peer } = options;
    this.#taker = new BatchTaker({
      clock,
      timers,
      space: holding.space,
      received: holding.received,
      peer,
      taken: (result) => {
        if (result === "waiting") this.#do({ parents: true });
      },
      failed: (error) => this.stop(error),
    });
  }

  /** Reads until it is stopped or fails: never resolves. */
  async read(): Promise<never> {
    const { holding } = this.#options;
    const { space } = holding;
    // What is missing between batches that are here may be had, before all that comes after it is sent again.
    await this.#askParents();
    if (space.forks().length > 0) this.#do({ compare: true });
    this.#check();
    const known = holding.positions.slice(0, replicationLimits.positions);
    const news = this.#options.replica.follow(known)[Symbol.asyncIterator]();
    this.#news = news;
    try {
      for (let step = await news.next(); step.done !== true; step = await news.next()) {
        await this.#heard(step.value);
        this.#check();
      }
      this.#check();
    } finally {
      this.#news = undefined;
      news.return?.().catch(() => undefined);
    }
    throw new GlowError("disconnected", "replica.follow", { target: this.#peer, message: "the peer tells no more" });
  }

  /** Batches are missing here, or are so still: whoever was asked before may have them by now. */
  lookForMissing(): void {
    this.#asked.clear();
    this.#do({ parents: true });
  }

  /** Makes `read` reject. */
  stop(reason: GlowError): void {
    this.#failure ??= reason;
    this.#news?.return?.().catch(() => undefined);
  }

  get #peer(): DeviceId {
    return this.#options.peer;
  }

  async #heard(event: ReplicaEvent): Promise<void> {
    this.#options.heard();
    if (event.type === "batch") {
      await this.#taker.take(event.batch);
      return;
    }
    this.#taker.idled();
    if (event.type === "diverged") this.#do({ compare: true });
    else this.#options.renewed();
    if (event.type === "complete") this.#do({ claims: event });
    await this.#taker.rest();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  // ---------------------------------------------------------------------------------------------- chores

  #do(chores: Partial<Chores>): void {
    Object.assign(this.#due, chores);
    if (!this.#isAtWork) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    try {
      while (this.#failure === undefined && this.#hasChores) {
        // First all that has come is taken in: it may be what is missing.
        await this.#taker.settled();
        await this.#nextChore();
      }
    } catch (thrown) {
      this.stop(GlowError.from(thrown, "replica.follow", this.#peer));
    } finally {
      this.#isAtWork = false;
    }
  }

  get #hasChores(): boolean {
    const { parents, compare, claims } = this.#due;
    return parents || compare || claims !== undefined;
  }

  async #nextChore(): Promise<void> {
    const due = this.#due;
    if (due.parents) {
      due.parents = false;
      await this.#askParents();
    } else if (due.claims !== undefined) {
      const { claims } = due;
      due.claims = undefined;
      await this.#checkClaims(claims);
    } else if (due.compare) {
      due.compare = false;
      await this.#compare();
    }
  }

  /** Asks for batches for which others wait, and that were damaged: the peer may have them, though it need not. */
  async #askParents(): Promise<void> {
    const { space } = this.#options.holding;
    for (let round = 0; round < parentRounds; round++) {
      const parents = space.waiting().parents.filter((hash) => !this.#asked.has(toHex(hash)));
      const some = parents.slice(0, replicationLimits.batchesPerCall);
      if (some.length === 0) return;
      for (const hash of some) this.#asked.add(toHex(hash));
      await this.#takeBatches(some);
    }
    this.#due.compare = true;
  }

  /** A peer that says it holds what it does not give holds it back. */
  async #checkClaims({ positions, lacking }: Completeness): Promise<void> {
    const { holding, claimed } = this.#options;
    const own = new AuthorPositions(holding.positions);
    const unknown = positions.filter((claim) => !own.covers(claim)).slice(0, replicationLimits.batchesPerCall);
    const given = await this.#takeBatches(unknown.map(({ hash }) => hash));
    if (given < unknown.length) this.#heldBack(unknown.length - given);
    // What it does not give does not count as held by it.
    const held = given < unknown.length ? positions.filter((claim) => own.covers(claim)) : positions;
    claimed({ positions: held, lacking });
    this.#due.parents = true;
  }

  async #compare(): Promise<void> {
    const { clock, timers, holding, replica } = this.#options;
    const waitMs = this.#comparedMs + compareEveryMs - clock.monotonicMs();
    if (waitMs > 0) await new Promise<void>((resolve) => void timers.after(Math.ceil(waitMs), resolve));
    this.#check();
    this.#comparedMs = clock.monotonicMs();
    for await (const missing of missingHashes(holding.crypto, await this.#ownHashes(), replica)) {
      for (let at = 0; at < missing.length; at += replicationLimits.batchesPerCall) {
        const some = missing.slice(at, at + replicationLimits.batchesPerCall);
        const given = await this.#takeBatches(some);
        if (given < some.length) this.#heldBack(some.length - given);
      }
    }
    this.#due.parents = true;
  }

  /** A failure of this device's own index says nothing of the peer. */
  async #ownHashes(): Promise<BatchHashSet> {
    try {
      return await this.#options.holding.hashes();
    } catch (cause) {
      const message = "this device cannot list the batches it has";
      throw new GlowError("unavailable", "replica.compare", { message, cause });
    }
  }

  /** How many of them came. */
  async #takeBatches(hashes: readonly Hash[]): Promise<number> {
    if (hashes.length === 0) return 0;
    let count = 0;
    for await (const batch of this.#options.replica.batches(hashes)) {
      if (++count > hashes.length) {
        const message = "the peer breaks the protocol: it gives more batches than were asked for";
        throw new GlowError("protocol", "replica.batches", { target: this.#peer, message });
      }
      await this.#taker.take(batch);
    }
    await this.#taker.settled();
    return count;
  }

  #heldBack(count: number): void {
    const message = `the peer holds back batches: ${count} that it says it has, and does not give`;
    this.#options.problem(new GlowError("protocol", "replica.follow", { target: this.#peer, message }));
  }
}

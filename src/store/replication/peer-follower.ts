// Follows one peer in one space for as long as the peer is there: opens its replica, reads it, and tells it what this
// device has come to hold. What fails is tried again, after a while that grows.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Clock, Completeness, DeviceId, Peer, Replica, Subscription, Timer, Timers } from "#glow";
import type { BlobFetcher } from "./blob-fetcher.ts";
import type { Holding } from "./holding.ts";
import { isLie, type Patience } from "./patience.ts";
import { ReplicaReader } from "./replica-reader.ts";

export interface PeerFollowerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly peer: Peer;
  readonly holding: Holding;
  readonly fetcher: BlobFetcher;
  readonly patience: Patience;
  /** The peer says that it has come so far. */
  claimed(reached: Completeness): void;
  /** `isConnected` is another one. */
  changed(): void;
  problem(error: GlowError): void;
}

/** What comes to be complete within this time is acknowledged together. */
const acknowledgeEveryMs = 50;
/** From an attempt that failed to the next. */
const acknowledgeAgainMs = 10_000;

export class PeerFollower {
  readonly #options: PeerFollowerOptions;
  readonly #device: DeviceId;
  readonly #changes: Subscription;
  #replica: Replica | undefined;
  #reader: ReplicaReader | undefined;
  #lost: GlowError | undefined;
  /** Ends the wait for the next attempt. */
  #wake: (() => void) | undefined;
  #hasChanged = false;
  #isAcknowledgeDue = false;
  #isAcknowledging = false;

  constructor(options: PeerFollowerOptions) {
    this.#options = options;
    this.#device = options.peer.device;
    this.#changes = options.peer.watch(() => this.#peerChanged());
    void this.#run();
  }

  get isConnected(): boolean {
    return this.#replica !== undefined;
  }

  /** It can be asked no more. */
  lost(reason: GlowError): void {
    this.#lost = reason;
    this.#changes.stop();
    this.#reader?.stop(reason);
    this.#wake?.();
  }

  /** Batches are missing here: the peer is asked for them. */
  lookForMissing(): void {
    this.#reader?.lookForMissing();
  }

  /** This device has come to hold more: the peer is told. */
  acknowledge(): void {
    this.#isAcknowledgeDue = true;
    void this.#acknowledge();
  }

  async #run(): Promise<void> {
    const { patience, problem } = this.#options;
    while (this.#lost === undefined) {
      try {
        await this.#followOnce();
      } catch (thrown) {
        const error = GlowError.from(thrown, "replica.follow", this.#device);
        // A defect of this node: what a peer calls one has become `unavailable`.
        if (error.kind === "internal") throw error;
        if (this.#lost !== undefined) return;
        patience.failed(this.#device, error);
        if (isLie(error) || error.kind === "deadline") problem(error);
      }
      await this.#rest();
    }
  }

  async #followOnce(): Promise<void> {
    const { clock, timers, peer, holding, fetcher, patience, claimed, problem, changed } = this.#options;
    this.#hasChanged = false;
    using replica = await peer.open(holding.space.id);
    if (this.#lost !== undefined) return;
    const reader = new ReplicaReader({
      clock,
      timers,
      holding,
      peer: this.#device,
      replica,
      heard: () => patience.succeeded(this.#device),
      claimed,
      renewed: () => fetcher.renew(this.#device),
      problem,
    });
    this.#replica = replica;
    this.#reader = reader;
    const supplying = fetcher.addSupplier(this.#device, replica);
    changed();
    this.acknowledge();
    try {
      await reader.read();
    } finally {
      this.#replica = undefined;
      this.#reader = undefined;
      supplying.stop();
      changed();
    }
  }

  /** Until the next attempt is due, or there is reason to make it now. */
  async #rest(): Promise<void> {
    const waitMs = this.#options.patience.waitMs(this.#device);
    if (waitMs <= 0 || this.#hasChanged || this.#lost !== undefined) return;
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = this.#options.timers.after(Math.ceil(waitMs), resolve);
    });
    timer?.cancel();
    this.#wake = undefined;
  }

  #peerChanged(): void {
    this.#options.patience.forgive(this.#device);
    if (this.#options.patience.waitMs(this.#device) > 0) return;
    this.#hasChanged = true;
    this.#wake?.();
  }

  async #acknowledge(): Promise<void> {
    if (this.#isAcknowledging) return;
    this.#isAcknowledging = true;
    try {
      while (this.#isAcknowledgeDue && this.#replica !== undefined) {
        this.#isAcknowledgeDue = false;
        const { complete } = this.#options.holding;
        if (complete === undefined) break;
        const positions = complete.positions.slice(0, replicationLimits.positions);
        await this.#replica.acknowledge({ ...complete, positions });
        await new Promise<void>((resolve) => void this.#options.timers.after(acknowledgeEveryMs, resolve));
      }
    } catch (thrown) {
      const error = GlowError.from(thrown, "replica.acknowledge", this.#device);
      if (error.kind === "internal") throw error;
      // A peer that is gone is told when it is there again.
      const again = () => this.#replica !== undefined && this.acknowledge();
      if (this.#lost === undefined) this.#options.timers.after(acknowledgeAgainMs, again);
    } finally {
      this.#isAcknowledging = false;
    }
  }
}

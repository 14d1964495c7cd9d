// Brings in the blobs that are missing, from all peers at once. Each peer takes from one queue as fast as it gives; what one
// has not, gives wrongly or is too slow with is asked of another. What has come is checked, put and known to the store, so
// after a break only the rest is asked for.

import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type {
  BlobId,
  BlobOffer,
  BlobStore,
  BlobSupply,
  Clock,
  DeviceId,
  Replica,
  Subscription,
  Timer,
  Timers,
} from "#glow";
import { BlobIntake } from "./blob-intake.ts";
import { BlobQueue, type QueuedBlob } from "./blob-queue.ts";
import { BlobSupplier, type SupplierEvents } from "./blob-supplier.ts";
import type { Holding } from "./holding.ts";
import { MissingBlobs } from "./missing-blobs.ts";
import { isLie, Patience } from "./patience.ts";
import { Wants } from "./wants.ts";

export interface BlobFetcherOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly holding: Holding;
  readonly blobs: BlobStore;
  /** Everything that is missing, or only what is wanted. */
  readonly mode: ReplicationMode;
  /** Nothing is under way, and what has come is durable. */
  settled(): void;
  /** A peer did what no honest and healthy holder does. */
  problem(device: DeviceId, error: GlowError): void;
  /** What was fetched could not be kept, or this device does not know what it has. */
  failed(error: GlowError): void;
}

/** `all`: every blob. `names`: batches only, and those blobs that are wanted. */
export type ReplicationMode = "all" | "names";

/** Stored chunks of unknown size are taken for the average one. */
const assumedBytes = 256 * 1024;
/** How often those that others are late with are looked at by peers that have nothing to do. */
const lookMs = 250;
/** How long a full disk is left alone. */
const fullMs = 5000;
/** Peers that have come to have more are asked again this often. */
const renewEveryMs = 100;
/** And so that of what nobody has no more are asked for again in a millisecond: peers say so with all that they come to hold. */
const renewedPerMs = 8;
/** What nobody had is asked for again after this, if nothing happens before. */
const againMs = 30_000;

export class BlobFetcher implements BlobSupply {
  readonly #options: BlobFetcherOptions;
  readonly #queue = new BlobQueue();
  readonly #suppliers = new Map<DeviceId, BlobSupplier>();
  readonly #patience: Patience;
  readonly #missing: MissingBlobs;
  readonly #intake: BlobIntake;
  readonly #wants = new Wants();
  readonly #waitingForRoom: (() => void)[] = [];
  readonly #events: SupplierEvents;
  #mode: ReplicationMode;
  #timer: Timer | undefined;
  #timerMs = 0;
  #againTimer: Timer | undefined;
  /** Blobs that nobody had and that were forgotten: they are to be listed again. */
  #dropped = 0;
  readonly #toRenew = new Set<DeviceId>();
  #renewTimer: Timer | undefined;
  #renewedMs = Number.NEGATIVE_INFINITY;
  /** What had come could not be kept, and since then nothing was. */
  #isFull = false;
  #fullUntilMs = 0;
  #isSettling = false;
  #isStopped = false;
  #chances = 0;
  #cameMs = Number.NEGATIVE_INFINITY;

  constructor(options: BlobFetcherOptions) {
    const { clock, timers, blobs, mode } = options;
    this.#options = options;
    this.#mode = mode;
    this.#patience = new Patience(clock);
    this.#missing = new MissingBlobs(options.holding, this.#queue, {
      found: () => this.#pump(),
      failed: (error) => this.#failed(error),
    });
    this.#intake = new BlobIntake({
      clock,
      timers,
      blobs,
      put: (arrived) => this.#put(arrived),
      failed: (unkept, error) => this.#notKept(unkept, error),
    });
    this.#events = {
      came: (supplier, blob, stored) => this.#came(supplier, blob, stored),
      lacks: (supplier, blob) => this.#lacks(supplier, blob),
      ended: (supplier, unanswered, error) => this.#ended(supplier, unanswered, error),
    };
  }

  get mode(): ReplicationMode {
    return this.#mode;
  }

  set mode(mode: ReplicationMode) {
    this.#mode = mode;
    this.listAnew();
  }

  /** A peer that can be asked until that is stopped, or until it is here anew. */
  addSupplier(device: DeviceId, replica: Replica): Subscription {
    const { clock, holding } = this.#options;
    const supplier = new BlobSupplier({ clock, crypto: holding.crypto, device, replica, events: this.#events });
    const before = this.#suppliers.get(device);
    this.#suppliers.set(device, supplier);
    before?.cancel();
    this.#chances++;
    this.#lookAgain();
    return { stop: () => this.#removeSupplier(supplier) };
  }

  #removeSupplier(supplier: BlobSupplier): void {
    if (this.#suppliers.get(supplier.device) !== supplier) return;
    this.#suppliers.delete(supplier.device);
    supplier.cancel();
  }

  /** It may have by now what it lacked. Peers may say so often; it counts once in a while. */
  renew(device: DeviceId): void {
    if (!this.#suppliers.has(device)) return;
    this.#toRenew.add(device);
    if (this.#renewTimer !== undefined) return;
    const { clock, timers } = this.#options;
    const everyMs = Math.max(renewEveryMs, (this.#queue.setAsideCount + this.#dropped) / renewedPerMs);
    const waitMs = Math.max(0, this.#renewedMs + everyMs - clock.monotonicMs());
    this.#renewTimer = timers.after(waitMs, () => this.#renewNow());
  }

  /** A batch has come that names these: what of them is missing is fetched soon. */
  offer(blobs: readonly BlobOffer[]): void {
    this.#chances++;
    if (this.#mode === "all" && !this.#isStopped) this.#missing.offer(blobs);
  }

  /** How often something has happened by which blobs may come: it grows. */
  get chances(): number {
    return this.#chances;
  }

  /** Somebody is there, and everything that is missing was asked of everybody who is, in vain. */
  get hasAskedInVain(): boolean {
    return this.#suppliers.size > 0 && this.#isIdle && this.#missing.isListed && !this.#isFull;
  }

  /** More may be missing than was listed. */
  listAnew(): void {
    this.#missing.listAnew();
    this.#pump();
  }

  /** A batch has come that names no blobs: what is here may be complete with it. */
  nudge(): void {
    this.#pump();
  }

  async want(ids: readonly BlobId[], urgency: "now" | "soon", signal?: AbortSignal): Promise<void> {
    if (this.#isStopped) throw stopped();
    const want = this.#wants.add(ids, signal, (key) => this.#unwanted(key));
    try {
      // Who wants it has looked in what backs blobs: it may be known to be there, and not be readable just now.
      const here = await this.#options.blobs.has(ids);
      for (const [at, id] of ids.entries()) {
        if (here[at] === true) this.#wants.came(toHex(id));
        // It may have come meanwhile.
        else if (this.#wants.has(toHex(id))) this.#queue.add(id, assumedBytes, urgency);
      }
      this.#pump();
      await want.over;
    } finally {
      want.end();
    }
  }

  isComing(ids: readonly BlobId[]): boolean {
    const { stallMs } = replicationLimits;
    if (this.#suppliers.size === 0 || this.#options.clock.monotonicMs() - this.#cameMs >= stallMs) return false;
    return ids.some((id) => {
      const state = this.#queue.find(toHex(id))?.state;
      return state !== undefined && state !== "nowhere";
    });
  }

  watch(came: (blobs: readonly BlobId[]) => void): Subscription {
    return this.#options.holding.onBlobs.add(came);
  }

  /** Blobs that were here and are not any more, whatever the mode. Resolves when there is room for further ones. */
  async refetch(blobs: readonly BlobOffer[]): Promise<void> {
    if (this.#isStopped) return;
    for (const { id, sizeBytes } of blobs) this.#queue.add(id, sizeBytes, "soon");
    this.#pump();
    while (this.#queue.size > replicationLimits.queuedBlobs && !this.#isStopped) {
      await new Promise<void>((resolve) => void this.#waitingForRoom.push(resolve));
    }
  }

  /** One of which only the id is known. If there are too many, it is found by another look through all batches. */
  repair(id: BlobId): void {
    if (this.#queue.size <= replicationLimits.queuedBlobs) void this.refetch([{ id, sizeBytes: assumedBytes }]);
  }

  /** All that has been put is durable when it resolves. */
  sync(): Promise<void> {
    return this.#intake.sync();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#againTimer?.cancel();
    this.#renewTimer?.cancel();
    for (const supplier of this.#suppliers.values()) this.#removeSupplier(supplier);
    this.#intake.stop();
    this.#wants.end(stopped());
    this.#makeRoom();
  }

  // ------------------------------------------------------------------------------------------- what to ask for

  #renewNow(): void {
    this.#renewTimer = undefined;
    this.#renewedMs = this.#options.clock.monotonicMs();
    for (const device of this.#toRenew) {
      const supplier = this.#suppliers.get(device);
      if (supplier !== undefined) supplier.renewals++;
    }
    this.#toRenew.clear();
    this.#chances++;
    this.#lookAgain();
  }

  /** Somebody may have by now what nobody had. */
  #lookAgain(): void {
    this.#queue.recall((blob) => this.#mayComeFromSomebody(blob));
    if (this.#dropped > 0) this.#missing.listAnew();
    this.#dropped = 0;
    this.#pump();
  }

  /** Nobody waits for it any more; it is fetched all the same if all are. */
  #unwanted(key: string): void {
    if (this.#mode === "all") return;
    const blob = this.#queue.find(key);
    if (blob?.state !== "queued" && blob?.state !== "nowhere") return;
    this.#queue.remove(blob);
    this.#makeRoom();
  }

  // ------------------------------------------------------------------------------------------- whom to ask

  /** Asks whoever can be asked for more, as far as there is room for it. */
  #pump(): void {
    if (this.#isStopped) return;
    if (this.#fullForMs <= 0) {
      for (const supplier of this.#suppliers.values()) this.#ask(supplier);
      void this.#settle();
    }
    if (this.#mode === "all" && this.#suppliers.size > 0) this.#missing.list();
    this.#lookLater();
  }

  /** How long the disk is left alone yet. */
  get #fullForMs(): number {
    return this.#fullUntilMs - this.#options.clock.monotonicMs();
  }

  #ask(supplier: BlobSupplier): void {
    if (this.#patience.waitMs(supplier.device) > 0) return;
    for (;;) {
      const roomBytes = Math.min(this.#freeBytes, supplier.roomBytes(this.#queue.isUrgent));
      if (roomBytes <= 0) return;
      const { blobsPerFetch } = replicationLimits;
      const blobs = this.#queue.take(roomBytes, blobsPerFetch, (blob) => mayHave(supplier, blob));
      if (blobs.length > 0) supplier.ask(blobs);
      else if (supplier.isIdle) return this.#askLate(supplier, roomBytes);
      else return;
    }
  }

  /** What others are late with is asked of one more: whoever comes first. */
  #askLate(supplier: BlobSupplier, roomBytes: number): void {
    const nowMs = this.#options.clock.monotonicMs();
    const late: QueuedBlob[] = [];
    let leftBytes = roomBytes;
    for (const blob of this.#queue.asked) {
      if (blob.lateMs > nowMs || blob.askedOf.size > 1 || blob.askedOf.has(supplier.device)) continue;
      if (!mayHave(supplier, blob)) continue;
      if (late.length > 0 && (blob.sizeBytes > leftBytes || late.length >= replicationLimits.blobsPerFetch)) break;
      late.push(blob);
      leftBytes -= blob.sizeBytes;
    }
    if (late.length > 0) supplier.ask(late);
  }

  /** What may be asked for now. A disk that was full is tried with a single blob. */
  get #freeBytes(): number {
    if (this.#isFull) return this.#inFlightBytes === 0 ? 1 : 0;
    return replicationLimits.inFlightBytes - this.#inFlightBytes;
  }

  get #inFlightBytes(): number {
    let sum = this.#intake.bytes;
    for (const supplier of this.#suppliers.values()) sum += supplier.outstandingBytes;
    return sum;
  }

  /** While something is under way, and while somebody has to be left alone or the disk is full. */
  #lookLater(): void {
    const { clock, timers } = this.#options;
    let waitMs = this.#queue.asked.size > 0 && this.#suppliers.size > 1 ? lookMs : Number.POSITIVE_INFINITY;
    if (this.#fullForMs > 0) waitMs = Math.min(waitMs, this.#fullForMs);
    if (this.#queue.queued > 0) {
      for (const device of this.#suppliers.keys()) {
        const patienceMs = this.#patience.waitMs(device);
        if (patienceMs > 0) waitMs = Math.min(waitMs, patienceMs);
      }
    }
    if (waitMs === Number.POSITIVE_INFINITY) return;
    const atMs = clock.monotonicMs() + waitMs;
    // One that goes sooner looks for the rest as well.
    if (this.#timer !== undefined && this.#timerMs <= atMs) return;
    this.#timer?.cancel();
    this.#timerMs = atMs;
    this.#timer = timers.after(Math.ceil(waitMs), () => {
      this.#timer = undefined;
      this.#pump();
    });
  }

  // ------------------------------------------------------------------------------------------- what comes of it

  #came(supplier: BlobSupplier, blob: QueuedBlob, stored: Uint8Array): void {
    this.#patience.succeeded(supplier.device);
    this.#chances++;
    this.#cameMs = this.#options.clock.monotonicMs();
    // Another one was faster, or nobody wants it any more.
    if (blob.state === "here" || !this.#queue.has(blob)) return;
    this.#queue.came(blob);
    this.#intake.add(blob, stored);
    this.#pump();
  }

  #lacks(supplier: BlobSupplier, blob: QueuedBlob): void {
    if (!this.#queue.has(blob)) return;
    blob.lacking ??= new Map();
    blob.lacking.set(supplier, supplier.renewals);
    if (blob.state === "asked" && blob.askedOf.size === 0) this.#askElsewhere(blob);
  }

  /** Back into the queue if somebody is left who may have it. */
  #askElsewhere(blob: QueuedBlob): void {
    if (this.#mayComeFromSomebody(blob)) {
      this.#queue.putBack(blob);
      return;
    }
    this.#askAgainLater();
    if (this.#wants.has(blob.key) || this.#queue.setAsideCount < replicationLimits.queuedBlobs) {
      this.#queue.setAside(blob);
    } else {
      // It is listed again when there is reason to hope.
      this.#queue.remove(blob);
      this.#dropped++;
      this.#makeRoom();
    }
  }

  #makeRoom(): void {
    for (const resolve of this.#waitingForRoom.splice(0)) resolve();
  }

  #mayComeFromSomebody(blob: QueuedBlob): boolean {
    for (const supplier of this.#suppliers.values()) if (mayHave(supplier, blob)) return true;
    return false;
  }

  #askAgainLater(): void {
    this.#againTimer ??= this.#options.timers.after(againMs, () => {
      this.#againTimer = undefined;
      for (const supplier of this.#suppliers.values()) supplier.renewals++;
      this.#lookAgain();
    });
  }

  #ended(supplier: BlobSupplier, unanswered: readonly QueuedBlob[], error: GlowError | undefined): void {
    for (const blob of unanswered) {
      if (blob.state === "asked" && blob.askedOf.size === 0 && this.#queue.has(blob)) {
        this.#queue.putBack(blob);
      }
    }
    if (error !== undefined) this.#supplierFailed(supplier, error);
    this.#pump();
  }

  #supplierFailed(supplier: BlobSupplier, error: GlowError): void {
    // A defect of this node: what a peer calls one has become `unavailable`.
    if (error.kind === "internal") throw error;
    this.#patience.failed(supplier.device, error);
    if (!isLie(error) && error.kind !== "deadline") return;
    this.#options.problem(supplier.device, error);
    supplier.cancel();
  }

  #put(blobs: readonly QueuedBlob[]): void {
    for (const blob of blobs) {
      this.#queue.remove(blob);
      this.#wants.came(blob.key);
    }
    if (this.#isFull) void this.#tryDisk();
    this.#options.holding.blobsCame(blobs.map(({ id }) => id));
    this.#makeRoom();
    this.#pump();
  }

  #failed(error: GlowError): void {
    if (!this.#isStopped) this.#options.failed(error);
  }

  #notKept(blobs: readonly QueuedBlob[], error: GlowError): void {
    if (this.#isStopped) return;
    this.#isFull = true;
    this.#fullUntilMs = this.#options.clock.monotonicMs() + fullMs;
    for (const blob of blobs) this.#queue.wentAway(blob);
    this.#options.failed(error);
    this.#pump();
  }

  async #tryDisk(): Promise<void> {
    try {
      await this.#intake.sync();
      this.#isFull = false;
      this.#pump();
    } catch (error) {
      this.#notKept([], GlowError.from(error, "blob.sync"));
    }
  }

  /** When nothing is under way any more, makes what has come durable and says so. */
  async #settle(): Promise<void> {
    if (this.#isSettling || !this.#isIdle) return;
    this.#isSettling = true;
    try {
      await this.#intake.sync();
      this.#isFull = false;
      if (this.#isIdle && !this.#isStopped) this.#options.settled();
    } catch (error) {
      this.#notKept([], GlowError.from(error, "blob.sync"));
    } finally {
      this.#isSettling = false;
    }
  }

  get #isIdle(): boolean {
    if (this.#missing.isAtWork || this.#intake.bytes > 0) return false;
    return this.#queue.asked.size === 0 && this.#queue.queued === 0;
  }
}

/** It has not said that it has it not, since it was last renewed. */
function mayHave(supplier: BlobSupplier, blob: QueuedBlob): boolean {
  return blob.lacking?.get(supplier) !== supplier.renewals;
}

function stopped(): GlowError {
  return new GlowError("cancelled", "blob.want", { message: "replication of the space has ended" });
}

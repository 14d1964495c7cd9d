// Puts blobs that have come and were checked: in groups, each what has come while the one before was put, so that the
// store writes little and large. Makes them durable now and then, and when nothing more comes.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobStore, Clock, Timer, Timers } from "#glow";
import type { QueuedBlob } from "./blob-queue.ts";

export interface BlobIntakeOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly blobs: BlobStore;
  /** They can be read from now on. */
  put(blobs: readonly QueuedBlob[]): void;
  /** They could not be kept: the disk is full, as a rule. */
  failed(blobs: readonly QueuedBlob[], error: GlowError): void;
}

interface Arrival {
  readonly blob: QueuedBlob;
  readonly stored: Uint8Array;
}

const groupBytes = 8 * 1024 * 1024;
/** How long what was put stays without a sync, while more comes and when nothing does. */
const unsyncedMs = 500;
const quietMs = 50;

export class BlobIntake {
  readonly #options: BlobIntakeOptions;
  #waiting: Arrival[] = [];
  #waitingBytes = 0;
  #puttingBytes = 0;
  #isWorking = false;
  #unsyncedBytes = 0;
  #unsyncedSinceMs = 0;
  #syncing: Promise<void> | undefined;
  #quiet: Timer | undefined;

  constructor(options: BlobIntakeOptions) {
    this.#options = options;
  }

  /** What has come and is not put yet. */
  get bytes(): number {
    return this.#waitingBytes + this.#puttingBytes;
  }

  add(blob: QueuedBlob, stored: Uint8Array): void {
    this.#waiting.push({ blob, stored });
    this.#waitingBytes += stored.length;
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#work();
  }

  /** All that was put is durable when it resolves. */
  async sync(): Promise<void> {
    await this.#syncing;
    if (this.#unsyncedBytes === 0) return;
    this.#syncing ??= this.#syncNow();
    await this.#syncing;
  }

  stop(): void {
    this.#quiet?.cancel();
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  async #work(): Promise<void> {
    this.#quiet?.cancel();
    while (this.#waiting.length > 0) {
      await this.#putGroup(this.#nextGroup());
      await this.#syncIfDue();
    }
    this.#isWorking = false;
    const { timers } = this.#options;
    if (this.#unsyncedBytes > 0) this.#quiet = timers.after(quietMs, () => void this.sync().catch(this.#syncFailed));
  }

  #nextGroup(): Arrival[] {
    let sizeBytes = 0;
    let count = 0;
    for (const { stored } of this.#waiting) {
      if (count > 0 && sizeBytes + stored.length > groupBytes) break;
      sizeBytes += stored.length;
      count++;
    }
    const group = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#waitingBytes -= sizeBytes;
    this.#puttingBytes = sizeBytes;
    return group;
  }

  async #putGroup(group: readonly Arrival[]): Promise<void> {
    const { blobs, clock, put, failed } = this.#options;
    const queued = group.map(({ blob }) => blob);
    try {
      await blobs.put(group.map(({ blob, stored }) => ({ id: blob.id, stored })));
    } catch (thrown) {
      this.#puttingBytes = 0;
      failed(queued, GlowError.from(thrown, "blob.put"));
      return;
    }
    if (this.#unsyncedBytes === 0) this.#unsyncedSinceMs = clock.monotonicMs();
    this.#unsyncedBytes += this.#puttingBytes;
    this.#puttingBytes = 0;
    put(queued);
  }

  /** A sync goes on beside further puts, until there is too much that it does not make durable. */
  async #syncIfDue(): Promise<void> {
    const isMuch = this.#unsyncedBytes >= replicationLimits.unsyncedBytes;
    const isOld = this.#unsyncedBytes > 0 && this.#options.clock.monotonicMs() - this.#unsyncedSinceMs >= unsyncedMs;
    if (isMuch) await this.#syncing?.catch(() => undefined);
    if ((isMuch || isOld) && this.#syncing === undefined) {
      this.#syncing = this.#syncNow();
      this.#syncing.catch(this.#syncFailed);
    }
  }

  async #syncNow(): Promise<void> {
    const syncedBytes = this.#unsyncedBytes;
    this.#unsyncedBytes = 0;
    try {
      await this.#options.blobs.sync();
    } catch (error) {
      this.#unsyncedBytes += syncedBytes;
      throw error;
    } finally {
      this.#syncing = undefined;
    }
  }

  readonly #syncFailed = (thrown: unknown): void => {
    this.#options.failed([], GlowError.from(thrown, "blob.sync"));
  };
}

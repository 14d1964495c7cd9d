// Gives back the room of blobs that were removed: what packs hold of a large file is dead as soon as the file lies in its
// folder, and would take its room twice. Not at once, as more of a pack dies meanwhile, and what is wholly dead goes without
// being copied.

import { GlowError } from "#base/errors.ts";
import type { BlobStore, Timer, Timers } from "#glow";

export interface PackCareOptions {
  readonly timers: Timers;
  readonly blobs: Pick<BlobStore, "compact" | "usage">;
  /** It is tried again later. */
  readonly failed: (error: GlowError) => void;
}

const restMs = 30_000;
/** After a failure, which is the disk's. */
const againMs = 600_000;

export class PackCare {
  readonly #options: PackCareOptions;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: PackCareOptions) {
    this.#options = options;
  }

  /** Looks for what an earlier life did not come to. */
  async start(): Promise<void> {
    const { deadBytes } = await this.#options.blobs.usage();
    if (deadBytes > 0) this.died();
  }

  /** Blobs were removed. */
  died(): void {
    this.#compactAfter(restMs);
  }

  /** What is under way ends with the store. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #compactAfter(waitMs: number): void {
    if (this.#isStopped) return;
    this.#timer ??= this.#options.timers.after(waitMs, () => {
      this.#timer = undefined;
      void this.#compact();
    });
  }

  async #compact(): Promise<void> {
    try {
      await this.#options.blobs.compact();
    } catch (thrown) {
      if (this.#isStopped) return;
      this.#options.failed(GlowError.from(thrown, "packs.compact"));
      this.#compactAfter(againMs);
    }
  }
}

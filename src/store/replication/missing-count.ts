// How many blobs are missing, for faces that ask many times a second: counted in the index, and, where that takes long,
// reckoned on from the last count.

import { spaceLimits } from "#base/limits.ts";
import type { BlobId, Clock, Space } from "#glow";

export interface MissingTotal {
  readonly blobs: number;
  readonly bytes: number;
}

/** Counting takes at most one part in so many of the time. */
const pauseFactor = 20;

export class MissingCount {
  readonly #clock: Clock;
  readonly #space: Pick<Space, "missingBlobs">;
  #counted: MissingTotal = { blobs: 0, bytes: 0 };
  #counting: Promise<MissingTotal> | undefined;
  /** Blobs that have come since they were counted. */
  #came = 0;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, space: Pick<Space, "missingBlobs">) {
    this.#clock = clock;
    this.#space = space;
  }

  came(blobs: number): void {
    this.#came += blobs;
  }

  /** Of more than `spaceLimits.countedBlobs` no more are counted. */
  async read(): Promise<MissingTotal> {
    if (this.#counting !== undefined) return this.#counting;
    if (this.#clock.monotonicMs() < this.#nextMs) return this.#reckoned();
    this.#counting = this.#count().finally(() => {
      this.#counting = undefined;
    });
    return this.#counting;
  }

  async #count(): Promise<MissingTotal> {
    const beganMs = this.#clock.monotonicMs();
    this.#came = 0;
    let [blobs, bytes] = [0, 0];
    let after: BlobId | undefined;
    do {
      const page = await this.#space.missingBlobs(after, spaceLimits.missingRows);
      blobs += page.length;
      for (const { sizeBytes } of page) bytes += sizeBytes;
      after = page.length < spaceLimits.missingRows ? undefined : page.at(-1)?.id;
    } while (after !== undefined && blobs < spaceLimits.countedBlobs);
    this.#counted = { blobs, bytes };
    const nowMs = this.#clock.monotonicMs();
    this.#nextMs = nowMs + pauseFactor * (nowMs - beganMs);
    return this.#counted;
  }

  /** Those that have come were of average size. */
  #reckoned(): MissingTotal {
    const { blobs, bytes } = this.#counted;
    const left = Math.max(0, blobs - this.#came);
    return blobs === 0 ? this.#counted : { blobs: left, bytes: Math.round((bytes * left) / blobs) };
  }
}

// Cuts and seals content in the threads of a pool, so that this one stays free for whoever waits for an answer.

import { contentLimits } from "#base/limits.ts";
import type { BlockSealer, SealedBlock } from "#store/content/block-sealer.ts";
import type { CutKeys } from "#store/content/content-sealer.ts";
import type { SealJob } from "./content-jobs.ts";
import type { WorkerPool } from "./worker-pool.ts";

export class WorkerBlockSealer implements BlockSealer {
  readonly blockBytes = contentLimits.workerBlockBytes;
  readonly #pool: WorkerPool;

  /** The pool's script serves `contentJobs`. */
  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  /** The block moves to the thread and is empty here; `internal` if the thread crashes. */
  async seal(block: Uint8Array<ArrayBuffer>, last: boolean, keys: CutKeys, signal?: AbortSignal): Promise<SealedBlock> {
    const { current, boundarySeed, chunks } = keys;
    // What else belongs to the keys, such as methods, does not travel.
    const job: SealJob = { block, last, keys: { current, boundarySeed, ...(chunks && { chunks }) } };
    return await this.#pool.run<SealedBlock>("content.seal", job, { transfer: [block.buffer], signal });
  }
}

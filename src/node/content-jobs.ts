// What threads do for content: a pool whose script serves these is what `WorkerBlockSealer` needs.

import type { Compression, Crypto } from "#glow";
import { sealBlock } from "#store/content/block-sealer.ts";
import type { CutKeys } from "#store/content/content-sealer.ts";
import type { JobHandlers, JobOutcome } from "./worker-jobs.ts";

/** The argument of the job `content.seal`; what it gives is a `SealedBlock`. */
export interface SealJob {
  readonly block: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
  readonly keys: CutKeys;
}

export function contentJobs(crypto: Crypto, compression: Compression): JobHandlers {
  return {
    "content.seal": ({ block, last, keys }: SealJob): JobOutcome => {
      const value = sealBlock(crypto, compression, block, last, keys);
      // The rest lies in the block.
      const transfer = [block.buffer];
      for (const { stored } of value.chunks) if (stored?.buffer instanceof ArrayBuffer) transfer.push(stored.buffer);
      return { value, transfer };
    },
  };
}

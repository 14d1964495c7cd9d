// The script of a thread that does what no thread should.

import { nodeThreadPort } from "#platform/nodejs/worker-thread.ts";
import { type JobOutcome, serveJobs } from "../../../src/node/worker-jobs.ts";

serveJobs(nodeThreadPort(), {
  double: (value: number): JobOutcome => ({ value: 2 * value }),
  spin: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  crash: async () => {
    queueMicrotask(() => {
      throw new Error("a defect where nobody catches");
    });
    return await new Promise<JobOutcome>(() => undefined);
  },
});

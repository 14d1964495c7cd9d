// A bound folder's worker that takes its time, drawn anew for each job: so that all that may go on at once on a real machine
// does in a simulated one, too.

import { type ByteSource, integerBelow } from "#base/random.ts";
import type { Platform } from "#glow";
import type { FolderCrew } from "#store/folder/folder-jobs.ts";

/** What a job takes at most. */
const mostWorkMs = 30;

export function slowCrew(crew: FolderCrew, { timers }: Platform, random: ByteSource): FolderCrew {
  return {
    hands: 2,
    run: async (job, argument, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      timers.after(integerBelow(random, mostWorkMs), resolve);
      await promise;
      return crew.run(job, argument, signal);
    },
    close: () => crew.close(),
  };
}

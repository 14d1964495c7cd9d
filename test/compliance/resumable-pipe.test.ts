// A ResumablePipe is a Pipe: it passes the suite that all pipes pass, over connections within this process.

import { memoryPipes } from "#firefly/pipes/memory.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { Pipe } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { pipeCompliance } from "./pipe.ts";

const powers = { timers: new NodeTimers(), clock: new NodeClock(), random: new NodeRandom() };

pipeCompliance("ResumablePipe over MemoryPipe", async (near, far) => {
  const acceptor = new ResumableAcceptor({ ...powers, accept: far });
  const dial = async (): Promise<Pipe> => {
    const [ours, theirs] = memoryPipes(powers.timers);
    acceptor.take(theirs);
    return ours;
  };
  near(await dialResumable({ ...powers, dial }));
  return { thing: powers, dispose: async () => acceptor.close() };
});

// Streams of a mesh session against the contract of Pipe: from both ends, direct and sealed, over good lines and bad.

import { SessionPair, type SessionPairOptions } from "../scenarios/mesh/session-pair.ts";
import { type ConnectPipes, pipeCompliance } from "./pipe.ts";

function streams(options: SessionPairOptions): ConnectPipes {
  return async (near, far) => {
    const pair = await SessionPair.start(options);
    const accepted = Promise.withResolvers<void>();
    pair.far.onStream = (stream) => {
      far(stream);
      accepted.resolve();
      return true;
    };
    near(pair.near.open());
    await pair.world.finish(accepted.promise);
    return { thing: { timers: pair.near.platform.timers }, drive: (work) => pair.world.finish(work) };
  };
}

function bothWays(name: string, options: SessionPairOptions): void {
  pipeCompliance(`MeshStream ${name}, opened`, streams(options));
  pipeCompliance(`MeshStream ${name}, accepted`, (near, far) => streams(options)(far, near));
}

const bad = { loss: 0.1, doubling: 0.1, corruption: 0.05, marking: 0.05, delayMs: 10, jitterMs: 20 };

bothWays("direct", { direct: true });
bothWays("sealed", { direct: false, conditions: { delayMs: 5 } });
bothWays("on a bad line", { direct: false, conditions: bad });

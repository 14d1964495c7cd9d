// Simulated pipes against the contract of Pipe, from both ends, between two nodes and on one, over good lines and bad.

import type { Address, Platform } from "#glow";
import type { Weather } from "#platform/simulated/network/link-conditions.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../swarm/node-host.ts";
import { type ConnectPipes, pipeCompliance } from "./pipe.ts";

/** Dials from node a, where b may be the same. */
function between(a: string, b: string, weather: Partial<Weather> = {}): ConnectPipes {
  return async (near, far) => {
    const world = new World(nodeHost, { seed: "pipes", network: { weather: { ...weather, dialFailChance: [0, 0] } } });
    for (const name of new Set([a, b])) world.addNode(name, { boot: (platform) => platform });
    await world.run({ untilMs: 1 });
    const platform = (name: string) => world.node(name).handle as Platform;
    const { address } = await platform(b).network.listen(`sim://${b}:0` as Address, far);
    // The pipe must be attached to in the turn in which it comes, so not behind one more await.
    await world.finish(platform(a).network.dial(address).then(near));
    return { thing: { timers: platform(a).timers }, drive: (work) => world.finish(work) };
  };
}

function bothWays(name: string, connect: ConnectPipes): void {
  pipeCompliance(`${name}, dialled`, connect);
  pipeCompliance(`${name}, accepted`, (near, far) => connect(far, near));
}

bothWays("SimulatedPipe", between("a", "b"));
bothWays("SimulatedPipe, on one node", between("a", "a"));
bothWays("SimulatedPipe, bad line", between("a", "b", { lossChance: [0.2, 0.2], jitterMs: [500, 500] }));

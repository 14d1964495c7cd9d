// The simulated clock, timers, randomness, disk, indexes and network against the contracts.

import type { Address, Platform } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../swarm/node-host.ts";
import { clockCompliance } from "./clock.ts";
import { diskCompliance } from "./disk.ts";
import { indexesCompliance } from "./indexes.ts";
import { networkCompliance } from "./network.ts";
import { randomCompliance } from "./random.ts";
import type { MakeSubject } from "./subject.ts";
import { timersCompliance } from "./timers.ts";

/** A subject on the platform of a node that does nothing by itself, in a world of its own. */
function inWorld<Thing>(thingOf: (platform: Platform) => Thing, clockRate?: number): MakeSubject<Thing> {
  return async () => {
    const world = new World(nodeHost, { seed: "compliance" });
    const options = clockRate === undefined ? {} : { clockRate };
    const node = world.addNode("node", { boot: (platform) => platform, ...options });
    await world.run({ untilMs: 1 });
    const drive = <Result>(work: Promise<Result>) => world.finish(work);
    return { thing: thingOf(node.handle as Platform), drive };
  };
}

for (const rate of [1, 0.999_83, 1.7, 0.3]) {
  clockCompliance(
    `simulated, rate ${rate}`,
    inWorld(({ clock, timers }) => ({ clock, timers }), rate),
  );
  timersCompliance(
    `simulated, rate ${rate}`,
    inWorld(({ clock, timers }) => ({ clock, timers, reactionChain: 1000 }), rate),
  );
}

randomCompliance(
  "simulated",
  inWorld(({ random }) => random),
);

diskCompliance(
  "simulated",
  inWorld(({ disk }) => disk),
);

indexesCompliance(
  "simulated",
  inWorld(({ indexes }) => indexes),
);

networkCompliance(
  "simulated",
  inWorld(({ network, timers }) => ({
    network,
    timers,
    freshAddress: () => "sim://node:0" as Address,
    malformed: ["sim:", "sim://", "sim://node", "sim://:1", "sim://node:65536", "sim://node:1/path"] as Address[],
  })),
);

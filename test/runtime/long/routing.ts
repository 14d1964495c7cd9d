// The long version of test/scenarios/routing: many seeds of random stories, and a small world of 300 nodes.
// Run with `node test/runtime/long/routing.ts [seeds] [nodes] [first seed]`.

import { runTrial } from "../../scenarios/routing/routing-trial.ts";
import { describeSmallWorld, runSmallWorld } from "../../scenarios/routing/small-world.ts";

const [seeds = "200", nodes = "300", first = "1"] = process.argv.slice(2);

let events = 0;
for (let seed = Number(first); seed < Number(first) + Number(seeds); seed++) {
  for (const liars of [0, 1 + (seed % 3)]) {
    const options = { nodes: 3 + (seed % 14) + liars, tabs: seed % 4, liars, actions: 200 };
    try {
      events += runTrial(`long ${seed}`, options).time.events;
    } catch (error) {
      console.error(`seed "long ${seed}" of ${JSON.stringify(options)} fails: ${String(error)}`);
      process.exitCode = 1;
    }
  }
}
console.log(`${seeds} seeds, with liars and without: ${events} events, after each of them looked for loops`);
console.log(describeSmallWorld(runSmallWorld(1, Number(nodes))));

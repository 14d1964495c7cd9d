// Random stories of small meshes: no loop at any instant, and the best routes once all is quiet. Many more seeds are run
// by test/runtime/long/routing.ts.

import { expect, test } from "vitest";
import { runTrial } from "./routing-trial.ts";

const seeds = Array.from({ length: 12 }, (_, i) => i + 1);

test.each(seeds)("honest nodes never loop, and find the cheapest ways: seed %i", (seed) => {
  const world = runTrial(seed, { nodes: 3 + (seed % 8), tabs: seed % 3, actions: 120 });
  expect(world.time.events).toBeGreaterThan(100);
});

test.each(seeds)("honest nodes never loop among liars, and lose nobody: seed %i", (seed) => {
  const world = runTrial(`liars ${seed}`, { nodes: 4 + (seed % 6), liars: 1 + (seed % 2), actions: 80 });
  expect(world.time.events).toBeGreaterThan(100);
});

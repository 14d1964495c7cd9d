// The small version of `npm run swarm`: a few dozen seeds of every scenario, each twice, with the same trace.

import { describe, expect, test } from "vitest";
import { formatFinding } from "#platform/simulated/swarm/report.ts";
import type { Run } from "#platform/simulated/swarm/run.ts";
import { Swarm } from "#platform/simulated/swarm/swarm.ts";
import type { TraceKind } from "#platform/simulated/time/trace.ts";
import { nodeHost } from "./node-host.ts";
import { scenarios } from "./scenarios/index.ts";
import { mesh } from "./scenarios/mesh.ts";
import { store } from "./scenarios/store.ts";

const seeds = Array.from({ length: 50 }, (_, i) => String(i + 1));
/** A run of these takes up to seconds; `npm run swarm -- --scenario mesh --seeds 200` has the rest. */
const fewSeeds = new Map([
  [mesh, seeds.slice(0, 4)],
  [store, seeds.slice(4, 6)],
]);

for (const scenario of scenarios) {
  test(`${scenario.name}: ${scenario.about}`, { timeout: 240_000 }, async () => {
    const finding = await new Swarm(nodeHost, scenario, { checkRepeats: true }).find(fewSeeds.get(scenario) ?? seeds);
    if (finding !== undefined) expect.fail(formatFinding(finding));
  });
}

describe("what happens in these runs", () => {
  test("is much of everything that can, so that the runs mean something", async () => {
    const counts = new Map<TraceKind, number>();
    for (const scenario of scenarios) {
      if (fewSeeds.has(scenario)) continue;
      const add = (_seed: string, run: Run) => {
        for (const [kind, count] of run.counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
      };
      await new Swarm(nodeHost, scenario).find(seeds, add);
    }
    const wanted: Partial<Record<TraceKind, number>> = {
      kill: 10,
      "power-loss": 10,
      pause: 10,
      barrier: 10,
      stuck: 10,
      resume: 10,
      cut: 10,
      conditions: 10,
      "dial-fail": 10,
      "disk-fault": 10,
      "disk-error": 10,
      "unsynced-torn": 1,
      "clock-step": 10,
      "clock-rate": 10,
      operation: 1000,
      packet: 1000,
      sync: 1000,
      timer: 1000,
    };
    for (const [kind, least] of Object.entries(wanted)) {
      expect(counts.get(kind as TraceKind) ?? 0, kind).toBeGreaterThanOrEqual(least);
    }
  });
});

// Every kind of fault is drawn, can be written as JSON, and does what it says.

import { describe, expect, test } from "vitest";
import { SeededRandom } from "#base/random.ts";
import type { Platform } from "#glow";
import { nodeHost } from "../../../../test/swarm/node-host.ts";
import { World } from "../world.ts";
import { drawFault, type Fault, type FaultKind, faultKinds, strike } from "./fault.ts";

const nodes = ["a", "b", "c"];

async function startWorld(): Promise<World> {
  const world = new World(nodeHost, { seed: 1 });
  for (const name of nodes) world.addNode(name, { boot: writer, clockRate: 1 });
  await world.run({ untilMs: 10 });
  return world;
}

async function writer(platform: Platform): Promise<Platform> {
  const file = await platform.disk.open("file", "if-missing");
  await file.write(0, new Uint8Array(1000));
  return platform;
}

/** What a fault did, at once and a little before and after its end. */
const effects: { readonly [Kind in FaultKind]: { fault: Fault & { kind: Kind }; holds: (world: World) => boolean } } = {
  crash: {
    fault: { kind: "crash", node: "a", manner: "power", forMs: 100 },
    holds: (world) => !world.node("a").up,
  },
  pause: {
    fault: { kind: "pause", node: "a", forMs: 100 },
    holds: (world) => world.node("a").paused,
  },
  partition: {
    fault: { kind: "partition", side: ["a"], other: ["b", "c"], oneWay: true, forMs: 100 },
    holds: ({ network }) => !network.passes("a", "c") && network.passes("c", "a"),
  },
  clog: {
    fault: { kind: "clog", from: "a", to: "b", forMs: 100 },
    holds: ({ network }) => !network.passes("a", "b") && network.passes("b", "a") && network.passes("a", "c"),
  },
  slow: {
    fault: { kind: "slow", from: "a", to: "b", latencyMs: 777, bytesPerMs: 5, lossChance: 0.2, forMs: 100 },
    holds: ({ network }) => network.wire("a", "b").conditions.latencyMs === 777,
  },
  "refuse-dials": {
    fault: { kind: "refuse-dials", from: "a", to: "b", dialFailChance: 0.9, forMs: 100 },
    holds: ({ network }) => network.wire("a", "b").conditions.dialFailChance === 0.9,
  },
  cut: {
    fault: { kind: "cut", a: "a", b: "b", manner: "reset" },
    holds: ({ timeline }) => timeline.trace.lastLines(1)[0]?.includes("fault") === true,
  },
  "clock-step": {
    fault: { kind: "clock-step", node: "a", byMs: 5_000_000 },
    holds: (world) => world.node("a").clock.wallMs() - world.node("b").clock.wallMs() > 4_000_000,
  },
  "clock-rate": {
    fault: { kind: "clock-rate", node: "a", rate: 1.5, forMs: 100 },
    holds: (world) => world.node("a").clock.rate === 1.5,
  },
  "disk-errors": {
    fault: { kind: "disk-errors", node: "a", errorChance: 0.4, forMs: 100 },
    holds: (world) => world.node("a").disk.conditions.errorChance === 0.4,
  },
  "disk-slow": {
    fault: { kind: "disk-slow", node: "a", latencyMs: 333, forMs: 100 },
    holds: (world) => world.node("a").disk.conditions.latencyMs === 333,
  },
  "disk-full": {
    fault: { kind: "disk-full", node: "a", forMs: 100 },
    holds: (world) => world.node("a").disk.conditions.capacityBytes === 1000,
  },
  rot: {
    fault: { kind: "rot", node: "a", manner: "bit" },
    holds: ({ timeline }) => timeline.trace.lastLines(1)[0]?.includes("rot") === true,
  },
};

for (const kind of faultKinds) {
  describe(kind, () => {
    test("is drawn in many shapes, all of them JSON", () => {
      const drawn = Array.from({ length: 50 }, (_, seed) => drawFault(kind, new SeededRandom(seed), nodes));
      expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn);
      expect(new Set(drawn.map((fault) => JSON.stringify(fault))).size).toBeGreaterThan(3);
      for (const fault of drawn) expect(fault?.kind).toBe(kind);
    });

    test("can strike as it was drawn", async () => {
      for (let seed = 0; seed < 20; seed++) {
        const world = await startWorld();
        strike(world, drawFault(kind, new SeededRandom(seed), nodes) as Fault);
        await world.run({ untilMs: 30_000 });
      }
    });

    test("does what it says, for as long as it says", async () => {
      const { fault, holds } = effects[kind];
      const world = await startWorld();
      if (kind !== "cut" && kind !== "rot") expect(holds(world)).toBe(false);
      strike(world, fault);
      expect(holds(world)).toBe(true);
      if (!("forMs" in fault)) return;
      await world.run({ untilMs: world.nowMs + 200 });
      expect(holds(world)).toBe(false);
    });

    test("passes over nodes that are not there", async () => {
      const world = new World(nodeHost, { seed: 1 });
      strike(world, effects[kind].fault);
      expect(world.timeline.trace.length).toBe(0);
      expect(drawFault(kind, new SeededRandom(1), ["only"]) === undefined).toBe(needsTwo.has(kind));
    });
  });
}

const needsTwo: ReadonlySet<FaultKind> = new Set(["partition", "clog", "slow", "refuse-dials", "cut"]);

test("a node that is paused or crashed for a while goes on afterwards", async () => {
  const world = await startWorld();
  const rung: string[] = [];
  for (const name of ["a", "b"]) {
    const { timers } = world.node(name).handle as Platform;
    timers.after(50, () => rung.push(`${name} at ${Math.round(world.nowMs)}`));
  }
  strike(world, { kind: "pause", node: "a", forMs: 100 });
  strike(world, { kind: "crash", node: "b", manner: "kill", forMs: 100 });
  await world.run({ untilMs: 500 });
  expect(rung).toEqual(["a at 110"]);
  expect(world.node("b").up).toBe(true);
});

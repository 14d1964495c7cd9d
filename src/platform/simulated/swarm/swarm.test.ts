// The proof that the simulator can find defects: a server that answers before its disk is safe is found within a
// bounded number of seeds, and the plan that shows it becomes short.

import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { integerBelow } from "#base/random.ts";
import type { Platform } from "#glow";
import { nodeHost } from "../../../../test/swarm/node-host.ts";
import { echoLog, makeEchoLog } from "../../../../test/swarm/scenarios/echo-log.ts";
import type { World } from "../world.ts";
import { formatFinding } from "./report.ts";
import type { Run } from "./run.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { type Finding, Swarm } from "./swarm.ts";

const broken = makeEchoLog("echo-log-broken", { acknowledgeBeforeSync: true });

function seeds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

describe("a server that acknowledges before it syncs", () => {
  test("is found within 200 seeds, shrunk to a crash and what it lost, and repeats", async () => {
    const swarm = new Swarm(nodeHost, broken);
    const finding = (await swarm.find(seeds(200))) as Finding;
    expect(finding.run.failure?.error).toMatchObject({ op: "invariant.acknowledged" });

    const { plan, drawn } = finding;
    expect(plan.actions.length).toBeLessThanOrEqual(4);
    expect(plan.actions.length).toBeLessThan(drawn.actions.length / 5);
    const faults = plan.actions.flatMap((action) => ("fault" in action ? [action.fault] : []));
    expect(faults).toContainEqual(expect.objectContaining({ kind: "crash", node: "server", manner: "power" }));

    const again = await swarm.runPlan(plan);
    expect(again.traceHash).toBe(finding.run.traceHash);
    expect(again.failure?.error.message).toBe(finding.run.failure?.error.message);
    expect((await swarm.run(drawn.seed)).failure?.signature).toBe(finding.run.failure?.signature);

    const report = formatFinding(finding, "plan.json");
    expect(report).toContain(`npm run swarm -- --scenario echo-log-broken --seed ${drawn.seed}`);
    expect(report).toContain("npm run swarm -- --plan plan.json");
    expect(report).toContain("power-loss");
    expect(report).toContain("was acknowledged, and is lost");
    expect(report).toContain("fault crash");
  });

  test("passes the plan that is left when its server is mended", async () => {
    const { plan } = (await new Swarm(nodeHost, broken).find(seeds(200))) as Finding;
    expect((await new Swarm(nodeHost, echoLog).runPlan(plan)).failure).toBeUndefined();
  });
});

/** A scenario of one idle node, with five operations and a trial that differs from one where all is well. */
function scenarioOf(trial: (world: World) => Partial<Trial>): Scenario {
  return {
    name: "sample",
    about: "one node that does nothing",
    settings: {},
    safetyMs: 1000,
    livenessMs: 2000,
    operations: [5, 5],
    faults: { crash: 3 },
    nodes: () => ["node"],
    drawOperation: (random) => ({ number: integerBelow(random, 100) }),
    start(world) {
      world.addNode("node", { boot: () => undefined });
      const quiet: Trial = { operate: () => undefined, check: () => undefined, settled: () => true, missing: () => "" };
      return { ...quiet, ...trial(world) };
    },
  };
}

function runOf(trial: (world: World) => Partial<Trial>, checkRepeats = false): Promise<Run> {
  return new Swarm(nodeHost, scenarioOf(trial), { checkRepeats }).run("1");
}

describe("a run", () => {
  test("does all operations at their times, heals after the safety phase, and ends when all is settled", async () => {
    const times: number[] = [];
    let healed = false;
    const run = await runOf((world) => ({
      operate: () => times.push(world.nowMs),
      settled() {
        healed = world.node("node").up && world.nowMs >= 1000;
        return healed;
      },
    }));
    expect(run.failure).toBeUndefined();
    expect(times.length).toBe(5);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(run.virtualMs).toBe(1000);
    expect(healed).toBe(true);
    expect(run.counts.get("operation")).toBe(5);
  });

  test("fails with what a check throws, at the event after which it does", async () => {
    const error = new GlowError("internal", "invariant.sample", { message: "broken" });
    let operations = 0;
    const run = await runOf(() => ({
      operate: () => operations++,
      check() {
        if (operations === 3) throw error;
      },
    }));
    expect(run.failure).toMatchObject({ phase: "safety", error, signature: "invariant.sample internal" });
    expect(operations).toBe(3);
  });

  test("fails with what a program throws", async () => {
    const run = await runOf((world) => {
      const boot = ({ timers }: Platform) => {
        timers.after(500, () => {
          throw new TypeError("a defect");
        });
      };
      world.addNode("bad", { boot });
      return {};
    });
    expect(run.failure).toMatchObject({ phase: "safety", signature: "TypeError" });
    expect(run.failure?.error.message).toContain("bad#1 failed");
  });

  test("fails if it is not settled in time, and says what is missing", async () => {
    const run = await runOf(() => ({ settled: () => false, missing: () => "everything" }));
    expect(run.failure).toMatchObject({ phase: "liveness", atMs: 3000, signature: "run.liveness deadline" });
    expect(run.failure?.error.message).toContain("still missing: everything");
  });

  test("that does not come from its seed alone is found by running it twice", async () => {
    let runs = 0;
    const trial = (world: World) => {
      const delayMs = ++runs;
      world.after(delayMs, () => world.node("node").stepClock(1));
      return {};
    };
    expect((await runOf(trial)).failure).toBeUndefined();
    expect((await runOf(trial, true)).failure).toMatchObject({ signature: "not repeated" });
    expect((await runOf(() => ({}), true)).failure).toBeUndefined();
  });
});

test("a swarm tells of each seed and stops at the first that fails", async () => {
  let runs = 0;
  const scenario = scenarioOf(() => {
    const isThird = ++runs === 3;
    return {
      check() {
        if (isThird) throw new GlowError("internal", "invariant.sample", { message: "broken" });
      },
    };
  });
  const told: string[] = [];
  const finding = await new Swarm(nodeHost, scenario, { mostTries: 0 }).find(seeds(10), (seed) => told.push(seed));
  expect(told).toEqual(["1", "2", "3"]);
  expect(finding?.drawn.seed).toBe("3");
  expect(finding?.plan).toEqual(finding?.drawn);
});

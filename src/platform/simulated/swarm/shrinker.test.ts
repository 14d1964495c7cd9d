// Shrinking against runs that are a rule on the plan, so that the smallest plan is known.

import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import type { Action, Plan } from "./plan.ts";
import type { Run } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { Shrinker } from "./shrinker.ts";

const scenario = { settings: { nodes: [1, 100] } } as unknown as Scenario;

function operation(number: number): Action {
  return { atMs: number * 37, operation: { number } };
}

function planWith(actions: readonly Action[], nodes = 100): Plan {
  return { scenario: "rule", seed: "1", settings: { nodes }, safetyMs: 50_000, livenessMs: 1000, actions };
}

/** A run that fails with this signature, or passes. */
function runWith(signature: string | undefined, atMs = 40_000): Run {
  const error = new GlowError("internal", "test.rule", { message: "the rule is broken" });
  const failure = signature === undefined ? undefined : { phase: "safety" as const, atMs, error, signature };
  return { failure, traceHash: "", events: 0, virtualMs: atMs, counts: new Map(), lastLines: [] };
}

/** Shrinks the plan of 100 operations as long as `fails` names the same failure. */
async function shrunk(fails: (plan: Plan) => string | undefined, plan = planWith(all), mostTries = 1000) {
  const runAgain = async (each: Plan) => runWith(fails(each));
  return new Shrinker(scenario, plan, runWith(fails(plan)), runAgain, mostTries).shrink();
}

const all = Array.from({ length: 100 }, (_, i) => operation(i));

function numbers({ actions }: Plan): number[] {
  return actions.map((action) => ("operation" in action ? Number(action.operation["number"]) : -1));
}

function has(plan: Plan, ...wanted: number[]): boolean {
  return wanted.every((number) => numbers(plan).includes(number));
}

describe("actions", () => {
  test("are dropped until only those are left that it takes", async () => {
    for (const needed of [[], [0], [99], [17, 83], [3, 4, 5], [0, 20, 40, 60, 80]]) {
      const { plan, run, tries } = await shrunk((each) => (has(each, ...needed) ? "rule" : undefined));
      expect(numbers(plan)).toEqual(needed);
      expect(run.failure?.signature).toBe("rule");
      expect(tries).toBeLessThan(300);
    }
  });

  test("are kept where dropping them leads to another failure", async () => {
    const rule = (each: Plan) => (has(each, 10, 20) ? "rule" : has(each, 10) ? "another" : undefined);
    expect(numbers((await shrunk(rule)).plan)).toEqual([10, 20]);
  });

  test("that come after the failure are dropped at once", async () => {
    const plan = planWith(all);
    let tries = 0;
    const runAgain = async (each: Plan) => {
      tries++;
      return runWith(has(each, 1) ? "rule" : undefined, 100);
    };
    await new Shrinker(scenario, plan, runWith("rule", 100), runAgain, 1).shrink();
    expect(tries).toBe(1);
  });
});

describe("numbers", () => {
  test("of the settings become as low as they can", async () => {
    const lowest = async (least: number) =>
      (await shrunk(({ settings: { nodes = 0 } }) => (nodes >= least ? "rule" : undefined))).plan.settings["nodes"];
    for (const least of [1, 2, 37, 99, 100]) expect(await lowest(least)).toBe(least);
  });

  test("of actions become round, as far as the failure allows", async () => {
    const crash: Action = { atMs: 12_345, fault: { kind: "crash", node: "a", manner: "kill", forMs: 6789 } };
    const rule = ({ actions }: Plan) => {
      const [only] = actions;
      if (only === undefined || !("fault" in only) || only.fault.kind !== "crash") return undefined;
      return only.fault.forMs >= 6000 && only.fault.forMs < 8000 && only.atMs > 12_000 ? "rule" : undefined;
    };
    const { plan } = await shrunk(rule, planWith([crash]));
    expect(plan.actions).toEqual([{ atMs: 12_300, fault: { kind: "crash", node: "a", manner: "kill", forMs: 7000 } }]);
    expect(plan.safetyMs).toBe(40_000);
  });

  test("never put actions into another order", async () => {
    const { plan } = await shrunk((each) => (has(each, 7, 8, 9) ? "rule" : undefined));
    const times = plan.actions.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(numbers(plan)).toEqual([7, 8, 9]);
  });
});

test("no more runs are spent than allowed", async () => {
  const { plan, tries } = await shrunk((each) => (has(each, 50) ? "rule" : undefined), planWith(all), 5);
  expect(tries).toBe(5);
  expect(plan.actions.length).toBeLessThan(100);
  expect(has(plan, 50)).toBe(true);
});

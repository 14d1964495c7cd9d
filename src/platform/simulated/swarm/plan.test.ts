// Plans: drawn from a seed within what the scenario says, and kept as text that may come from anywhere.

import { expect, test } from "vitest";
import { SeededRandom } from "#base/random.ts";
import { type FaultKind, faultKinds } from "./fault.ts";
import { type Action, drawPlan, type Plan, parsePlan } from "./plan.ts";
import type { Scenario } from "./scenario.ts";

const scenario: Scenario = {
  name: "sample",
  about: "draws plans and never runs",
  settings: { nodes: [2, 5], size: [1, 1] },
  safetyMs: 10_000,
  livenessMs: 20_000,
  operations: [3, 30],
  faults: { crash: 5, cut: 2, rot: 0 },
  nodes: ({ nodes = 0 }) => Array.from({ length: nodes }, (_, i) => `n${i}`),
  drawOperation: (random) => ({ number: drawPlanNumber(random) }),
  start: () => {
    throw new Error("it never runs");
  },
};

function drawPlanNumber(random: { fill(target: Uint8Array): void }): number {
  const bytes = new Uint8Array(1);
  random.fill(bytes);
  return bytes[0] as number;
}

function planOf(seed: number): Plan {
  return drawPlan(scenario, String(seed), new SeededRandom(seed));
}

function kindOf(action: Action): FaultKind | "operation" {
  return "fault" in action ? action.fault.kind : "operation";
}

test("a plan follows from its seed, within what the scenario says", () => {
  const kinds = new Set<string>();
  const nodes = new Set<number>();
  let without = 0;
  for (let seed = 0; seed < 100; seed++) {
    const plan = planOf(seed);
    expect(planOf(seed)).toEqual(plan);
    expect(plan.actions.map(({ atMs }) => atMs)).toEqual(
      plan.actions.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
    );
    expect(plan.actions.every(({ atMs }) => atMs >= 0 && atMs < scenario.safetyMs)).toBe(true);
    const own = plan.actions.map(kindOf);
    const count = (kind: string) => own.filter((each) => each === kind).length;
    expect(count("operation")).toBeGreaterThanOrEqual(3);
    expect(count("operation")).toBeLessThanOrEqual(30);
    expect(count("crash")).toBeLessThanOrEqual(5);
    if (count("crash") === 0) without++;
    for (const kind of own) kinds.add(kind);
    nodes.add(plan.settings["nodes"] as number);
    expect(plan.settings["size"]).toBe(1);
  }
  expect(kinds).toEqual(new Set(["crash", "cut", "operation"]));
  expect(nodes).toEqual(new Set([2, 3, 4, 5]));
  expect(without, "each kind is left out of about half of the plans").toBeGreaterThan(30);
  expect(without).toBeLessThan(70);
});

test("a plan survives as text", () => {
  for (let seed = 0; seed < 20; seed++) expect(parsePlan(JSON.stringify(planOf(seed)))).toEqual(planOf(seed));
});

test("actions that were moved by hand are put in order", () => {
  const { actions, ...plan } = planOf(1);
  expect(parsePlan(JSON.stringify({ ...plan, actions: actions.toReversed() })).actions[0]?.atMs).toBe(actions[0]?.atMs);
});

test("what is no plan is refused, and the message says where it is wrong", () => {
  const plan = planOf(1);
  const wrong: [unknown, string][] = [
    ["{", "no JSON"],
    [[], "the plan is an object"],
    [{ ...plan, scenario: 1 }, "texts"],
    [{ ...plan, seed: 1 }, "texts"],
    [{ ...plan, safetyMs: -1 }, "durations"],
    [{ ...plan, livenessMs: "1" }, "durations"],
    [{ ...plan, settings: { nodes: 1.5 } }, "whole numbers"],
    [{ ...plan, settings: undefined }, "settings is an object"],
    [{ ...plan, actions: {} }, "a list"],
    [{ ...plan, actions: [null] }, "action 0 is an object"],
    [{ ...plan, actions: [{ operation: {} }] }, "action 0 has no time"],
    [{ ...plan, actions: [{ atMs: 1 }] }, "the fault of action 0"],
    [{ ...plan, actions: [{ atMs: 1, operation: 3 }] }, "the operation of action 0"],
    [{ ...plan, actions: [{ atMs: 1, fault: { kind: "flood" } }] }, `unknown fault flood; there are ${faultKinds[0]}`],
  ];
  for (const [value, message] of wrong) {
    const parse = () => parsePlan(typeof value === "string" ? value : JSON.stringify(value));
    expect(parse).toThrow(expect.objectContaining({ kind: "invalid" }));
    expect(parse).toThrow(message);
  }
});

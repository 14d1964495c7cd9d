// A plan: what happens to one run from outside, as an explicit list of timed actions in plain JSON. It is drawn from
// the seed before the run, so that it can be read, cut down while it still fails, and kept in a file.

import { GlowError } from "#base/errors.ts";
import { chance, integerBelow, type SeededRandom } from "#base/random.ts";
import { drawWhole } from "../range.ts";
import { drawFault, type Fault, type FaultKind, faultKinds } from "./fault.ts";
import type { Operation, Scenario, Settings } from "./scenario.ts";

/** At a virtual time, either a fault or an operation. */
export type Action =
  | { readonly atMs: number; readonly fault: Fault }
  | { readonly atMs: number; readonly operation: Operation };

export interface Plan {
  readonly scenario: string;
  /** The seed of the world in which it runs; the actions were drawn from it too, unless somebody changed them. */
  readonly seed: string;
  readonly settings: Settings;
  readonly safetyMs: number;
  readonly livenessMs: number;
  /** In the order of their times. */
  readonly actions: readonly Action[];
}

export function drawPlan(scenario: Scenario, seed: string, random: SeededRandom): Plan {
  const settings = drawSettings(scenario, random.fork("settings"));
  const actions = [
    ...drawOperations(scenario, settings, random.fork("operations")),
    ...drawFaults(scenario, settings, random.fork("faults")),
  ];
  const { safetyMs, livenessMs } = scenario;
  return { scenario: scenario.name, seed, settings, safetyMs, livenessMs, actions: inOrder(actions) };
}

function drawSettings(scenario: Scenario, random: SeededRandom): Settings {
  const drawn = Object.entries(scenario.settings).map(([name, range]) => [name, drawWhole(random, range)] as const);
  return Object.fromEntries(drawn);
}

function drawOperations(scenario: Scenario, settings: Settings, random: SeededRandom): Action[] {
  return Array.from({ length: drawWhole(random, scenario.operations) }, () => ({
    atMs: integerBelow(random, scenario.safetyMs),
    operation: scenario.drawOperation(random, settings),
  }));
}

/**
 * Each kind of fault is left out of half of the runs: a run with every kind rarely gets far enough into any one
 * trouble (Groce et al., "Swarm Testing", 2012).
 */
function drawFaults(scenario: Scenario, settings: Settings, random: SeededRandom): Action[] {
  const nodes = scenario.nodes(settings);
  const actions: Action[] = [];
  for (const kind of faultKinds) {
    const most = scenario.faults[kind] ?? 0;
    if (most === 0 || chance(random, 0.5)) continue;
    for (let left = drawWhole(random, [1, most]); left > 0; left--) {
      const fault = drawFault(kind, random, nodes);
      if (fault !== undefined) actions.push({ atMs: integerBelow(random, scenario.safetyMs), fault });
    }
  }
  return actions;
}

/** Sorted by time; actions of the same time stay as they are. */
export function inOrder(actions: readonly Action[]): Action[] {
  return actions.toSorted((a, b) => a.atMs - b.atMs);
}

/** A plan that came as text. `invalid` for what is none, saying where. */
export function parsePlan(text: string): Plan {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid(`it is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const plan = record(parsed, "the plan");
  const { scenario, seed, settings, safetyMs, livenessMs, actions } = plan;
  if (typeof scenario !== "string" || typeof seed !== "string") throw invalid("scenario and seed are texts");
  if (!isDuration(safetyMs) || !isDuration(livenessMs)) throw invalid("safetyMs and livenessMs are durations");
  if (!Object.values(record(settings, "settings")).every(Number.isSafeInteger)) {
    throw invalid("settings are whole numbers");
  }
  if (!Array.isArray(actions)) throw invalid("actions is a list");
  actions.forEach(assertAction);
  return {
    scenario,
    seed,
    settings: settings as Settings,
    safetyMs,
    livenessMs,
    actions: inOrder(actions as Action[]),
  };
}

function assertAction(value: unknown, index: number): void {
  const action = record(value, `action ${index}`);
  if (!isDuration(action["atMs"])) throw invalid(`action ${index} has no time`);
  if ("operation" in action) record(action["operation"], `the operation of action ${index}`);
  else {
    const { kind } = record(action["fault"], `the fault of action ${index}`);
    if (!faultKinds.includes(kind as FaultKind)) {
      throw invalid(`action ${index} has the unknown fault ${String(kind)}; there are ${faultKinds.join(", ")}`);
    }
  }
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${what} is an object`);
}

function isDuration(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

function invalid(message: string, cause?: unknown): GlowError {
  return new GlowError("invalid", "plan.parse", { message: `not a plan: ${message}`, cause });
}

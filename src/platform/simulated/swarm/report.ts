// What a person is told about a failure: what broke, the shortest list of actions that breaks it, what happened last,
// and how to see it again.

import type { Action, Plan } from "./plan.ts";
import type { Failure, Run } from "./run.ts";
import type { Finding } from "./swarm.ts";

const lastLines = 60;

/** `planFile` is where the small plan was written, if it was. */
export function formatFinding({ drawn, plan, run, tries }: Finding, planFile?: string): string {
  const dropped = drawn.actions.length - plan.actions.length;
  return [
    formatFailure(plan, run),
    `The plan, after ${tries} more runs that left out ${dropped} of ${drawn.actions.length} actions:`,
    formatPlan(plan),
    "",
    "Repeat it, the whole run and then shrunk again:",
    `  npm run swarm -- --scenario ${drawn.scenario} --seed ${drawn.seed}`,
    ...(planFile === undefined ? [] : ["or the small plan alone:", `  npm run swarm -- --plan ${planFile}`]),
    "",
  ].join("\n");
}

/** What broke, and what happened last. */
export function formatFailure(plan: Plan, run: Run): string {
  const { phase, atMs, error } = run.failure as Failure;
  return [
    `${plan.scenario}, seed ${plan.seed}: failed in the ${phase} phase after ${atMs.toFixed(3)} virtual ms and ${run.events} events`,
    `  ${error.toString()}`,
    ...causesOf(error).map((cause) => `  because of ${cause}`),
    "",
    "The last events:",
    ...run.lastLines.slice(-lastLines),
    "",
  ].join("\n");
}

function formatPlan({ settings, safetyMs, actions }: Plan): string {
  const given = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return [
    `  with ${given.join(", ")}; healed after ${safetyMs} ms`,
    ...actions.map((action) => `  ${action.atMs.toFixed(0).padStart(7)} ms  ${formatAction(action)}`),
  ].join("\n");
}

function formatAction(action: Action): string {
  if ("operation" in action) return `operation ${JSON.stringify(action.operation)}`;
  const { kind, ...data } = action.fault;
  return `fault ${kind} ${JSON.stringify(data)}`;
}

/** The stack of the innermost error says where in the programs it came from. */
function causesOf(error: Error): string[] {
  const { cause } = error;
  if (!(cause instanceof Error)) return [];
  const deeper = causesOf(cause);
  return deeper.length > 0 ? [cause.toString(), ...deeper] : [cause.stack ?? cause.toString()];
}

// One run of a plan: a safety phase, in which faults strike and nothing forbidden may ever be seen; then everything is
// healed, and in the liveness phase all that was asked must come to its end. (As in TigerBeetle's VOPR.)

import { GlowError } from "#base/errors.ts";
import type { TraceKind } from "../time/trace.ts";
import { World, type WorldHost } from "../world.ts";
import { strike } from "./fault.ts";
import type { Action, Plan } from "./plan.ts";
import type { Scenario, Trial } from "./scenario.ts";

export interface Failure {
  readonly phase: "safety" | "liveness";
  readonly atMs: number;
  readonly error: GlowError;
  /** What is the same for two failures of one cause: shrinking must not wander from one defect to another. */
  readonly signature: string;
}

export interface Run {
  /** Undefined if all went well. */
  readonly failure: Failure | undefined;
  readonly traceHash: string;
  readonly events: number;
  readonly virtualMs: number;
  /** How often each kind of event came. */
  readonly counts: ReadonlyMap<TraceKind, number>;
  /** The last events in words. */
  readonly lastLines: readonly string[];
}

export async function runPlan(host: WorldHost, scenario: Scenario, plan: Plan): Promise<Run> {
  const world = new World(host, { seed: plan.seed, ...(scenario.network && { network: scenario.network }) });
  const failure = await runPhases(world, scenario, plan);
  const { trace, events } = world.timeline;
  return {
    failure,
    traceHash: world.traceHash(),
    events,
    virtualMs: world.nowMs,
    counts: trace.counts,
    lastLines: trace.lastLines(),
  };
}

async function runPhases(world: World, scenario: Scenario, plan: Plan): Promise<Failure | undefined> {
  let phase: Failure["phase"] = "safety";
  try {
    const trial = scenario.start(world, plan.settings);
    const afterEach = () => trial.check();
    for (const action of plan.actions) world.after(action.atMs, () => act(world, trial, action));
    await world.run({ untilMs: plan.safetyMs, afterEach });

    phase = "liveness";
    world.timeline.record("plan", "phase", phase);
    world.healAll();
    const untilMs = plan.safetyMs + plan.livenessMs;
    await world.run({ untilMs, afterEach, stop: () => trial.settled() });
    if (!trial.settled()) throw notSettled(plan, trial);
    return undefined;
  } catch (thrown) {
    const error = GlowError.from(thrown, "scenario.check");
    return { phase, atMs: world.nowMs, error, signature: signatureOf(error) };
  }
}

function act(world: World, trial: Trial, action: Action): void {
  if ("fault" in action) {
    strike(world, action.fault);
    return;
  }
  world.timeline.record("plan", "operation", JSON.stringify(action.operation));
  trial.operate(action.operation);
}

function notSettled(plan: Plan, trial: Trial): GlowError {
  return new GlowError("deadline", "run.liveness", {
    message: `${plan.livenessMs} ms after everything was healed, still missing: ${trial.missing()}`,
  });
}

/** The innermost error says most about the cause; its message often holds numbers that differ from run to run. */
function signatureOf(error: GlowError): string {
  let cause: unknown = error;
  while (cause instanceof GlowError && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof GlowError ? `${cause.op} ${cause.kind}` : (cause as Error).name;
}

// Many seeds of one scenario: draws a plan from each, runs it, and makes the first failure small. The orchestrator
// that `npm run swarm` and the tests use.

import { GlowError } from "#base/errors.ts";
import { SeededRandom } from "#base/random.ts";
import type { WorldHost } from "../world.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { type Run, runPlan } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { Shrinker } from "./shrinker.ts";

export interface SwarmOptions {
  /** Runs each plan twice, and fails if the two traces differ. */
  readonly checkRepeats?: boolean;
  /** Runs that may be spent on making a failing plan small; 400 by default, 0 for none. */
  readonly mostTries?: number;
}

/** A plan that fails, before and after shrinking. */
export interface Finding {
  readonly scenario: Scenario;
  readonly drawn: Plan;
  readonly plan: Plan;
  readonly run: Run;
  /** Runs that shrinking took. */
  readonly tries: number;
}

const defaultMostTries = 400;

export class Swarm {
  readonly #host: WorldHost;
  readonly #scenario: Scenario;
  readonly #options: SwarmOptions;

  constructor(host: WorldHost, scenario: Scenario, options: SwarmOptions = {}) {
    this.#host = host;
    this.#scenario = scenario;
    this.#options = options;
  }

  planOf(seed: string): Plan {
    return drawPlan(this.#scenario, seed, new SeededRandom(seed).fork(`plan of ${this.#scenario.name}`));
  }

  /** One seed: how its run went. */
  run(seed: string): Promise<Run> {
    return this.runPlan(this.planOf(seed));
  }

  async runPlan(plan: Plan): Promise<Run> {
    const run = await runPlan(this.#host, this.#scenario, plan);
    if (this.#options.checkRepeats !== true) return run;
    const again = await runPlan(this.#host, this.#scenario, plan);
    return again.traceHash === run.traceHash ? run : notRepeated(run, again);
  }

  /** Makes a plan that failed small. */
  async shrink(drawn: Plan, run: Run): Promise<Finding> {
    const mostTries = this.#options.mostTries ?? defaultMostTries;
    const runAgain = (plan: Plan) => this.runPlan(plan);
    const shrunk = await new Shrinker(this.#scenario, drawn, run, runAgain, mostTries).shrink();
    return { scenario: this.#scenario, drawn, ...shrunk };
  }

  /** The first of the seeds that fails, made small; undefined if none does. */
  async find(seeds: Iterable<string>, done?: (seed: string, run: Run) => void): Promise<Finding | undefined> {
    for (const seed of seeds) {
      const plan = this.planOf(seed);
      const run = await this.runPlan(plan);
      done?.(seed, run);
      if (run.failure !== undefined) return this.shrink(plan, run);
    }
    return undefined;
  }
}

function notRepeated(run: Run, again: Run): Run {
  const message = `two runs of one plan differ: trace ${run.traceHash} with ${run.events} events, then ${again.traceHash} with ${again.events}; something in them does not come from the seed`;
  const error = new GlowError("internal", "swarm.repeat", { message });
  return { ...run, failure: { phase: "safety", atMs: 0, error, signature: "not repeated" } };
}

// Makes a failing plan small: drops actions as long as what is left fails in the same way (Zeller and Hildebrandt,
// "Simplifying and Isolating Failure-Inducing Input", 2002), then makes its numbers simple. Every try is a whole new
// run, so tries are bounded.

import type { Action, Plan } from "./plan.ts";
import { inOrder } from "./plan.ts";
import type { Failure, Run } from "./run.ts";
import type { Scenario } from "./scenario.ts";

export interface Shrunk {
  readonly plan: Plan;
  readonly run: Run;
  /** Runs it took. */
  readonly tries: number;
}

export class Shrinker {
  readonly #scenario: Scenario;
  readonly #run: (plan: Plan) => Promise<Run>;
  readonly #mostTries: number;
  readonly #signature: string;
  #tries = 0;
  #best: { readonly plan: Plan; readonly run: Run };

  /** `run` failed for `plan`; `runAgain` runs a plan from scratch. */
  constructor(scenario: Scenario, plan: Plan, run: Run, runAgain: (plan: Plan) => Promise<Run>, mostTries: number) {
    this.#scenario = scenario;
    this.#run = runAgain;
    this.#mostTries = mostTries;
    this.#signature = (run.failure as Failure).signature;
    this.#best = { plan, run };
  }

  async shrink(): Promise<Shrunk> {
    await this.#dropLate();
    await this.#dropActions();
    await this.#lowerSettings();
    await this.#simplifyNumbers();
    await this.#dropActions();
    await this.#shortenSafety();
    return { ...this.#best, tries: this.#tries };
  }

  /** Whether this plan fails in the same way; if so, it is the best from now on. */
  async #fails(plan: Plan): Promise<boolean> {
    if (this.#tries >= this.#mostTries) return false;
    this.#tries++;
    const run = await this.#run(plan);
    if (run.failure?.signature !== this.#signature) return false;
    this.#best = { plan, run };
    return true;
  }

  #failsWith(change: Partial<Plan>): Promise<boolean> {
    return this.#fails({ ...this.#best.plan, ...change });
  }

  /** What comes after the failure has no part in it. */
  async #dropLate(): Promise<void> {
    const { plan, run } = this.#best;
    const { atMs } = run.failure as Failure;
    const actions = plan.actions.filter((action) => action.atMs <= atMs);
    if (actions.length < plan.actions.length) await this.#failsWith({ actions });
  }

  /** Delta debugging by complements: leaves out ever smaller parts of the list. */
  async #dropActions(): Promise<void> {
    let parts = 2;
    while (this.#best.plan.actions.length > 0) {
      const { actions } = this.#best.plan;
      const size = Math.ceil(actions.length / parts);
      let dropped = false;
      for (let from = 0; from < actions.length && !dropped; from += size) {
        dropped = await this.#failsWith({ actions: actions.toSpliced(from, size) });
      }
      if (dropped) parts = Math.max(2, parts - 1);
      else if (size === 1) return;
      else parts = Math.min(actions.length, parts * 2);
    }
  }

  async #lowerSettings(): Promise<void> {
    for (const [name, [least]] of Object.entries(this.#scenario.settings)) {
      const lower = (value: number) => this.#failsWith({ settings: { ...this.#best.plan.settings, [name]: value } });
      await this.#lowest(least, this.#best.plan.settings[name] ?? least, lower);
    }
  }

  async #simplifyNumbers(): Promise<void> {
    for (let i = 0; i < this.#best.plan.actions.length; i++) {
      const action = this.#best.plan.actions[i] as Action;
      await this.#simplify(i, action.atMs, (value, old) => ({ ...old, atMs: value }));
      if (!("fault" in action)) continue;
      for (const [name, value] of Object.entries(action.fault)) {
        if (typeof value !== "number" || !Number.isInteger(value)) continue;
        await this.#simplify(i, value, (simpler, old) => {
          return "fault" in old ? { ...old, fault: { ...old.fault, [name]: simpler } } : old;
        });
      }
    }
  }

  /** Tries rounder numbers for one number of one action, the roundest first. */
  async #simplify(index: number, value: number, change: (value: number, old: Action) => Action): Promise<void> {
    for (const step of [10_000, 1000, 100, 10]) {
      const rounded = Math.round(value / step) * step;
      if (rounded === value) return;
      const { actions } = this.#best.plan;
      const changed = actions.with(index, change(rounded, actions[index] as Action));
      // A time that would change the order would move the action to another place of the list.
      if (!isInOrder(changed)) continue;
      if (await this.#failsWith({ actions: changed })) return;
    }
  }

  /** Looks for the lowest value from `least` on that fails: the least itself, then by halving. */
  async #lowest(least: number, value: number, fails: (value: number) => Promise<boolean>): Promise<void> {
    let from = least;
    let failing = value;
    while (from < failing) {
      const middle = from === least ? least : Math.floor((from + failing) / 2);
      if (await fails(middle)) failing = middle;
      else from = middle + 1;
    }
  }

  async #shortenSafety(): Promise<void> {
    const { plan, run } = this.#best;
    const lastMs = Math.max(0, ...inOrder(plan.actions).map(endOf));
    const safetyMs =
      Math.ceil(Math.max(lastMs, (run.failure as Failure).phase === "safety" ? run.virtualMs : 0) / 100) * 100;
    if (safetyMs < plan.safetyMs) await this.#failsWith({ safetyMs });
  }
}

function isInOrder(actions: readonly Action[]): boolean {
  return actions.every((action, i) => i === 0 || (actions[i - 1] as Action).atMs <= action.atMs);
}

function endOf(action: Action): number {
  return action.atMs + ("fault" in action && "forMs" in action.fault ? action.fault.forMs : 0);
}

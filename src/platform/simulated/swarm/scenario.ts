// A scenario: programs on nodes, what is asked of them, what may go wrong, and what must hold. From a scenario and a
// seed comes a plan (plan.ts), and from that a run (run.ts).

import type { Random } from "#glow";
import type { NetworkOptions } from "../network/network.ts";
import type { Range } from "../range.ts";
import type { World } from "../world.ts";
import type { FaultKind } from "./fault.ts";

/** Whole numbers that differ from run to run: how many nodes, how large a message. */
export type Settings = Readonly<Record<string, number>>;

/** Something asked of the programs, as plain JSON. Its meaning is the scenario's. */
export type Operation = Readonly<Record<string, string | number | boolean>>;

export interface Scenario {
  readonly name: string;
  /** One sentence: what runs, and what must hold. */
  readonly about: string;
  /** A setting is drawn from its range; a plan that fails is shrunk towards the least of each. */
  readonly settings: Readonly<Record<string, Range>>;
  /** How long faults and operations come: the safety phase. */
  readonly safetyMs: number;
  /** How long it may take after that, with everything healed, until all is well: the liveness phase. */
  readonly livenessMs: number;
  /** How many operations a run has. */
  readonly operations: Range;
  /** Which faults may come, and how many of each at most in one run. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly network?: NetworkOptions;
  /** The names of the nodes that `start` makes, for faults to aim at. */
  nodes(settings: Settings): readonly string[];
  drawOperation(random: Random, settings: Settings): Operation;
  /** Builds the world's nodes. */
  start(world: World, settings: Settings): Trial;
}

/** One run of a scenario, as the orchestrator drives it. */
export interface Trial {
  /** Does one operation now, or notes that it is to be done. Nodes may be down; an unknown target is passed over. */
  operate(operation: Operation): void;
  /** Throws if something is as it must never be. Called after each event, so it must be cheap when nothing changed. */
  check(): void;
  /** Whether everything that was asked has come to its end. Looked at in the liveness phase. */
  settled(): boolean;
  /** What is still missing, in words, for the report of a run that never settles. */
  missing(): string;
}

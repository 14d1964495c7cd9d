// The indexes of a node, which outlive its programs: what is in them, what a crash leaves of it, and what is wrong with
// them. A program uses them through MountedIndexes, which last as long as its life.

import { assert } from "#base/errors.ts";
import { chance, pick } from "#base/random.ts";
import type { Random } from "#glow";
import { Conditions } from "../conditions.ts";
import { type Disturbance, Disturbances } from "../disturbances.ts";
import type { Timeline } from "../time/timeline.ts";
import type { StoredIndex } from "./stored-index.ts";

export interface IndexConditions {
  /** What each operation takes at least, and at most on top (a quarter of it on average). */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Chance that an operation fails with `corrupt`, per operation. */
  readonly errorChance: number;
  /** Whether there is no room: writes fail with `exhausted`. */
  readonly full: boolean;
}

/** A worker with SQLite, as measured. */
const usualConditions: IndexConditions = { latencyMs: 0.05, jitterMs: 0.4, errorChance: 0, full: false };

/** Chance that an index is found damaged after the power was lost. Rarer on real media; here it must be met in tests. */
const damageChance = 1 / 16;

export class SimulatedIndexes {
  readonly stored = new Map<string, StoredIndex>();
  readonly #timeline: Timeline;
  readonly #node: string;
  readonly #conditions = new Conditions(usualConditions, assertConditions);
  readonly #disturbances: Disturbances;

  constructor(timeline: Timeline, node: string) {
    this.#timeline = timeline;
    this.#node = node;
    this.#disturbances = new Disturbances(() => timeline.record(node, "heal", "index"));
  }

  get conditions(): IndexConditions {
    return this.#conditions.current;
  }

  /** The program died, or all did: then each index is as it was after some earlier write, or damaged. */
  crash(random: Random, powerLost: boolean): void {
    for (const [name, index] of this.stored) {
      const lost = index.crash(random, powerLost);
      if (lost > 0) this.#timeline.record(this.#node, "unsynced-lost", `index ${name}`, lost);
      if (powerLost && chance(random, damageChance)) this.#damage(name, index);
    }
  }

  /** The medium damages an index, open or not. Undefined if there is none. */
  damage(random: Random, name?: string): string | undefined {
    const names = [...this.stored.keys()].filter((stored) => (name ?? stored) === stored);
    if (names.length === 0) return undefined;
    const damaged = pick(random, names);
    this.#damage(damaged, this.stored.get(damaged) as StoredIndex);
    return damaged;
  }

  /** Changes how the indexes work until it is healed. */
  disturb(change: Partial<IndexConditions>): Disturbance {
    const calm = this.#conditions.change(change);
    this.#timeline.record(this.#node, "disk-fault", `index ${JSON.stringify(change)}`);
    return this.#disturbances.begin(calm);
  }

  /** Ends all disturbances. What is damaged stays so. */
  heal(): void {
    this.#disturbances.healAll();
  }

  #damage(name: string, index: StoredIndex): void {
    index.damaged = true;
    this.#timeline.record(this.#node, "rot", `index ${name}`);
  }
}

function assertConditions({ latencyMs, jitterMs, errorChance }: IndexConditions): void {
  assert(latencyMs >= 0 && jitterMs >= 0, "an index takes time");
  assert(errorChance >= 0 && errorChance <= 1, "a chance is from 0 to 1");
}

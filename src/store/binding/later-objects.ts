// What could not be done in the folder just now, object by object: it is planned anew after longer and longer whiles, and people
// are told of it when that does not help.

import { GlowError } from "#base/errors.ts";
import type { ObjectId } from "../contracts.ts";
import type { BindingParts } from "./binding-parts.ts";
import { bindingPace } from "./pace.ts";
import { retryMs } from "./unsettled.ts";

interface Postponed {
  /** In a row. */
  failures: number;
  /** Infinite while it is tried. */
  dueMs: number;
}

export interface LaterEvents {
  /** There is something to do. */
  wake(): void;
  /** Something was not as it was expected. */
  unsure(): void;
  /** There was no room for one more: only comparing everything finds it again. */
  overflowed(): void;
}

export class LaterObjects {
  readonly #parts: Pick<BindingParts, "clock" | "problems">;
  readonly #events: LaterEvents;
  readonly #later = new Map<ObjectId, Postponed>();
  /** Those of them that are no problem: the folder was not as it was expected, and they are planned anew. */
  readonly #untold = new Set<ObjectId>();
  #nextDueMs = Number.POSITIVE_INFINITY;

  constructor(parts: Pick<BindingParts, "clock" | "problems">, events: LaterEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Infinite if there is none. */
  get nextDueMs(): number {
    return this.#nextDueMs;
  }

  /** Whether there is anything besides what is listed as a problem. */
  get hasUntold(): boolean {
    return this.#untold.size > 0;
  }

  has(object: ObjectId): boolean {
    return this.#later.has(object);
  }

  isUntold(object: ObjectId): boolean {
    return this.#untold.has(object);
  }

  /** Whether its time has not come yet. */
  waits(object: ObjectId): boolean {
    const dueMs = this.#later.get(object)?.dueMs;
    return dueMs !== undefined && dueMs !== Number.POSITIVE_INFINITY;
  }

  isTried(object: ObjectId): boolean {
    return this.#later.get(object)?.dueMs === Number.POSITIVE_INFINITY;
  }

  /** `error` is for people; without one it is only planned anew, and told of when that does not help. */
  failed(object: ObjectId, path: string, error: GlowError | undefined): void {
    this.postpone(object);
    const isStuck = (this.#later.get(object)?.failures ?? 0) > bindingPace.untoldFailures;
    const told = error ?? (isStuck ? inTheWay(path) : undefined);
    if (told !== undefined) {
      this.#parts.problems.add("folder", object, path, told);
      this.#untold.delete(object);
    }
    this.#events.wake();
  }

  postpone(object: ObjectId): void {
    const failures = this.#later.get(object)?.failures ?? 0;
    if (this.#later.size >= bindingPace.dirtyObjects && failures === 0) {
      this.#events.overflowed();
      return;
    }
    if (failures === 0) this.#events.unsure();
    const dueMs = this.#nowMs() + retryMs(failures);
    this.#later.set(object, { failures: failures + 1, dueMs });
    this.#untold.add(object);
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
  }

  /** What is to be said of it is said of others. */
  hush(object: ObjectId): void {
    this.#untold.delete(object);
  }

  /** It went well, or there is nothing to be done. */
  over(object: ObjectId): void {
    this.#later.delete(object);
    this.#untold.delete(object);
    this.#parts.problems.solve("folder", object);
  }

  /** What was being tried when a step failed is due. */
  retry(): void {
    for (const each of this.#later.values()) if (each.dueMs === Number.POSITIVE_INFINITY) each.dueMs = this.#nowMs();
    this.#nextDueMs = this.#nowMs();
  }

  /** Those whose time has come. They keep their failures until they succeed. */
  takeDue(): ObjectId[] {
    const due: ObjectId[] = [];
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextDueMs) return due;
    this.#nextDueMs = Number.POSITIVE_INFINITY;
    for (const [object, each] of this.#later) {
      if (each.dueMs > nowMs) {
        this.#nextDueMs = Math.min(this.#nextDueMs, each.dueMs);
        continue;
      }
      each.dueMs = Number.POSITIVE_INFINITY;
      due.push(object);
    }
    return due;
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}

function inTheWay(path: string): GlowError {
  const message = "something is in the way that cannot be taken into the drive, or that keeps being changed";
  return new GlowError("already-exists", "binding.place", { target: path, message });
}

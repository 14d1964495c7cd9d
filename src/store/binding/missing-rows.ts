// What rows expect and nobody finds. It is not removed from the drive at once: it may turn up under another name, which is a
// move, and a whole scan may have to end before that is known.

import { bindingLimits } from "#base/limits.ts";
import type { ObjectId } from "../contracts.ts";
import type { BindingRow } from "./binding-row.ts";
import { bindingPace } from "./pace.ts";

interface Missing {
  readonly row: BindingRow;
  sinceMs: number;
}

export class MissingRows {
  readonly #missing = new Map<ObjectId, Missing>();

  get size(): number {
    return this.#missing.size;
  }

  has(object: ObjectId): boolean {
    return this.#missing.has(object);
  }

  /**
   * It was not found where it was, or only something that is to become it later (`anew`). What is missing beyond
   * `bindingLimits.missing` is found missing again by a scan, when these are dealt with.
   */
  add(row: BindingRow, nowMs: number, anew = false): void {
    const known = this.#missing.get(row.object);
    if (known !== undefined) {
      if (anew) known.sinceMs = nowMs;
    } else if (this.#missing.size < bindingLimits.missing) this.#missing.set(row.object, { row, sinceMs: nowMs });
  }

  /** It is there. */
  found(object: ObjectId): void {
    this.#missing.delete(object);
  }

  /**
   * Those that have been missing for `bindingPace.missingMs`, which are forgotten here. While there are `changes` to be
   * looked at, one may be among them; but they may never end.
   */
  takeDue(nowMs: number, changes = false): BindingRow[] {
    const waitMs = changes ? bindingPace.mostMissingMs : bindingPace.missingMs;
    const due = [...this.#missing.values()].filter(({ sinceMs }) => sinceMs + waitMs <= nowMs);
    for (const { row } of due) this.#missing.delete(row.object);
    return due.map(({ row }) => row);
  }

  /** Infinite if there is none. */
  nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { sinceMs } of this.#missing.values()) nextMs = Math.min(nextMs, sinceMs + bindingPace.missingMs);
    return nextMs;
  }
}

// What one peer may ask of this device, in all spaces together: so much at once, and so much a second. A holder is
// trusted with the space, not with this device's time and memory.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Clock } from "#glow";
import { Rate } from "./rate.ts";

const mostAtOnce = {
  follows: replicationLimits.follows,
  fetches: replicationLimits.fetches,
  calls: replicationLimits.calls,
} as const;

export type AllowanceKind = keyof typeof mostAtOnce;

export class PeerAllowance {
  readonly #lookups: Rate;
  readonly #underWay: Record<AllowanceKind, number> = { follows: 0, fetches: 0, calls: 0 };

  constructor(clock: Clock) {
    this.#lookups = new Rate(clock, replicationLimits.lookupBurst, replicationLimits.lookupsPerSecond);
  }

  /** One more is under way until the result is called. `exhausted` if they are too many. */
  begin(kind: AllowanceKind, op: string): () => void {
    if (this.#underWay[kind] >= mostAtOnce[kind]) {
      const message = `${mostAtOnce[kind]} ${kind} of this peer are under way, the most there may be: let some end first`;
      throw new GlowError("exhausted", op, { message });
    }
    this.#underWay[kind]++;
    let isOver = false;
    return () => {
      if (!isOver) this.#underWay[kind]--;
      isOver = true;
    };
  }

  /** So many ids, hashes or ranges are looked up. `too-large` past `most` in one call, `exhausted` past the rate. */
  lookUp(op: string, count: number, most: number): void {
    if (count > most) {
      const message = `${count} in one call; at most ${most} are answered: ask for the rest in further calls`;
      throw new GlowError("too-large", op, { message });
    }
    if (this.#lookups.take(count)) return;
    throw new GlowError("exhausted", op, { message: "this peer asks for more than is looked up in this time: wait" });
  }
}

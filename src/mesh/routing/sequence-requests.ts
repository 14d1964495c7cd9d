// Asks for newer sequence numbers (RFC 8966, 3.8): for destinations to which neighbours know ways of which none is safe,
// at once and, as a link may die with the request on it, again and again ever more rarely; and, after some patience, for
// those to which an unsafe way would be better. Most of the latter are only stale and vanish by themselves.
//
// A request goes along next hops towards its destination, which alone can answer it. Each node passes on only one in a
// while for the same sequence, so a thousand that ask at once cost each link about one message.

import { routingLimits } from "#base/limits.ts";
import { Alarm } from "./alarm.ts";
import type { Destination } from "./destination.ts";
import type { Neighbour } from "./neighbour.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";

/** Where no way is known to be good, so many are asked at once; at the next attempt, others. */
const fanOut = 2;

interface Pending {
  attempts: number;
  dueMs: number;
  isUrgent: boolean;
}

interface Asked {
  readonly sequence: number;
  readonly untilMs: number;
}

export class SequenceRequests {
  readonly #powers: RoutingPowers;
  readonly #limits: RoutingLimits;
  readonly #all: () => Iterable<Destination<Neighbour>>;
  readonly #sendSoon: () => void;
  readonly #alarm: Alarm;
  readonly #pending = new Map<Destination<Neighbour>, Pending>();
  /** What was asked for lately, for whomever. */
  readonly #asked = new Map<Destination<Neighbour>, Asked>();
  /** There was no room for some: they are looked for once there is. */
  #isMissingSome = false;

  constructor(
    powers: RoutingPowers,
    limits: RoutingLimits,
    all: () => Iterable<Destination<Neighbour>>,
    sendSoon: () => void,
  ) {
    this.#powers = powers;
    this.#limits = limits;
    this.#all = all;
    this.#sendSoon = sendSoon;
    this.#alarm = new Alarm(powers, () => this.#ring());
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Something about this destination is different. */
  review(destination: Destination<Neighbour>): void {
    const need = destination.need();
    const pending = this.#pending.get(destination);
    if (need === "none") {
      if (pending !== undefined) this.#pending.delete(destination);
      return;
    }
    if (pending !== undefined && (pending.isUrgent || need === "better")) return;
    if (pending === undefined && this.#pending.size >= this.#limits.pendingRequests) {
      this.#isMissingSome = true;
      this.#alarm.set(this.#powers.clock.monotonicMs() + this.#limits.requestPatienceMs);
      return;
    }
    const nowMs = this.#powers.clock.monotonicMs();
    const isUrgent = need === "any";
    const fresh = { attempts: 0, dueMs: isUrgent ? nowMs : nowMs + this.#limits.requestPatienceMs, isUrgent };
    this.#pending.set(destination, fresh);
    if (isUrgent) this.#attempt(destination, fresh, nowMs);
    this.#alarm.set(fresh.dueMs);
  }

  /** Passes on what `from` asks for, which nobody here has. */
  forward(destination: Destination<Neighbour>, from: Neighbour, hopsLeft: number): void {
    if (hopsLeft > 0) this.#ask(destination, destination.waysToOrigin(from).slice(0, fanOut), hopsLeft);
  }

  forget(destination: Destination<Neighbour>): void {
    this.#pending.delete(destination);
    this.#asked.delete(destination);
  }

  close(): void {
    this.#alarm.cancel();
  }

  #ring(): void {
    const nowMs = this.#powers.clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [destination, pending] of this.#pending) {
      if (pending.dueMs <= nowMs) this.#attempt(destination, pending, nowMs);
      nextMs = Math.min(nextMs, pending.dueMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#alarm.set(nextMs);
    if (this.#isMissingSome && this.#pending.size < this.#limits.pendingRequests) {
      this.#isMissingSome = false;
      for (const destination of this.#all()) this.review(destination);
    }
    if (this.#isMissingSome) this.#alarm.set(nowMs + this.#limits.requestPatienceMs);
    this.#sendSoon();
  }

  #attempt(destination: Destination<Neighbour>, pending: Pending, nowMs: number): void {
    const ways = destination.waysToOrigin();
    const first = (pending.attempts * fanOut) % Math.max(1, ways.length);
    this.#ask(destination, ways.slice(first, first + fanOut), routingLimits.hops);
    const waitMs = this.#limits.requestRetryMs * 2 ** Math.min(pending.attempts++, 20);
    pending.dueMs = nowMs + Math.min(waitMs, this.#limits.requestRetryMaxMs);
  }

  #ask(destination: Destination<Neighbour>, ways: readonly Neighbour[], hopsLeft: number): void {
    const nowMs = this.#powers.clock.monotonicMs();
    const { sequence } = destination.newest;
    const asked = this.#asked.get(destination);
    if (asked !== undefined && asked.sequence >= sequence && asked.untilMs > nowMs) return;
    if (ways.length === 0) return;
    this.#asked.set(destination, { sequence, untilMs: nowMs + this.#limits.requestRepeatMs });
    for (const { outbox } of ways) outbox.request(destination, hopsLeft);
  }
}

// Asks for newer sequence numbers (RFC 8966, 3.8): for destinations to which neighbours know ways of which none is safe,
// at once and, as a link may die with the request on it, again and again ever more rarely; and, after some patience, for
// those to which an unsafe way would be better. Most of the latter are only stale and vanish by themselves.
//
// A request goes along next hops towards its destination, which alone can answer it. Each node passes on only one in a
// while for the same sequence, so a thousand that ask at once cost each link about one message. A liar that has drawn
// those next hops to itself will swallow it: so a request that is repeated goes to all neighbours, and reaches the
// destination if there is any way over honest nodes. As it goes to so many, it is repeated ever more rarely.

import { routingLimits } from "#base/limits.ts";
import { Alarm } from "../wire/alarm.ts";
import type { Destination } from "./destination.ts";
import type { Neighbour } from "./neighbour.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";

/** Where no way is known to be good, so many are asked at first. */
const fanOut = 2;

interface Pending {
  attempts: number;
  dueMs: number;
  isUrgent: boolean;
}

interface Asked {
  readonly sequence: number;
  /** How often, without an answer. */
  readonly times: number;
  readonly untilMs: number;
}

/** The part of the node that requests are about. */
export interface RequestsOwner {
  destinations(): Iterable<Destination<Neighbour>>;
  neighbours(): Iterable<Neighbour>;
  sendSoon(): void;
}

export class SequenceRequests {
  readonly #powers: RoutingPowers;
  readonly #limits: RoutingLimits;
  readonly #owner: RequestsOwner;
  readonly #alarm: Alarm;
  readonly #pending = new Map<Destination<Neighbour>, Pending>();
  /** What was asked for lately, for whomever. */
  readonly #asked = new Map<Destination<Neighbour>, Asked>();
  /** There was no room for some: they are looked for once there is. */
  #isMissingSome = false;

  constructor(powers: RoutingPowers, limits: RoutingLimits, owner: RequestsOwner) {
    this.#powers = powers;
    this.#limits = limits;
    this.#owner = owner;
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
    if (hopsLeft > 0) this.#ask(destination, from, hopsLeft);
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
      for (const destination of this.#owner.destinations()) this.review(destination);
    }
    if (this.#isMissingSome) this.#alarm.set(nowMs + this.#limits.requestPatienceMs);
    this.#owner.sendSoon();
  }

  #attempt(destination: Destination<Neighbour>, pending: Pending, nowMs: number): void {
    this.#ask(destination, undefined, routingLimits.hops);
    const waitMs = this.#limits.requestRetryMs * 2 ** Math.min(pending.attempts++, 20);
    pending.dueMs = nowMs + Math.min(waitMs, this.#limits.requestRetryMaxMs);
  }

  #ask(destination: Destination<Neighbour>, from: Neighbour | undefined, hopsLeft: number): void {
    const nowMs = this.#powers.clock.monotonicMs();
    const { requestRepeatMs, requestRetryMaxMs } = this.#limits;
    const { sequence } = destination.newest;
    const asked = this.#asked.get(destination);
    const isRepeated = asked?.sequence === sequence && asked.untilMs + 2 * requestRetryMaxMs > nowMs;
    if (isRepeated && asked.untilMs > nowMs) return;
    const times = isRepeated ? asked.times : 0;
    const ways = times === 0 ? destination.waysToOrigin(from).slice(0, fanOut) : this.#everyWay(destination, from);
    if (ways.length === 0) return;
    // Shorter than the time after which it is repeated: that doubles too.
    const waitMs = Math.min(requestRepeatMs * 2 ** Math.min(times, 20), requestRetryMaxMs / 2);
    this.#asked.set(destination, { sequence, times: times + 1, untilMs: nowMs + waitMs });
    for (const { outbox } of ways) outbox.request(destination, hopsLeft);
  }

  /** Also neighbours that told us nothing: their way may lead through this node, only because of a lie. */
  #everyWay(destination: Destination<Neighbour>, from: Neighbour | undefined): Neighbour[] {
    if (destination.entries.size === 0) return [];
    return [...this.#owner.neighbours()].filter(
      (each) => each !== from && (each.policy.relay || each.peer === destination.id),
    );
  }
}

// Forgets destinations that have been out of reach for long. To forget a destination is to forget the best that was told
// about it, and with that the reason why no loop can form (destination.ts). So it is done only once nobody counts on
// what was told: once every neighbour has read, and so acted on, our retraction. They say so when asked: a SYNC goes
// out behind all retractions, and who has read it answers. Links keep order, so nothing that still counts on us can
// come after that answer, and no clock needs to be trusted. What ended with its link counts on nobody any more.
//
// The time before (`retentionMs`) is not for safety. It keeps the sequence of a node that is away for a while, so that
// old announcements of it, replayed by whoever kept them, are known for what they are.

import { GlowError } from "#base/errors.ts";
import { Alarm } from "../wire/alarm.ts";
import type { Destination } from "./destination.ts";
import type { Neighbour } from "./neighbour.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";

/** A SYNC that is under way to several neighbours. */
interface Barrier {
  readonly number: number;
  readonly destinations: ReadonlyMap<Destination<Neighbour>, number>;
  readonly silent: Set<Neighbour>;
  readonly untilMs: number;
}

export interface ForgettingOwner {
  neighbours(): Iterable<Neighbour>;
  forget(destination: Destination<Neighbour>): void;
  failed(neighbour: Neighbour, error: GlowError): void;
  sendSoon(): void;
}

export class Forgetting {
  readonly #powers: RoutingPowers;
  readonly #limits: RoutingLimits;
  readonly #owner: ForgettingOwner;
  readonly #alarm: Alarm;
  /** Destinations of which no neighbour says anything, and since when. */
  readonly #lost = new Map<Destination<Neighbour>, number>();
  #barrier: Barrier | undefined;
  #number = 0;

  constructor(powers: RoutingPowers, limits: RoutingLimits, owner: ForgettingOwner) {
    this.#powers = powers;
    this.#limits = limits;
    this.#owner = owner;
    this.#alarm = new Alarm(powers, () => this.#ring());
  }

  review(destination: Destination<Neighbour>): void {
    if (destination.entries.size > 0) this.#lost.delete(destination);
    else if (!this.#lost.has(destination)) {
      const nowMs = this.#powers.clock.monotonicMs();
      this.#lost.set(destination, nowMs);
      this.#alarm.set(nowMs + this.#limits.retentionMs);
    }
  }

  synced(neighbour: Neighbour, number: number): void {
    if (number === this.#barrier?.number) this.gone(neighbour);
  }

  /** Nothing more is to be waited for from this neighbour. */
  gone(neighbour: Neighbour): void {
    const barrier = this.#barrier;
    if (barrier?.silent.delete(neighbour) === true && barrier.silent.size === 0) this.#finish(barrier);
  }

  close(): void {
    this.#alarm.cancel();
  }

  #ring(): void {
    const nowMs = this.#powers.clock.monotonicMs();
    if (this.#barrier !== undefined) {
      if (this.#barrier.untilMs <= nowMs) this.#giveUp(this.#barrier);
      else this.#alarm.set(this.#barrier.untilMs);
    } else {
      this.#begin(nowMs);
    }
  }

  #begin(nowMs: number): void {
    const due = [...this.#lost].filter(([, sinceMs]) => sinceMs + this.#limits.retentionMs <= nowMs);
    if (due.length === 0) return this.#setAlarm();
    // Others were told of nobody but this node.
    const silent = new Set([...this.#owner.neighbours()].filter(({ policy }) => policy.relay));
    const untilMs = nowMs + this.#limits.syncMs;
    const barrier = { number: ++this.#number, destinations: new Map(due), silent, untilMs };
    this.#barrier = barrier;
    for (const { outbox } of silent) outbox.sync(barrier.number);
    this.#alarm.set(untilMs);
    if (silent.size === 0) this.#finish(barrier);
    this.#owner.sendSoon();
  }

  #finish({ destinations }: Barrier): void {
    this.#barrier = undefined;
    for (const [destination, sinceMs] of destinations) {
      // Unless it was in reach meanwhile, and told to somebody anew.
      if (this.#lost.get(destination) !== sinceMs) continue;
      this.#lost.delete(destination);
      this.#owner.forget(destination);
    }
    this.#setAlarm();
  }

  /** Else one neighbour that does not answer could make us remember for ever. */
  #giveUp({ silent }: Barrier): void {
    this.#barrier = undefined;
    const message = `it has not read its announcements for ${this.#limits.syncMs} ms; close the link`;
    for (const neighbour of silent) {
      const error = new GlowError("unavailable", "routing.forget", { target: neighbour.peer, message });
      this.#owner.failed(neighbour, error);
    }
    // They are gone by then; the next barrier does without them.
    this.#alarm.set(this.#powers.clock.monotonicMs() + this.#limits.syncMs);
  }

  #setAlarm(): void {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const sinceMs of this.#lost.values()) firstMs = Math.min(firstMs, sinceMs);
    if (firstMs === Number.POSITIVE_INFINITY) return;
    this.#alarm.cancel();
    this.#alarm.set(firstMs + this.#limits.retentionMs);
  }
}

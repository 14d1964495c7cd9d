// What one neighbour is still to be told, and what it was told before. A link loses nothing, so each state is told once,
// and of a destination that changes faster than it may be told only the latest state. What is urgent (a retraction, a
// request) leaves with the end of the turn, all else within `paceMs`: after a failure, better routes come in one after
// another, and most of them would be told only to be replaced.

import { routingLimits } from "#base/limits.ts";
import type { NodeId } from "#glow";
import { Alarm } from "../wire/alarm.ts";
import type { Announcement } from "./announcement.ts";
import type { Destination, Offer, Via } from "./destination.ts";
import type { MessageWriter } from "./message-writer.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";

export class Outbox<Hop extends Via> {
  readonly #peer: NodeId;
  readonly #powers: RoutingPowers;
  readonly #paceMs: number;
  readonly #writer: MessageWriter;
  readonly #alarm: Alarm;
  /** What the neighbour believes; nothing where it was told nothing, or that there is nothing. */
  readonly #told = new Map<Destination<Hop>, Offer<Hop>>();
  readonly #changed = new Set<Destination<Hop>>();
  /** Destinations of which a newer sequence is requested, with how far the request may go. */
  readonly #requests = new Map<Destination<Hop>, number>();
  #reminder: Announcement | undefined;
  #sync: number | undefined;
  #synced: number | undefined;
  #isResendOwed = false;
  #isUrgent = false;
  #flushedMs = Number.NEGATIVE_INFINITY;

  constructor(peer: NodeId, writer: MessageWriter, powers: RoutingPowers, limits: RoutingLimits) {
    this.#paceMs = limits.paceMs;
    this.#peer = peer;
    this.#writer = writer;
    this.#powers = powers;
    this.#alarm = new Alarm(powers, () => this.flush());
  }

  /** There is another offer for this destination, or none any more. */
  changed(destination: Destination<Hop>): void {
    this.#changed.add(destination);
    if (destination.offer === undefined && this.#told.has(destination)) this.#isUrgent = true;
  }

  request(destination: Destination<Hop>, hopsLeft: number): void {
    this.#requests.set(destination, Math.max(hopsLeft, this.#requests.get(destination) ?? 0));
    this.#isUrgent = true;
  }

  /** Tells the neighbour how far its own sequence had come. */
  remind(announcement: Announcement): void {
    this.#reminder = announcement;
  }

  sync(number: number): void {
    this.#sync = number;
  }

  /** The neighbour's own numbers ascend, so that the last one stands for all. */
  synced(number: number): void {
    this.#synced = Math.max(number, this.#synced ?? 0);
  }

  askAgain(): void {
    this.#isResendOwed = true;
  }

  /** The neighbour had no room for some of it: everything is told again. */
  tellAgain(): void {
    for (const [destination, offer] of this.#told) {
      // Not forgotten that it was told: it may have to be retracted. But no offer equals this one.
      this.#told.set(destination, { ...offer, metric: -1 });
      this.#changed.add(destination);
    }
  }

  /** The destination is gone from the table; the neighbour counts on nothing about it. */
  forget(destination: Destination<Hop>): void {
    this.#told.delete(destination);
    this.#changed.delete(destination);
    this.#requests.delete(destination);
  }

  close(): void {
    this.#alarm.cancel();
  }

  /** The turn is over: sends what may leave now, and sees to it that the rest follows. */
  endOfTurn(): void {
    if (this.#isEmpty) return;
    const paceMs = this.#isUrgent ? 0 : this.#paceMs;
    if (this.#flushedMs + paceMs <= this.#powers.clock.monotonicMs()) this.flush();
    else this.#alarm.set(this.#flushedMs + paceMs);
  }

  flush(): void {
    this.#alarm.cancel();
    this.#flushedMs = this.#powers.clock.monotonicMs();
    const writer = this.#writer;
    writer.begin((message) => this.#powers.send(this.#peer, message));
    for (const destination of this.#changed) this.#tell(destination);
    for (const [{ newest }, hopsLeft] of this.#requests) writer.request(hopsLeft, newest);
    if (this.#reminder !== undefined) writer.remind(this.#reminder);
    if (this.#isResendOwed) writer.resend();
    // Last, as it speaks for all before it.
    if (this.#sync !== undefined) writer.sync(this.#sync);
    if (this.#synced !== undefined) writer.synced(this.#synced);
    this.#clear();
    writer.finish();
  }

  get #isEmpty(): boolean {
    const owesRecord = this.#sync ?? this.#synced ?? this.#reminder;
    return this.#changed.size + this.#requests.size === 0 && owesRecord === undefined && !this.#isResendOwed;
  }

  #tell(destination: Destination<Hop>): void {
    const told = this.#told.get(destination);
    const offer = this.#offerOf(destination);
    if (offer === undefined) {
      if (told === undefined) return;
      this.#told.delete(destination);
      this.#writer.retract(destination.idBytes);
    } else {
      this.#told.set(destination, offer);
      if (told !== undefined && saysTheSame(told, offer)) return;
      destination.told(offer);
      this.#writer.route(offer.metric, offer.hops, offer.announcement);
    }
  }

  /** Of itself a neighbour is told nothing, nor of what leads through it. */
  #offerOf({ id, offer }: Destination<Hop>): Offer<Hop> | undefined {
    if (offer === undefined || offer.hops > routingLimits.hops) return undefined;
    return id === this.#peer || offer.via?.peer === this.#peer ? undefined : offer;
  }

  #clear(): void {
    this.#changed.clear();
    this.#requests.clear();
    this.#reminder = undefined;
    this.#sync = undefined;
    this.#synced = undefined;
    this.#isResendOwed = false;
    this.#isUrgent = false;
  }
}

function saysTheSame<Hop extends Via>(a: Offer<Hop>, b: Offer<Hop>): boolean {
  return a.announcement === b.announcement && a.metric === b.metric && a.hops === b.hops;
}

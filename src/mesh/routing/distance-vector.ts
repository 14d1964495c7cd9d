// Finds ways through the mesh: a loop-free distance vector in the way of Babel (RFC 8966), made for links that lose
// nothing. Each node tells its neighbours what it costs to reach whom through it; they take the best that is safe.
//
// Taken from Babel: feasibility, which is why there are no loops (destination.ts); sequence numbers of destinations,
// which bring a way back where none is safe any more (origin.ts, sequence-requests.ts). Different here:
//
//   - Links are reliable and ordered, and their end is noticed. So everything is told once, nothing is repeated, and a
//     mesh in which nothing happens is silent (outbox.ts). There are no hellos, intervals and expiry times.
//   - Destinations sign their sequence numbers, and are named by the hash of their keys. So nobody can claim to be
//     somebody else, or make others believe in a newer sequence. Liars can lie about what their own routes cost, tell
//     some and not others, and keep alive the last announcement of a node that is gone. All that draws traffic to
//     them, which is sealed and which they can do no more than drop: sessions notice, and `avoid` them.
//   - What was told is forgotten when nobody counts on it any more, as they say themselves (forgetting.ts).
//
// Without liars, and once all is quiet, each route is the cheapest there is by the costs that the nodes on it give to
// their links. The neighbours' messages are described in message.ts.

import { assert, type GlowError } from "#base/errors.ts";
import { routingLimits } from "#base/limits.ts";
import type { LinkMetrics, NeighbourPolicy, NodeId, PublicKey, Route, Routing } from "#glow";
import { Alarm } from "../wire/alarm.ts";
import { Destination } from "./destination.ts";
import { Forgetting } from "./forgetting.ts";
import { MessageWriter } from "./message-writer.ts";
import { Neighbour, type NeighbourParts } from "./neighbour.ts";
import { Origin } from "./origin.ts";
import { RecordReader } from "./record-reader.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";
import { RoutingTable } from "./routing-table.ts";
import { SequenceRequests } from "./sequence-requests.ts";

export class DistanceVector implements Routing {
  readonly #powers: RoutingPowers;
  readonly #table: RoutingTable;
  readonly #neighbours = new Map<NodeId, Neighbour>();
  readonly #neighbourParts: NeighbourParts;
  readonly #origin: Origin;
  /** This node as a destination of others; it is not in the table. */
  readonly #self: Destination<Neighbour>;
  readonly #requests: SequenceRequests;
  readonly #forgetting: Forgetting;
  /** Rings when a next hop need no longer be avoided. */
  readonly #avoiding: Alarm;
  #changed = new Set<NodeId>();
  #failures: { readonly neighbour: Neighbour; readonly error: GlowError }[] = [];
  #isSettling = false;
  #isClosed = false;

  /** `changes` are made to `routingLimits`. */
  constructor(powers: RoutingPowers, changes: Partial<RoutingLimits> = {}) {
    const limits: RoutingLimits = { ...routingLimits, ...changes };
    const { identity } = powers;
    this.#powers = powers;
    this.#table = new RoutingTable(powers.random, limits);
    this.#origin = new Origin(powers, limits, () => this.#offerSelf());
    this.#self = new Destination(identity.id, identity.idBytes, identity.id, this.#origin.announcement);
    this.#self.offerSelf(this.#origin.announcement);
    const sendSoon = () => this.#settleSoon();
    const neighbours = () => this.#neighbours.values();
    const destinations = () => this.#table.all();
    this.#requests = new SequenceRequests(powers, limits, { destinations, neighbours, sendSoon });
    const failed = (neighbour: Neighbour, error: GlowError) => this.#fail(neighbour, error);
    this.#forgetting = new Forgetting(powers, limits, {
      neighbours,
      forget: (destination) => this.#forget(destination),
      failed,
      sendSoon,
    });
    this.#avoiding = new Alarm(powers, () => this.#endAvoiding());
    const reader = new RecordReader({
      crypto: powers.crypto,
      origin: this.#origin,
      table: this.#table,
      requests: this.#requests,
      forgetting: this.#forgetting,
      reconsider: (destination) => this.#reconsider(destination),
      neighbour: ({ id }) => this.#neighbours.get(id),
    });
    this.#neighbourParts = {
      powers,
      limits,
      writer: new MessageWriter(),
      handle: (neighbour, record) => {
        this.#settleSoon();
        return reader.handle(neighbour, record);
      },
      failed,
    };
  }

  linkUp(peer: NodeId, metrics: LinkMetrics, policy: NeighbourPolicy): void {
    assert(!this.#neighbours.has(peer), "a neighbour's link comes up once before it goes down");
    assert(peer !== this.#self.id, "a node is no neighbour of itself");
    if (this.#isClosed) return;
    const neighbour = new Neighbour(peer, metrics, policy, this.#neighbourParts);
    this.#neighbours.set(peer, neighbour);
    neighbour.outbox.changed(this.#self);
    if (policy.relay) for (const destination of this.#table.all()) neighbour.outbox.changed(destination);
    this.#settleSoon();
  }

  linkChanged(peer: NodeId, metrics: LinkMetrics): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour?.measured(metrics) !== true) return;
    for (const destination of neighbour.destinations) this.#reconsider(destination);
  }

  linkDown(peer: NodeId): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour === undefined) return;
    this.#neighbours.delete(peer);
    neighbour.close();
    for (const destination of neighbour.destinations) {
      destination.entries.delete(neighbour);
      this.#reconsider(destination);
    }
    this.#forgetting.gone(neighbour);
  }

  received(from: NodeId, message: Uint8Array): void {
    this.#neighbours.get(from)?.inbox.add(message);
  }

  next(target: NodeId): Route | undefined {
    return this.#table.get(target)?.route;
  }

  nextFor(bytes: Uint8Array, at: number): Route | undefined {
    return this.#table.at(bytes, at)?.route;
  }

  avoid(target: NodeId, next: NodeId, untilMs: number): void {
    const destination = this.#table.get(target);
    const neighbour = this.#neighbours.get(next);
    if (destination === undefined || neighbour === undefined || !destination.entries.has(neighbour)) return;
    destination.avoid(next, untilMs, this.#powers.clock.monotonicMs());
    this.#avoiding.set(destination.avoidedUntilMs());
    this.#reconsider(destination);
  }

  *routes(): Iterable<readonly [NodeId, Route]> {
    for (const { id, route } of this.#table.all()) if (route !== undefined) yield [id, route];
  }

  publicKey(target: NodeId): PublicKey | undefined {
    return target === this.#self.id ? this.#self.publicKey : this.#table.get(target)?.publicKey;
  }

  close(): void {
    this.#isClosed = true;
    for (const neighbour of this.#neighbours.values()) neighbour.close();
    this.#neighbours.clear();
    this.#origin.close();
    this.#requests.close();
    this.#forgetting.close();
    this.#avoiding.cancel();
  }

  /** At once, so that no packet goes where it must not go any more; only telling others waits for the end of the turn. */
  #reconsider(destination: Destination<Neighbour>): void {
    const next = destination.route?.next;
    if (destination.select(this.#powers.clock.monotonicMs())) {
      for (const { outbox, policy } of this.#neighbours.values()) if (policy.relay) outbox.changed(destination);
      if (destination.route?.next !== next) this.#changed.add(destination.id);
    }
    this.#requests.review(destination);
    this.#forgetting.review(destination);
    this.#settleSoon();
  }

  #offerSelf(): void {
    this.#self.offerSelf(this.#origin.announcement);
    for (const { outbox } of this.#neighbours.values()) outbox.changed(this.#self);
    this.#settleSoon();
  }

  #endAvoiding(): void {
    const nowMs = this.#powers.clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const destination of this.#table.all()) {
      if (destination.avoidedUntilMs() <= nowMs) this.#reconsider(destination);
      nextMs = Math.min(nextMs, destination.avoidedUntilMs());
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#avoiding.set(nextMs);
  }

  #forget(destination: Destination<Neighbour>): void {
    this.#table.delete(destination);
    this.#requests.forget(destination);
    for (const neighbour of this.#neighbours.values()) {
      neighbour.outbox.forget(destination);
      if (!neighbour.isMissingSome) continue;
      neighbour.isMissingSome = false;
      neighbour.outbox.askAgain();
    }
    this.#settleSoon();
  }

  #fail(neighbour: Neighbour, error: GlowError): void {
    neighbour.inbox.close();
    this.#failures.push({ neighbour, error });
    this.#settleSoon();
  }

  #settleSoon(): void {
    if (this.#isSettling || this.#isClosed) return;
    this.#isSettling = true;
    this.#powers.timers.endOfTurn(() => this.#settle());
  }

  #settle(): void {
    this.#isSettling = false;
    if (this.#isClosed) return;
    for (const { outbox } of this.#neighbours.values()) outbox.endOfTurn();
    const changed = this.#changed;
    const failures = this.#failures;
    this.#changed = new Set();
    this.#failures = [];
    if (changed.size > 0) this.#powers.changed(changed);
    for (const { neighbour, error } of failures) {
      if (this.#neighbours.get(neighbour.peer) === neighbour) this.#powers.failed(neighbour.peer, error);
    }
  }
}

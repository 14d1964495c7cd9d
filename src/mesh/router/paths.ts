// By whom packets leave for a node, near or far. It is the ear and mouth of routing (src/mesh/routing), which finds the next
// hop: of several links to a neighbour it settles on one for what is said of routes, it turns next hops into neighbours,
// and it lets whoever needs a way wait until there is one. It carries no packets itself: forwarding.ts does.

import { GlowError } from "#base/errors.ts";
import { routerLimits } from "#base/limits.ts";
import type { NodeId, Route } from "#glow";
import type { SecureLink } from "../link/link.ts";
import { DistanceVector } from "../routing/distance-vector.ts";
import type { RoutingPowers } from "../routing/routing-powers.ts";
import { controlChannel } from "./control-channel.ts";
import type { Neighbour } from "./neighbour.ts";
import type { NeighbourTable } from "./neighbour-table.ts";

export interface PathsOptions extends Omit<RoutingPowers, "send" | "changed" | "failed"> {
  readonly neighbours: NeighbourTable;
  /** Packets to these nodes go to another neighbour than before, or to none. At the end of a turn. */
  changed(targets: ReadonlySet<NodeId>): void;
}

export class Paths {
  readonly #options: PathsOptions;
  readonly #self: NodeId;
  readonly #neighbours: NeighbourTable;
  readonly #routing: DistanceVector;
  readonly #waiters = new Set<() => void>();
  #isClosed = false;

  constructor(options: PathsOptions) {
    const { neighbours, changed, ...powers } = options;
    this.#options = options;
    this.#self = options.identity.id;
    this.#neighbours = neighbours;
    this.#routing = new DistanceVector({
      ...powers,
      send: (peer, message) => neighbours.get(peer)?.routingLink?.sendControl(controlChannel.routing, message),
      changed: (targets) => {
        changed(targets);
        this.#wakeWaiters();
      },
      failed: (peer, error) => neighbours.get(peer)?.routingLink?.close(error),
    });
  }

  // ---------------------------------------------------------------------------------------------- which way

  /** The neighbour by which packets to this node leave. */
  towards(target: NodeId): Neighbour | undefined {
    const route = this.#routing.next(target);
    return this.#neighbours.get(route?.next ?? target);
  }

  /** The same for the id whose bytes begin at `at`: for every packet that is relayed, so it allocates nothing. */
  towardsBytes(bytes: Uint8Array, at: number): Neighbour | undefined {
    const route = this.#routing.nextFor(bytes, at);
    return route === undefined ? this.#neighbours.at(bytes, at) : this.#neighbours.get(route.next);
  }

  route(target: NodeId): Route | undefined {
    const route = this.#routing.next(target);
    if (route !== undefined) return route;
    const link = this.#neighbours.get(target)?.best;
    return link && { next: target, hops: 1, costMs: link.metrics().roundTripMs };
  }

  /** Every node that can be reached, as far as this one knows. */
  routes(): Iterable<readonly [NodeId, Route]> {
    return this.#routing.routes();
  }

  /** Nothing gets through to this node: another way is taken for a while, if there is one. */
  suspect(target: NodeId): void {
    const next = this.#routing.next(target)?.next;
    if (next === undefined) return;
    this.#routing.avoid(target, next, this.#options.clock.monotonicMs() + routerLimits.avoidMs);
  }

  /** Whether a path leads to this node, now or within `routeWaitMs`; the signal ends the wait. */
  async reaches(target: NodeId, signal?: AbortSignal): Promise<boolean> {
    if (this.route(target) !== undefined) return true;
    await new Promise<void>((resolve) => {
      const done = () => {
        timer.cancel();
        signal?.removeEventListener("abort", done);
        this.#waiters.delete(wake);
        resolve();
      };
      const wake = () => {
        if (this.#isClosed || this.route(target) !== undefined) done();
      };
      const timer = this.#options.timers.after(routerLimits.routeWaitMs, done);
      signal?.addEventListener("abort", done, { once: true });
      this.#waiters.add(wake);
    });
    return this.route(target) !== undefined;
  }

  #wakeWaiters(): void {
    for (const wake of this.#waiters) wake();
  }

  // ------------------------------------------------------------------------------- what is said of routes, and where

  /** There is one link more to this neighbour. */
  linkAdded(neighbour: Neighbour): void {
    this.#start(neighbour);
    this.#wakeWaiters();
  }

  /** This link has left the neighbour's. */
  linkRemoved(neighbour: Neighbour, link: SecureLink): void {
    if (neighbour.routingLink !== link) return;
    neighbour.routingLink = undefined;
    this.#routing.linkDown(neighbour.id);
    this.#start(neighbour);
  }

  /** What the neighbour's best link costs was measured anew. */
  measured({ id, best }: Neighbour): void {
    if (best !== undefined) this.#routing.linkChanged(id, best.metrics());
  }

  /** A message on `controlChannel.routing`. */
  received(link: SecureLink, message: Uint8Array): void {
    // What is left of an earlier choice is passed over.
    if (this.#neighbours.get(link.peer)?.routingLink === link) this.#routing.received(link.peer, message);
  }

  /** The neighbour, whose choice it is, has chosen this link. Each time both sides tell each other everything. */
  started(link: SecureLink): void {
    const neighbour = this.#neighbours.get(link.peer);
    if (neighbour === undefined || this.#self < link.peer) return;
    if (neighbour.routingLink === link || neighbour.routingStarts.take()) {
      this.#speakOver(neighbour, link);
      return;
    }
    const message = "the neighbour chooses another link for routing again and again";
    throw new GlowError("exhausted", "mesh.routing", { target: link.peer, message });
  }

  close(): void {
    this.#isClosed = true;
    this.#routing.close();
    this.#wakeWaiters();
  }

  /** Routing needs one link for all it says, and both sides the same: the node with the smaller id chooses. */
  #start(neighbour: Neighbour): void {
    const link = neighbour.best;
    if (neighbour.routingLink !== undefined || link === undefined || this.#self > neighbour.id) return;
    link.sendControl(controlChannel.routingStart, new Uint8Array());
    this.#speakOver(neighbour, link);
  }

  #speakOver(neighbour: Neighbour, link: SecureLink): void {
    if (neighbour.routingLink === link) return;
    if (neighbour.routingLink !== undefined) this.#routing.linkDown(neighbour.id);
    neighbour.routingLink = link;
    this.#routing.linkUp(neighbour.id, link.metrics(), neighbour.policy);
  }
}

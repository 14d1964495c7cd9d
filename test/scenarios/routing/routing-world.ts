// A mesh of real routing and nothing else: nodes that restart, links that end and come back, each side noticing in its
// own time, messages under way, costs that change, and liars. What must always hold is checked by whoever drives it.

import { assert } from "#base/errors.ts";
import { float, integerBelow, type SeededRandom } from "#base/random.ts";
import type { LinkMetrics, NodeId } from "#glow";
import { DistanceVector } from "#mesh/routing/distance-vector.ts";
import { LinkCost, tabUnits } from "#mesh/routing/link-cost.ts";
import type { RoutingLimits } from "#mesh/routing/routing-powers.ts";
import { Liar } from "./liar.ts";
import { crypto, identityOf, RoutingTime } from "./routing-time.ts";

export interface WorldOptions {
  readonly nodes: number;
  readonly tabs?: ReadonlySet<number>;
  readonly liars?: ReadonlySet<number>;
  readonly limits?: Partial<RoutingLimits>;
  /** Of every link, each way. */
  readonly mostDelayMs?: number;
}

/** What routing and a liar have in common. */
export type Speaker = Pick<DistanceVector, "linkUp" | "linkDown" | "linkChanged" | "received" | "close">;

export interface WorldNode {
  readonly number: number;
  readonly id: NodeId;
  readonly isTab: boolean;
  readonly isLiar: boolean;
  wallOffsetMs: number;
  speaker: Speaker;
  /** Undefined for a liar. */
  routing: DistanceVector | undefined;
  /** Its side of each link that it believes to be up. */
  readonly sides: Map<NodeId, Side>;
}

/** One side of a link. */
interface Side {
  readonly link: WorldLink;
  readonly node: WorldNode;
  readonly peer: WorldNode;
  readonly cost: LinkCost;
  readonly delayMs: number;
  /** When the last message to this side arrives: none overtakes another. */
  arrivesMs: number;
}

export interface WorldLink {
  isCut: boolean;
  readonly ends: readonly [number, number];
}

export class RoutingWorld {
  readonly time = new RoutingTime();
  readonly nodes: WorldNode[];
  readonly links = new Set<WorldLink>();
  messages = 0;
  bytes = 0;
  /** Called for each message that leaves. */
  sent: (message: Uint8Array) => void = () => undefined;
  /** Links that routing asked to be closed, with why. */
  readonly failures: string[] = [];
  readonly #random: SeededRandom;
  readonly #options: WorldOptions;
  readonly #byId = new Map<NodeId, WorldNode>();

  constructor(random: SeededRandom, options: WorldOptions) {
    this.#random = random;
    this.#options = options;
    this.nodes = Array.from({ length: options.nodes }, (_, number) => this.#newNode(number));
    for (const node of this.nodes) this.#byId.set(node.id, node);
  }

  linkOf(a: number, b: number): WorldLink | undefined {
    for (const link of this.links) if (link.ends.includes(a) && link.ends.includes(b)) return link;
    return undefined;
  }

  connect(a: number, b: number): void {
    assert(a !== b && this.linkOf(a, b) === undefined, "two nodes have one link at most");
    const link: WorldLink = { isCut: false, ends: [a, b] };
    this.links.add(link);
    this.#raise(link, this.#at(a), this.#at(b));
    this.#raise(link, this.#at(b), this.#at(a));
    this.time.endTurn();
  }

  /** What is under way is lost; the ends notice at different times, or when there is a new link between them. */
  cut(link: WorldLink, noticedWithinMs = 2000): void {
    this.links.delete(link);
    link.isCut = true;
    const [a, b] = link.ends;
    for (const [from, to] of [
      [this.#at(a), this.#at(b)],
      [this.#at(b), this.#at(a)],
    ] as const) {
      this.time.after(float(this.#random) * noticedWithinMs, () => this.#lower(link, from, to));
    }
  }

  /** Both ends measure the link anew. */
  measure(link: WorldLink): void {
    const [a, b] = link.ends;
    for (const [node, peer] of [
      [this.#at(a), this.#at(b)],
      [this.#at(b), this.#at(a)],
    ] as const) {
      const side = node.sides.get(peer.id);
      if (side === undefined || side.link !== link) continue;
      const metrics = this.#drawMetrics();
      side.cost.update(metrics);
      node.speaker.linkChanged(peer.id, metrics);
    }
    this.time.endTurn();
  }

  /** It forgets everything, and its wall clock jumps. Its links end, which its neighbours notice later. */
  restart(number: number, clockStepMs: number): void {
    const node = this.#at(number);
    node.speaker.close();
    node.wallOffsetMs += clockStepMs;
    const peers = [...node.sides.values()].map(({ peer, link }) => ({ peer, link }));
    node.sides.clear();
    for (const { peer, link } of peers) {
      this.links.delete(link);
      link.isCut = true;
      this.time.after(float(this.#random) * 2000, () => this.#lower(link, peer, node));
    }
    this.#boot(node);
    this.time.endTurn();
  }

  /** The next hop of each honest node on the way to a target, as far as it leads over a link that both ends know. */
  nextHop(node: WorldNode, target: WorldNode): WorldNode | undefined {
    const next = node.routing?.next(target.id)?.next;
    if (next === undefined) return undefined;
    const side = node.sides.get(next);
    assert(side !== undefined, "the next hop is a neighbour");
    return side.peer.sides.get(node.id)?.link === side.link ? side.peer : undefined;
  }

  /** Throws if next hops of honest nodes form a circle anywhere. */
  checkLoops(): void {
    for (const target of this.nodes) this.checkLoopsTo(target);
  }

  checkLoopsTo(target: WorldNode): void {
    const done = new Set<WorldNode>([target]);
    for (const start of this.nodes) {
      const path = new Set<WorldNode>();
      let node: WorldNode | undefined = start;
      while (node !== undefined && !done.has(node) && !node.isLiar) {
        const names = [...path, node].map((each) => each.number).join(" ");
        assert(!path.has(node), `no loop on the way to ${target.number}, at ${this.time.nowMs} ms: ${names}`);
        path.add(node);
        node = this.nextHop(node, target);
      }
      for (const each of path) done.add(each);
    }
  }

  /** What the cheapest way from each node to `target` costs, by the costs that each node gives to its links (Dijkstra). */
  bestCosts(target: WorldNode): Map<WorldNode, number> {
    const best = new Map<WorldNode, number>([[target, 0]]);
    const open = new Set<WorldNode>([target]);
    while (open.size > 0) {
      const [nearest] = [...open].sort((a, b) => (best.get(a) ?? 0) - (best.get(b) ?? 0));
      assert(nearest !== undefined, "there is one");
      open.delete(nearest);
      for (const peer of [...nearest.sides.values()].map((side) => side.peer)) {
        const cost = peer.sides.get(nearest.id)?.cost.units;
        if (cost === undefined) continue;
        const throughTab = nearest.isTab && nearest !== target ? tabUnits : 0;
        const total = (best.get(nearest) ?? 0) + cost + throughTab;
        if (total >= (best.get(peer) ?? Number.POSITIVE_INFINITY)) continue;
        best.set(peer, total);
        open.add(peer);
      }
    }
    return best;
  }

  /** Nodes that are linked to `start` over honest ones, itself included. */
  honestPart(start: WorldNode): Set<WorldNode> {
    const part = new Set<WorldNode>([start]);
    for (const node of part) {
      for (const { peer } of node.sides.values()) if (!peer.isLiar) part.add(peer);
    }
    return part;
  }

  #newNode(number: number): WorldNode {
    const node: WorldNode = {
      number,
      id: identityOf(number).id,
      isTab: this.#options.tabs?.has(number) ?? false,
      isLiar: this.#options.liars?.has(number) ?? false,
      wallOffsetMs: 0,
      speaker: undefined as never,
      routing: undefined,
      sides: new Map(),
    };
    this.#boot(node);
    return node;
  }

  #boot(node: WorldNode): void {
    const identity = identityOf(node.number);
    // Ends with this life of the node.
    const life: { speaker?: Speaker } = {};
    const isAlive = () => life.speaker === node.speaker;
    const random = this.#random.fork(`node ${node.number} at ${this.time.nowMs}`);
    const powers = this.time.powers(random, node.wallOffsetMs, isAlive);
    const send = (peer: NodeId, message: Uint8Array) => this.#send(node, peer, message);
    if (node.isLiar) {
      life.speaker = new Liar(random, this.time, send);
    } else {
      const failed = (peer: NodeId, error: Error) => this.#fail(node, peer, error);
      const dv = { ...powers, crypto, identity, tab: node.isTab, send, changed: () => undefined, failed };
      node.routing = new DistanceVector(dv, this.#options.limits);
      life.speaker = node.routing;
    }
    node.speaker = life.speaker;
  }

  #raise(link: WorldLink, node: WorldNode, peer: WorldNode): void {
    // One side may find the new link before it has noticed the end of the old one.
    if (node.sides.delete(peer.id)) node.speaker.linkDown(peer.id);
    const metrics = this.#drawMetrics();
    const delayMs = float(this.#random) * (this.#options.mostDelayMs ?? 100);
    const arrivesMs = this.time.nowMs;
    node.sides.set(peer.id, { link, node, peer, cost: new LinkCost(metrics), delayMs, arrivesMs });
    node.speaker.linkUp(peer.id, metrics, { tab: peer.isTab, relay: true });
  }

  #lower(link: WorldLink, node: WorldNode, peer: WorldNode): void {
    if (node.sides.get(peer.id)?.link !== link) return;
    node.sides.delete(peer.id);
    node.speaker.linkDown(peer.id);
  }

  #send(node: WorldNode, peer: NodeId, message: Uint8Array): void {
    const side = node.sides.get(peer);
    assert(side !== undefined, "nothing is sent where there is no link");
    const other = side.peer.sides.get(node.id);
    if (other === undefined || other.link !== side.link || side.link.isCut) return;
    this.messages++;
    this.bytes += message.length;
    this.sent(message);
    const jitterMs = float(this.#random) * side.delayMs;
    other.arrivesMs = Math.max(other.arrivesMs, this.time.nowMs + side.delayMs + jitterMs);
    this.time.after(other.arrivesMs - this.time.nowMs, () => this.#deliver(other, message));
  }

  #deliver(side: Side, message: Uint8Array): void {
    const { node, peer, link } = side;
    if (link.isCut || node.sides.get(peer.id) !== side) return;
    try {
      node.speaker.received(peer.id, message);
    } catch (error) {
      this.#fail(node, peer.id, error as Error);
    }
  }

  #fail(node: WorldNode, peer: NodeId, error: Error): void {
    this.failures.push(`${node.number} closes the link to ${this.#byId.get(peer)?.number}: ${error.message}`);
    const link = node.sides.get(peer)?.link;
    if (link !== undefined) this.cut(link, 0);
  }

  #drawMetrics(): LinkMetrics {
    const scope = integerBelow(this.#random, 20) === 0 ? "control" : "wide";
    return { scope, roundTripMs: 1 + float(this.#random) * 100 };
  }

  #at(number: number): WorldNode {
    return this.nodes[number] as WorldNode;
  }
}

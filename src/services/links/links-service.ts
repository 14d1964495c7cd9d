// The links of a node and its routes, with the names of the devices at their ends; and the way to one of them, asked hop by hop.

import { GlowError } from "#base/errors.ts";
import { nodeLimits, routingLimits } from "#base/limits.ts";
import type { Address, Clock, LinkMetrics, NodeId, Route, Subscription, Timers } from "#glow";
import type { Hop, LinkInfo, Links, LinksState, Path, RouteInfo } from "#interfaces/generated/links.ts";
import type { Node } from "#interfaces/generated/node.ts";
import type { Device } from "#interfaces/generated/user.ts";
import { StateStream } from "../state/state-stream.ts";

/** What the service needs of a mesh; lent by whoever wires the node. */
export interface LinksDesk {
  readonly self: NodeId;
  links(): Iterable<HeldLink>;
  routes(): Iterable<readonly [NodeId, Route]>;
  route(node: NodeId): Route | undefined;
  keep(node: NodeId, addresses: readonly Address[]): void;
  watch(changed: () => void): Subscription;
  /** Another device of the user, as a node. */
  reach(node: NodeId): Promise<Node>;
}

export interface HeldLink extends LinkMetrics {
  readonly node: NodeId;
  readonly active: boolean;
  /** `tcp`, `ws`, ...; empty if it is not known. */
  readonly transport: string;
  readonly address?: Address;
  readonly sinceMs?: number;
  /** Whether this node has dialled; undefined if that is not known. */
  readonly dialled: boolean | undefined;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface LinksServiceOptions {
  readonly desk: LinksDesk;
  readonly devices: () => readonly Device[];
  /** A device of the user that is no other one's, by name or id. */
  readonly find: (node: string, op: string) => Device;
  readonly clock: Clock;
  readonly timers: Timers;
}

const pauseMs = 250;
/** Round trips change all the time. */
const everyMs = 2000;
const hopDeadlineMs = 5000;

export class LinksService implements Links {
  readonly #options: LinksServiceOptions;
  readonly #desk: LinksDesk;

  constructor(options: LinksServiceOptions) {
    this.#options = options;
    this.#desk = options.desk;
  }

  state(): LinksState {
    const names = this.#names();
    const links = [...this.#desk.links()].map((link) => linkInfo(link, names.get(link.node)));
    const routes = [...this.#desk.routes()].map(([node, route]) => routeInfo(node, route, names));
    return { self: this.#desk.self, links, routes };
  }

  watch(): AsyncIterable<LinksState> {
    const { timers } = this.#options;
    return new StateStream({
      timers,
      pauseMs,
      everyMs,
      watch: (changed) => this.#desk.watch(changed),
      read: () => this.state(),
    });
  }

  route(node: string): RouteInfo {
    const target = this.#find(node, "links.route");
    return routeInfo(target, this.#routeTo(target, "links.route"), this.#names());
  }

  async probe(node: string): Promise<Path> {
    const op = "links.probe";
    const target = this.#find(node, op);
    const names = this.#names();
    const hops: Hop[] = [];
    let isPartial = false;
    for (let next = this.#routeTo(target, op).next; ; ) {
      const probed = await this.#ask(next, target, names);
      hops.push(probed.hop);
      if (next === target) break;
      const seen = new Set<string>([this.#desk.self, ...hops.map((hop) => hop.node)]);
      if (probed.next === undefined || seen.has(probed.next) || hops.length >= routingLimits.hops) {
        isPartial = true;
        hops.push((await this.#ask(target, target, names)).hop);
        break;
      }
      next = probed.next;
    }
    const { roundTripMs } = hops.at(-1) as Hop;
    if (roundTripMs !== undefined) return { hops, isPartial, roundTripMs };
    const message = "there is a way to it, and it does not answer: it may be asleep, or about to go";
    throw new GlowError("unavailable", op, { target: node, message });
  }

  keep(node: string, addresses: readonly string[]): void {
    const target = this.#find(node, "links.keep");
    if (addresses.length > nodeLimits.listenAddresses) {
      throw new GlowError("too-large", "links.keep", { message: `at most ${nodeLimits.listenAddresses} addresses` });
    }
    this.#desk.keep(target, addresses as readonly Address[]);
  }

  /** How long an answer takes, and through whom that node would go on to the target. */
  async #ask(
    node: NodeId,
    target: NodeId,
    names: ReadonlyMap<string, Device>,
  ): Promise<{ readonly hop: Hop; readonly next: NodeId | undefined }> {
    const name = names.get(node)?.name;
    const hop = { node, ...(name !== undefined && { name }) };
    try {
      const answer = await withDeadline(this.#options.timers, this.#questions(node, target));
      return { hop: { ...hop, roundTripMs: answer.roundTripMs }, next: answer.next };
    } catch {
      return { hop, next: undefined };
    }
  }

  async #questions(
    node: NodeId,
    target: NodeId,
  ): Promise<{ readonly roundTripMs: number; readonly next: NodeId | undefined }> {
    const there = await this.#desk.reach(node);
    const links = await there.links();
    try {
      // What is asked first may have to open a session.
      const onwards = node === target ? undefined : await links.route(target);
      if (onwards === undefined) await there.time();
      const beganMs = this.#options.clock.monotonicMs();
      await there.ping(new Uint8Array(0));
      const roundTripMs = this.#options.clock.monotonicMs() - beganMs;
      return { roundTripMs, next: onwards?.next as NodeId | undefined };
    } finally {
      for (const stub of [links, there]) (stub as Partial<Disposable>)[Symbol.dispose]?.();
    }
  }

  #routeTo(target: NodeId, op: string): Route {
    const route = this.#desk.route(target);
    if (route !== undefined) return route;
    const message = "there is no way to it just now: is it switched on, and in reach of this node or of one between?";
    throw new GlowError("unavailable", op, { target, message });
  }

  #find(node: string, op: string): NodeId {
    const { node: id, isThis, name } = this.#options.find(node, op);
    if (isThis) throw new GlowError("invalid", op, { target: name, message: "this is the node itself" });
    if (id !== undefined) return id as NodeId;
    throw new GlowError("unavailable", op, { target: name, message: "this device has no key just now" });
  }

  #names(): Map<string, Device> {
    return new Map(this.#options.devices().flatMap((device) => (device.node ? [[device.node, device] as const] : [])));
  }
}

function linkInfo(
  { node, active, transport, address, scope, roundTripMs, sinceMs, dialled, sentBytes, receivedBytes }: HeldLink,
  device: Device | undefined,
): LinkInfo {
  return {
    node,
    transport,
    active,
    scope,
    roundTripMs,
    sentBytes,
    receivedBytes,
    ...(address !== undefined && { address }),
    ...(dialled !== undefined && { direction: dialled ? ("dialled" as const) : ("accepted" as const) }),
    ...(sinceMs !== undefined && { since: new Date(sinceMs) }),
    ...(device !== undefined && { name: device.name, role: device.role }),
  };
}

function routeInfo(node: NodeId, { next, hops, costMs }: Route, names: ReadonlyMap<string, Device>): RouteInfo {
  const [name, nextName] = [names.get(node)?.name, names.get(next)?.name];
  return {
    node,
    next,
    cost: costMs,
    hops,
    ...(name !== undefined && { name }),
    ...(nextName !== undefined && { nextName }),
  };
}

async function withDeadline<Result>(timers: Timers, work: Result | PromiseLike<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = timers.after(hopDeadlineMs, () => {
    late.reject(new GlowError("deadline", "links.probe", { message: `it did not answer within ${hopDeadlineMs} ms` }));
  });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}

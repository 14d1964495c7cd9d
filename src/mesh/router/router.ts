// The mesh as the rest of a node sees it: takes over links, keeps a session with whoever is talked to, and forwards for
// others. What finds paths (routing), carries bytes over one hop (link) and end to end (session) is below; here they meet.

import { assert, GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import { routerLimits } from "#base/limits.ts";
import { integerBelow } from "#base/random.ts";
import type {
  Clock,
  Crypto,
  NeighbourPolicy,
  NodeId,
  Random,
  Route,
  Router,
  Session,
  Stream,
  Subscription,
  Timer,
  Timers,
} from "#glow";
import { type NodeIdentity, nodeIdBytes } from "#identity/node-identity.ts";
import type { HandshakeKeys } from "../handshake/handshake-keys.ts";
import type { LinkEvents, Relayed, SecureLink } from "../link/link.ts";
import { DistanceVector } from "../routing/distance-vector.ts";
import { MeshSession } from "../session/session.ts";
import { IdMap } from "../wire/id-map.ts";
import { PieceReader, type Pieces } from "../wire/piece-reader.ts";
import { Neighbour } from "./neighbour.ts";
import { RelayAccount } from "./relay-account.ts";
import type { RelayedPacket } from "./relay-flow.ts";
import { type Established, SessionSetup, setupTag } from "./session-setup.ts";

/**
 * Channels of a link's CONTROL frames. Append-only. `routingStart`, an empty message, chooses the link over which the
 * two sides speak of routes from now on; of two neighbours the one with the smaller id sends it. `setup` begins sessions
 * between neighbours: what is said in a CONTROL frame comes before the session's own packets, relayed bodies after them.
 */
export const controlChannel = { routing: 1, addresses: 2, routingStart: 3, setup: 4 } as const;

export interface RouterOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly identity: NodeIdentity;
  readonly keys: HandshakeKeys;
  /** This node is a tab: it says so with its route. */
  readonly tab: boolean;
  /** Whether there may be a session with this node. */
  talks?(peer: NodeId): boolean;
  /** A CONTROL message on a channel that is not the router's own. GlowErrors that it throws end the link. */
  control?(from: NodeId, channel: number, message: Uint8Array): void;
  /** Neighbours came or went, or routes changed. For pages, and for the dialer. */
  changed?(): void;
  /** There is a first link to this node, or none any more. */
  neighbourChanged?(node: NodeId): void;
}

/** What happens to packets, in numbers since the start. */
export interface RouterCounts {
  relayed: number;
  relayedBytes: number;
  /** Without a route, a right to pass, hops left or room to wait. */
  dropped: number;
}

type StreamHandler = (stream: Stream, peer: NodeId) => void;

export class MeshRouter implements Router {
  readonly self: NodeId;
  readonly counts: RouterCounts = { relayed: 0, relayedBytes: 0, dropped: 0 };
  /** What this node's links tell it. */
  readonly linkEvents: LinkEvents = {
    control: (link, channel, message) => this.#control(link, channel, message),
    session: (link, tag, number, payload, sizeBytes) => this.#direct(link, tag, number, payload, sizeBytes),
    relayed: (link, header, body) => this.#relayed(link, header, body),
    measured: (link) => this.#measured(link),
    closed: (link) => this.#linkClosed(link),
  };
  readonly #options: RouterOptions;
  readonly #selfBytes: Uint8Array;
  readonly #neighbours = new Map<NodeId, Neighbour>();
  readonly #neighboursByBytes: IdMap<Neighbour>;
  readonly #routing: DistanceVector;
  readonly #setup: SessionSetup;
  readonly #sessions = new Map<NodeId, MeshSession>();
  readonly #sessionsByTag = new Map<number, MeshSession>();
  readonly #handlers = new Map<string, StreamHandler>();
  readonly #routeWaiters = new Set<() => void>();
  readonly #ownAccount = new RelayAccount();
  /** Sessions of which somebody said that the peer has forgotten them. */
  readonly #doubted = new Map<MeshSession, Timer>();
  #closed = false;

  constructor(options: RouterOptions) {
    const { clock, timers, random, crypto, identity, keys, tab } = options;
    this.#options = options;
    this.self = identity.id;
    this.#selfBytes = identity.idBytes;
    this.#neighboursByBytes = new IdMap(random, nodeIdBytes, 1);
    this.#routing = new DistanceVector({
      clock,
      timers,
      random,
      crypto,
      identity,
      tab,
      send: (peer, message) => this.#neighbours.get(peer)?.routingLink?.sendControl(controlChannel.routing, message),
      changed: (targets) => this.#rerouted(targets),
      failed: (peer, error) => this.#neighbours.get(peer)?.routingLink?.close(error),
    });
    this.#setup = new SessionSetup({
      self: this.self,
      keys,
      crypto,
      random,
      clock,
      timers,
      send: (to, body, via, again) => this.#sendOwn(to, body, via, again),
      freeTag: () => this.#freeTag(),
      established: (session) => this.#established(session),
      heard: (tag) => this.#sessionsByTag.get(tag)?.heard ?? true,
      unknown: (peer, remoteTag) => this.#forgotten(peer, remoteTag),
      unanswered: (peer) => this.#suspect(peer),
      relays: (neighbour) => this.#neighbours.get(neighbour)?.policy.relay === true,
    });
  }

  // --------------------------------------------------------------------------------------------------- links

  addLink(link: SecureLink, policy: NeighbourPolicy): void {
    if (this.#closed) {
      link.close(closing());
      return;
    }
    const known = this.#neighbours.get(link.peer);
    const neighbour = known ?? new Neighbour(link.peer, policy, this.#options);
    // Whoever dials again may have lost the link that there was.
    for (const other of neighbour.links) other.doubt();
    neighbour.links.add(link);
    neighbour.choose();
    if (known === undefined) {
      this.#neighbours.set(link.peer, neighbour);
      this.#neighboursByBytes.set(neighbour.bytes, neighbour);
    }
    this.#startRouting(neighbour);
    this.#repath(link.peer);
    this.#wakeWaiters();
    if (known === undefined) this.#options.neighbourChanged?.(link.peer);
    this.#options.changed?.();
  }

  /** This machine's network is another: links may be dead without having been told. */
  doubtLinks(): void {
    for (const neighbour of this.#neighbours.values()) for (const link of neighbour.links) link.doubt();
  }

  /** `exhausted` if no link to this peer can be taken: there are too many neighbours, or links to this one. */
  checkRoom(peer: NodeId, linksPerNeighbour: number): void {
    const links = this.#neighbours.get(peer)?.links.size;
    if (links === undefined ? this.#neighbours.size < routerLimits.neighbours : links < linksPerNeighbour) return;
    throw new GlowError("exhausted", "mesh.link", { target: peer, message: "there are links enough" });
  }

  isNeighbour(peer: NodeId): boolean {
    return this.#neighbours.has(peer);
  }

  neighbour(peer: NodeId): Neighbour | undefined {
    return this.#neighbours.get(peer);
  }

  neighbours(): IterableIterator<Neighbour> {
    return this.#neighbours.values();
  }

  sendControl(peer: NodeId, channel: number, message: Uint8Array): void {
    this.#neighbours.get(peer)?.best?.sendControl(channel, message);
  }

  #control(link: SecureLink, channel: number, message: Uint8Array): void {
    const neighbour = this.#neighbours.get(link.peer);
    if (channel === controlChannel.routing) {
      // What is left of an earlier choice is passed over.
      if (neighbour?.routingLink === link) this.#routing.received(link.peer, message);
    } else if (channel === controlChannel.routingStart) {
      if (neighbour !== undefined && this.self > link.peer) this.#routingStarted(neighbour, link);
    } else if (channel === controlChannel.setup) {
      const reader = new PieceReader([message]);
      if (reader.left >= 4 && reader.u32() === setupTag) this.#setup.received(idBytes(link.peer), link.peer, reader);
    } else {
      this.#options.control?.(link.peer, channel, message);
    }
  }

  /** Routing needs one link for all it says, and both sides the same: the node with the smaller id chooses. */
  #startRouting(neighbour: Neighbour): void {
    const link = neighbour.best;
    if (neighbour.routingLink !== undefined || link === undefined || this.self > neighbour.id) return;
    link.sendControl(controlChannel.routingStart, new Uint8Array());
    this.#routeOver(neighbour, link);
  }

  /** The neighbour, whose choice it is, has chosen. Each time both sides tell each other everything. */
  #routingStarted(neighbour: Neighbour, link: SecureLink): void {
    if (neighbour.routingLink === link || neighbour.routingStarts.take()) {
      this.#routeOver(neighbour, link);
      return;
    }
    const message = "the neighbour chooses another link for routing again and again";
    throw new GlowError("exhausted", "mesh.routing", { target: link.peer, message });
  }

  #routeOver(neighbour: Neighbour, link: SecureLink): void {
    if (neighbour.routingLink === link) return;
    if (neighbour.routingLink !== undefined) this.#routing.linkDown(neighbour.id);
    neighbour.routingLink = link;
    this.#routing.linkUp(neighbour.id, link.metrics(), neighbour.policy);
  }

  #measured(link: SecureLink): void {
    const neighbour = this.#neighbours.get(link.peer);
    if (neighbour === undefined) return;
    if (neighbour.choose()) this.#repathThrough(neighbour);
    if (neighbour.best !== undefined) this.#routing.linkChanged(neighbour.id, neighbour.best.metrics());
  }

  #linkClosed(link: SecureLink): void {
    const neighbour = this.#neighbours.get(link.peer);
    if (neighbour === undefined || !neighbour.links.delete(link)) return;
    const changed = neighbour.choose();
    if (neighbour.routingLink === link) {
      neighbour.routingLink = undefined;
      this.#routing.linkDown(neighbour.id);
      this.#startRouting(neighbour);
    }
    if (neighbour.best === undefined) {
      this.#neighbours.delete(neighbour.id);
      this.#neighboursByBytes.delete(neighbour.bytes);
      for (const packet of neighbour.takeAll()) this.#forward(packet);
      neighbour.account.close();
    }
    if (changed) this.#repathThrough(neighbour);
    if (this.#closed) return;
    if (neighbour.best === undefined) this.#options.neighbourChanged?.(neighbour.id);
    this.#options.changed?.();
  }

  // ------------------------------------------------------------------------------------------------ sessions

  async session(peer: NodeId, signal?: AbortSignal): Promise<Session> {
    const existing = this.#sessions.get(peer);
    if (existing !== undefined) return existing;
    this.#checkOpen();
    if (peer === this.self) {
      throw new GlowError("invalid", "mesh.session", { target: peer, message: "this is the node itself" });
    }
    idBytes(peer);
    if (signal?.aborted) throw givenUp(peer);
    await this.#untilRoute(peer, signal);
    // The other side may have begun one meanwhile: another would take its place, and end the streams in it.
    if (!this.#sessions.has(peer)) await this.#setup.begin(peer, signal);
    const session = this.#sessions.get(peer);
    if (session !== undefined) return session;
    const message = "the session ended as soon as it had begun; try again";
    throw new GlowError("disconnected", "mesh.session", { target: peer, message });
  }

  accept(protocol: string, handler: StreamHandler): Subscription {
    assert(!this.#handlers.has(protocol), `there is one handler for ${protocol}`);
    this.#handlers.set(protocol, handler);
    return { stop: () => this.#handlers.delete(protocol) };
  }

  sessions(): IterableIterator<MeshSession> {
    return this.#sessions.values();
  }

  route(peer: NodeId): Route | undefined {
    const route = this.#routing.next(peer);
    if (route !== undefined) return route;
    const link = this.#neighbours.get(peer)?.best;
    return link && { next: peer, hops: 1, costMs: link.metrics().roundTripMs };
  }

  /** Every node that can be reached, as far as this one knows. */
  routes(): Iterable<readonly [NodeId, Route]> {
    return this.#routing.routes();
  }

  /** Ends the session with this node, if there is one. */
  endSession(peer: NodeId, reason: GlowError): void {
    this.#sessions.get(peer)?.close(reason);
  }

  /** Bytes of others that wait here. */
  heldBytes(): number {
    let held = 0;
    for (const neighbour of this.#neighbours.values()) held += neighbour.heldBytes;
    return held;
  }

  /** Session handshakes that are not over, from here and from others. */
  setupsUnderWay(): number {
    return this.#setup.underWay;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const reason = closing();
    this.#setup.close();
    for (const timer of this.#doubted.values()) timer.cancel();
    this.#doubted.clear();
    for (const session of this.#sessions.values()) session.close(reason);
    this.#routing.close();
    // Links take one more flush with them, so that what the sessions said last leaves.
    await new Promise<void>((resolve) => this.#options.timers.endOfTurn(resolve));
    for (const neighbour of this.#neighbours.values()) for (const link of neighbour.links) link.close(reason);
    for (const wake of this.#routeWaiters) wake();
  }

  /** Whether a path leads to this node, now or within `routeWaitMs`. */
  async reaches(peer: NodeId): Promise<boolean> {
    await this.#routeOrTime(peer, undefined);
    return this.route(peer) !== undefined;
  }

  #checkOpen(): void {
    if (this.#closed) throw new GlowError("released", "mesh.session", { message: "this node is closed" });
  }

  async #untilRoute(peer: NodeId, signal: AbortSignal | undefined): Promise<void> {
    if (this.route(peer) !== undefined) return;
    await this.#routeOrTime(peer, signal);
    this.#checkOpen();
    if (signal?.aborted) throw givenUp(peer);
    if (this.route(peer) !== undefined) return;
    const message = "no path leads to this node: it is off, or nobody linked to it is linked to us";
    throw new GlowError("not-found", "mesh.session", { target: peer, message });
  }

  async #routeOrTime(peer: NodeId, signal: AbortSignal | undefined): Promise<void> {
    const { timers } = this.#options;
    if (this.route(peer) !== undefined) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        timer.cancel();
        signal?.removeEventListener("abort", done);
        this.#routeWaiters.delete(wake);
        resolve();
      };
      const wake = () => {
        if (this.#closed || this.route(peer) !== undefined) done();
      };
      const timer = timers.after(routerLimits.routeWaitMs, done);
      signal?.addEventListener("abort", done, { once: true });
      this.#routeWaiters.add(wake);
    });
  }

  #wakeWaiters(): void {
    for (const wake of this.#routeWaiters) wake();
  }

  #established({ peer, result, localTag, remoteTag, initiator }: Established): void {
    const before = this.#sessions.get(peer);
    if (this.#closed) return;
    if (this.#options.talks?.(peer) === false) {
      this.#setup.failed(peer, "denied", "this node does not talk with that one");
      return;
    }
    if (before === undefined && this.#sessions.size >= routerLimits.sessions && !this.#endIdleSession()) {
      this.#setup.failed(peer, "exhausted", `${routerLimits.sessions} sessions are open, and all in use`);
      return;
    }
    const { clock, timers, crypto } = this.#options;
    const session: MeshSession = new MeshSession({
      self: this.#selfBytes,
      peer,
      peerBytes: idBytes(peer),
      initiator,
      localTag,
      remoteTag,
      suite: result.suite,
      sendKey: result.sendKey,
      receiveKey: result.receiveKey,
      clock,
      timers,
      crypto,
      events: {
        opened: (protocol, stream) => this.#opened(protocol, stream, peer),
        closed: () => this.#ended(session, localTag),
        suspect: () => this.#suspect(peer),
      },
    });
    this.#sessions.set(peer, session);
    this.#sessionsByTag.set(localTag, session);
    before?.close(
      new GlowError("disconnected", "mesh.session", { target: peer, message: "the other side has begun anew" }),
    );
    this.#repath(peer);
    this.#setup.settled(peer);
    this.#options.changed?.();
  }

  /** Of sessions in which nothing is open nobody misses one: it can be made again. False if there is none. */
  #endIdleSession(): boolean {
    for (const session of this.#sessions.values()) {
      const { streams, packetsUnderWay } = session.sizes;
      if (streams > 0 || packetsUnderWay > 0) continue;
      const message = "too many sessions are open, and this one was idle";
      session.close(new GlowError("exhausted", "mesh.session", { target: session.peer, message }));
      return true;
    }
    return false;
  }

  #ended(session: MeshSession, localTag: number): void {
    this.#sessionsByTag.delete(localTag);
    this.#doubted.get(session)?.cancel();
    this.#doubted.delete(session);
    if (this.#sessions.get(session.peer) === session) this.#sessions.delete(session.peer);
    if (!this.#closed) this.#options.changed?.();
  }

  #opened(protocol: string, stream: Stream, peer: NodeId): boolean {
    const handler = this.#handlers.get(protocol);
    handler?.(stream, peer);
    return handler !== undefined;
  }

  /**
   * The peer has lost a session that lives here: it was started anew, or has given up. So it is said, by whoever has seen
   * the session's tag: it counts only if the session itself gives no sign of life. Then a new one shows what is true.
   */
  #forgotten(peer: NodeId, remoteTag: number): void {
    const session = this.#sessions.get(peer);
    if (session?.remoteTag !== remoteTag || this.#closed || this.#doubted.has(session)) return;
    // Not forgotten, but not known yet.
    if (this.#setup.isConfirming(peer)) return;
    const { received } = session.counts;
    session.probe();
    const waitMs = Math.max(routerLimits.setupRetryMs, 2 * (session.roundTripMs ?? 0));
    const timer = this.#options.timers.after(waitMs, () => {
      this.#doubted.delete(session);
      if (session.counts.received > received || this.#setup.isTrying(peer)) return;
      this.#setup.begin(peer).catch(() => {
        // Then the old session goes on trying until its grace is over.
      });
    });
    this.#doubted.set(session, timer);
  }

  #freeTag(): number {
    for (;;) {
      const tag = integerBelow(this.#options.random, 2 ** 32);
      if (tag !== setupTag && !this.#sessionsByTag.has(tag)) return tag;
    }
  }

  // --------------------------------------------------------------------------------------------------- paths

  /** The neighbour through which packets to this node go. */
  #towards(peer: NodeId): Neighbour | undefined {
    const route = this.#routing.next(peer);
    return this.#neighbours.get(route?.next ?? peer);
  }

  #repath(peer: NodeId): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    const neighbour = this.#towards(peer);
    const output = neighbour?.best;
    session.setPath(output && { output, direct: neighbour?.id === peer });
  }

  #repathThrough(neighbour: Neighbour): void {
    for (const peer of this.#sessions.keys()) {
      const towards = this.#towards(peer);
      if (towards === neighbour || towards?.best !== undefined || neighbour.best === undefined) this.#repath(peer);
    }
  }

  #rerouted(targets: Iterable<NodeId>): void {
    for (const peer of targets) this.#repath(peer);
    this.#wakeWaiters();
    this.#options.changed?.();
  }

  #suspect(peer: NodeId): void {
    const next = this.#routing.next(peer)?.next;
    if (next === undefined) return;
    this.#routing.avoid(peer, next, this.#options.clock.monotonicMs() + routerLimits.avoidMs);
  }

  // ------------------------------------------------------------------------------------------------- packets

  #direct(link: SecureLink, tag: number, number: number, payload: PieceReader, sizeBytes: number): void {
    const session = this.#sessionsByTag.get(tag);
    if (session === undefined) this.#setup.refuse(idBytes(link.peer), link.peer, tag, number);
    // The link vouches for its neighbour, and for nobody else.
    else if (session.peer === link.peer) session.receivedDirect(number, payload, sizeBytes, false);
  }

  #relayed(link: SecureLink, header: Relayed, body: Pieces): void {
    const neighbour = this.#neighbours.get(link.peer);
    if (neighbour === undefined || !this.#maySpeak(neighbour, header.ids)) {
      this.counts.dropped++;
      return;
    }
    if (this.#isSelf(header.ids)) {
      this.#arrived(link, header, body);
      return;
    }
    if (!neighbour.policy.relay || header.hopsLeft === 0) {
      this.counts.dropped++;
      return;
    }
    const { ids, priority, congested, sizeBytes } = header;
    const hopsLeft = Math.min(header.hopsLeft, routerLimits.hops) - 1;
    const packet: RelayedPacket = { ids, priority, congested, hopsLeft, body, sizeBytes, account: neighbour.account };
    if (this.#forward(packet, neighbour)) {
      this.counts.relayed++;
      this.counts.relayedBytes += sizeBytes;
    }
  }

  #forward(packet: RelayedPacket, from?: Neighbour): boolean {
    const route = this.#routing.nextFor(packet.ids, 0);
    const next = route === undefined ? this.#neighboursByBytes.get(packet.ids, 0) : this.#neighbours.get(route.next);
    if (next !== undefined && next !== from && next.relay(packet)) return true;
    this.counts.dropped++;
    return false;
  }

  /** Without the right to relay a neighbour brings only what is its own. */
  #maySpeak({ policy, bytes }: Neighbour, ids: Uint8Array): boolean {
    if (policy.relay) return true;
    for (let i = 0; i < nodeIdBytes; i++) if (ids[nodeIdBytes + i] !== bytes[i]) return false;
    return true;
  }

  #isSelf(ids: Uint8Array): boolean {
    for (let i = 0; i < nodeIdBytes; i++) if (ids[i] !== this.#selfBytes[i]) return false;
    return true;
  }

  #arrived(link: SecureLink, header: Relayed, body: Pieces): void {
    const reader = new PieceReader(body);
    // Nonsense from far away is not the neighbour's fault, and no reason to end its link.
    if (reader.left < 10) {
      this.counts.dropped++;
      return;
    }
    const from = header.ids.subarray(nodeIdBytes);
    const tag = reader.u32();
    if (tag === setupTag) {
      this.#setup.received(from, link.peer, reader);
      return;
    }
    const number = reader.u48();
    const session = this.#sessionsByTag.get(tag);
    if (session === undefined) this.#setup.refuse(from, link.peer, tag, number);
    else session.receivedSealed(number, header.priority, reader.take(reader.left), header.congested);
  }

  #sendOwn(to: NodeId, body: Uint8Array, via?: NodeId, again = false): void {
    const back = via && this.#neighbours.get(via);
    const neighbour = again && back !== undefined ? back : (this.#towards(to) ?? back);
    if (neighbour?.id === to) {
      neighbour.best?.sendControl(controlChannel.setup, body);
      return;
    }
    const ids = new Uint8Array(2 * nodeIdBytes);
    ids.set(idBytes(to));
    ids.set(this.#selfBytes, nodeIdBytes);
    neighbour?.relay({
      ids,
      priority: 0,
      congested: false,
      hopsLeft: routerLimits.hops,
      body: [body],
      sizeBytes: body.length,
      account: this.#ownAccount,
    });
  }
}

function closing(): GlowError {
  return new GlowError("disconnected", "mesh.close", { message: "this node is closing" });
}

function givenUp(peer: NodeId): GlowError {
  return new GlowError("cancelled", "mesh.session", { target: peer, message: "given up by the caller" });
}

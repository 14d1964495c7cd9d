// The mesh as the rest of a node sees it: takes over links, keeps a session with whoever is talked to, and forwards for
// others. It holds the parts together and says in which order they hear of a link that comes or ends:
//
//   neighbour-table.ts   who has a link to this node, and which link is the best
//   paths.ts             by which neighbour packets leave for a node
//   forwarding.ts        packets of others, on to the next neighbour
//   session-table.ts     packets from and to this node itself

import { assert, GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
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
  Timers,
} from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import type { HandshakeKeys } from "../handshake/handshake-keys.ts";
import type { LinkEvents, SecureLink } from "../link/link.ts";
import type { MeshSession } from "../session/session.ts";
import { controlChannel } from "./control-channel.ts";
import { Forwarding, type ForwardingCounts } from "./forwarding.ts";
import { Neighbour } from "./neighbour.ts";
import { NeighbourTable } from "./neighbour-table.ts";
import { Paths } from "./paths.ts";
import { SessionTable } from "./session-table.ts";

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

type StreamHandler = (stream: Stream, peer: NodeId) => void;

export class MeshRouter implements Router {
  readonly self: NodeId;
  /** What this node's links tell it. */
  readonly linkEvents: LinkEvents = {
    control: (link, channel, message) => this.#control(link, channel, message),
    session: (link, tag, number, payload, sizeBytes) =>
      this.#sessions.receivedDirect(link.peer, tag, number, payload, sizeBytes),
    relayed: (link, header, body) => {
      const neighbour = this.#neighbours.get(link.peer);
      if (neighbour === undefined) this.#forwarding.counts.dropped++;
      else this.#forwarding.received(neighbour, header, body);
    },
    measured: (link) => this.#measured(link),
    closed: (link) => this.#linkClosed(link),
  };
  readonly #options: RouterOptions;
  readonly #neighbours: NeighbourTable;
  readonly #paths: Paths;
  readonly #forwarding: Forwarding;
  readonly #sessions: SessionTable;
  readonly #handlers = new Map<string, StreamHandler>();
  #closed = false;

  constructor(options: RouterOptions) {
    const { clock, timers, random, crypto, identity, keys, tab } = options;
    this.#options = options;
    this.self = identity.id;
    const neighbours = new NeighbourTable(random);
    const paths = new Paths({
      clock,
      timers,
      random,
      crypto,
      identity,
      tab,
      neighbours,
      changed: (targets) => {
        for (const peer of targets) this.#sessions.repath(peer);
        options.changed?.();
      },
    });
    this.#neighbours = neighbours;
    this.#paths = paths;
    this.#sessions = new SessionTable({
      clock,
      timers,
      random,
      crypto,
      identity,
      keys,
      neighbours,
      paths,
      send: (to, body, via, again) => this.#sendSetup(to, body, via, again),
      talks: (peer) => options.talks?.(peer) ?? true,
      opened: (protocol, stream, peer) => this.#opened(protocol, stream, peer),
      changed: () => options.changed?.(),
    });
    this.#forwarding = new Forwarding({
      self: identity.idBytes,
      neighbours,
      paths,
      arrived: (via, header, body) => this.#sessions.receivedRelayed(via, header, body),
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
    if (known === undefined) this.#neighbours.add(neighbour);
    this.#paths.linkAdded(neighbour);
    this.#sessions.repath(link.peer);
    if (known === undefined) this.#options.neighbourChanged?.(link.peer);
    this.#options.changed?.();
  }

  /** This machine's network is another: links may be dead without having been told. */
  doubtLinks(): void {
    for (const neighbour of this.#neighbours.all()) for (const link of neighbour.links) link.doubt();
  }

  /** `exhausted` if no link to this peer can be taken: there are too many neighbours, or links to this one. */
  checkRoom(peer: NodeId, linksPerNeighbour: number): void {
    this.#neighbours.checkRoom(peer, linksPerNeighbour);
  }

  isNeighbour(peer: NodeId): boolean {
    return this.#neighbours.get(peer) !== undefined;
  }

  neighbour(peer: NodeId): Neighbour | undefined {
    return this.#neighbours.get(peer);
  }

  neighbours(): IterableIterator<Neighbour> {
    return this.#neighbours.all();
  }

  sendControl(peer: NodeId, channel: number, message: Uint8Array): void {
    this.#neighbours.get(peer)?.best?.sendControl(channel, message);
  }

  #control(link: SecureLink, channel: number, message: Uint8Array): void {
    if (channel === controlChannel.routing) this.#paths.received(link, message);
    else if (channel === controlChannel.routingStart) this.#paths.started(link);
    else if (channel === controlChannel.setup) this.#sessions.receivedSetup(link.peer, message);
    else this.#options.control?.(link.peer, channel, message);
  }

  #measured(link: SecureLink): void {
    const neighbour = this.#neighbours.get(link.peer);
    if (neighbour === undefined) return;
    if (neighbour.choose()) this.#sessions.repathThrough(neighbour);
    this.#paths.measured(neighbour);
  }

  #linkClosed(link: SecureLink): void {
    const neighbour = this.#neighbours.get(link.peer);
    if (neighbour === undefined || !neighbour.links.delete(link)) return;
    const changed = neighbour.choose();
    this.#paths.linkRemoved(neighbour, link);
    if (neighbour.best === undefined) {
      this.#neighbours.delete(neighbour);
      this.#forwarding.rescue(neighbour.takeAll());
      neighbour.account.close();
    }
    if (changed) this.#sessions.repathThrough(neighbour);
    if (this.#closed) return;
    if (neighbour.best === undefined) this.#options.neighbourChanged?.(neighbour.id);
    this.#options.changed?.();
  }

  // --------------------------------------------------------------------------------------------------- paths

  route(peer: NodeId): Route | undefined {
    return this.#paths.route(peer);
  }

  /** Every node that can be reached, as far as this one knows. */
  routes(): Iterable<readonly [NodeId, Route]> {
    return this.#paths.routes();
  }

  /** Whether a path leads to this node, now or within `routeWaitMs`. */
  reaches(peer: NodeId): Promise<boolean> {
    return this.#paths.reaches(peer);
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
    if (this.#sessions.get(peer) === undefined) await this.#sessions.begin(peer, signal);
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
    return this.#sessions.all();
  }

  /** Ends the session with this node, if there is one. */
  endSession(peer: NodeId, reason: GlowError): void {
    this.#sessions.get(peer)?.close(reason);
  }

  #checkOpen(): void {
    if (this.#closed) throw new GlowError("released", "mesh.session", { message: "this node is closed" });
  }

  async #untilRoute(peer: NodeId, signal: AbortSignal | undefined): Promise<void> {
    if (this.route(peer) !== undefined) return;
    const isReached = await this.#paths.reaches(peer, signal);
    this.#checkOpen();
    if (signal?.aborted) throw givenUp(peer);
    if (isReached) return;
    const message = "no path leads to this node: it is off, or nobody linked to it is linked to us";
    throw new GlowError("not-found", "mesh.session", { target: peer, message });
  }

  #opened(protocol: string, stream: Stream, peer: NodeId): boolean {
    const handler = this.#handlers.get(protocol);
    handler?.(stream, peer);
    return handler !== undefined;
  }

  /** Between neighbours it goes by a CONTROL message, over others in a packet. */
  #sendSetup(to: NodeId, body: Uint8Array, via?: NodeId, again = false): void {
    const back = via && this.#neighbours.get(via);
    const next = again && back !== undefined ? back : (this.#paths.towards(to) ?? back);
    if (next?.id === to) next.best?.sendControl(controlChannel.setup, body);
    else if (next !== undefined) this.#forwarding.send(idBytes(to), next, body);
  }

  // ----------------------------------------------------------------------------------------------- the whole

  /** What happens to packets of others. */
  get counts(): ForwardingCounts {
    return this.#forwarding.counts;
  }

  /** Bytes of others that wait here. */
  heldBytes(): number {
    let held = 0;
    for (const neighbour of this.#neighbours.all()) held += neighbour.heldBytes;
    return held;
  }

  /** Session handshakes that are not over, from here and from others. */
  setupsUnderWay(): number {
    return this.#sessions.setupsUnderWay;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const reason = closing();
    this.#sessions.close(reason);
    this.#paths.close();
    // Links take one more flush with them, so that what the sessions said last leaves.
    await new Promise<void>((resolve) => this.#options.timers.endOfTurn(resolve));
    for (const neighbour of this.#neighbours.all()) for (const link of neighbour.links) link.close(reason);
  }
}

function closing(): GlowError {
  return new GlowError("disconnected", "mesh.close", { message: "this node is closing" });
}

function givenUp(peer: NodeId): GlowError {
  return new GlowError("cancelled", "mesh.session", { target: peer, message: "given up by the caller" });
}

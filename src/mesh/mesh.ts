// A node's mesh, put together: it listens, dials whom it wants for a neighbour, makes links of what connects, and hands
// them to the router. Who is let in, and with which rights, is said by the policy: the mesh knows no user.

import { GlowError } from "#base/errors.ts";
import { linkLimits } from "#base/limits.ts";
import type { Address, Discovery, Link, Listener, NeighbourPolicy, NodeId, Pipe, Platform, Subscription } from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { AddressBook } from "./discovery/address-book.ts";
import { AddressGossip } from "./discovery/address-gossip.ts";
import { Dialer } from "./discovery/dialer.ts";
import { SleepWatch } from "./discovery/sleep-watch.ts";
import { HandshakeKeys } from "./handshake/handshake-keys.ts";
import type { HandshakeResult } from "./handshake/handshake.ts";
import type { LinkEvents } from "./link/link.ts";
import { type DialOptions, LinkSetup, type LinkWay, type NewLink, transportOf } from "./link/link-setup.ts";
import { controlChannel } from "./router/control-channel.ts";
import { MeshRouter } from "./router/router.ts";

/** Who may be a neighbour. All of its methods are called within the handling of a packet: they are quick. */
export interface MeshPolicy {
  /**
   * What this node says of itself to a new neighbour, sealed; at most `handshakeLimits.helloBytes`. Without `to`, it is
   * read by whoever dials.
   */
  hello(to?: NodeId): Uint8Array;
  /** What a neighbour that has proved to be `peer` may do; undefined to refuse it. */
  rights(peer: NodeId, hello?: Uint8Array): NeighbourPolicy | undefined;
  /** Whether there may be a session with this node, over relays too. Without it, with all. */
  talks?(peer: NodeId): boolean;
  /** The key of an invitation that is open, by its id. */
  invitationKey?(id: Uint8Array): Uint8Array | undefined;
  /** Whether a link to this node is wanted, when its addresses become known. */
  wants(node: NodeId): boolean;
}

export interface MeshOptions {
  readonly identity: NodeIdentity;
  readonly policy: MeshPolicy;
  readonly tab?: boolean;
  readonly listen?: readonly Address[];
  readonly discovery?: Discovery;
  /** The addresses under which others may reach what listens at these. Without it, they are told as they are. */
  readonly reachable?: (listening: readonly Address[]) => readonly Address[];
  /** Routes, neighbours or sessions have changed: for pages. */
  readonly changed?: () => void;
  /** There is a first link to this node, or none any more. */
  readonly neighbourChanged?: (node: NodeId) => void;
  /** Somebody has linked, and this is what the handshake told. */
  readonly linked?: (result: HandshakeResult) => void;
}

/** What is known of a link beyond what it measures. */
export interface LinkOrigin extends LinkWay {
  /** By the monotonic clock. */
  readonly madeMs: number;
}

export class Mesh {
  readonly router: MeshRouter;
  readonly book: AddressBook;
  readonly #options: MeshOptions;
  readonly #setup: LinkSetup;
  readonly #dialer: Dialer;
  readonly #gossip: AddressGossip;
  readonly #listeners: Listener[] = [];
  readonly #origins = new WeakMap<Link, LinkOrigin>();
  readonly #sleep: SleepWatch;
  #search: Subscription | undefined;
  #closed = false;

  private constructor(platform: Platform, options: MeshOptions) {
    const { clock, timers, random, crypto } = platform;
    const { identity, policy } = options;
    this.#options = options;
    const keys = new HandshakeKeys(identity, crypto, random);
    this.book = new AddressBook({ clock });
    this.router = new MeshRouter({
      clock,
      timers,
      random,
      crypto,
      identity,
      keys,
      tab: options.tab ?? false,
      control: (from, channel, message) => {
        if (channel === controlChannel.addresses) this.#gossip.received(from, message);
      },
      talks: (peer) => policy.talks?.(peer) ?? true,
      changed: () => options.changed?.(),
      neighbourChanged: (peer) => this.#neighbourChanged(peer),
    });
    const invitationKey = policy.invitationKey?.bind(policy);
    this.#setup = new LinkSetup({
      platform,
      keys,
      invitationKey,
      hello: (to) => policy.hello(to),
      admit: (result) => this.#admit(result),
      made: (made) => this.#linked(made, clock.monotonicMs()),
    });
    this.#dialer = new Dialer({
      clock,
      timers,
      random,
      book: this.book,
      dial: async (address, expected, signal) => {
        await this.#setup.dial(address, { expected, signal });
      },
      linked: (node) => this.router.isNeighbour(node),
    });
    this.#gossip = new AddressGossip({
      self: identity.id,
      book: this.book,
      timers,
      own: () => this.addresses,
      send: (peer, message) => this.router.sendControl(peer, controlChannel.addresses, message),
      found: (node) => this.#found(node),
    });
    this.#sleep = new SleepWatch(platform, () => this.networkChanged());
  }

  /** Errors of `Network.listen`; then nothing is left listening. */
  static async start(platform: Platform, options: MeshOptions): Promise<Mesh> {
    const mesh = new Mesh(platform, options);
    try {
      for (const address of options.listen ?? []) {
        const accept = (pipe: Pipe) => mesh.accept(pipe, transportOf(address));
        mesh.#listeners.push(await platform.network.listen(address, accept));
      }
    } catch (error) {
      await mesh.close();
      throw error;
    }
    options.discovery?.announce(mesh.addresses);
    mesh.#search = options.discovery?.search((node, addresses) => {
      if (node === undefined || node === mesh.router.self) return;
      for (const address of addresses) mesh.book.add(node, address, "discovery");
      mesh.#found(node);
    });
    return mesh;
  }

  /** Where others may reach this node. */
  get addresses(): readonly Address[] {
    const listening = this.#listeners.map((listener) => listener.address);
    return this.#options.reachable?.(listening) ?? listening;
  }

  origin(link: Link): LinkOrigin | undefined {
    return this.#origins.get(link);
  }

  /** Makes one link now. Resolves to who answered. Errors of `LinkSetup.dial`. */
  async dial(address: Address, options: DialOptions = {}): Promise<NodeId> {
    const { result } = await this.#setup.dial(address, options);
    return result.peer;
  }

  /** As `dial`, over a pipe that is there. */
  async link(pipe: Pipe, transport: string, options: DialOptions = {}): Promise<NodeId> {
    const { result } = await this.#setup.begin(pipe, { transport, dialled: true }, options);
    return result.peer;
  }

  /** A pipe that came in, also by another door than those this mesh listens at. */
  accept(pipe: Pipe, transport: string, who: "anybody" | "invited" = "anybody"): void {
    this.#setup.accept(pipe, { transport, dialled: false, invitedOnly: who === "invited" });
  }

  /** From now on sees to it that there is a link to this node, at any of its addresses. */
  keep(node: NodeId, addresses: readonly Address[] = []): void {
    for (const address of addresses) this.book.add(node, address, "given");
    this.#dialer.want(node);
  }

  /** Sees to it no longer. A link that there is stays. */
  release(node: NodeId): void {
    this.#dialer.unwant(node);
  }

  /** Ends all links to this node. */
  cutOff(node: NodeId, reason: GlowError): void {
    // A copy, since those that are closed leave.
    const links = this.router.neighbour(node)?.links ?? [];
    const closing = [...links];
    for (const link of closing) link.close(reason);
  }

  /** Somebody at this machine waits for others: who is not linked is dialled now, not when the next try is due. */
  hurry(): void {
    this.#dialer.hurry();
  }

  /** The addresses of this machine have changed, or it has slept. */
  networkChanged(): void {
    this.router.doubtLinks();
    this.#dialer.networkChanged();
    this.#options.discovery?.announce(this.addresses);
    this.#gossip.ownChanged();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#sleep.stop();
    this.#search?.stop();
    this.#dialer.close();
    this.#gossip.close();
    this.#setup.close();
    await this.router.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  /** The policy says something else than before: links that it would not make today are closed. */
  policyChanged(): void {
    const neighbours = [...this.router.neighbours()];
    for (const { id, policy } of neighbours) {
      const now = this.#options.policy.rights(id);
      if (now !== undefined && isSame(now, policy)) continue;
      const message = "what this neighbour may do has changed: it is to link again";
      this.cutOff(id, new GlowError("disconnected", "mesh.policy", { target: id, message }));
    }
    const known = new Set([...this.book.entries()].map(({ node }) => node));
    for (const node of known) this.#found(node);
  }

  #admit(result: HandshakeResult): LinkEvents {
    this.router.checkRoom(result.peer, linkLimits.perNeighbour);
    this.#rights(result);
    return this.router.linkEvents;
  }

  #linked({ link, result, way }: NewLink, madeMs: number): void {
    this.router.addLink(link, this.#rights(result));
    this.#origins.set(link, { ...way, madeMs });
    this.#options.linked?.(result);
    if (way.address !== undefined) this.book.reached(result.peer, way.address);
  }

  #rights({ peer, peerHello }: HandshakeResult): NeighbourPolicy {
    const rights = this.#options.policy.rights(peer, peerHello);
    if (rights !== undefined) return rights;
    throw new GlowError("denied", "mesh.link", { target: peer, message: "this node is not let in here" });
  }

  #neighbourChanged(peer: NodeId): void {
    if (this.router.isNeighbour(peer)) this.#gossip.linked(peer);
    else this.#gossip.unlinked(peer);
    this.#dialer.linkChanged(peer);
    this.#options.neighbourChanged?.(peer);
  }

  #found(node: NodeId): void {
    if (this.#closed || node === this.router.self) return;
    if (!this.#options.policy.wants(node)) return;
    try {
      this.#dialer.want(node);
    } catch (error) {
      // As many are wanted as can be kept up: no fault of whoever told of one more.
      if (GlowError.from(error, "mesh.found").kind !== "exhausted") throw error;
    }
  }
}

function isSame(one: NeighbourPolicy, other: NeighbourPolicy): boolean {
  return one.tab === other.tab && one.relay === other.relay && one.relayBytesPerSecond === other.relayBytesPerSecond;
}

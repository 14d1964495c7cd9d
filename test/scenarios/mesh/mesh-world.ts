// A few nodes with real meshes in a simulated world, linked as a test says, and streams between them. Any node can be
// made an enemy: by what it does with what passes through it, and by frames that it sends over its own links.

import { assert, GlowError } from "#base/errors.ts";
import { SeededRandom } from "#base/random.ts";
import type { Address, NeighbourPolicy, NodeId, Platform, Priority, Session } from "#glow";
import { NodeIdentity } from "#identity/node-identity.ts";
import type { LinkEvents, SecureLink } from "#mesh/link/link.ts";
import type { LinkPacket } from "#mesh/link/link-packet.ts";
import { Mesh, type MeshPolicy } from "#mesh/mesh.ts";
import type { MeshRouter } from "#mesh/router/router.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { Checker, Sender } from "./session-traffic.ts";

const quiet = {
  latencyMs: [5, 5],
  jitterMs: [0, 1],
  bytesPerMs: [20_000, 20_000],
  lossChance: [0, 0],
  dialFailChance: [0, 0],
  dialDelayMs: [0, 0],
} as const;

export interface MeshWorldOptions {
  readonly seed?: number;
  /** Pairs of names: the first dials the second, and goes on doing so. */
  readonly links: readonly (readonly [string, string])[];
  /** What `self` lets `peer` do; all by default. */
  readonly rights?: (self: string, peer: string) => NeighbourPolicy | undefined;
  readonly policy?: Partial<MeshPolicy>;
}

interface Member {
  readonly name: string;
  readonly identity: NodeIdentity;
  readonly address: Address;
  readonly node: SimulatedNode<Mesh>;
  platform: Platform;
}

/** One stream that is checked as it arrives. */
export interface Traffic {
  readonly checker: Checker;
  /** Why it ended, where it was sent from. */
  readonly ends: GlowError[];
  /** When it was complete, in ms of the world. */
  readonly completeMs: () => number | undefined;
}

export class MeshWorld {
  readonly world: World;
  readonly #options: MeshWorldOptions;
  readonly #members = new Map<string, Member>();
  #streams = 0;

  private constructor(options: MeshWorldOptions) {
    this.#options = options;
    this.world = new World(nodeHost, { seed: options.seed ?? 1, network: { weather: quiet } });
    for (const name of new Set(options.links.flat())) this.#add(name);
  }

  /** With all links there, and everybody reached by everybody. */
  static async start(options: MeshWorldOptions): Promise<MeshWorld> {
    const made = new MeshWorld(options);
    await made.run(3000);
    return made;
  }

  get names(): string[] {
    return [...this.#members.keys()];
  }

  id(name: string): NodeId {
    return this.#member(name).identity.id;
  }

  /** The id as it is on the wire. */
  idBytes(name: string): Uint8Array {
    return this.#member(name).identity.idBytes;
  }

  identity(name: string): NodeIdentity {
    return this.#member(name).identity;
  }

  address(name: string): Address {
    return this.#member(name).address;
  }

  platform(name: string): Platform {
    return this.#member(name).platform;
  }

  node(name: string): SimulatedNode<Mesh> {
    return this.#member(name).node;
  }

  mesh(name: string): Mesh {
    const { handle } = this.node(name);
    assert(handle !== undefined, `${name} is up`);
    return handle;
  }

  router(name: string): MeshRouter {
    return this.mesh(name).router;
  }

  /** The best link of one to its neighbour. */
  link(from: string, to: string): SecureLink {
    const link = this.links(from, to)[0];
    assert(link !== undefined, `${from} has a link to ${to}`);
    return link;
  }

  links(from: string, to: string): SecureLink[] {
    for (const { id, links } of this.router(from).neighbours()) if (id === this.id(to)) return [...links];
    return [];
  }

  /** One more link between two that may have some. */
  async dial(from: string, to: string): Promise<void> {
    await this.world.finish(this.mesh(from).dial(this.address(to), { expected: this.id(to) }));
  }

  /** The name of the neighbour through which one sends to the other. */
  next(from: string, to: string): string | undefined {
    const next = this.router(from).route(this.id(to))?.next;
    return this.names.find((name) => this.id(name) === next);
  }

  /** A frame that a node sends to a neighbour beside what it should. */
  inject(from: string, to: string, write: (packet: LinkPacket) => void, bodyBytes = 0): void {
    let isLeft = true;
    const fill = (packet: LinkPacket): boolean => {
      if (!isLeft || packet.bodyRoomBytes < bodyBytes || packet.sessionRoomBytes < 0) return isLeft;
      isLeft = false;
      write(packet);
      return false;
    };
    this.link(from, to).ready({ fill }, 0);
  }

  /** Replaces what a node does with packets that come over its links. */
  subvert(name: string, relayed: (honest: LinkEvents["relayed"]) => LinkEvents["relayed"]): { stop(): void } {
    const events = this.router(name).linkEvents;
    const honest = events.relayed;
    events.relayed = relayed(honest);
    return {
      stop: () => {
        events.relayed = honest;
      },
    };
  }

  session(from: string, to: string): Promise<Session> {
    return this.world.finish(this.router(from).session(this.id(to)));
  }

  /** Begins a stream of packets of these sizes. */
  async send(from: string, to: string, sizes: readonly number[], priority: Priority = "bulk"): Promise<Traffic> {
    const session = await this.session(from, to);
    // By now both sides have it.
    await this.run(200);
    const number = ++this.#streams;
    const protocol = `traffic ${number}`;
    const checker = new Checker(number, sizes);
    let completeMs: number | undefined;
    checker.onPacket = () => {
      if (checker.complete) completeMs = this.world.nowMs;
    };
    this.router(to).accept(protocol, (stream) => stream.attach(checker));
    const ends: GlowError[] = [];
    const stream = session.open(protocol, priority);
    const sender = new Sender(stream, number, sizes);
    stream.attach({ packet: () => undefined, drained: sender.fill, closed: (reason) => ends.push(reason) });
    sender.fill();
    return { checker, ends, completeMs: () => completeMs };
  }

  /** What an honest pair has from a node under attack: a stream, exact, and within this time. */
  async expectServed(from: string, to: string, withinMs = 5000): Promise<void> {
    const traffic = await this.send(
      from,
      to,
      Array.from({ length: 40 }, (_, at) => at * 1000),
    );
    const beganMs = this.world.nowMs;
    while (!traffic.checker.complete && this.world.nowMs < beganMs + withinMs) await this.run(50);
    const { received, wrong } = traffic.checker;
    if (traffic.checker.complete) return;
    const message = `${received} of 40 packets from ${from} to ${to} in ${withinMs} ms; wrong: ${wrong}; ${traffic.ends[0]}`;
    throw new GlowError("deadline", "test.served", { message });
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }

  /** Runs until it is so. */
  async until(isSo: () => boolean, withinMs = 10_000): Promise<void> {
    const endMs = this.world.nowMs + withinMs;
    while (!isSo()) {
      if (this.world.nowMs >= endMs) throw new GlowError("deadline", "test.until", { message: `not so: ${isSo}` });
      await this.run(10);
    }
  }

  #member(name: string): Member {
    const member = this.#members.get(name);
    assert(member !== undefined, `there is a node ${name}`);
    return member;
  }

  #add(name: string): void {
    const { crypto } = nodeHost;
    const identity = new NodeIdentity(crypto, crypto.keyPair("ed25519", new SeededRandom(`mesh world ${name}`)));
    const address = `sim://${name}:1` as Address;
    const node = this.world.addNode(name, { boot: (platform) => this.#boot(name, platform), clockRate: 1 });
    this.#members.set(name, { name, identity, address, node, platform: undefined as never });
  }

  async #boot(name: string, platform: Platform): Promise<Mesh> {
    // A first boot happens as the node is made, before it is in the table.
    await Promise.resolve();
    const member = this.#member(name);
    member.platform = platform;
    const { rights, policy } = this.#options;
    const mesh = await Mesh.start(platform, {
      identity: member.identity,
      listen: [member.address],
      policy: {
        hello: () => new Uint8Array(),
        rights: (peer) => {
          const peerName = this.names.find((other) => this.id(other) === peer);
          return rights === undefined ? all : rights(name, peerName ?? "");
        },
        wants: () => false,
        ...policy,
      },
    });
    for (const [from, to] of this.#options.links) if (from === name) mesh.keep(this.id(to), [this.address(to)]);
    return mesh;
  }
}

const all: NeighbourPolicy = { tab: false, relay: true };

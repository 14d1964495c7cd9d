// Whole meshes of 3 to 60 nodes on random topologies, some of them tabs, some of them relays that drop, damage, double and
// hold back what passes. Routes never form a loop; what arrives is what was sent; once all is healed everybody reaches
// everybody, and everything that was asked for has come.

import { assert } from "#base/errors.ts";
import { chance, integerBelow, pick, SeededRandom, shuffled } from "#base/random.ts";
import type { Address, NodeId, Platform } from "#glow";
import { NodeIdentity } from "#identity/node-identity.ts";
import { Mesh } from "#mesh/mesh.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { drawDelay } from "#platform/simulated/range.ts";
import type { Operation, Scenario, Settings, Trial } from "#platform/simulated/swarm/scenario.ts";
import type { World } from "#platform/simulated/world.ts";
import { LyingRelay } from "./lying-relay.ts";
import { serveTransfers, Transfer } from "./mesh-transfer.ts";

const safetyMs = 40_000;
const priorities = ["control", "interactive", "bulk"] as const;

export const mesh: Scenario = {
  name: "mesh",
  about: "meshes under churn, partitions and lying relays: no loops, exact streams, and everybody reached in the end",
  settings: { nodes: [3, 60], extraLinks: [0, 30], tabs: [0, 2], liars: [0, 3] },
  safetyMs,
  livenessMs: 120_000,
  operations: [5, 40],
  faults: {
    crash: 4,
    pause: 3,
    partition: 3,
    clog: 4,
    slow: 3,
    "refuse-dials": 2,
    cut: 20,
    "clock-step": 3,
    "clock-rate": 2,
  },
  nodes: ({ nodes = 3 }) => namesOf(nodes),
  drawOperation: (random, { nodes = 3 }) => {
    const [from, to] = shuffled(random, namesOf(nodes)) as [string, string];
    return {
      from,
      to,
      packets: 1 + integerBelow(random, 20),
      sizeBytes: Math.floor(drawDelay(random, [0, 100_000])),
      priority: pick(random, priorities),
    };
  },
  start: (world, settings) => new MeshTrial(world, settings),
};

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i}`);
}

const crypto = new NodeCrypto();

interface Member {
  readonly name: string;
  readonly identity: NodeIdentity;
  readonly address: Address;
  readonly tab: boolean;
  readonly liar: LyingRelay | undefined;
  /** Whom it dials. */
  readonly dials: Member[];
  node: SimulatedNode<Mesh> | undefined;
}

class MeshTrial implements Trial {
  readonly #world: World;
  readonly #members: readonly Member[];
  readonly #byId = new Map<NodeId, Member>();
  readonly #transfers: Transfer[] = [];
  #changed = false;

  constructor(world: World, settings: Settings) {
    this.#world = world;
    this.#members = drawMembers(world, settings);
    for (const member of this.#members) this.#byId.set(member.identity.id, member);
    for (const member of this.#members) {
      member.node = world.addNode(member.name, { boot: (platform) => this.#boot(member, platform) });
    }
  }

  operate({ from, to, packets, sizeBytes, priority }: Operation): void {
    const source = this.#members.find(({ name }) => name === from);
    const target = this.#members.find(({ name }) => name === to);
    if (source === undefined || target === undefined) return;
    const sizes = Array.from({ length: Number(packets) }, (_, i) => Number(sizeBytes) >> i);
    const number = this.#transfers.length;
    const transfer = new Transfer(number, source.name, target.name, sizes, priority as (typeof priorities)[number]);
    this.#transfers.push(transfer);
    source.node?.tell((handle) => transfer.begin(handle, this.#platformOf(source).timers, target.identity.id));
  }

  /** No loop, at any instant, among nodes that follow the rules: and all do, where routes are concerned. */
  check(): void {
    if (!this.#changed) return;
    this.#changed = false;
    for (const target of this.#members) this.#checkLoops(target.identity.id);
  }

  settled(): boolean {
    return this.#missing().length === 0;
  }

  missing(): string {
    return this.#missing().slice(0, 12).join("; ");
  }

  #missing(): string[] {
    const missing: string[] = [];
    for (const transfer of this.#transfers) {
      if (!transfer.done) missing.push(`${transfer.from} to ${transfer.to} ${transfer.state}`);
    }
    for (const { name, node } of this.#members) {
      const { router } = node?.handle ?? {};
      if (router === undefined) missing.push(`${name} is down`);
      else
        for (const other of this.#members) {
          if (other.name !== name && router.route(other.identity.id) === undefined) {
            missing.push(`${name} has no route to ${other.name}`);
          }
        }
    }
    return missing;
  }

  #checkLoops(target: NodeId): void {
    /** Nodes from which the way is known to end. */
    const ending = new Set<NodeId>([target]);
    for (const { identity } of this.#members) {
      const way: NodeId[] = [];
      let at: NodeId | undefined = identity.id;
      while (at !== undefined && !ending.has(at)) {
        assert(!way.includes(at), `the routes to ${this.#name(target)} go in a circle at ${this.#name(at)}`);
        way.push(at);
        at = this.#byId.get(at)?.node?.handle?.router.route(target)?.next;
      }
      for (const passed of way) ending.add(passed);
    }
  }

  #name(id: NodeId): string {
    return this.#byId.get(id)?.name ?? id;
  }

  readonly #platforms = new Map<string, Platform>();

  #platformOf(member: Member): Platform {
    return this.#platforms.get(member.name) as Platform;
  }

  async #boot(member: Member, platform: Platform): Promise<Mesh> {
    this.#platforms.set(member.name, platform);
    const running = await Mesh.start(platform, {
      identity: member.identity,
      tab: member.tab,
      listen: [member.address],
      policy: {
        hello: () => new Uint8Array(),
        rights: (peer) => ({ tab: this.#byId.get(peer)?.tab ?? false, relay: true }),
        wants: () => false,
      },
      changed: () => {
        this.#changed = true;
      },
    });
    member.liar?.infest(running, platform, () => this.#world.nowMs < safetyMs);
    serveTransfers(running, this.#transfers);
    for (const other of member.dials) running.keep(other.identity.id, [other.address]);
    for (const transfer of this.#transfers) {
      if (transfer.from !== member.name || transfer.done) continue;
      const target = this.#members.find(({ name }) => name === transfer.to) as Member;
      transfer.begin(running, platform.timers, target.identity.id);
    }
    return running;
  }
}

/** A connected graph: a random tree, and some links more. */
function drawMembers(world: World, { nodes = 3, extraLinks = 0, tabs = 0, liars = 0 }: Settings): readonly Member[] {
  const random = world.random.fork("topology");
  const members = namesOf(nodes).map((name, at): Member => {
    const pair = crypto.keyPair("ed25519", new SeededRandom(`mesh member ${name}`));
    // The first are never tabs or liars, so that there is a core.
    const isTab = at >= nodes - tabs && at > 1;
    const isLiar = !isTab && at >= nodes - tabs - liars && at > 1;
    return {
      name,
      identity: new NodeIdentity(crypto, pair),
      address: `sim://${name}:1` as Address,
      tab: isTab,
      liar: isLiar ? new LyingRelay(world.random.fork(`liar ${name}`)) : undefined,
      dials: [],
      node: undefined,
    };
  });
  for (let at = 1; at < members.length; at++) {
    link(random, members[at] as Member, members[integerBelow(random, at)] as Member);
  }
  for (let extra = 0; extra < extraLinks; extra++) {
    const [one, other] = shuffled(random, members) as [Member, Member];
    link(random, one, other);
  }
  return members;
}

function link(random: SeededRandom, one: Member, other: Member): void {
  if (one.dials.includes(other) || other.dials.includes(one)) return;
  if (chance(random, 0.5)) one.dials.push(other);
  else other.dials.push(one);
}

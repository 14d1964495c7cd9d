// Devices of one user, and strangers, each with the whole node on top of a simulated platform.

import { assert, GlowError } from "#base/errors.ts";
import type { Address, NodeId, Platform } from "#glow";
import { MembershipStub } from "#interfaces/generated/membership.ts";
import { MemberNode, membershipProtocol } from "#node/member-node.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../swarm/node-host.ts";

const quiet = {
  latencyMs: [2, 5],
  jitterMs: [0, 1],
  bytesPerMs: [20_000, 20_000],
  lossChance: [0, 0],
  dialFailChance: [0, 0],
  dialDelayMs: [0, 0],
} as const;

export class MemberWorld {
  readonly world = new World(nodeHost, { seed: 1, network: { weather: quiet } });
  readonly #nodes = new Map<string, SimulatedNode<MemberNode>>();
  readonly #platforms = new Map<string, Platform>();

  /** Nodes of these names, which listen and belong to nobody. */
  static async start(names: readonly string[]): Promise<MemberWorld> {
    const made = new MemberWorld();
    for (const name of names) made.add(name);
    await made.run(500);
    return made;
  }

  /** The first makes a user, and invites the others. */
  static async user(names: readonly string[], strangers: readonly string[] = []): Promise<MemberWorld> {
    const made = await MemberWorld.start([...names, ...strangers]);
    const [first = "", ...others] = names;
    await made.finish(made.node(first).createUser("Ann"));
    for (const name of others) await made.join(name, first);
    await made.run(3000);
    return made;
  }

  add(name: string): void {
    const boot = async (platform: Platform) => {
      this.#platforms.set(name, platform);
      return MemberNode.start(platform, { name, listen: [this.address(name)] });
    };
    this.#nodes.set(name, this.world.addNode(name, { boot, clockRate: 1, wallOffsetMs: 0 }));
  }

  enough(): GlowError {
    return new GlowError("cancelled", "test.cut", { message: "enough" });
  }

  address(name: string): Address {
    return `sim://${name}:1` as Address;
  }

  device(name: string): SimulatedNode<MemberNode> {
    const device = this.#nodes.get(name);
    assert(device !== undefined, `there is a device ${name}`);
    return device;
  }

  node(name: string): MemberNode {
    const { handle } = this.device(name);
    assert(handle !== undefined, `${name} is up`);
    return handle;
  }

  platform(name: string): Platform {
    return this.#platforms.get(name) as Platform;
  }

  id(name: string): NodeId {
    return this.node(name).id;
  }

  async join(name: string, issuer: string, role: "device" | "tab" = "device"): Promise<void> {
    const code = await this.finish(this.node(issuer).invite(role, 600_000));
    await this.finish(this.node(name).join(code));
  }

  /** Whether one has a link to the other. */
  linked(one: string, other: string): boolean {
    return this.node(one).mesh.router.isNeighbour(this.id(other));
  }

  /** A link as a stranger or a member has it. */
  dial(from: string, to: string): Promise<NodeId> {
    return this.finish(this.node(from).mesh.dial(this.address(to), { expected: this.id(to) }));
  }

  /** Asks the membership service of one node by another. */
  async asking<Answer>(
    from: string,
    of: string,
    question: (membership: MembershipStub) => Promise<Answer>,
  ): Promise<Answer> {
    const firefly = await this.node(from).connect(this.id(of), membershipProtocol);
    try {
      using membership = firefly.root(MembershipStub);
      return await question(membership);
    } finally {
      firefly.close();
    }
  }

  /** The same, and lets time pass until there is an answer. */
  ask<Answer>(from: string, of: string, question: (membership: MembershipStub) => Promise<Answer>): Promise<Answer> {
    return this.finish(this.asking(from, of, question));
  }

  /** The kind of error with which it fails. */
  async failure(work: Promise<unknown>): Promise<string> {
    try {
      await this.world.finish(work);
    } catch (error) {
      assert(error instanceof GlowError, `it is a GlowError: ${error}`);
      if (error.kind === "internal") throw error;
      return error.kind;
    }
    return "none";
  }

  /** An honest pair asks something of one another. */
  async expectServed(from: string, to: string): Promise<void> {
    const beganMs = this.world.nowMs;
    await this.ask(from, to, (membership) => membership.heads());
    assert(this.world.nowMs - beganMs < 1000, `${from} is served by ${to} within a second`);
  }

  finish<Result>(work: Promise<Result>): Promise<Result> {
    return this.world.finish(work, 60_000);
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }
}

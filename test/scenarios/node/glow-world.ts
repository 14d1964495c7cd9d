// Whole nodes of one user on simulated platforms: as a daemon or a page makes them, held with all rights. They link as their
// addresses let them; tests call what they offer, and let time pass until it is answered.

import { assert, GlowError } from "#base/errors.ts";
import { utf8Decode } from "#base/bytes.ts";
import type { Address, Platform } from "#glow";
import { GlowNode, type GlowNodeOptions } from "#node/glow-node.ts";
import { NodeLog } from "#node/node-log.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import type { Drive, FileContent, WriteOptions } from "#interfaces/generated/drive.ts";
import type { Node } from "#interfaces/generated/node.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { givenText } from "./given-bytes.ts";

const quiet = {
  latencyMs: [2, 2],
  jitterMs: [0, 0],
  bytesPerMs: [20_000, 20_000],
  lossChance: [0, 0],
  dialFailChance: [0, 0],
  dialDelayMs: [0, 0],
} as const;

export type GlowWorldOptions = Partial<
  Pick<GlowNodeOptions, "content" | "page" | "tab" | "settings" | "stop" | "replaceUser" | "kept">
>;

export class GlowWorld {
  readonly world = new World(nodeHost, { seed: 1, network: { weather: quiet } });
  readonly #nodes = new Map<string, SimulatedNode<GlowNode>>();
  readonly #options: GlowWorldOptions;

  constructor(options: GlowWorldOptions = {}) {
    this.#options = options;
  }

  /** The first makes a user, and invites the others. */
  static async user(names: readonly string[], options: GlowWorldOptions = {}): Promise<GlowWorld> {
    const made = new GlowWorld(options);
    for (const name of names) await made.add(name);
    const [first = "", ...others] = names;
    await made.finish(made.node(first).createUser("Ann"));
    for (const name of others) await made.join(name, first);
    return made;
  }

  async add(name: string, options: GlowWorldOptions = {}): Promise<void> {
    const listen = [`sim://${name}:1` as Address];
    const boot = (platform: Platform) =>
      GlowNode.start({
        platform,
        name: () => name,
        version: "1.2.3",
        log: new NodeLog(platform.clock),
        listen,
        ...this.#options,
        ...options,
      });
    this.#nodes.set(name, this.world.addNode(name, { boot, clockRate: 1, wallOffsetMs: 0 }));
    await this.until(() => this.simulated(name).handle !== undefined);
  }

  async join(name: string, issuer: string, role: "device" | "tab" = "device"): Promise<void> {
    const { code } = await this.finish(this.node(issuer).user().invite(role, 600));
    await this.finish(this.node(name).user().join(code));
    await this.until(() => this.isOnline(issuer, name) && this.isOnline(name, issuer));
  }

  simulated(name: string): SimulatedNode<GlowNode> {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `there is ${name}`);
    return node;
  }

  node(name: string): GlowNode {
    const { handle } = this.simulated(name);
    assert(handle !== undefined, `${name} is up`);
    return handle;
  }

  /** With all rights. */
  whole(name: string): Node {
    return this.node(name).whole();
  }

  /** One node as another one reaches it: with the rights of its role, over the mesh. */
  async reached(from: string, to: string): Promise<Node> {
    return this.finish(this.node(from).reach(to));
  }

  isOnline(from: string, to: string): boolean {
    return this.node(from)
      .user()
      .devices()
      .some(({ name, online }) => name === to && online);
  }

  /** A drive of a node, made if it is not there. */
  async drive(name: string, drive = "files"): Promise<Drive> {
    const drives = this.node(name).drives();
    const all = await this.finish(drives.list());
    if (!all.some((each) => each.name === drive)) await this.finish(drives.create(drive));
    return this.finish(drives.open(drive));
  }

  /** The drive, as soon as it has come to the node. */
  async come(name: string, drive = "files"): Promise<Drive> {
    const drives = this.node(name).drives();
    await this.untilAsync(async () => (await drives.list()).some((each) => each.name === drive && each.readable));
    return this.finish(drives.open(drive));
  }

  write(drive: Drive, path: string, text: string, options: WriteOptions = {}) {
    return this.finish(Promise.resolve(drive.write(path, givenText(text), options)));
  }

  async read(drive: Drive, ...what: Parameters<Drive["read"]>): Promise<string> {
    return this.finish(textOf(Promise.resolve(drive.read(...what))));
  }

  finish<Result>(work: Promise<Result> | PromiseLike<Result> | Result): Promise<Result> {
    return this.world.finish(Promise.resolve(work), 60_000);
  }

  /** The kind of error with which it fails. */
  async failure(work: () => unknown): Promise<string> {
    try {
      await this.finish((async () => work())());
    } catch (error) {
      assert(error instanceof GlowError, `it is a GlowError: ${error}`);
      if (error.kind === "internal") throw error;
      return error.kind;
    }
    return "none";
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }

  async until(isSo: () => boolean, withinMs = 60_000): Promise<void> {
    await this.untilAsync(() => Promise.resolve(isSo()), withinMs);
  }

  async untilAsync(isSo: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
    const beganMs = this.world.nowMs;
    while (!(await this.finish(isSo()))) {
      if (this.world.nowMs >= beganMs + withinMs) {
        throw new GlowError("deadline", "test.until", { message: `not so: ${isSo}` });
      }
      await this.run(10);
    }
  }
}

export async function textOf(reading: Promise<FileContent>): Promise<string> {
  const { bytes } = await reading;
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return utf8Decode(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).bytes());
}

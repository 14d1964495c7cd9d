// Devices of one user with the whole of a node below their spaces: mesh, membership, storage. They find each other by
// addresses that they are told of, and link as a test lets them.

import { assert, GlowError } from "#base/errors.ts";
import type { Address, BlobId, BlobOffer, NodeId, Platform } from "#glow";
import { randomBytes, SeededRandom } from "#base/random.ts";
import { MemberNode } from "#node/member-node.ts";
import { Storage, type StorageOptions } from "#node/storage.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import type { SpaceEngine } from "#store/space/space-engine.ts";
import { nodeHost } from "../../swarm/node-host.ts";

const quiet = {
  latencyMs: [2, 2],
  jitterMs: [0, 0],
  bytesPerMs: [20_000, 20_000],
  lossChance: [0, 0],
  dialFailChance: [0, 0],
  dialDelayMs: [0, 0],
} as const;

export type DeviceOptions = Pick<StorageOptions, "mostSpaces">;

export class StoringDevice {
  readonly platform: Platform;
  node!: MemberNode;
  storage: Storage | undefined;
  readonly problems: GlowError[] = [];

  readonly #options: DeviceOptions;

  constructor(platform: Platform, options: DeviceOptions) {
    this.platform = platform;
    this.#options = options;
  }

  static async boot(platform: Platform, name: string, options: DeviceOptions): Promise<StoringDevice> {
    const device = new StoringDevice(platform, options);
    const listen = [`sim://${name}:1` as Address];
    device.node = await MemberNode.start(platform, { name, listen, changed: () => device.storage?.changed() });
    if (device.node.hasUser) await device.open();
    return device;
  }

  /** It belongs to a user from now on. */
  async open(): Promise<void> {
    const problem = (error: GlowError) => void this.problems.push(error);
    this.storage = await Storage.open({ platform: this.platform, node: this.node, problem, ...this.#options });
    this.storage.changed();
  }

  /** The only one. */
  get space(): SpaceEngine {
    const [space] = this.storage?.spaces() ?? [];
    assert(space !== undefined, "the device holds the space");
    return space;
  }

  /** False also while replication of it has not begun. */
  get isComplete(): boolean {
    const [space] = this.storage?.spaces() ?? [];
    try {
      return space !== undefined && this.storage?.replicator(space.id).complete === true;
    } catch (error) {
      if (error instanceof GlowError && error.kind === "not-found") return false;
      throw error;
    }
  }

  async write(sizes: readonly number[] = [], seed = ""): Promise<BlobOffer[]> {
    const { blobs } = this.storage as Storage;
    const random = new SeededRandom(`device blobs ${seed}`);
    const offers: BlobOffer[] = [];
    for (const sizeBytes of sizes) {
      const stored = randomBytes(random, sizeBytes);
      const id = this.platform.crypto.hash("blake3", stored) as Uint8Array as BlobId;
      await blobs.put([{ id, stored }]);
      offers.push({ id, sizeBytes });
    }
    await this.space.write(() => ({ entries: [], placements: [], blobs: offers }));
    return offers;
  }

  async has({ id }: BlobOffer): Promise<boolean> {
    return (await this.storage?.blobs.has([id]))?.[0] === true;
  }

  positions(): string {
    const positions = this.storage?.spaces()[0]?.positions() ?? [];
    return positions
      .map((each) => `${each.author} ${each.sequence}`)
      .sort()
      .join(", ");
  }
}

export class DeviceWorld {
  readonly world = new World(nodeHost, { seed: 1, network: { weather: quiet } });
  readonly #nodes = new Map<string, SimulatedNode<StoringDevice>>();
  readonly #options: DeviceOptions;

  private constructor(options: DeviceOptions) {
    this.#options = options;
  }

  /** The first makes a user and a space, and invites the others. */
  static async start(names: readonly string[], options: DeviceOptions = {}): Promise<DeviceWorld> {
    const made = new DeviceWorld(options);
    const [first = "", ...others] = names;
    for (const name of names) await made.#add(name);
    await made.finish(made.device(first).node.createUser("Ann"));
    await made.finish(made.device(first).open());
    await made.finish(made.#createDrive(first));
    for (const name of others) {
      const code = await made.finish(made.device(first).node.invite("device", 600_000));
      await made.finish(made.device(name).node.join(code));
      await made.finish(made.device(name).open());
    }
    return made;
  }

  async #add(name: string): Promise<void> {
    const boot = (platform: Platform) => StoringDevice.boot(platform, name, this.#options);
    this.#nodes.set(name, this.world.addNode(name, { boot, clockRate: 1, wallOffsetMs: 0 }));
    await this.until(() => this.node(name).handle !== undefined);
  }

  async #createDrive(name: string): Promise<void> {
    await this.device(name).storage?.createDrive();
  }

  node(name: string): SimulatedNode<StoringDevice> {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `there is ${name}`);
    return node;
  }

  device(name: string): StoringDevice {
    const { handle } = this.node(name);
    assert(handle !== undefined, `${name} is up`);
    return handle;
  }

  id(name: string): NodeId {
    return this.device(name).node.id;
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }

  finish<Result>(work: Promise<Result>): Promise<Result> {
    return this.world.finish(work, 60_000);
  }

  /** Lets time pass until all these are where the first of them is, with all blobs. How long it took. */
  untilAlike(names: readonly string[]): Promise<number> {
    return this.until(() => {
      const texts = names.map((name) => this.node(name).handle?.positions());
      const isComplete = names.every((name) => this.node(name).handle?.isComplete === true);
      return isComplete && texts[0] !== "" && texts.every((text) => text === texts[0]);
    });
  }

  async until(isSo: () => boolean, withinMs = 120_000): Promise<number> {
    const beganMs = this.world.nowMs;
    while (!isSo()) {
      if (this.world.nowMs >= beganMs + withinMs) {
        throw new GlowError("deadline", "test.until", { message: `not so: ${isSo}` });
      }
      await this.run(1);
    }
    return this.world.nowMs - beganMs;
  }
}

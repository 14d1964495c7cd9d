// Holders of one space in a simulated world, each with its own disk, log, packs and index, linked by Firefly over plain pipes
// as a test says.

import { compareBytes, toHex } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type {
  Address,
  BatchHeader,
  BlobId,
  BlobOffer,
  DeviceId,
  Hash,
  NodeId,
  Peer,
  Peers,
  Pipe,
  Platform,
  Replica,
  SpaceId,
  Subscription,
} from "#glow";
import { ReplicasInterface, ReplicasStub } from "#interfaces/generated/replica.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { RemotePeer } from "#services/replica/remote-peer.ts";
import { ReplicasService } from "#services/replica/replica-service.ts";
import type { PackBlobStore } from "#store/log/blob-store.ts";
import type { ReplicationMode } from "#store/replication/blob-fetcher.ts";
import { ReplicaHost } from "#store/replication/replica-host.ts";
import { Replicator } from "#store/replication/replicator.ts";
import type { SpaceEngine } from "#store/space/space-engine.ts";
import { Actor, nowMs, Story } from "../../identity/cast.ts";
import { entryOf } from "../../store/register-store.ts";
import { allBatches, Device } from "../../store/space-world.ts";
import { nodeHost } from "../../swarm/node-host.ts";

const quiet = {
  latencyMs: [2, 2],
  jitterMs: [0, 0],
  bytesPerMs: [100_000, 100_000],
  lossChance: [0, 0],
  dialFailChance: [0, 0],
  dialDelayMs: [0, 0],
} as const;

/** From one attempt to connect to the next. */
const redialMs = 200;

/** What is given to others, instead of the truth. */
export type Lie = (honest: Replica, holder: Holder, to: string) => Partial<Replica>;

export interface HolderOptions {
  readonly mode?: ReplicationMode;
  readonly lie?: Lie;
  /** What it does before it meets anybody: from the first start on, each time. */
  readonly before?: (holder: Holder) => Promise<void>;
}

export interface ReplicaWorldOptions {
  /** Those of them that hold the space without keys. */
  readonly hosts?: readonly string[];
  /** Another name by which a device goes: two disks, one key. */
  readonly twins?: Readonly<Record<string, string>>;
}

export class ReplicaWorld {
  readonly world = new World(nodeHost, { seed: 1, network: { weather: quiet } });
  readonly story: Story;
  readonly names: readonly string[];
  readonly defects: GlowError[] = [];
  space: SpaceId | undefined;
  readonly #links: readonly (readonly [string, string])[];
  readonly #options: ReplicaWorldOptions;
  readonly #nodes = new Map<string, SimulatedNode<Holder>>();

  /** Devices of one user, of which the first makes the space. */
  constructor(
    names: readonly string[],
    links: readonly (readonly [string, string])[],
    options: ReplicaWorldOptions = {},
  ) {
    const [first = "", ...others] = names;
    this.names = names;
    this.#links = links;
    this.#options = options;
    this.story = new Story(new Actor(first));
    for (const name of others)
      if (options.twins?.[name] === undefined) this.story.add(this.story.first, this.actor(name));
  }

  actor(name: string): Actor {
    return new Actor(this.#options.twins?.[name] ?? name);
  }

  deviceId(name: string): DeviceId {
    return this.actor(name).id;
  }

  neighbours(name: string): string[] {
    return this.#links.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []));
  }

  async start(name: string, options: HolderOptions = {}): Promise<Holder> {
    const statements = this.story.told.map(({ bytes }) => bytes);
    const boot = async (platform: Platform) => {
      const device = await Device.boot(platform, this.actor(name), this.story, statements);
      const space = await this.#spaceOf(device);
      const holder = new Holder(this, name, platform, device, space);
      await options.before?.(holder);
      await holder.replicate(options);
      return holder;
    };
    const wallOffsetMs = nowMs - this.world.nowMs;
    const node = this.world.addNode(name, { boot, clockRate: 1, wallOffsetMs });
    this.#nodes.set(name, node);
    await this.until(() => node.handle !== undefined);
    return this.holder(name);
  }

  /** Kills it, and starts it again. */
  async restart(name: string, manner: "kill" | "power"): Promise<void> {
    const node = this.node(name);
    node.crash(manner);
    node.start();
    await this.until(() => node.handle !== undefined);
  }

  async #spaceOf(device: Device): Promise<SpaceEngine> {
    if (this.space !== undefined) return device.spaces.join(this.space);
    const hosts = (this.#options.hosts ?? []).map((name) => this.deviceId(name));
    const space = await device.spaces.create({ type: "registers", user: this.story.user, hosts });
    this.space = space.id;
    return space;
  }

  node(name: string): SimulatedNode<Holder> {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `there is ${name}`);
    return node;
  }

  holder(name: string): Holder {
    const { handle } = this.node(name);
    assert(handle !== undefined, `${name} is up`);
    return handle;
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }

  finish<Result>(work: Promise<Result>): Promise<Result> {
    return this.world.finish(work, 60_000);
  }

  /** Whether a holder has all of these. */
  hasAll(name: string, blobs: readonly BlobOffer[]): Promise<boolean> {
    return this.finish(this.holder(name).hasAll(blobs));
  }

  /** Lets time pass until all these are where the first of them is, with all blobs. How long it took. */
  untilAlike(names: readonly string[]): Promise<number> {
    return this.until(() => {
      const holders = names.map((name) => this.node(name).handle);
      const texts = holders.map((holder) => holder && `${holder.replicator.complete} ${holder.positions()}`);
      return texts.every((text) => text === texts[0] && text?.startsWith("true") === true);
    });
  }

  /** Lets time pass until these hold the same batches, also such as positions do not tell of, and show the same. */
  async untilSame(names: readonly string[], withinMs = 60_000): Promise<number> {
    const beganMs = this.world.nowMs;
    for (;;) {
      const holdings = await this.finish(Promise.all(names.map((name) => this.holder(name).seen())));
      if (holdings.every((holding) => holding === holdings[0])) return this.world.nowMs - beganMs;
      if (this.world.nowMs - beganMs > withinMs) {
        throw new GlowError("deadline", "test.until", { message: `they differ:\n${holdings.join("\n")}` });
      }
      await this.run(50);
    }
  }

  async until(isSo: () => boolean, withinMs = 60_000): Promise<number> {
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

export class Holder {
  readonly name: string;
  readonly platform: Platform;
  readonly device: Device;
  readonly space: SpaceEngine;
  readonly blobs: PackBlobStore;
  readonly host: ReplicaHost;
  readonly peers: PipePeers;
  /** How often it has given each blob. */
  readonly given = new Map<string, number>();
  replicator!: Replicator;

  constructor(world: ReplicaWorld, name: string, platform: Platform, device: Device, space: SpaceEngine) {
    this.name = name;
    this.platform = platform;
    this.device = device;
    this.space = space;
    this.blobs = device.parts.blobs;
    this.host = new ReplicaHost(platform.clock);
    this.peers = new PipePeers(world, this);
  }

  async replicate({ lie, mode = "all" }: HolderOptions): Promise<void> {
    const { clock, timers, crypto, disk } = this.platform;
    const { peers, space, blobs } = this;
    const { index } = this.device.parts;
    await peers.listen(lie);
    const device = this.device.id;
    this.replicator = await Replicator.start({ clock, timers, crypto, disk, index, space, blobs, peers, device, mode });
    this.host.add(this.replicator);
  }

  /** New blobs of these sizes, durable here. */
  async make(sizes: readonly number[], seed = "blobs"): Promise<BlobOffer[]> {
    const random = new SeededRandom(`${this.name} ${seed}`);
    const offers: BlobOffer[] = [];
    for (const sizeBytes of sizes) {
      const stored = randomBytes(random, sizeBytes);
      const id = this.platform.crypto.hash("blake3", stored) as Uint8Array as BlobId;
      await this.blobs.put([{ id, stored }]);
      offers.push({ id, sizeBytes });
    }
    await this.blobs.sync();
    return offers;
  }

  /** These blobs come to be here, as if they had been fetched before. */
  async keep(from: Holder, blobs: readonly BlobOffer[]): Promise<void> {
    for (const { id } of blobs) await this.blobs.put([{ id, stored: await from.blobs.get(id) }]);
    await this.blobs.sync();
  }

  /** Its batches come to be here, as if they had been fetched before. */
  async takeAll(from: Holder): Promise<void> {
    for (const { bytes } of await allBatches(from.space)) await this.space.take(bytes);
  }

  write(blobs: readonly BlobOffer[] = [], value = "value"): Promise<BatchHeader> {
    return this.device.write([entryOf(1, value)], blobs);
  }

  async hasAll(blobs: readonly BlobOffer[]): Promise<boolean> {
    return (await this.blobs.has(blobs.map(({ id }) => id))).every((here) => here);
  }

  /** Damages a blob on the medium, and leaves the rest as it is. */
  async damage({ id }: BlobOffer): Promise<void> {
    const [place] = await this.blobs.places([id]);
    assert(place !== undefined, "the blob lies in a pack");
    const file = await this.platform.disk.open(place.path);
    await file.write(place.offset + (place.sizeBytes >> 1), new Uint8Array(16).fill(0x55));
    await file.close();
  }

  /** Where each author is, as text. */
  positions(): string {
    const texts = this.space.positions().map((each) => `${each.author} ${each.incarnation} ${each.sequence}`);
    return texts.sort().join(", ");
  }

  get givenBlobs(): number {
    let total = 0;
    for (const count of this.given.values()) total += count;
    return total;
  }

  /** What it holds, and what that adds up to, as text. */
  async seen(): Promise<string> {
    return JSON.stringify([(await this.hashes()).map((hash) => hash.slice(2, 10)), await this.device.state()]);
  }

  async hashes(): Promise<string[]> {
    return [...(await this.space.hashes())].sort(compareBytes).map((hash: Hash) => toHex(hash));
  }
}

/** Dials its neighbours, and listens for each at a port of its own, by which it is known. */
export class PipePeers implements Peers {
  readonly #world: ReplicaWorld;
  readonly #holder: Holder;
  readonly #watchers = new Set<Parameters<Peers["watch"]>[0]>();

  constructor(world: ReplicaWorld, holder: Holder) {
    this.#world = world;
    this.#holder = holder;
  }

  async listen(lie: Lie | undefined): Promise<void> {
    const { platform, host, name } = this.#holder;
    for (const other of this.#world.neighbours(name)) {
      const device = this.#world.deviceId(other);
      const service = () =>
        new ReplicasService({
          spaces: () => host.spaces(device),
          watch: (changed) => host.watch(changed),
          open: (space) => {
            const honest = counted(host.open(space, device), this.#holder);
            return lie === undefined ? honest : { ...honest, ...lie(honest, this.#holder, other) };
          },
        });
      await platform.network.listen(this.#address(name, other), (pipe) => {
        this.#session(pipe, offer(ReplicasInterface, service()));
      });
    }
  }

  watch(found: Parameters<Peers["watch"]>[0]): Subscription {
    this.#watchers.add(found);
    for (const other of this.#world.neighbours(this.#holder.name)) void this.#keep(other, found);
    return { stop: () => void this.#watchers.delete(found) };
  }

  async #keep(other: string, found: Parameters<Peers["watch"]>[0]): Promise<void> {
    const { timers } = this.#holder.platform;
    while (this.#watchers.has(found)) {
      try {
        await this.#connect(other, found);
      } catch (error) {
        if (!(error instanceof GlowError) || error.kind === "internal") throw error;
      }
      await new Promise<void>((resolve) => void timers.after(redialMs, resolve));
    }
  }

  /** Until the connection ends. */
  async #connect(other: string, found: Parameters<Peers["watch"]>[0]): Promise<void> {
    const session = await this.#dial(other);
    let bulk: Promise<FireflySession> | undefined;
    const openBulk = async () => {
      bulk ??= this.#dial(other);
      const opened = await bulk;
      void opened.closed.then((reason) => session.close(reason));
      return opened.root(ReplicasStub);
    };
    const peer = new RemotePeer({
      timers: this.#holder.platform.timers,
      node: other as NodeId,
      device: this.#world.deviceId(other),
      replicas: session.root(ReplicasStub),
      bulk: openBulk,
    });
    const { lost } = found(peer satisfies Peer);
    lost(await session.closed);
    bulk?.then((opened) => opened.close()).catch(() => undefined);
    peer[Symbol.dispose]();
  }

  async #dial(other: string): Promise<FireflySession> {
    return this.#session(await this.#holder.platform.network.dial(this.#address(other, this.#holder.name)));
  }

  /** Where one listens for another. */
  #address(at: string, to: string): Address {
    return `sim://${at}:${1 + this.#world.names.indexOf(to)}` as Address;
  }

  #session(pipe: Pipe, root?: ReturnType<typeof offer>): FireflySession {
    const { clock, timers } = this.#holder.platform;
    const onDefect = (error: GlowError) => void this.#world.defects.push(error);
    return new FireflySession(pipe, { clock, timers, onDefect, ...(root && { root }) });
  }
}

function counted(replica: Replica, { given }: Holder): Replica {
  return {
    follow: (known) => replica.follow(known),
    fingerprints: (ranges) => replica.fingerprints(ranges),
    hashes: (range) => replica.hashes(range),
    batches: (hashes) => replica.batches(hashes),
    acknowledge: (positions) => replica.acknowledge(positions),
    async *fetch(blobs) {
      for await (const blob of replica.fetch(blobs)) {
        if (blob.stored !== undefined) given.set(toHex(blob.id), (given.get(toHex(blob.id)) ?? 0) + 1);
        yield blob;
      }
    },
  };
}

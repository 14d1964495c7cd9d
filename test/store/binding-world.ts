// Devices of one user in a simulated world, each with a real log, packs, index, space and drive, and a simulated folder that
// is bound to it. What they have goes from one to another by replication, without a network between.

import { assert, GlowError } from "#base/errors.ts";
import { SeededRandom } from "#base/random.ts";
import type {
  BlobSource,
  DeviceId,
  Index,
  LocalRoot,
  NodeId,
  ObjectId,
  Peers,
  Platform,
  Replica,
  SealKeys,
  SpaceId,
  SpaceSettings,
} from "#glow";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import { SimulatedFolder, type SimulatedFolderOptions } from "#platform/simulated/folder/folder.ts";
import { watchSimulatedFolder } from "#platform/simulated/folder/folder-watch.ts";
import type { CrashManner, SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import type { Binding, BindingHost } from "#store/binding/binding.ts";
import { Bindings } from "#store/binding/bindings.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { DriveKind } from "#store/drive/drive-kind.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import { DiskPackReader } from "#store/folder/disk-pack-reader.ts";
import type { FolderCrew } from "#store/folder/folder-jobs.ts";
import { FolderWork, InlineCrew } from "#store/folder/folder-work.ts";
import { LocalFolderAgent } from "#store/folder/local-folder-agent.ts";
import { DiskBatchLog } from "#store/log/batch-log.ts";
import { PackBlobStore } from "#store/log/blob-store.ts";
import { BlobSources } from "#node/blob-sources.ts";
import { ReplicaHost } from "#store/replication/replica-host.ts";
import { Replicator } from "#store/replication/replicator.ts";
import type { SpaceEngine } from "#store/space/space-engine.ts";
import { Spaces } from "#store/space/spaces.ts";
import { UserMembership } from "#store/space/user-membership.ts";
import { Actor, nowMs, Story } from "../identity/cast.ts";
import { nodeHost } from "../swarm/node-host.ts";

/** Of the bound folder; a device has one, whatever is asked for. */
export const boundPath = "/bound/folder";

export interface BindingWorldOptions {
  readonly seed?: number;
  readonly chunks?: SpaceSettings["chunks"];
  readonly folders?: Readonly<Record<string, Partial<SimulatedFolderOptions>>>;
  /** Put between a device's program and its index, and its folder. */
  readonly index?: (index: Index, device: string) => Index;
  readonly root?: (root: LocalRoot, device: string) => LocalRoot;
  readonly crew?: (crew: FolderCrew, device: string, platform: Platform) => FolderCrew;
}

/** What runs on a device. */
export interface BindingDevice {
  readonly name: string;
  readonly platform: Platform;
  readonly id: DeviceId;
  readonly index: Index;
  readonly blobs: PackBlobStore;
  readonly spaces: Spaces;
  readonly space: SpaceEngine;
  readonly drive: SpaceDrive;
  readonly bindings: Bindings;
  readonly replicator: Replicator;
  readonly host: ReplicaHost;
}

type Found = Parameters<Peers["watch"]>[0];

interface Meeting {
  readonly device: string;
  readonly found: Found;
  readonly lost: Map<string, (reason: GlowError) => void>;
}

export class BindingWorld {
  readonly world: World;
  readonly story: Story;
  readonly names: readonly string[];
  readonly folders = new Map<string, SimulatedFolder>();
  readonly #options: BindingWorldOptions;
  readonly #nodes = new Map<string, SimulatedNode<BindingDevice>>();
  readonly #meetings = new Map<string, Meeting>();
  /** Who cannot be reached just now. */
  readonly #apart = new Set<string>();
  readonly #random: SeededRandom;
  #space: SpaceId | undefined;

  constructor(names: readonly string[], options: BindingWorldOptions = {}) {
    const [first = "", ...others] = names;
    const seed = options.seed ?? 1;
    this.names = names;
    this.#options = options;
    this.world = new World(nodeHost, { seed });
    this.#random = new SeededRandom(seed).fork("binding world");
    this.story = new Story(new Actor(first));
    for (const name of others) this.story.add(this.story.first, new Actor(name));
  }

  /** A device, started; the first one makes the drive. */
  async start(name: string): Promise<BindingDevice> {
    const known = this.#nodes.get(name);
    if (known === undefined) {
      const wallOffsetMs = nowMs - this.world.nowMs;
      const node = this.world.addNode(name, {
        boot: (platform) => this.#boot(name, platform),
        clockRate: 1,
        wallOffsetMs,
      });
      this.#nodes.set(name, node);
      this.folder(name);
    } else known.start();
    return this.up(name);
  }

  async up(name: string): Promise<BindingDevice> {
    const node = this.node(name);
    await this.until(() => node.handle !== undefined);
    return this.device(name);
  }

  node(name: string): SimulatedNode<BindingDevice> {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `there is a node ${name}`);
    return node;
  }

  device(name: string): BindingDevice {
    const { handle } = this.node(name);
    assert(handle !== undefined, `${name} is up`);
    return handle;
  }

  folder(name: string): SimulatedFolder {
    const known = this.folders.get(name);
    if (known !== undefined) return known;
    const { clock } = this.node(name);
    const folder = new SimulatedFolder({
      nowNs: () => BigInt(Math.round(clock.wallMs() * 1e6)),
      ...this.#options.folders?.[name],
    });
    this.folders.set(name, folder);
    return folder;
  }

  /** Binds the drive, or a folder of it, to the device's folder. */
  async bind(name: string, object?: ObjectId): Promise<Binding> {
    const { bindings, drive } = this.device(name);
    return this.finish(bindings.create(drive, object ?? drive.root, boundPath));
  }

  binding(name: string): Binding {
    const [binding] = this.device(name).bindings.list();
    assert(binding !== undefined, `a folder of ${name} is bound`);
    return binding;
  }

  crash(name: string, manner: CrashManner = "kill"): void {
    this.#meetings.delete(name);
    for (const { lost } of this.#meetings.values()) this.#lose(lost, name);
    this.node(name).crash(manner);
    if (manner === "kill") this.folder(name).kill();
    else this.folder(name).losePower(this.#random);
  }

  /** Ends it as one ends a program: what it knows lasts. */
  async shutDown(name: string): Promise<void> {
    const { bindings, replicator, spaces, index } = this.device(name);
    const end = async (): Promise<void> => {
      await bindings.close();
      await replicator.stop();
      await spaces.close();
      await index.close();
    };
    await this.finish(end());
    this.crash(name);
  }

  async restart(name: string, manner: CrashManner = "kill"): Promise<BindingDevice> {
    this.crash(name, manner);
    return this.start(name);
  }

  /** Nothing goes to or from it, until it is back. */
  leave(name: string): void {
    this.#apart.add(name);
    for (const meeting of this.#meetings.values()) {
      if (meeting.device === name) for (const other of meeting.lost.keys()) this.#lose(meeting.lost, other);
      else this.#lose(meeting.lost, name);
    }
  }

  back(name: string): void {
    this.#apart.delete(name);
    this.#meet();
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }

  finish<Result>(work: Promise<Result>): Promise<Result> {
    return this.world.finish(work, 60_000);
  }

  async until(isSo: () => boolean, withinMs = 60_000): Promise<number> {
    const beganMs = this.world.nowMs;
    while (!isSo()) {
      if (this.world.nowMs >= beganMs + withinMs) {
        throw new GlowError("deadline", "test.until", { message: `not so after ${withinMs} ms: ${isSo}` });
      }
      await this.run(1);
    }
    return this.world.nowMs - beganMs;
  }

  /** Lets time pass until all bindings have nothing to do, and nothing is under way between devices. */
  async settle(names: readonly string[] = this.names, withinMs = 120_000): Promise<void> {
    const beganMs = this.world.nowMs;
    for (let quiet = 0; quiet < 3; ) {
      await this.run(60);
      quiet = this.#isQuiet(names) ? quiet + 1 : 0;
      if (this.world.nowMs - beganMs > withinMs) {
        const states = names.map((name) => `${name}: ${describe(this.binding(name))}`);
        throw new GlowError("deadline", "test.settle", { message: states.join("\n") });
      }
    }
  }

  #isQuiet(names: readonly string[]): boolean {
    const devices = names.map((name) => this.device(name));
    if (devices.some(({ bindings }) => bindings.list().some((each) => each.status().state !== "idle"))) return false;
    const positions = devices.map(({ space }) =>
      space
        .positions()
        .map(({ author, incarnation, sequence }) => `${author} ${incarnation} ${sequence}`)
        .sort()
        .join(),
    );
    return positions.every((each) => each === positions[0]);
  }

  // ------------------------------------------------------------------------------------------------- devices

  async #boot(name: string, platform: Platform): Promise<BindingDevice> {
    const { disk, crypto, random, clock, timers, compression } = platform;
    const actor = new Actor(name);
    const opened = await platform.indexes.open("store");
    const index = this.#options.index?.(opened, name) ?? opened;
    const log = await DiskBatchLog.open({ disk, crypto, random, index });
    const blobs = await PackBlobStore.open({ disk, crypto, random, index });
    const user = await DiskUserLog.open(platform, actor.identity, this.story.user);
    await user.merge(this.story.told.map(({ bytes }) => bytes));
    const drives = new Map<SpaceId, SpaceDrive>();
    const kind = new DriveKind({
      device: actor.id,
      random,
      opened: (drive) => drives.set(drive.space.id, drive),
    });
    const membership = new UserMembership({ clock, timers }, user);
    // oxlint-disable-next-line prefer-const -- The source is asked of before there are any.
    let bindings: Bindings | undefined;
    const source: BlobSource = {
      has: async (ids) => (await bindings?.has(ids)) ?? ids.map(() => false),
      get: async (ids) => (await bindings?.get(ids)) ?? ids.map(() => undefined),
    };
    const sources = new BlobSources();
    sources.add(source);
    const spaces = await Spaces.open({
      platform,
      identity: actor.identity,
      device: actor.id,
      log,
      index,
      blobs: { has: (ids) => sources.hasWith(blobs, ids), sync: () => blobs.sync() },
      kinds: [kind],
      membership: () => Promise.resolve(membership),
    });
    const space = await this.#spaceOf(spaces);
    const peers = this.#peersOf(name);
    const parts = { clock, timers, crypto, disk, index, space, blobs, source, peers };
    const options = { ...parts, device: actor.id, mode: "all" } as const;
    const replicator = await Replicator.start(options);
    const host = new ReplicaHost(clock);
    host.add(replicator);
    const bindingHost: BindingHost = {
      clock,
      timers,
      crypto,
      index,
      openDrive: async (id) => {
        const drive = drives.get(id);
        if (drive !== undefined) return drive;
        throw new GlowError("unavailable", "test.open", { message: "the drive is not here yet" });
      },
      openFolder: async () => {
        const folder = this.folder(name);
        if (!folder.present) throw new GlowError("unavailable", "test.open", { message: "the disk is not there" });
        const mounted = folder.mount();
        const root = this.#options.root?.(mounted, name) ?? mounted;
        const work = new FolderWork({ root, packs: new DiskPackReader(disk), crypto, compression });
        const crew = new InlineCrew(work);
        return new LocalFolderAgent({
          caseSensitive: folder.spelling.caseSensitive,
          windowsNames: folder.windowsNames,
          crew: this.#options.crew?.(crew, name, platform) ?? crew,
          watch: (changed, limited) => watchSimulatedFolder(folder, timers, changed, limited),
        });
      },
      content: (drive) => ({
        blobs,
        supply: replicator,
        opener: new ChunkOpener(crypto, compression, { find: (id) => drive.space.keys?.find(id) }),
      }),
      regained: () => replicator.regained(),
      dropped: () => void replicator.dropped(),
      keys: ({ space: { keys, settings } }): SealKeys => {
        if (keys === undefined || settings === undefined) {
          throw new GlowError("unavailable", "test.keys", { message: "the keys are not here yet" });
        }
        const { current, all, boundarySeed } = keys;
        return { current, all, boundarySeed, chunks: settings.chunks };
      },
    };
    const drive = await this.#driveOf(drives, space.id, timers);
    bindings = await Bindings.open({ host: bindingHost, disk, random });
    const device = { name, platform, id: actor.id, index, blobs, spaces, space, drive, bindings, replicator, host };
    this.world.after(0, () => this.#meet());
    return device;
  }

  async #spaceOf(spaces: Spaces): Promise<SpaceEngine> {
    if (this.#space !== undefined) return spaces.join(this.#space);
    const { chunks } = this.#options;
    const settings = chunks === undefined ? {} : { settings: { chunks } };
    const space = await spaces.create({ type: "drive", user: this.story.user, ...settings });
    this.#space = space.id;
    return space;
  }

  /** As soon as its first batch is here. */
  async #driveOf(drives: Map<SpaceId, SpaceDrive>, id: SpaceId, timers: Platform["timers"]): Promise<SpaceDrive> {
    for (;;) {
      const drive = drives.get(id);
      if (drive !== undefined) return drive;
      this.world.after(0, () => this.#meet());
      await new Promise<void>((resolve) => void timers.after(5, resolve));
    }
  }

  // ----------------------------------------------------------------------------------------------- replication

  #peersOf(name: string): Peers {
    return {
      watch: (found) => {
        const meeting: Meeting = { device: name, found, lost: new Map() };
        this.#meetings.set(name, meeting);
        this.world.after(0, () => this.#meet());
        return { stop: () => void this.#meetings.delete(name) };
      },
    };
  }

  #meet(): void {
    for (const [name, { found, lost }] of this.#meetings) {
      for (const other of this.names) {
        const handle = this.#nodes.get(other)?.handle;
        if (other === name || handle === undefined || lost.has(other)) continue;
        if (this.#apart.has(name) || this.#apart.has(other)) continue;
        const self = new Actor(name).id;
        const peer = found({
          node: other as NodeId,
          device: handle.id,
          spaces: async () => handle.host.spaces(self),
          watch: (changed) => handle.host.watch(changed),
          open: async (space) => disposable(handle.host.open(space, self)),
        });
        lost.set(other, (reason) => peer.lost(reason));
      }
    }
  }

  #lose(lost: Map<string, (reason: GlowError) => void>, name: string): void {
    const end = lost.get(name);
    lost.delete(name);
    end?.(new GlowError("disconnected", "test.peer", { message: `${name} is gone` }));
  }
}

function disposable(replica: Replica): Replica & Disposable {
  return {
    follow: (known) => replica.follow(known),
    fingerprints: (ranges) => replica.fingerprints(ranges),
    hashes: (range) => replica.hashes(range),
    batches: (hashes) => replica.batches(hashes),
    fetch: (blobs) => replica.fetch(blobs),
    acknowledge: (positions) => replica.acknowledge(positions),
    [Symbol.dispose]: () => undefined,
  };
}

function describe(binding: Binding): string {
  const { state, error, problems, progress } = binding.status();
  const faults = problems.map((each) => `${each.path}: ${each.error}`);
  return [state, error === undefined ? "" : String(error), ...faults, JSON.stringify(progress)].join(" | ");
}

// Devices with real spaces in a simulated world: each has a disk, an index, a log, and what the test tells it of the user's
// statements. Batches go from one to another as the test says.

import { toHex } from "#base/bytes.ts";
import { assert } from "#base/errors.ts";
import type {
  BatchHeader,
  BlobOffer,
  DeviceId,
  Disk,
  Entry,
  Hash,
  HeldBatch,
  Index,
  Platform,
  SpaceId,
  Taken,
} from "#glow";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { DiskBatchLog } from "#store/log/batch-log.ts";
import { PackBlobStore } from "#store/log/blob-store.ts";
import type { SpaceEngine } from "#store/space/space-engine.ts";
import { type NewSpace, Spaces } from "#store/space/spaces.ts";
import { UserMembership } from "#store/space/user-membership.ts";
import { Actor, nowMs, Story } from "../identity/cast.ts";
import { nodeHost } from "../swarm/node-host.ts";
import { type Watch, WatchedDisk } from "../scenarios/store/log-watched-disk.ts";
import { WatchedIndex } from "../scenarios/store/log-watched-index.ts";
import { batchesIn, RegisterKind } from "./register-store.ts";

/** What the clocks of a world show when it begins, if nothing is wrong with them. */
const worldBeganMs = 1_793_491_200_000;

interface DeviceParts {
  readonly platform: Platform;
  readonly index: Index;
  readonly log: DiskBatchLog;
  readonly blobs: PackBlobStore;
  readonly user: DiskUserLog;
  readonly kind: RegisterKind;
}

/** What runs on a device. */
export class Device {
  readonly actor: Actor;
  readonly parts: DeviceParts;
  readonly spaces: Spaces;

  private constructor(actor: Actor, parts: DeviceParts, spaces: Spaces) {
    this.actor = actor;
    this.parts = parts;
    this.spaces = spaces;
  }

  static async boot(
    platform: Platform,
    actor: Actor,
    story: Story,
    statements: readonly Uint8Array[],
    watch: Watch = (_, perform) => perform(),
  ): Promise<Device> {
    const { crypto, random, clock, timers } = platform;
    const disk = new WatchedDisk(platform.disk, watch);
    const index = new WatchedIndex(await platform.indexes.open("store"), watch);
    const log = await DiskBatchLog.open({ disk, crypto, random, index });
    const blobs = await PackBlobStore.open({ disk, crypto, random, index });
    const user = await DiskUserLog.open(platform, actor.identity, story.user);
    await user.merge(statements);
    const kind = new RegisterKind();
    const membership = new UserMembership({ clock, timers }, user);
    const spaces = await Spaces.open({
      platform,
      identity: actor.identity,
      device: actor.id,
      log,
      index,
      blobs,
      kinds: [kind],
      membership: () => Promise.resolve(membership),
    });
    return new Device(actor, { platform, index, log, blobs, user, kind }, spaces);
  }

  get id(): DeviceId {
    return this.actor.id;
  }

  /** Its only space, or the one of this id. */
  space(id: SpaceId | undefined = this.spaces.list()[0]?.id): SpaceEngine {
    assert(id !== undefined, "the device has a space");
    return this.spaces.get(id);
  }

  async state(id?: SpaceId): Promise<Record<string, string>> {
    return this.parts.kind.state(this.space(id).id);
  }

  write(entries: readonly Entry[], blobs: readonly BlobOffer[] = []): Promise<BatchHeader> {
    return this.space().write(() => ({ entries, placements: [], blobs }));
  }
}

export interface DeviceOptions {
  /** Which of the story it has been told at the start; all of it by default. */
  readonly knows?: Story["told"];
  readonly actor?: Actor;
  /** Stands between it and its disk and index. */
  readonly watch?: Watch;
  /** What is on its disk when it is started for the first time: a backup of another one. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

export class SpaceWorld {
  readonly world: World;
  readonly story: Story;
  readonly #nodes = new Map<string, SimulatedNode<Device>>();
  readonly #actors = new Map<string, Actor>();
  readonly #watches = new Map<string, Watch | undefined>();

  constructor(seed = 1, story = new Story(new Actor("phone"))) {
    this.world = new World(nodeHost, { seed });
    this.story = story;
    this.#actors.set("phone", story.first);
  }

  actor(name: string): Actor {
    const known = this.#actors.get(name) ?? new Actor(name);
    this.#actors.set(name, known);
    return known;
  }

  /** A device of the user with this name, added if the story has not done so, and running. */
  async start(name: string, options: DeviceOptions = {}): Promise<Device> {
    this.begin(name, options);
    return this.up(name);
  }

  /** The same, and does not wait until it runs. */
  begin(name: string, { knows, actor = this.actor(name), watch, files }: DeviceOptions = {}): void {
    const known = this.#nodes.get(name);
    this.#watches.set(name, watch);
    if (known === undefined) {
      const statements = (knows ?? this.story.told).map(({ bytes }) => bytes);
      let backup = files;
      const boot = async (platform: Platform) => {
        if (backup !== undefined) await writeFiles(platform.disk, backup);
        backup = undefined;
        return Device.boot(platform, actor, this.story, statements, this.#watches.get(name));
      };
      this.#nodes.set(name, this.world.addNode(name, { boot, wallOffsetMs: nowMs - worldBeganMs, clockRate: 1 }));
    } else {
      known.start();
    }
  }

  /** As soon as it runs. */
  async up(name: string): Promise<Device> {
    const node = this.node(name);
    await this.world.run({ untilMs: this.world.nowMs + 60_000, stop: () => node.handle !== undefined });
    return this.device(name);
  }

  node(name: string): SimulatedNode<Device> {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `there is a node ${name}`);
    return node;
  }

  device(name: string): Device {
    const { handle } = this.node(name);
    assert(handle !== undefined, `${name} is up`);
    return handle;
  }

  /** Kills it, or cuts its power, and starts it again. */
  async restart(name: string, manner: "kill" | "power" = "kill"): Promise<Device> {
    this.node(name).crash(manner);
    return this.start(name);
  }

  run(forMs: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + forMs });
  }

  finish<Result>(work: Promise<Result>): Promise<Result> {
    return this.world.finish(work);
  }

  /** A space of the first device. */
  async create(on = "phone", space: Partial<NewSpace> = {}): Promise<SpaceEngine> {
    return this.finish(this.device(on).spaces.create({ type: "registers", user: this.story.user, ...space }));
  }

  /** All that one has and the other lacks, as positions tell; what became of each batch. */
  async give(from: string, to: string, id: SpaceId = this.device(from).space().id): Promise<Taken[]> {
    return this.finish(this.#give(this.device(from), this.device(to), id));
  }

  async #give(from: Device, to: Device, id: SpaceId): Promise<Taken[]> {
    const target = await to.spaces.join(id);
    const taken: Taken[] = [];
    for await (const { bytes } of from.space(id).after(target.positions())) taken.push(await target.take(bytes));
    await target.settled();
    return taken;
  }

  /** Everybody gives everything to everybody, until nothing more comes of it. */
  async meet(names: readonly string[] = [...this.#nodes.keys()]): Promise<void> {
    for (let news = true; news; ) {
      news = false;
      for (const from of names) {
        for (const to of names) {
          if (from === to || this.device(from).spaces.list().length === 0) continue;
          if ((await this.give(from, to)).some((taken) => taken !== "known")) news = true;
        }
      }
      // What they do unasked.
      await this.run(25_000);
    }
  }

  async tell(name: string, statements = this.story.told): Promise<void> {
    const { user } = this.device(name).parts;
    await this.finish(user.merge(statements.map(({ bytes }) => bytes)));
    await this.finish(this.settled(name));
  }

  /** What is under way in its spaces is over. */
  async settled(name: string): Promise<void> {
    for (const space of this.device(name).spaces.list()) await space.settled();
  }

  state(name: string): Promise<Record<string, string>> {
    return this.finish(this.device(name).state());
  }
}

/** The files in a folder of a disk, and in those below it. */
export async function filesIn(disk: Disk, folder = ""): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { name, folder: isFolder } of await disk.list(folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isFolder) {
      for (const [below, bytes] of await filesIn(disk, path)) files.set(below, bytes);
      continue;
    }
    const file = await disk.open(path);
    files.set(path, await file.read(0, await file.sizeBytes()));
    await file.close();
  }
  return files;
}

async function writeFiles(disk: Disk, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) {
    await disk.makeFolder(path.slice(0, path.lastIndexOf("/")));
    const file = await disk.open(path, "if-missing");
    await file.write(0, bytes);
    await file.sync();
    await file.close();
  }
}

/** All that can be seen of a space: two devices with the same batches and statements see the same. */
export async function seen(device: Device, id?: SpaceId): Promise<unknown> {
  const space = device.space(id);
  const hashes = await space.hashes();
  const quarantined = await space.quarantined();
  const view = device.parts.kind.opened.get(space.id)?.view;
  return {
    state: await device.state(id),
    applied: view === undefined ? [] : await batchesIn(view),
    hashes: hashes.map(toHex),
    positions: space
      .positions()
      .map((each) => ({ ...each, hash: toHex(each.hash) }))
      .sort(byText),
    forks: space
      .forks()
      .map(({ batches, ...slot }) => ({ ...slot, batches: batches.map(toHex) }))
      .sort(byText),
    quarantined: quarantined.map(({ hash, reason }) => ({ hash: toHex(hash), reason: reason.message })),
    waiting: space.waiting().batches,
    holders: [...space.holders].sort(),
  };
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export async function allBatches(space: SpaceEngine): Promise<HeldBatch[]> {
  return batchesOf(space, await space.hashes());
}

export async function batchesOf(space: SpaceEngine, hashes: readonly Hash[]): Promise<HeldBatch[]> {
  const batches: HeldBatch[] = [];
  for await (const batch of space.batches(hashes)) batches.push(batch);
  return batches;
}

export function hashOf({ hash }: { readonly hash: Hash }): string {
  return toHex(hash);
}

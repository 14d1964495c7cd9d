// Devices with drives in real spaces, on simulated disks that lose what was not synced.

import { assert } from "#base/errors.ts";
import type { DeviceId, Platform, SpaceId, UserId } from "#glow";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { DriveKind } from "#store/drive/drive-kind.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import { walk } from "#store/drive/drive-walk.ts";
import { DiskBatchLog } from "#store/log/batch-log.ts";
import { PackBlobStore } from "#store/log/blob-store.ts";
import { Spaces } from "#store/space/spaces.ts";
import { UserMembership } from "#store/space/user-membership.ts";
import { Actor, nowMs, Story } from "../identity/cast.ts";
import { nodeHost } from "../swarm/node-host.ts";

/** What the clocks of a world show when it begins, if nothing is wrong with them. */
const worldBeganMs = 1_793_491_200_000;

export class DriveHolder {
  readonly id: DeviceId;
  readonly user: UserId;
  readonly spaces: Spaces;
  readonly #drives: ReadonlyMap<SpaceId, SpaceDrive>;

  private constructor(id: DeviceId, user: UserId, spaces: Spaces, drives: ReadonlyMap<SpaceId, SpaceDrive>) {
    this.id = id;
    this.user = user;
    this.spaces = spaces;
    this.#drives = drives;
  }

  static async boot(platform: Platform, actor: Actor, story: Story): Promise<DriveHolder> {
    const { crypto, random, clock, timers, disk } = platform;
    const index = await platform.indexes.open("store");
    const log = await DiskBatchLog.open({ disk, crypto, random, index });
    const blobs = await PackBlobStore.open({ disk, crypto, random, index });
    const user = await DiskUserLog.open(platform, actor.identity, story.user);
    await user.merge(story.told.map(({ bytes }) => bytes));
    const membership = new UserMembership({ clock, timers }, user);
    const drives = new Map<SpaceId, SpaceDrive>();
    const kind = new DriveKind({ device: actor.id, random, opened: (drive) => void drives.set(drive.space.id, drive) });
    const { identity, id: device } = actor;
    const spaces = await Spaces.open({
      platform,
      identity,
      device,
      log,
      index,
      blobs,
      kinds: [kind],
      membership: () => Promise.resolve(membership),
    });
    return new DriveHolder(device, story.user, spaces, drives);
  }

  /** The drive of its only space. */
  get drive(): SpaceDrive {
    const [drive] = this.#drives.values();
    assert(drive !== undefined, "the device has a drive");
    return drive;
  }

  async paths(): Promise<string[]> {
    const paths: string[] = [];
    for await (const { path, entry } of walk(this.drive, this.drive.root)) {
      paths.push(`${path} ${entry.object} ${entry.sizeBytes} ${entry.versions}`);
    }
    return paths;
  }
}

export class DriveWorld {
  readonly world: World;
  readonly #actors: readonly Actor[];
  readonly #story: Story;
  readonly #nodes = new Map<string, SimulatedNode<DriveHolder>>();

  /** The first device has added the others. */
  constructor(seed: number, names: readonly [string, ...string[]]) {
    this.world = new World(nodeHost, { seed });
    this.#actors = names.map((name) => new Actor(name));
    const [first, ...others] = this.#actors as [Actor];
    this.#story = new Story(first);
    for (const actor of others) this.#story.add(first, actor);
  }

  async start(name: string): Promise<DriveHolder> {
    const actor = this.#actors.find((each) => each.name === name);
    assert(actor !== undefined, `${name} is a device of the user`);
    const boot = (platform: Platform) => DriveHolder.boot(platform, actor, this.#story);
    const node = this.world.addNode(name, { boot, wallOffsetMs: nowMs - worldBeganMs, clockRate: 1 });
    this.#nodes.set(name, node);
    return this.#up(node);
  }

  /** Cuts its power, and starts it again: without its index, if that is to be lost. */
  async restart(name: string, losesIndex = false): Promise<DriveHolder> {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `there is a node ${name}`);
    if (losesIndex) node.indexes.damage(this.world.random);
    node.crash("power");
    node.start();
    return this.#up(node);
  }

  /** Nothing of what it wrote is accepted. Devices that are started from now on know of it. */
  revoke(name: string): void {
    const actor = this.#actors.find((each) => each.name === name);
    assert(actor !== undefined, `${name} is a device of the user`);
    this.#story.revoke(this.#actors[0] as Actor, actor);
  }

  finish<Result>(work: Promise<Result>): Promise<Result> {
    return this.world.finish(work);
  }

  async #up(node: SimulatedNode<DriveHolder>): Promise<DriveHolder> {
    await this.world.run({ untilMs: this.world.nowMs + 60_000, stop: () => node.handle !== undefined });
    assert(node.handle !== undefined, "the node is up");
    return node.handle;
  }
}

/** All that one has and the other lacks. */
export async function give(from: DriveHolder, to: DriveHolder): Promise<void> {
  for (const space of from.spaces.list()) {
    const target = await to.spaces.join(space.id);
    for await (const { bytes } of space.after(target.positions())) await target.take(bytes);
    await target.settled();
  }
}

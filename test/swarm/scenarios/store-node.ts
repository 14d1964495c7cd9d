// What runs on a node of the store's swarm: the parts of a node's storage (src/node/storage.ts), wired in the same way, over
// peers that are dialled directly.

import { GlowError } from "#base/errors.ts";
import type { DeviceId, Hash, Membership, Platform, SpaceId } from "#glow";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
import { DriveContents } from "#store/drive/drive-contents.ts";
import { DriveKind } from "#store/drive/drive-kind.ts";
import type { SpaceDrive } from "#store/drive/space-drive.ts";
import { CachedIndex } from "#store/index/cached-index.ts";
import { DiskBatchLog } from "#store/log/batch-log.ts";
import { PackBlobStore } from "#store/log/blob-store.ts";
import { ReplicaHost } from "#store/replication/replica-host.ts";
import { Replicator } from "#store/replication/replicator.ts";
import type { SpaceEngine } from "#store/space/space-engine.ts";
import { Spaces } from "#store/space/spaces.ts";
import { UserMembership } from "#store/space/user-membership.ts";
import type { Actor, Story } from "../../identity/cast.ts";
import { DirectPeers } from "./store-peers.ts";

export type Role = "full" | "names" | "host";

export interface StoreNodeOptions {
  readonly platform: Platform;
  readonly names: readonly string[];
  readonly own: string;
  readonly roleOf: (name: string) => Role;
  readonly actorOf: (name: string) => Actor;
  readonly story: Story;
  /** The statements of the user that it has been told of. */
  readonly told: readonly Uint8Array[];
  /** Whether it makes the space. */
  readonly isFirst: boolean;
  readonly defect: (error: GlowError) => void;
}

/** Small, so that a few kilobytes are many chunks, and a run has many segments. */
const chunks = { least: 1024, average: 4096, most: 16_384 } as const;
const logSegmentBytes = 64 * 1024;
const packSegmentBytes = 256 * 1024;
const retryMs = 1000;

interface Parts {
  readonly index: CachedIndex;
  readonly log: DiskBatchLog;
  readonly blobs: PackBlobStore;
  readonly user: DiskUserLog;
  readonly spaces: Spaces;
  readonly drives: ReadonlyMap<SpaceId, SpaceDrive>;
}

export class StoreNode {
  readonly platform: Platform;
  readonly role: Role;
  readonly device: DeviceId;
  readonly #options: StoreNodeOptions;
  readonly #parts: Parts;
  readonly #host: ReplicaHost;
  readonly #peers: DirectPeers;
  #replicator: Replicator | undefined;

  private constructor(options: StoreNodeOptions, parts: Parts) {
    const { platform, own, roleOf, actorOf, names, defect } = options;
    this.platform = platform;
    this.role = roleOf(own);
    this.device = actorOf(own).id;
    this.#options = options;
    this.#parts = parts;
    this.#host = new ReplicaHost(platform.clock);
    const deviceOf = (name: string) => actorOf(name).id;
    this.#peers = new DirectPeers({ platform, names, own, host: this.#host, deviceOf, defect });
  }

  static async boot(options: StoreNodeOptions): Promise<StoreNode> {
    const { platform, own, actorOf, story, told, isFirst, roleOf, names } = options;
    const { disk, crypto, random } = platform;
    const { identity, id: device } = actorOf(own);
    const index = new CachedIndex(await platform.indexes.open("store"));
    const log = await DiskBatchLog.open({ disk, crypto, random, index, segmentBytes: logSegmentBytes });
    const blobs = await PackBlobStore.open({ disk, crypto, random, index, sizes: { segmentBytes: packSegmentBytes } });
    const user = await DiskUserLog.open(platform, identity, story.user);
    await user.merge(told);
    const membership: Membership = new UserMembership(platform, user);
    const drives = new Map<SpaceId, SpaceDrive>();
    const spaces = await Spaces.open({
      platform,
      identity,
      device,
      log,
      index,
      blobs,
      membership: () => Promise.resolve(membership),
      kinds: [new DriveKind({ device, random, opened: (drive) => drives.set(drive.space.id, drive) })],
    });
    if (isFirst && spaces.list().length === 0) {
      const hosts = names.filter((name) => roleOf(name) === "host").map((name) => actorOf(name).id);
      await spaces.create({ type: "drive", user: story.user, settings: { chunks }, hosts });
    }
    const node = new StoreNode(options, { index, log, blobs, user, spaces, drives });
    await node.#start();
    return node;
  }

  /** The only one; undefined while nobody has given it. */
  get space(): SpaceEngine | undefined {
    return this.#parts.spaces.list()[0];
  }

  /** Undefined while the keys are not here. */
  get drive(): SpaceDrive | undefined {
    return this.space && this.#parts.drives.get(this.space.id);
  }

  get blobs(): PackBlobStore {
    return this.#parts.blobs;
  }

  /** Undefined while replication has not begun. */
  get replicator(): Replicator | undefined {
    return this.#replicator;
  }

  /** What the drive's files hold, here or with others. */
  contents(drive: SpaceDrive): DriveContents {
    const { crypto, compression } = this.platform;
    const supply = this.#replicator;
    const find = (id: Uint8Array) => drive.space.keys?.find(id);
    const opener = new ChunkOpener(crypto, compression, { find });
    return new DriveContents({ drive, opener, blobs: this.blobs, ...(supply && { supply }) });
  }

  /** Whether it has been told all of this. */
  knows(statements: readonly Hash[]): boolean {
    return this.#parts.user.knows(statements);
  }

  /** What other devices have said of the user. */
  async hear(statements: readonly Uint8Array[]): Promise<void> {
    await this.#parts.user.merge(statements);
  }

  /** Where each author is, as text. */
  positions(): string {
    const positions = this.space?.positions() ?? [];
    return positions
      .map(({ author, incarnation, sequence }) => `${author.slice(2, 6)} ${incarnation} ${sequence}`)
      .sort()
      .join(", ");
  }

  async #start(): Promise<void> {
    const { spaces } = this.#parts;
    await this.#peers.start();
    if (this.space !== undefined) await this.#replicate(this.space);
    spaces.watch((space) => void this.#insist(() => this.#replicate(space)));
    this.#peers.watch((peer) => {
      const join = () => this.#insist(() => this.#join(peer));
      const watching = peer.watch(() => void join());
      void join();
      return { lost: () => watching.stop() };
    });
  }

  async #join(peer: { spaces(): Promise<readonly SpaceId[]> }): Promise<void> {
    if (this.space !== undefined) return;
    let given: readonly SpaceId[];
    try {
      given = await peer.spaces();
    } catch (error) {
      // It is gone, and comes back.
      if (GlowError.from(error, "node.join").kind === "internal") throw error;
      return;
    }
    for (const id of given) await this.#parts.spaces.join(id);
  }

  async #replicate(space: SpaceEngine): Promise<void> {
    const { clock, timers, crypto, disk } = this.platform;
    const { index, blobs } = this.#parts;
    const mode = this.role === "names" ? "names" : "all";
    this.#replicator = await Replicator.start({
      clock,
      timers,
      crypto,
      disk,
      index,
      space,
      blobs,
      peers: this.#peers,
      device: this.device,
      mode,
    });
    this.#host.add(this.#replicator);
  }

  /** Until it is done: a disk that fails may work again. */
  async #insist(task: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await task();
        return;
      } catch (thrown) {
        const error = GlowError.from(thrown, "node.work");
        if (error.kind === "internal") this.#options.defect(error);
      }
      await new Promise<void>((resolve) => void this.platform.timers.after(retryMs, resolve));
    }
  }
}

// What a node stores: its spaces on its disk, replicated with the user's other devices as long as it runs, and the drives
// among them. A space that another device of the user holds, and gives, is held here too.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type {
  BlobSource,
  BlobStore,
  DeviceId,
  Drive,
  FolderAgent,
  Membership,
  NodeId,
  Peer,
  Platform,
  SealKeys,
  Space,
  SpaceId,
  Subscription,
  UserId,
} from "#glow";
import type { HeldContent } from "#interfaces/generated/drive.ts";
import type { KeptContent } from "#interfaces/generated/settings.ts";
import { deviceIdOf } from "#identity/device-identity.ts";
import { deviceOfNode } from "#identity/user/device-of-node.ts";
import type { BindingHost } from "#store/binding/binding.ts";
import { Bindings } from "#store/binding/bindings.ts";
import { ChunkOpener } from "#store/content/chunk-opener.ts";
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
import { Watchers } from "#services/state/watchers.ts";
import { BlobSources } from "./blob-sources.ts";
import { DriveRescues } from "./drive-rescues.ts";
import { LostContents } from "./lost-contents.ts";
import type { MemberNode } from "./member-node.ts";
import { PackCare } from "./pack-care.ts";
import { ReplicaPeers } from "./replica-peers.ts";
import { RetriedWork } from "./retried-work.ts";

export interface StorageOptions {
  readonly platform: Platform;
  /** Belongs to a user; it stays the caller's. */
  readonly node: MemberNode;
  /** What is kept: everything; names, and content when it is asked for; or no drive at all that is not here already. */
  readonly content?: KeptContent;
  /** The same of one space, where that was said. */
  readonly modeOf?: (space: SpaceId) => HeldContent | undefined;
  /** How many spaces of other devices it takes up; left out: `nodeLimits.spaces`. */
  readonly mostSpaces?: number;
  /** Opens a folder of this machine, to be bound; left out where there are none. */
  readonly openFolder?: (path: string) => Promise<FolderAgent>;
  /** Told of what no caller hears of. */
  readonly problem?: (error: GlowError) => void;
}

interface Parts {
  readonly index: CachedIndex;
  readonly log: DiskBatchLog;
  readonly blobs: PackBlobStore;
  readonly packCare: PackCare;
  readonly sources: BlobSources;
  readonly memberships: readonly UserMembership[];
  readonly spaces: Spaces;
  readonly drives: Map<SpaceId, SpaceDrive>;
  readonly rescues: DriveRescues;
  /** Told of drives that have come. */
  readonly news: Watchers;
}

export class Storage {
  readonly device: DeviceId;
  readonly #options: StorageOptions;
  readonly #parts: Parts;
  readonly #host: ReplicaHost;
  readonly #peers: ReplicaPeers;
  readonly #replicators = new Map<SpaceId, Replicator>();
  readonly #lost = new Map<SpaceId, LostContents>();
  #bindings: Bindings | undefined;
  readonly #subscriptions: Subscription[] = [];
  /** What is tried until it goes well. */
  readonly #work = new Set<RetriedWork>();
  #isStopped = false;

  private constructor(options: StorageOptions, device: DeviceId, parts: Parts) {
    const { platform, node } = options;
    this.#options = options;
    this.device = device;
    this.#parts = parts;
    this.#host = new ReplicaHost(platform.clock);
    this.#peers = new ReplicaPeers({ platform, node, host: this.#host });
  }

  static async open(options: StorageOptions): Promise<Storage> {
    const { platform, node } = options;
    const { disk, crypto, random } = platform;
    const device = deviceIdOf(crypto, node.identity.publicKey);
    const index = new CachedIndex(await platform.indexes.open("store"));
    const log = await DiskBatchLog.open({ disk, crypto, random, index });
    const problem = (error: GlowError) => options.problem?.(error);
    const died = () => packCare.died();
    const blobs = await PackBlobStore.open({ disk, crypto, random, index, died });
    const packCare = new PackCare({ timers: platform.timers, blobs, failed: problem });
    const sources = new BlobSources();
    const drives = new Map<SpaceId, SpaceDrive>();
    const rescues = new DriveRescues({ device, timers: platform.timers, problem });
    const news = new Watchers();
    const opened = (drive: SpaceDrive) => {
      drives.set(drive.space.id, drive);
      rescues.add(drive);
      news.tell();
    };
    const memberships: UserMembership[] = [];
    const spaces = await Spaces.open({
      platform,
      identity: node.identity,
      device,
      log,
      index,
      blobs: { has: (ids) => sources.hasWith(blobs, ids), sync: () => blobs.sync() },
      membership: async (user) => membershipOf(platform, node, user, memberships),
      kinds: [new DriveKind({ device, random, opened })],
    });
    const storage = new Storage(options, device, {
      index,
      log,
      blobs,
      packCare,
      sources,
      memberships,
      spaces,
      drives,
      rescues,
      news,
    });
    await storage.#start();
    return storage;
  }

  /** A new drive of the user, empty. */
  async createDrive(hosts: readonly DeviceId[] = []): Promise<SpaceDrive> {
    const { spaces } = this.#parts;
    if (this.#options.content === "nothing") {
      const message =
        "this device holds nothing, by its settings: make the drive on another one, or `glow settings set content all` and start it anew";
      throw new GlowError("unavailable", "storage.create", { message });
    }
    const { id } = await spaces.create({ type: "drive", user: this.#options.node.user.user, hosts });
    return this.drive(id);
  }

  spaces(): readonly SpaceEngine[] {
    return this.#parts.spaces.list();
  }

  /** `not-found` if it is not held here, `denied` if this device has no keys of it (yet). */
  drive(id: SpaceId): SpaceDrive {
    this.#parts.spaces.get(id);
    const drive = this.#parts.drives.get(id);
    if (drive !== undefined) return drive;
    const message = "this device holds the space and has no keys of it: another one has to give them";
    throw new GlowError("denied", "storage.drive", { target: id, message });
  }

  /** Undefined also while replication of a space that has just come has not begun. */
  findReplicator(id: SpaceId): Replicator | undefined {
    return this.#replicators.get(id);
  }

  /** `not-found` if the space is not held here. */
  replicator(id: SpaceId): Replicator {
    const replicator = this.#replicators.get(id);
    if (replicator !== undefined) return replicator;
    throw new GlowError("not-found", "storage.replicator", { target: id, message: "the space is not held here" });
  }

  /** Somebody waits for what only others have. */
  hurry(): void {
    this.#options.node.mesh.hurry();
  }

  /** Files of a drive whose content is nowhere any more, each with a message for people. */
  lostContents(id: SpaceId): readonly GlowError[] {
    return this.#lost.get(id)?.list() ?? [];
  }

  /** Called when a space has come, or drives can be read that could not before. */
  watchDrives(changed: () => void): Subscription {
    return this.#parts.news.watch(changed);
  }

  /** What has blobs here that are in no pack. */
  get source(): BlobSource {
    return this.#parts.sources;
  }

  get blobs(): BlobStore {
    return this.#parts.blobs;
  }

  /** `unsupported` where no folders can be bound. */
  get bindings(): Bindings {
    if (this.#bindings !== undefined) return this.#bindings;
    const message = "this node cannot bind folders: it has no access to those of its machine";
    throw new GlowError("unsupported", "storage.bindings", { message });
  }

  /** Puts a device out, for ever. What this one has of what it wrote goes on to count, here and everywhere. */
  async revoke(node: NodeId): Promise<void> {
    const member = this.#options.node;
    const device = deviceOfNode(member.user, node)?.id;
    const batches = new Map<SpaceId, number>();
    for (const space of this.spaces()) {
      const own = space.positions().filter(({ author }) => author === device);
      const last = own.toSorted((a, b) => a.incarnation - b.incarnation).at(-1);
      if (last !== undefined) batches.set(space.id, last.sequence);
    }
    await member.revoke(node, batches);
  }

  /** Devices, or ways to them, may be others than before: to be called whenever the node says so. */
  changed(): void {
    this.#peers.changed();
  }

  /** Lets go of what is in memory only to be found sooner. */
  rest(): void {
    this.#parts.index.forget();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const subscription of this.#subscriptions) subscription.stop();
    for (const work of this.#work) work.stop();
    for (const lost of this.#lost.values()) lost.stop();
    this.#peers.stop();
    this.#parts.rescues.stop();
    this.#parts.packCare.stop();
    await this.#bindings?.close();
    await Promise.all([...this.#replicators.values()].map((replicator) => replicator.stop()));
    const { spaces, memberships, blobs, log, index } = this.#parts;
    await spaces.close();
    for (const membership of memberships) membership.close();
    await blobs.close();
    await log.close();
    await index.close();
  }

  async #start(): Promise<void> {
    const { spaces, sources, rescues, packCare } = this.#parts;
    const { disk, random } = this.#options.platform;
    // Before anything is fetched: what files of bound folders back is not missing.
    const host = this.#bindingHost();
    if (host !== undefined) {
      this.#bindings = await Bindings.open({ host, disk, random });
      this.#subscriptions.push(sources.add(this.#bindings));
    }
    for (const space of spaces.list()) await this.#replicate(space);
    rescues.start();
    await packCare.start();
    this.#subscriptions.push(spaces.watch((space) => this.#insist("storage.replicate", () => this.#replicate(space))));
    if (this.#options.content !== "nothing") this.#takeUp();
  }

  /** What other devices hold. */
  #takeUp(): void {
    this.#subscriptions.push(
      this.#peers.watch((peer) => {
        const joining = this.#insist("storage.join", () => this.#joinAll(peer));
        const watching = peer.watch(() => joining.begin());
        return {
          lost: () => {
            watching.stop();
            joining.stop();
            this.#work.delete(joining);
          },
        };
      }),
    );
  }

  /** One that cannot be taken up keeps none of the others from it. */
  async #joinAll(peer: Peer): Promise<"done" | "again"> {
    let given: readonly SpaceId[];
    try {
      given = await peer.spaces();
    } catch {
      // It may be about to stop: that is no failure of this node.
      return "again";
    }
    let failure: GlowError | undefined;
    for (const id of given) {
      await this.#join(id).catch((error: unknown) => void (failure ??= GlowError.from(error, "storage.join")));
    }
    if (failure !== undefined) throw failure;
    return "done";
  }

  async #join(id: SpaceId): Promise<void> {
    const { spaces } = this.#parts;
    const held = spaces.list();
    if (this.#isStopped) return;
    if (!held.some((space) => space.id === id) && held.length >= (this.#options.mostSpaces ?? nodeLimits.spaces)) {
      const message = `this node holds ${held.length} spaces, as many as it may; others of the user's are left out`;
      throw new GlowError("exhausted", "storage.join", { target: id, message });
    }
    await spaces.join(id);
  }

  async #replicate(space: SpaceEngine): Promise<"done"> {
    const { platform, content = "all", modeOf } = this.#options;
    const { clock, timers, crypto, disk } = platform;
    const { index, blobs, sources } = this.#parts;
    const replicator = await Replicator.start({
      clock,
      timers,
      crypto,
      disk,
      index,
      space,
      blobs,
      source: sources,
      peers: this.#peers,
      device: this.device,
      mode: modeOf?.(space.id) ?? (content === "names" ? "names" : "all"),
    });
    if (this.#isStopped) {
      await replicator.stop();
      return "done";
    }
    this.#replicators.set(space.id, replicator);
    this.#lost.set(space.id, this.#watchForLost(space, replicator));
    this.#subscriptions.push(this.#host.add(replicator));
    this.#parts.news.tell();
    return "done";
  }

  #watchForLost(space: SpaceEngine, replicator: Replicator): LostContents {
    const { platform, problem } = this.#options;
    const { blobs, sources, drives } = this.#parts;
    return new LostContents({
      timers: platform.timers,
      replicator,
      drive: () => drives.get(space.id),
      blobs: { has: (ids) => sources.hasWith(blobs, ids), get: (found) => blobs.get(found) },
      opener: this.#openerOf(space),
      problem: (error) => problem?.(error),
    });
  }

  #openerOf(space: Space): ChunkOpener {
    const { crypto, compression } = this.#options.platform;
    return new ChunkOpener(crypto, compression, { find: (id) => space.keys?.find(id) });
  }

  #bindingHost(): BindingHost | undefined {
    const { platform, openFolder } = this.#options;
    if (openFolder === undefined) return undefined;
    const { clock, timers, crypto } = platform;
    const { index, blobs } = this.#parts;
    return {
      clock,
      timers,
      crypto,
      index,
      openDrive: async (id) => this.drive(id),
      openFolder,
      keys: sealKeysOf,
      regained: (space) => this.#replicators.get(space)?.regained(),
      dropped: (space) => {
        const looking = this.#replicators.get(space)?.dropped();
        looking?.catch((error: unknown) => this.#options.problem?.(GlowError.from(error, "space.look")));
      },
      content: ({ space }) => ({
        blobs,
        supply: {
          want: (...wanted) => this.replicator(space.id).want(...wanted),
          isComing: (ids) => this.#replicators.get(space.id)?.isComing(ids) ?? false,
        },
        opener: this.#openerOf(space),
      }),
    };
  }

  /** Has it done, however often that takes. */
  #insist(op: string, work: () => Promise<"done" | "again">): RetriedWork {
    const { platform, problem } = this.#options;
    const failed = (error: GlowError) => problem?.(error);
    const insisting = new RetriedWork({ platform, op, work, failed });
    this.#work.add(insisting);
    insisting.begin();
    return insisting;
  }
}

function sealKeysOf({ space }: Drive): SealKeys {
  const { keys, settings } = space;
  if (keys === undefined) {
    const message = "this device has no keys of the space: another one has to give them";
    throw new GlowError("denied", "storage.keys", { target: space.id, message });
  }
  const { current, all, boundarySeed } = keys;
  return { current, all, boundarySeed, ...(settings && { chunks: settings.chunks }) };
}

async function membershipOf(
  platform: Platform,
  node: MemberNode,
  user: UserId,
  made: UserMembership[],
): Promise<Membership> {
  if (node.user.user !== user) {
    const message = "this space belongs to another user, of whose devices this node knows nothing";
    throw new GlowError("not-found", "storage.membership", { target: user, message });
  }
  const known = made.find((each) => each.user === user);
  if (known !== undefined) return known;
  const membership = new UserMembership(platform, node.userLog);
  made.push(membership);
  return membership;
}

// A node put together: a member of a user, or one who may become that; its storage as soon as there is a user; and all that it
// offers, to who holds it here and, by their roles, to the user's other devices. Knows no machine: a daemon or a page gives it one.

import { GlowError } from "#base/errors.ts";
import { version as protocol } from "#firefly/session/frame.ts";
import type { Address, Discovery, FolderAgent, NodeId, Platform, SpaceId, Subscription } from "#glow";
import { deviceOfNode } from "#identity/user/device-of-node.ts";
import { GreetingInterface } from "#interfaces/generated/greeting.ts";
import { NodeInterface } from "#interfaces/generated/node.ts";
import type { Node, Right } from "#interfaces/generated/node.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import type { KeptContent, SettingsChange } from "#interfaces/generated/settings.ts";
import type { DeviceRole } from "#interfaces/generated/user.ts";
import { Access, allRights } from "#services/access/access.ts";
import { DrivesService } from "#services/drive/drives-service.ts";
import { Uploads } from "#services/drive/uploads.ts";
import { FoldersService } from "#services/folders/folders-service.ts";
import { GreetingService } from "#services/greeting/greeting-service.ts";
import { LinksService } from "#services/links/links-service.ts";
import { LogService } from "#services/log/log-service.ts";
import { type NodeDescription, type NodeParts, NodeService, type PagesCaller } from "#services/node/node-service.ts";
import { type SettingsDesk, SettingsService } from "#services/settings/settings-service.ts";
import { Watchers } from "#services/state/watchers.ts";
import { UserService } from "#services/user/user-service.ts";
import { type BlockSealer, InlineBlockSealer } from "#store/content/block-sealer.ts";
import { BoundFolders } from "./bound-folders.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { MemberDesk } from "./member-desk.ts";
import { MemberNode } from "./member-node.ts";
import { MeshDesk } from "./mesh-desk.ts";
import type { NodeLog } from "./node-log.ts";
import { nodeProtocol } from "./node-protocol.ts";
import type { ServedPage } from "./served-page.ts";
import { greetingProtocol, NearbyNodes } from "./nearby-nodes.ts";
import { Presences } from "./presences.ts";
import { ReachedNodes } from "./reached-nodes.ts";
import { QuickSealer } from "./quick-sealer.ts";
import { Storage } from "./storage.ts";
import { type HeldContents, StoredDrives } from "./stored-drives.ts";
import { DiskUploads } from "./upload-keeper.ts";

export interface GlowNodeOptions {
  readonly platform: Platform;
  /** For people: what this device is called, when it makes or joins a user. */
  readonly name: () => string;
  /** Of Glow. */
  readonly version: string;
  readonly log: NodeLog;
  readonly listen?: readonly Address[];
  /** Made anew for each mesh, which announces and searches with it. */
  readonly discovery?: (self: NodeId) => Discovery;
  readonly reachable?: (listening: readonly Address[]) => readonly Address[];
  readonly tab?: boolean;
  /** What it keeps, asked when it opens its storage. */
  readonly content?: () => KeptContent;
  /** Where it is written down what is kept of single drives. */
  readonly kept?: HeldContents;
  /** Opens a folder of this machine, to be bound; left out where there are none. */
  readonly openFolder?: (path: string) => Promise<FolderAgent>;
  /** Cuts and seals in other threads; left out where there are none. */
  readonly sealer?: BlockSealer;
  readonly settings?: SettingsDesk;
  /** Its page, if it serves one. */
  readonly page?: () => Pick<ServedPage, "pages" | "visit"> | undefined;
  /** Where it lives, for administrators. */
  readonly place?: { readonly home: string; readonly pid: number };
  /** Somebody wants it to stop. */
  readonly stop?: () => void;
  /** Joins somebody else's user in place of this node's own, which has nothing in it yet: another node takes its place. */
  readonly replaceUser?: (code: string) => Promise<void>;
  /** The one that has this one's place now, and who is told when that, or anything of it, changes. */
  readonly current?: () => GlowNode | undefined;
  readonly news?: Watchers;
}

/** What other devices of the user may do here, by their roles. */
const rightsOfRole: Readonly<Record<string, readonly Right[]>> = {
  admin: allRights,
  // Not `folders`: who binds a folder can read and replace any file of the machine that the node can.
  device: ["read", "write", "invite"],
  tab: ["read", "write"],
};

/** All that there is once the node belongs to a user. */
interface Belongings {
  readonly storage: Storage;
  readonly drives: StoredDrives;
  readonly folders: BoundFolders | undefined;
  readonly uploads: Uploads;
}

export class GlowNode implements NodeParts {
  readonly member: MemberNode;
  readonly #options: GlowNodeOptions;
  readonly #startedAt: Date;
  readonly #news: Watchers;
  readonly #presences: Presences;
  readonly #reached: ReachedNodes;
  readonly #nearby: NearbyNodes;
  readonly #addresses: KnownAddresses;
  readonly #discovery: Discovery | undefined;
  #belongings: Belongings | undefined;
  #watching: Subscription | undefined;
  #isStopped = false;

  private constructor(options: GlowNodeOptions, member: MemberNode, news: Watchers, discovery: Discovery | undefined) {
    this.#options = options;
    this.member = member;
    this.#news = news;
    this.#discovery = discovery;
    const { clock } = options.platform;
    this.#startedAt = new Date(clock.wallMs());
    this.#presences = new Presences({
      clock,
      nextTo: (node) => member.mesh.router.route(node)?.next,
      changed: (node, online) => options.log.info("mesh", online ? "a device is there" : "a device is gone", { node }),
    });
    this.#nearby = new NearbyNodes({ clock, timers: options.platform.timers });
    this.#reached = new ReachedNodes({
      isReachable: (node) => {
        if (member.mesh.router.route(node) === undefined) member.mesh.hurry();
        return member.mesh.router.reaches(node);
      },
      connect: (node) => member.connect(node, nodeProtocol),
    });
    this.#addresses = new KnownAddresses({
      disk: options.platform.disk,
      timers: options.platform.timers,
      mesh: member.mesh,
      devices: () => this.#otherDevices(),
      problem: (error) => options.log.problem("mesh", error),
    });
  }

  static async start(options: GlowNodeOptions): Promise<GlowNode> {
    const { platform, name, listen, reachable, tab } = options;
    const news = options.news ?? new Watchers();
    let isDue = false;
    const changed = () => {
      if (isDue) return;
      isDue = true;
      platform.timers.endOfTurn(() => {
        isDue = false;
        news.tell();
      });
    };
    let discovery: Discovery | undefined;
    const member = await MemberNode.start(platform, {
      name,
      changed,
      ...(options.discovery && { discovery: (self: NodeId) => (discovery = options.discovery?.(self)) as Discovery }),
      ...(listen && { listen }),
      ...(reachable && { reachable }),
      ...(tab !== undefined && { tab }),
      letsInUntilMs: (visitor) => options.page?.()?.visit(visitor)?.expiresMs ?? Number.POSITIVE_INFINITY,
    });
    const node = new GlowNode(options, member, news, discovery);
    try {
      await node.#begin();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  get hasUser(): boolean {
    return this.member.hasUser;
  }

  /** `unavailable` while it belongs to no user. */
  get storage(): Storage {
    return this.#own("node.storage").storage;
  }

  /** With all rights, for who is at the machine. */
  whole(): NodeService {
    return new NodeService(() => this.#now, this.access(allRights));
  }

  access(rights: readonly Right[], expiresMs?: number): Access {
    const { clock, timers } = this.#options.platform;
    return new Access({ clock, timers }, rights, expiresMs);
  }

  /** The first device of a new user, or one more of another one's: from then on it stores. */
  async createUser(name: string): Promise<void> {
    await this.member.createUser(name);
    await this.#open();
  }

  async join(code: string): Promise<void> {
    const { replaceUser } = this.#options;
    if (this.member.hasUser && replaceUser !== undefined && (await this.isEmpty())) return replaceUser(code);
    if (this.member.hasUser) {
      const { name } = this.member.user;
      const message = `this node belongs to ${name} already, with other devices or with files: join from another home`;
      throw new GlowError("already-exists", "user.join", { message });
    }
    await this.member.join(code);
    await this.#open();
  }

  /** Whether its user has no other device and nothing in any drive: nobody misses it. */
  async isEmpty(): Promise<boolean> {
    if (!this.member.hasUser) return true;
    const { user } = this.member;
    if (user.devices.size > 1 || user.revoked.size > 0) return false;
    const { storage, folders } = this.#own("node.isEmpty");
    if ((folders?.list().length ?? 0) > 0) return false;
    for (const { id, readable } of storage.spaces()) {
      if (!readable) return false;
      const drive = storage.drive(id);
      const [inside] = await drive.list(drive.root, undefined, 1);
      const [removed] = await drive.removed(undefined, 1);
      if (inside !== undefined || removed !== undefined) return false;
    }
    return true;
  }

  // --------------------------------------------------------------------------------------------- what it consists of

  get clock() {
    return this.#options.platform.clock;
  }

  describe(): NodeDescription {
    const { platform, name, version, place } = this.#options;
    const { member } = this;
    const own = this.#device();
    return {
      name: own?.name ?? name(),
      version,
      platform: platform.name,
      startedAt: this.#startedAt,
      protocol,
      id: member.id,
      addresses: [...member.mesh.addresses],
      ...(own !== undefined && { device: own.id, role: own.role }),
      ...(member.hasUser && { user: member.user.name }),
      ...place,
    };
  }

  user(): UserService {
    const { clock, timers } = this.#options.platform;
    return new UserService({ desk: this.#memberDesk(), clock, timers });
  }

  links(): LinksService {
    const { clock, timers } = this.#options.platform;
    const desk = new MeshDesk({
      member: this.member,
      clock,
      watch: this.#news.watch,
      reach: (node) => this.#reached.reach(node),
    });
    const user = this.user();
    return new LinksService({
      desk,
      clock,
      timers,
      devices: () => user.devices(),
      find: (node, op) => user.find(node, op),
    });
  }

  drives(): DrivesService {
    const { clock, timers } = this.#options.platform;
    const { drives, folders, uploads } = this.#own("node.drives");
    const boundTo = (id: SpaceId) => (folders?.list() ?? []).filter(({ drive }) => drive === id);
    const bound = (id: SpaceId) => boundTo(id).map(({ path }) => path);
    return new DrivesService({ held: drives, clock, timers, uploads, bound });
  }

  folders(): FoldersService {
    const { folders } = this.#own("node.folders");
    if (folders === undefined) {
      const message = "this node cannot bind folders: it has no access to those of its machine";
      throw new GlowError("unavailable", "node.folders", { message });
    }
    return new FoldersService({ desk: folders, drives: () => this.drives(), timers: this.#options.platform.timers });
  }

  log(): LogService {
    return new LogService(this.#options.log);
  }

  settings(): SettingsService {
    const { settings, platform } = this.#options;
    if (settings !== undefined) {
      return new SettingsService(settings, platform.timers, (changes) => this.#checkChange(changes));
    }
    throw new GlowError("unavailable", "node.settings", { message: "this node has no settings" });
  }

  pages(caller: PagesCaller): Pages {
    const page = this.#options.page?.();
    if (page !== undefined) return page.pages(caller);
    throw new GlowError("unavailable", "node.pages", { message: "this node serves no page" });
  }

  async reach(node: string): Promise<Node> {
    const device = this.user().find(node, "node.reach");
    if (device.isThis) return this.whole();
    if (device.node !== undefined) return this.#reached.reach(device.node as NodeId);
    const message = "this device has no key just now: its last changes contradict each other";
    throw new GlowError("unavailable", "node.reach", { target: node, message });
  }

  requestStop(): void {
    this.#options.stop?.();
  }

  // ------------------------------------------------------------------------------------------------------- its life

  /** There is nothing to do: lets go of what is in memory only to be found sooner. */
  rest(): void {
    this.#belongings?.storage.rest();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#watching?.stop();
    this.#reached.stop();
    await this.#addresses.stop();
    const belongings = this.#belongings;
    belongings?.drives.stop();
    belongings?.folders?.stop();
    await belongings?.storage.stop();
    await this.member.stop();
    await this.#discovery?.close();
  }

  async #begin(): Promise<void> {
    this.#watching = this.#news.watch(() => this.#changed());
    this.member.offer(greetingProtocol, GreetingInterface, () => new GreetingService(() => this.describe().name));
    this.member.offer(nodeProtocol, NodeInterface, (peer) => this.#nodeFor(peer));
    if (this.member.hasUser) await this.#open();
    await this.#addresses.start();
  }

  async #open(): Promise<void> {
    const { platform, content, kept, openFolder, sealer, log } = this.#options;
    const { crypto, compression, disk, clock } = platform;
    const storage = await Storage.open({
      platform,
      node: this.member,
      problem: (error) => log.problem("store", error),
      ...(content && { content: content() }),
      ...(kept && { modeOf: (space) => kept.of(space) }),
      ...(openFolder && { openFolder }),
    });
    const own =
      sealer === undefined ? new InlineBlockSealer(crypto, compression) : new QuickSealer(crypto, compression, sealer);
    this.#belongings = {
      storage,
      drives: new StoredDrives({
        platform,
        storage,
        sealer: own,
        user: () => this.member.user,
        ...(kept && { kept }),
      }),
      folders: openFolder === undefined ? undefined : new BoundFolders(storage),
      uploads: new Uploads(await DiskUploads.open({ disk, crypto, clock })),
    };
    this.#changed();
    this.#news.tell();
  }

  /** Others may count on what is here: it is not dropped, nor left behind, by a setting. */
  #checkChange({ content }: SettingsChange): void {
    const held = this.#belongings?.storage.spaces().length ?? 0;
    if (content !== "nothing" || held === 0) return;
    const message = `${held === 1 ? "a drive is" : `${held} drives are`} held here already: start from an empty home there, \`glow join CODE --relay\``;
    throw new GlowError("invalid", "settings.set", { target: "content", message });
  }

  get #now(): GlowNode {
    return this.#options.current?.() ?? this;
  }

  #changed(): void {
    if (this.#isStopped) return;
    this.#belongings?.storage.changed();
    this.#addresses.changed();
    if (this.member.hasUser) this.#presences.look(this.member.user, this.member.id);
  }

  #nodeFor(peer: NodeId): NodeService | undefined {
    const role = this.#roleOf(peer);
    if (role === undefined) return undefined;
    const visit = role === "tab" ? this.#options.page?.()?.visit(peer) : undefined;
    // A page was opened, so a person is there.
    if (role === "tab") this.member.mesh.hurry();
    return new NodeService(() => this.#now, this.access(visit?.rights ?? rightsOfRole[role] ?? [], visit?.expiresMs));
  }

  #roleOf(node: NodeId): DeviceRole | undefined {
    return this.member.hasUser ? deviceOfNode(this.member.user, node)?.device.role : undefined;
  }

  #otherDevices(): ReadonlySet<NodeId> {
    if (!this.member.hasUser) return new Set();
    const nodes = [...this.member.user.devices.values()].flatMap(({ node }) => node ?? []);
    return new Set(nodes.filter((node) => node !== this.member.id));
  }

  #device() {
    if (!this.member.hasUser) return undefined;
    return this.user()
      .devices()
      .find(({ isThis }) => isThis);
  }

  #memberDesk(): MemberDesk {
    return new MemberDesk({
      member: () => this.#now.member,
      watch: this.#news.watch,
      presence: (node) => this.#now.#presences.of(node),
      create: (name) => this.createUser(name),
      join: (code) => this.join(code),
      nearby: () => this.#nearby.find(this.#now.member),
      revoke: (node) => this.#own("user.revoke").storage.revoke(node),
    });
  }

  #own(op: string): Belongings {
    if (this.#belongings !== undefined) return this.#belongings;
    const message = "this node belongs to no user yet: `glow join CODE` joins one, a new start makes one";
    throw new GlowError("unavailable", op, { message });
  }
}

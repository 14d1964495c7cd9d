// A node that belongs to a user: its key, what it knows of the user's devices, and its mesh, in which these are neighbours
// with all rights and everybody else is a stranger who may show that he belongs here, or redeem an invitation.

import { GlowError } from "#base/errors.ts";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { Interface } from "#firefly/codec/interface.ts";
import { type FireflySession, offer } from "#firefly/session/session.ts";
import type {
  Address,
  Discovery,
  InvitationStatus,
  NeighbourPolicy,
  NodeId,
  Platform,
  Priority,
  PublicKey,
  SpaceId,
  Subscription,
  Timer,
  UserDevice,
  UserId,
  UserLog,
  UserState,
} from "#glow";
import { DiskInvitationLedger } from "#identity/invitation/disk-invitation-ledger.ts";
import { type InvitedRole, readInvitation } from "#identity/invitation/invitation-code.ts";
import { openDeviceKey } from "#identity/device-key.ts";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { Turns } from "#identity/turns.ts";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import { deviceOfNode } from "#identity/user/device-of-node.ts";
import { MembershipInterface, MembershipStub } from "#interfaces/generated/membership.ts";
import { Mesh, type MeshPolicy } from "#mesh/mesh.ts";
import { MembershipService } from "#services/membership/membership-service.ts";
import { asked, checkedPage, MemberSync } from "./member-sync.ts";
import { Introductions } from "./introductions.ts";
import { byReach, relayAddresses } from "./invited-addresses.ts";
import { goToIssuer, type Reached } from "./invited-ways.ts";
import { readOwnUser, writeOwnUser } from "./own-user.ts";
import { PeerSessions } from "./peer-sessions.ts";
import { redeemed } from "./redemption.ts";
import { RelayGrants } from "./relay-grants.ts";
import { Strangers } from "./strangers.ts";

export const membershipProtocol = "glow membership 1";

export interface MemberNodeOptions {
  /** For people: what the device is called when it comes to belong to a user. */
  readonly name: string | (() => string);
  readonly listen?: readonly Address[];
  /** Or how it is made for this node. */
  readonly discovery?: Discovery | ((self: NodeId) => Discovery);
  readonly reachable?: (listening: readonly Address[]) => readonly Address[];
  readonly tab?: boolean;
  /** Until when a tab that this node has let in is to be let in; left out: as long as it comes. */
  readonly letsInUntilMs?: (tab: NodeId) => number;
  /** Routes, neighbours or the user's devices have changed. */
  readonly changed?: () => void;
}

/** Who has linked with an invitation. */
interface Invited {
  readonly key: PublicKey;
  readonly invitation: Uint8Array;
}

export class MemberNode {
  readonly identity: NodeIdentity;
  readonly #platform: Platform;
  readonly #options: MemberNodeOptions;
  readonly #ledger: DiskInvitationLedger;
  #log: DiskUserLog | undefined;
  #mesh!: Mesh;
  #introductions!: Introductions;
  /** Who has linked with an invitation, until the link ends. */
  readonly #invited = new Map<NodeId, Invited>();
  readonly #sessions: PeerSessions;
  readonly #strangers: Strangers;
  readonly #grants: RelayGrants;
  readonly #sync: MemberSync;
  /** In which invitations are redeemed here, and in which this device comes to belong to a user. */
  readonly #desk = new Turns();
  #members: ReadonlySet<NodeId> = new Set();
  /** They let this node relay as soon as it is a member, which is before it hears so itself: it has to let them, too. */
  #joiningOver: ReadonlySet<NodeId> = new Set();
  #watch: Subscription | undefined;
  /** Rings when a tab's certificate may have run out. */
  #expiry: Timer | undefined;

  private constructor(
    platform: Platform,
    options: MemberNodeOptions,
    identity: NodeIdentity,
    ledger: DiskInvitationLedger,
    log: DiskUserLog | undefined,
  ) {
    this.#platform = platform;
    this.#options = options;
    this.identity = identity;
    this.#ledger = ledger;
    this.#log = log;
    const { clock, timers } = platform;
    this.#sessions = new PeerSessions(platform, (node) => this.#isMember(node));
    const user = () => (this.#log === undefined ? undefined : this.user);
    this.#grants = new RelayGrants({ crypto: platform.crypto, clock, identity, user });
    this.#strangers = new Strangers({
      clock,
      timers,
      isMember: (node) => this.#isMember(node) || this.#grants.policy(node) !== undefined,
      cutOff: (node, reason) => this.#mesh.cutOff(node, reason),
    });
    this.#sync = new MemberSync({
      timers,
      log: () => this.#log,
      isMember: (node) => this.#isMember(node),
      isNeighbour: (node) => this.#mesh.router.isNeighbour(node),
      ask: (node) => this.#askMembership(node, "control"),
    });
  }

  /** Opens what is on the platform's disk; a new device belongs to no user yet: `createUser` or `join` come next. */
  static async start(platform: Platform, options: MemberNodeOptions): Promise<MemberNode> {
    const identity = await openDeviceKey(platform);
    const user = await readOwnUser(platform.disk);
    const log = user === undefined ? undefined : await DiskUserLog.open(platform, identity, user);
    let ledger: DiskInvitationLedger | undefined;
    try {
      ledger = await DiskInvitationLedger.open(platform);
      const node = new MemberNode(platform, options, identity, ledger, log);
      await node.#start();
      return node;
    } catch (error) {
      // An address that is taken, for one: what was opened is not left open.
      await ledger?.close();
      await log?.close();
      throw error;
    }
  }

  get id(): NodeId {
    return this.identity.id;
  }

  get mesh(): Mesh {
    return this.#mesh;
  }

  /** The user this device belongs to. `not-found` if there is none yet. */
  get user(): UserState {
    return this.#ownLog().state(this.#platform.clock.wallMs());
  }

  get hasUser(): boolean {
    return this.#log !== undefined;
  }

  /** What the user's devices have signed. `not-found` if there is no user yet. */
  get userLog(): UserLog {
    return this.#ownLog();
  }

  /** Makes a new user, whose first device, an administrator, this is. `already-exists` if it belongs to one. */
  createUser(name: string): Promise<void> {
    return this.#desk.take(async () => {
      this.#checkNoUser();
      const log = await DiskUserLog.create(this.#platform, this.identity, { name, device: this.#name });
      await writeOwnUser(this.#platform.disk, log.user);
      this.#adopt(log);
    });
  }

  /** A code that makes one more device of this user. `denied` if this device may not. */
  async invite(role: InvitedRole, lifetimeMs: number, name = ""): Promise<string> {
    return (await this.issue(role, lifetimeMs, name)).code;
  }

  /** As `invite`, with the id under which the invitation is listed. */
  async issue(
    role: InvitedRole,
    lifetimeMs: number,
    name = "",
  ): Promise<{ readonly id: Uint8Array; readonly code: string }> {
    const log = this.#ownLog();
    const own = this.#device(this.id)?.role;
    if (own !== "admin" && (own !== "device" || role === "device")) {
      const message = `this device may not make a ${role} of this user: ask an administrator`;
      throw new GlowError("denied", "member.invite", { message });
    }
    const addresses = byReach(this.#mesh.addresses);
    const relays = role === "device" ? relayAddresses(this.#mesh, (node) => this.#isLasting(node), addresses) : [];
    return this.#ledger.issue({ user: log.user, issuer: this.id, role, lifetimeMs, addresses, relays, name });
  }

  /** Those that this node gave out and remembers, oldest first. */
  get invitations(): readonly InvitationStatus[] {
    return this.#ledger.list();
  }

  /** From now on it is refused. Whoever has redeemed it stays: that is what `revoke` is for. */
  cancelInvitation(id: Uint8Array): Promise<void> {
    return this.#ledger.cancel(id);
  }

  /**
   * Becomes a device of whoever gave this code. `already-exists` if this device belongs to a user; `denied` with the
   * reason if the code is refused, `corrupt` if it is mistyped, `unavailable` if its node cannot be reached: at an address
   * that is given here, or one of those in the code, or over a device of the user that the code names. Gives where it goes
   * from then on.
   */
  join(code: string, at: readonly Address[] = []): Promise<readonly Reached[]> {
    return this.#desk.take(() => this.#join(code, at));
  }

  get #name(): string {
    const { name } = this.#options;
    return typeof name === "string" ? name : name();
  }

  async #join(code: string, at: readonly Address[]): Promise<readonly Reached[]> {
    this.#checkNoUser();
    const invitation = readInvitation(this.#platform.crypto, code);
    const { user, issuer } = invitation;
    const { timers } = this.#platform;
    const parts = { timers, mesh: this.#mesh, introductions: this.#introductions };
    const reached = await goToIssuer(parts, { ...invitation, addresses: [...at, ...invitation.addresses] });
    // No link outlives the join: with other rights each side asks for a new one (`Mesh.policyChanged`).
    for (const [node, ...addresses] of reached) this.#mesh.keep(node, addresses);
    this.#joiningOver = new Set(reached.map(([node]) => node));
    try {
      this.#adopt(await this.#redeem(user, issuer));
      return reached;
    } catch (error) {
      if (this.#log === undefined) for (const node of this.#joiningOver) this.#mesh.release(node);
      throw error;
    } finally {
      this.#joiningOver = new Set();
    }
  }

  async #redeem(user: UserId, issuer: NodeId): Promise<DiskUserLog> {
    const { membership, end } = await this.#askMembership(issuer, "interactive");
    try {
      const [platform, identity, name] = [this.#platform, this.identity, this.#name];
      return await redeemed({ platform, identity, membership, user, issuer, name });
    } finally {
      end();
    }
  }

  /** Of a tab: when its certificate runs out; undefined for a device, and if it has run out, or was revoked. */
  get expiresMs(): number | undefined {
    return this.#log && this.#device(this.id)?.expiresMs;
  }

  /** Why this node is none of its user's any more; undefined as long as it is one. */
  get end(): "revoked" | "expired" | undefined {
    if (this.#log === undefined || this.#isMember(this.id)) return undefined;
    return this.#isRevoked(this.id) ? "revoked" : "expired";
  }

  /** Of a tab: has whoever let it in give it another certificate, if the one that it has does not last long any more. */
  async renew(issuer: NodeId): Promise<void> {
    const { expiresMs } = this;
    if (expiresMs === undefined || expiresMs - this.#platform.clock.wallMs() > nodeLimits.renewalMs) return;
    const { membership, end } = await this.#askMembership(issuer, "interactive");
    try {
      const log = this.#ownLog();
      const page = await asked(membership.renew(log.heads(), { deadlineMs: nodeLimits.joinMs }));
      const { refused } = await log.merge(checkedPage(page));
      if (refused[0] !== undefined) throw refused[0].error;
    } finally {
      end();
    }
  }

  /**
   * For ever. Its links to this node end at once, and those to others when they hear of it. Of what it has stored, batches up
   * to those named here go on to count: `Storage.revoke` names all that are known.
   */
  async revoke(node: NodeId, batches: ReadonlyMap<SpaceId, number> = new Map()): Promise<void> {
    const found = deviceOfNode(this.user, node);
    if (found === undefined) {
      throw new GlowError("not-found", "member.revoke", {
        target: node,
        message: "no device of this user has this id",
      });
    }
    await this.#ownLog().append({ type: "revoke", device: found.id, batches });
  }

  /**
   * Leave for a node that is no device of this user to send through this user's devices: bytes to be given to whoever runs
   * it, who says so with `useRelayGrant`. Errors of `RelayGrants.give`.
   */
  grantRelay(node: NodeId, lifetimeMs: number, bytesPerSecond?: number): Uint8Array {
    return this.#grants.give(node, lifetimeMs, bytesPerSecond);
  }

  /** Presents a grant to this node from now on, whenever it is dialled, and takes it for a relay. */
  useRelayGrant(via: NodeId, grant: Uint8Array): void {
    this.#grants.use(via, grant);
  }

  /** An object of another node, over its session. Whoever gets it ends the Firefly session with it. */
  async connect(node: NodeId, protocol: string, priority: Priority = "interactive"): Promise<FireflySession> {
    const session = await this.#mesh.router.session(node);
    return this.#sessions.open(node, session.open(protocol, priority));
  }

  /**
   * Offers an object to whoever asks for this protocol; undefined refuses the caller. One that can be disposed of is, when
   * the caller is gone.
   */
  offer<Root extends object>(
    protocol: string,
    described: Interface,
    root: (peer: NodeId, member: boolean) => Root | undefined,
  ): Subscription {
    return this.#mesh.router.accept(protocol, (stream, peer) => {
      const isFull = !this.#sessions.hasRoomFor(peer);
      const object = isFull ? undefined : root(peer, this.#isMember(peer));
      if (object === undefined) {
        const kind = isFull ? "exhausted" : "denied";
        stream.abort(
          new GlowError(kind, "member.offer", { target: protocol, message: "this node does not serve you" }),
        );
        return;
      }
      const session = this.#sessions.open(peer, stream, offer(described as never, object as never));
      void session.closed.then(() => (object as Partial<Disposable>)[Symbol.dispose]?.());
    });
  }

  async stop(): Promise<void> {
    this.#watch?.stop();
    this.#sync.stop();
    this.#strangers.stop();
    this.#introductions.stop();
    this.#expiry?.cancel();
    this.#sessions.close();
    await this.#mesh.close();
    await this.#ledger.close();
    await this.#log?.close();
  }

  async #start(): Promise<void> {
    const { listen, discovery, reachable, tab, changed } = this.#options;
    this.#mesh = await Mesh.start(this.#platform, {
      identity: this.identity,
      policy: this.#policy(),
      tab: tab ?? false,
      ...(listen && { listen }),
      ...(discovery && { discovery: typeof discovery === "function" ? discovery(this.id) : discovery }),
      ...(reachable && { reachable }),
      ...(changed && { changed }),
      linked: ({ peer, peerKey, invitation }) => {
        if (invitation !== undefined) this.#invited.set(peer, { key: peerKey, invitation });
      },
      neighbourChanged: (peer) => this.#neighbourChanged(peer),
    });
    this.#introductions = new Introductions({
      timers: this.#platform.timers,
      router: this.#mesh.router,
      isDevice: (node) => this.#isLasting(node),
      brought: (pipe) => this.#mesh.accept(pipe, "relay", "invited"),
    });
    this.offer(membershipProtocol, MembershipInterface, (peer) => {
      if (this.#log === undefined) return undefined;
      const parts = {
        log: this.#log,
        ledger: this.#ledger,
        clock: this.#platform.clock,
        self: this.id,
        letsInUntilMs: (visitor: NodeId) => this.#options.letsInUntilMs?.(visitor) ?? Number.POSITIVE_INFINITY,
        inTurn: <Result>(work: () => Promise<Result>) => this.#desk.take(work),
        mayVerify: this.#strangers.mayVerify,
      };
      return new MembershipService(parts, { node: peer, invited: this.#invited.get(peer) });
    });
    if (this.#log !== undefined) this.#adopt(this.#log);
  }

  /**
   * Own devices may do all, and so may, where relaying is concerned, who was granted it and who has granted it. Other
   * strangers get a link, so that they can show that they are none; nothing passes through it.
   */
  #policy(): MeshPolicy {
    return {
      hello: (to) => (to && this.#grants.for(to)) ?? new Uint8Array(),
      rights: (peer, hello): NeighbourPolicy | undefined => {
        const device = this.#device(peer);
        if (device !== undefined) return { tab: device.role === "tab", relay: true };
        if (hello !== undefined && hello.length > 0) this.#grants.present(peer, hello);
        const granted = this.#grants.policy(peer);
        if (granted !== undefined) return granted;
        if (this.#joiningOver.has(peer)) return { tab: false, relay: true };
        return this.#isRevoked(peer) || !this.#hasRoomForStranger(peer) ? undefined : { tab: false, relay: false };
      },
      talks: (peer) => !this.#isRevoked(peer),
      invitationKey: (id) => (this.#log === undefined ? undefined : this.#ledger.find(id)),
      wants: (node) => this.#isMember(node),
    };
  }

  #adopt(log: DiskUserLog): void {
    this.#log = log;
    this.#watch?.stop();
    this.#watch = log.watch(() => this.#userChanged());
    this.#userChanged();
  }

  #userChanged(): void {
    this.#membersChanged();
    for (const { id } of this.#mesh.router.neighbours()) this.#sync.with(id);
    this.#options.changed?.();
  }

  /** Who is no member any more loses what it had as one: its links with their rights, its session and all objects in it. */
  #membersChanged(): void {
    const { devices, revokedNodes } = this.user;
    const members = new Set([...devices.values()].flatMap(({ node }) => node ?? []));
    const before = this.#members;
    this.#members = members;
    this.#mesh.policyChanged();
    for (const node of revokedNodes) if (!members.has(node)) this.#mesh.release(node);
    for (const node of before) {
      if (members.has(node)) continue;
      const message = "it is no device of this user any more";
      this.#mesh.router.endSession(node, new GlowError("denied", "member.session", { target: node, message }));
    }
    for (const { id } of this.#mesh.router.neighbours()) this.#strangers.watch(id);
    this.#awaitExpiry(devices.values());
  }

  #awaitExpiry(devices: Iterable<UserDevice>): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { expiresMs } of devices) firstMs = Math.min(firstMs, expiresMs ?? firstMs);
    const granted = [...this.#grants.peers()];
    if (firstMs === Number.POSITIVE_INFINITY && granted.length === 0) return;
    const { clock, timers } = this.#platform;
    const leftMs = Math.ceil(firstMs + identityLimits.clockToleranceMs - clock.wallMs());
    const waitMs = Math.min(Math.max(0, leftMs), nodeLimits.expiryCheckMs);
    this.#expiry = timers.after(waitMs, () => {
      const isPast = (node: NodeId) => this.#mesh.router.isNeighbour(node) && this.#grants.held(node) === undefined;
      const isChanged = [...this.#members].some((node) => this.#device(node) === undefined) || granted.some(isPast);
      if (isChanged) this.#userChanged();
      else this.#awaitExpiry(this.user.devices.values());
    });
  }

  #neighbourChanged(peer: NodeId): void {
    if (this.#mesh.router.isNeighbour(peer)) {
      if (this.#log !== undefined) this.#strangers.watch(peer);
      if (this.#grants.held(peer) !== undefined) this.#awaitExpiry(this.user.devices.values());
      // Of two neighbours one begins.
      if (this.id < peer) this.#sync.with(peer);
    } else {
      this.#invited.delete(peer);
      this.#grants.forget(peer);
      this.#strangers.forget(peer);
      this.#sync.forget(peer);
    }
  }

  async #askMembership(node: NodeId, priority: Priority): Promise<{ membership: MembershipStub; end(): void }> {
    const session = await this.#mesh.router.session(node);
    const firefly = this.#sessions.open(node, session.open(membershipProtocol, priority));
    const membership = firefly.root(MembershipStub);
    const end = () => {
      membership[Symbol.dispose]();
      firefly.close();
    };
    return { membership, end };
  }

  #isLasting(node: NodeId): boolean {
    const role = this.#device(node)?.role;
    return role !== undefined && role !== "tab" && node !== this.id;
  }

  #hasRoomForStranger(peer: NodeId): boolean {
    if (this.#log === undefined || this.#mesh.router.isNeighbour(peer)) return true;
    let strangers = 0;
    for (const { policy } of this.#mesh.router.neighbours()) if (!policy.relay) strangers++;
    return strangers < nodeLimits.strangers;
  }

  #device(node: NodeId) {
    return this.#log && deviceOfNode(this.user, node)?.device;
  }

  #isMember(node: NodeId): boolean {
    return this.#device(node) !== undefined;
  }

  #isRevoked(node: NodeId): boolean {
    return this.#log !== undefined && !this.#isMember(node) && this.user.revokedNodes.has(node);
  }

  #ownLog(): DiskUserLog {
    if (this.#log !== undefined) return this.#log;
    const message = "this device belongs to no user yet: make one, or join with an invitation";
    throw new GlowError("not-found", "member.user", { message });
  }

  #checkNoUser(): void {
    if (this.#log === undefined) return;
    throw new GlowError("already-exists", "member.join", { message: "this device belongs to a user already" });
  }
}

// A node that belongs to a user: its key, what it knows of the user's devices, and its mesh, in which these are neighbours
// with all rights and everybody else is a stranger who may show that he belongs here, or redeem an invitation.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import { FireflySession, offer } from "#firefly/session/session.ts";
import type { Interface, FireflySession as Peer, Stub } from "#glow";
import type {
  Address,
  Discovery,
  NeighbourPolicy,
  NodeId,
  Pipe,
  Platform,
  Priority,
  PublicKey,
  Subscription,
  UserId,
  UserState,
} from "#glow";
import { DiskInvitationLedger } from "#identity/invitation/disk-invitation-ledger.ts";
import { type InvitedRole, readInvitation } from "#identity/invitation/invitation-code.ts";
import { openDeviceKey } from "#identity/device-key.ts";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import { MembershipInterface, MembershipStub } from "#interfaces/generated/membership.ts";
import { Mesh, type MeshPolicy } from "#mesh/mesh.ts";
import { MembershipService } from "#services/membership/membership-service.ts";
import { readOwnUser, writeOwnUser } from "./own-user.ts";

export const membershipProtocol = "glow membership 1";

export interface MemberNodeOptions {
  /** For people. */
  readonly name: string;
  readonly listen?: readonly Address[];
  readonly discovery?: Discovery;
  readonly reachable?: (listening: readonly Address[]) => readonly Address[];
  readonly tab?: boolean;
  /** Routes, neighbours or the user's devices have changed. */
  readonly changed?: () => void;
}

/** Somebody found or linked who is no device of the user: to be offered by name, or to be ignored. */
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
  /** Who has linked with an invitation, until the link ends. */
  readonly #invited = new Map<NodeId, Invited>();
  readonly #sessions = new Set<FireflySession>();
  #syncing = new Set<NodeId>();
  #watch: Subscription | undefined;

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
  }

  /** Opens what is on the platform's disk; a new device belongs to no user yet: `createUser` or `join` come next. */
  static async start(platform: Platform, options: MemberNodeOptions): Promise<MemberNode> {
    const identity = await openDeviceKey(platform);
    const user = await readOwnUser(platform.disk);
    const log = user === undefined ? undefined : await DiskUserLog.open(platform, identity, user);
    const node = new MemberNode(platform, options, identity, await DiskInvitationLedger.open(platform), log);
    await node.#start();
    return node;
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

  /** Makes a new user, whose first device, an administrator, this is. `already-exists` if it belongs to one. */
  async createUser(name: string): Promise<void> {
    this.#checkNoUser();
    const log = await DiskUserLog.create(this.#platform, this.identity, { name, device: this.#options.name });
    await writeOwnUser(this.#platform.disk, log.user);
    this.#adopt(log);
  }

  /** A code that makes one more device of this user. `denied` if this device may not. */
  async invite(role: InvitedRole, lifetimeMs: number, name = ""): Promise<string> {
    const log = this.#ownLog();
    const { addresses } = this.#mesh;
    const { code } = await this.#ledger.issue({ user: log.user, issuer: this.id, role, lifetimeMs, addresses, name });
    return code;
  }

  /**
   * Becomes a device of whoever gave this code. `already-exists` if this device belongs to a user; `denied` with the
   * reason if the code is refused, `corrupt` if it is mistyped, `unavailable` if its node cannot be reached.
   */
  async join(code: string): Promise<void> {
    this.#checkNoUser();
    const { user, issuer, secret, addresses } = readInvitation(this.#platform.crypto, code);
    await this.#dialAny(addresses, issuer, secret);
    // The link does not outlive the join: with other rights each side asks for a new one (`Mesh.policyChanged`).
    this.#mesh.keep(issuer, addresses);
    try {
      await this.#redeem(user, issuer);
    } catch (error) {
      if (this.#log === undefined) this.#mesh.release(issuer);
      throw error;
    }
  }

  async #redeem(user: UserId, issuer: NodeId): Promise<void> {
    const session = await this.#mesh.router.session(issuer);
    using firefly = this.#firefly(session.open(membershipProtocol, "interactive"));
    using membership = firefly.root(MembershipStub);
    const statements = await membership.redeem(this.#options.name, { deadlineMs: nodeLimits.joinMs });
    const log = await DiskUserLog.open(this.#platform, this.identity, user);
    const { refused } = await log.merge(statements);
    if (refused[0] !== undefined || !isMember(log.state(this.#platform.clock.wallMs()), this.id)) {
      await log.close();
      const message = "the node that gave the invitation has not made this device a member";
      throw refused[0]?.error ?? new GlowError("protocol", "member.join", { target: issuer, message });
    }
    await writeOwnUser(this.#platform.disk, user);
    this.#adopt(log);
  }

  /** For ever. Its links to this node end at once, and those to others when they hear of it. */
  async revoke(node: NodeId): Promise<void> {
    const entry = [...this.user.devices].find(([, device]) => device.node === node);
    if (entry === undefined) {
      throw new GlowError("not-found", "member.revoke", { target: node, message: "no device of this user has this id" });
    }
    await this.#ownLog().append({ type: "revoke", device: entry[0], batches: new Map() });
  }

  /** An object of another node, over its session. Whoever gets it ends the Firefly session with it. */
  async connect(node: NodeId, protocol: string, priority: Priority = "interactive"): Promise<Peer> {
    const session = await this.#mesh.router.session(node);
    return this.#firefly(session.open(protocol, priority));
  }

  /** Offers an object to whoever asks for this protocol; undefined refuses the caller. */
  offer<Root extends object>(
    protocol: string,
    described: Interface,
    root: (peer: NodeId, member: boolean) => Root | undefined,
  ): Subscription {
    return this.#mesh.router.accept(protocol, (stream, peer) => {
      const object = root(peer, this.#isMember(peer));
      if (object === undefined || this.#sessions.size >= nodeLimits.sessions) {
        const kind = object === undefined ? "denied" : "exhausted";
        stream.abort(new GlowError(kind, "member.offer", { target: protocol, message: "this node does not serve you" }));
        return;
      }
      this.#firefly(stream, offer(described as never, object as never));
    });
  }

  async stop(): Promise<void> {
    this.#watch?.stop();
    for (const session of [...this.#sessions]) session.close();
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
      ...(discovery && { discovery }),
      ...(reachable && { reachable }),
      ...(changed && { changed }),
      linked: ({ peer, peerKey, invitation }) => {
        if (invitation !== undefined) this.#invited.set(peer, { key: peerKey, invitation });
      },
      neighbourChanged: (peer) => {
        if (!this.#mesh.router.isNeighbour(peer)) this.#invited.delete(peer);
        // Of two neighbours one begins.
        else if (this.id < peer) this.#syncWith(peer);
      },
    });
    this.offer(membershipProtocol, MembershipInterface, (peer) => {
      if (this.#log === undefined) return undefined;
      const parts = { log: this.#log, ledger: this.#ledger, clock: this.#platform.clock };
      return new MembershipService(parts, { node: peer, invited: this.#invited.get(peer) });
    });
    if (this.#log !== undefined) this.#adopt(this.#log);
  }

  /** Own devices may do all. Strangers get a link, so that they can show that they are none; nothing passes through it. */
  #policy(): MeshPolicy {
    return {
      hello: () => new Uint8Array(),
      rights: (peer): NeighbourPolicy | undefined => {
        const device = this.#device(peer);
        if (device !== undefined) return { tab: device.role === "tab", relay: true };
        return this.#isRevoked(peer) ? undefined : { tab: false, relay: false };
      },
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
    this.#mesh.policyChanged();
    for (const { id } of this.#mesh.router.neighbours()) this.#syncWith(id);
    this.#options.changed?.();
  }

  /** Tells a neighbour what it does not know of the user, and learns what it does. */
  #syncWith(peer: NodeId): void {
    const log = this.#log;
    if (log === undefined || this.#syncing.has(peer)) return;
    this.#syncing.add(peer);
    this.#sync(peer, log)
      .catch((error: unknown) => {
        // A stranger, or one who has just gone: the next link tries again.
        if (!(error instanceof GlowError) || error.kind === "internal") throw error;
      })
      .finally(() => this.#syncing.delete(peer));
  }

  async #sync(peer: NodeId, log: DiskUserLog): Promise<void> {
    const session = await this.#mesh.router.session(peer);
    using firefly = this.#firefly(session.open(membershipProtocol, "control"));
    using membership = firefly.root(MembershipStub);
    const deadlineMs = nodeLimits.joinMs;
    for (;;) {
      // Only to those who belong to the user: the statements name its devices.
      if (this.#isMember(peer)) await membership.merge(log.missing(await this.#headsOf(membership, peer)), { deadlineMs });
      const heads = log.heads();
      await log.merge(await membership.missing(heads, { deadlineMs }));
      if (sameHeads(heads, log.heads())) return;
    }
  }

  /** What a neighbour knows; one that does not take us for a member yet is shown everything. */
  async #headsOf(membership: MembershipStub, peer: NodeId): Promise<never> {
    try {
      return (await membership.heads({ deadlineMs: nodeLimits.joinMs })) as never;
    } catch (error) {
      if (error instanceof GlowError && error.kind === "denied" && this.#isMember(peer)) return [] as never;
      throw error;
    }
  }

  async #dialAny(addresses: readonly Address[], expected: NodeId, invitation: Uint8Array): Promise<void> {
    const failures: string[] = [];
    for (const address of addresses) {
      try {
        await this.#mesh.dial(address, { expected, invitation });
        return;
      } catch (error) {
        if (!(error instanceof GlowError)) throw error;
        // It is the right node that refuses: others of its addresses would say the same.
        if (error.kind === "denied" || error.kind === "unsupported") throw error;
        failures.push(`${address}: ${error.message}`);
      }
    }
    const tried = failures.length === 0 ? "the invitation names no address" : failures.join("; ");
    const message = `the node that gave the invitation cannot be reached: ${tried}. Is it on, and in reach of this one?`;
    throw new GlowError("unavailable", "member.join", { target: expected, message });
  }

  #firefly(pipe: Pipe, root?: ReturnType<typeof offer>): FireflySession {
    const { clock, timers, leaks } = this.#platform;
    const session = new FireflySession(pipe, { clock, timers, leaks, ...(root && { root }) });
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
    return session;
  }

  #device(node: NodeId) {
    return this.#log && [...this.user.devices.values()].find((device) => device.node === node);
  }

  #isMember(node: NodeId): boolean {
    return this.#device(node) !== undefined;
  }

  #isRevoked(node: NodeId): boolean {
    return this.#log !== undefined && [...this.user.revoked.keys()].some((device) => (device as string) === node);
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

function isMember(state: UserState, node: NodeId): boolean {
  return [...state.devices.values()].some((device) => device.node === node);
}

function sameHeads(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((head, at) => equalBytes(head, other[at] as Uint8Array));
}

export type { Stub };

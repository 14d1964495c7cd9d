// The user of a node and their devices, under names that are unique.

import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { Clock, InvitationStatus, NodeId, Subscription, Timers, UserState } from "#glow";
import type {
  Device,
  Invitation,
  InvitationInfo,
  InvitedRole,
  NearbyNode,
  User,
  UserInfo,
} from "#interfaces/generated/user.ts";
import { givenNameFault } from "../names/given-name.ts";
import { StateStream } from "../state/state-stream.ts";
import { devicesOf, type Presence } from "./user-devices.ts";

/** What the service needs of a member of a user; lent by whoever wires the node. */
export interface UserDesk {
  readonly self: NodeId;
  /** Undefined while the node belongs to none. */
  state(): UserState | undefined;
  presence(node: NodeId): Presence;
  create(name: string): Promise<void>;
  join(code: string): Promise<void>;
  rename(name: string, device?: string): Promise<void>;
  invite(
    role: InvitedRole,
    lifetimeMs: number,
    name: string,
  ): Promise<{ readonly id: Uint8Array; readonly code: string }>;
  invitations(): readonly InvitationStatus[];
  cancelInvitation(id: Uint8Array): Promise<void>;
  revoke(node: NodeId): Promise<void>;
  nearby(): Promise<readonly NearbyNode[]>;
  watch(changed: () => void): Subscription;
}

export interface UserServiceOptions {
  readonly desk: UserDesk;
  readonly clock: Clock;
  readonly timers: Timers;
}

const pauseMs = 100;

export class UserService implements User {
  readonly #options: UserServiceOptions;
  readonly #desk: UserDesk;

  constructor(options: UserServiceOptions) {
    this.#options = options;
    this.#desk = options.desk;
  }

  info(): UserInfo {
    const state = this.#desk.state();
    if (state === undefined) return { devices: [] };
    return { id: state.user, name: state.name, devices: this.devices() };
  }

  devices(): Device[] {
    const state = this.#desk.state();
    if (state === undefined) return [];
    return devicesOf(state, this.#desk.self, (node) => this.#desk.presence(node));
  }

  watch(): AsyncIterable<UserInfo> {
    const { timers } = this.#options;
    return new StateStream({
      timers,
      pauseMs,
      watch: (changed) => this.#desk.watch(changed),
      read: () => this.info(),
    });
  }

  async create(name: string): Promise<UserInfo> {
    await this.#desk.create(checkedName(name, "user.create"));
    return this.info();
  }

  rename(name: string): Promise<void> {
    this.#checkUser("user.rename");
    return this.#desk.rename(checkedName(name, "user.rename"));
  }

  renameDevice(device: string, name: string): Promise<void> {
    const { id } = this.find(device, "user.renameDevice");
    return this.#desk.rename(checkedName(name, "user.renameDevice"), id);
  }

  async invite(role: InvitedRole, lifetimeSeconds: number, name = ""): Promise<Invitation> {
    this.#checkUser("user.invite");
    if (lifetimeSeconds < 1 || lifetimeSeconds * 1000 > identityLimits.invitationMs) {
      const message = `an invitation holds for 1 s to ${identityLimits.invitationMs / 1000} s (a week)`;
      throw new GlowError("invalid", "user.invite", { message });
    }
    const expiresAt = new Date(this.#options.clock.wallMs() + lifetimeSeconds * 1000);
    const given = name === "" ? name : checkedName(name, "user.invite");
    const { id, code } = await this.#desk.invite(role, lifetimeSeconds * 1000, given);
    return { id: idText(id), code, expiresAt };
  }

  invitations(): InvitationInfo[] {
    return this.#desk.invitations().map(({ id, role, name, expiresMs, state, redeemer }) => ({
      id: idText(id),
      role,
      name,
      expiresAt: new Date(expiresMs),
      state,
      ...(redeemer !== undefined && { node: redeemer }),
    }));
  }

  cancelInvitation(id: string): Promise<void> {
    return this.#desk.cancelInvitation(idBytes(id));
  }

  async join(code: string): Promise<UserInfo> {
    if (code.length > nodeLimits.textLength) {
      throw new GlowError("invalid", "user.join", { message: "this is no invitation: it is far too long" });
    }
    await this.#desk.join(code.trim());
    return this.info();
  }

  async revoke(device: string): Promise<void> {
    const { node, isThis } = this.find(device, "user.revoke");
    if (isThis) {
      const message = "this is the device itself: have it revoked by another one";
      throw new GlowError("invalid", "user.revoke", { target: device, message });
    }
    if (node === undefined) {
      const message = "this device has no key just now: its last changes contradict each other";
      throw new GlowError("conflict", "user.revoke", { target: device, message });
    }
    await this.#desk.revoke(node as NodeId);
  }

  async neighbours(): Promise<NearbyNode[]> {
    return (await this.#desk.nearby()).slice(0, nodeLimits.nearby);
  }

  /** By its name as it shows, its id, or its id in the mesh. `not-found`. */
  find(device: string, op: string): Device {
    this.#checkUser(op);
    const devices = this.devices().filter(({ revoked }) => !revoked);
    const isMeant = ({ id, node }: Device) => id === device || node === device;
    const found = devices.find(({ name }) => name === device) ?? devices.find(isMeant);
    if (found !== undefined) return found;
    const names = devices.map(({ name }) => name).slice(0, 8);
    const message = `no device of this user has this name or id: there are ${names.join(", ")}`;
    throw new GlowError("not-found", op, { target: device.slice(0, 100), message });
  }

  #checkUser(op: string): void {
    if (this.#desk.state() !== undefined) return;
    const message = "this node belongs to no user yet: join one with an invitation, or make one";
    throw new GlowError("unavailable", op, { message });
  }
}

function checkedName(name: string, op: string): string {
  const trimmed = name.trim();
  const fault = givenNameFault(trimmed);
  if (fault === undefined) return trimmed;
  throw new GlowError("invalid", op, { message: `a name ${fault}` });
}

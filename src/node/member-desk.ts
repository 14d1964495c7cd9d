// A member of a user, as services need it.

import type { DeviceId, InvitationStatus, NodeId, Subscription, UserState } from "#glow";
import type { InvitedRole, NearbyNode } from "#interfaces/generated/user.ts";
import type { Presence } from "#services/user/user-devices.ts";
import type { UserDesk } from "#services/user/user-service.ts";
import type { MemberNode } from "./member-node.ts";

export interface MemberDeskOptions {
  readonly member: () => MemberNode;
  readonly watch: (changed: () => void) => Subscription;
  readonly presence: (node: NodeId) => Presence;
  readonly create: (name: string) => Promise<void>;
  readonly join: (code: string) => Promise<void>;
  readonly revoke: (node: NodeId) => Promise<void>;
  readonly nearby: () => Promise<readonly NearbyNode[]>;
}

export class MemberDesk implements UserDesk {
  readonly #options: MemberDeskOptions;

  constructor(options: MemberDeskOptions) {
    this.#options = options;
  }

  get self(): NodeId {
    return this.#options.member().id;
  }

  state(): UserState | undefined {
    const member = this.#options.member();
    return member.hasUser ? member.user : undefined;
  }

  presence(node: NodeId): Presence {
    return this.#options.presence(node);
  }

  create(name: string): Promise<void> {
    return this.#options.create(name);
  }

  join(code: string): Promise<void> {
    return this.#options.join(code);
  }

  async rename(name: string, device?: string): Promise<void> {
    const change = { type: "rename", name, ...(device !== undefined && { device: device as DeviceId }) } as const;
    await this.#options.member().userLog.append(change);
  }

  invite(role: InvitedRole, lifetimeMs: number, name: string): Promise<{ id: Uint8Array; code: string }> {
    return this.#options.member().issue(role, lifetimeMs, name);
  }

  invitations(): readonly InvitationStatus[] {
    return this.#options.member().invitations;
  }

  cancelInvitation(id: Uint8Array): Promise<void> {
    return this.#options.member().cancelInvitation(id);
  }

  revoke(node: NodeId): Promise<void> {
    return this.#options.revoke(node);
  }

  nearby(): Promise<readonly NearbyNode[]> {
    return this.#options.nearby();
  }

  watch(changed: () => void): Subscription {
    return this.#options.watch(changed);
  }
}

// Who belongs to the user, told to those who belong to it; and the desk where invitations are redeemed. One object for
// each caller: what it may do follows from who it has proved to be.

import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import type { Clock, Hash, InvitationLedger, NodeId, PublicKey, UserLog } from "#glow";
import type { Membership } from "#interfaces/generated/membership.ts";

export interface MembershipCaller {
  readonly node: NodeId;
  /** Its key, and the invitation with which it has linked, if it has: proved by that handshake. */
  readonly invited?: { readonly key: PublicKey; readonly invitation: Uint8Array } | undefined;
}

export interface MembershipParts {
  readonly log: UserLog;
  readonly ledger: InvitationLedger;
  readonly clock: Clock;
}

export class MembershipService implements Membership {
  readonly #parts: MembershipParts;
  readonly #caller: MembershipCaller;

  constructor(parts: MembershipParts, caller: MembershipCaller) {
    this.#parts = parts;
    this.#caller = caller;
  }

  heads(): readonly Uint8Array[] {
    this.#checkMember("membership.heads");
    return this.#parts.log.heads();
  }

  missing(heads: readonly Uint8Array[]): readonly Uint8Array[] {
    this.#checkMember("membership.missing");
    return this.#parts.log.missing(heads as readonly Hash[]);
  }

  async merge(statements: readonly Uint8Array[]): Promise<void> {
    const { refused } = await this.#parts.log.merge(statements);
    const [first] = refused;
    if (first !== undefined) throw first.error;
  }

  async redeem(name: string): Promise<readonly Uint8Array[]> {
    const { log, ledger, clock } = this.#parts;
    const { invited } = this.#caller;
    if (invited === undefined) {
      const message = "this link was made without an invitation: join with the code, at the node that gave it";
      throw new GlowError("denied", "membership.redeem", { message });
    }
    const { role } = await ledger.spend(invited.invitation, this.#caller.node);
    if (!this.#isMember()) {
      const { key } = invited;
      if (role === "tab") {
        await log.append({ type: "certify", key, untilMs: clock.wallMs() + identityLimits.tabMs, name });
      } else {
        await log.append({ type: "add", key, name, role });
      }
    }
    return log.missing([]);
  }

  #isMember(): boolean {
    const { log, clock } = this.#parts;
    return [...log.state(clock.wallMs()).devices.values()].some(({ node }) => node === this.#caller.node);
  }

  #checkMember(op: string): void {
    if (this.#isMember()) return;
    const message = "only the user's own devices may ask this; show first, by merge, that you are one";
    throw new GlowError("denied", op, { target: this.#caller.node, message });
  }
}

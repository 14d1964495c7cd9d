// Who belongs to the user, told to those who belong to it; and the desk where invitations are redeemed. One object for
// each caller: what it may do follows from who it has proved to be.

import { GlowError } from "#base/errors.ts";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { Clock, Hash, InvitationLedger, InvitationStatus, NodeId, PublicKey, UserLog } from "#glow";
import type { Membership } from "#interfaces/generated/membership.ts";

export interface MembershipCaller {
  readonly node: NodeId;
  /** Its key, and the invitation with which it has linked, if it has: proved by that handshake. */
  readonly invited?: { readonly key: PublicKey; readonly invitation: Uint8Array } | undefined;
}

/** What the services of all callers share. */
export interface MembershipParts {
  readonly log: UserLog;
  readonly ledger: InvitationLedger;
  readonly clock: Clock;
  /** Does one thing after the other: so invitations are redeemed. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** This node. */
  readonly self: NodeId;
  /** Until when it lets a tab in that it has certified: the end of the link by which that came; Infinity without one. */
  letsInUntilMs(tab: NodeId): number;
  /** Whether so many more signatures may be verified for this caller just now. */
  mayVerify(caller: NodeId, isMember: boolean, count: number): boolean;
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
    return this.#page(heads as readonly Hash[]);
  }

  async merge(statements: readonly Uint8Array[]): Promise<void> {
    const most = nodeLimits.statementsPerCall;
    const op = "membership.merge";
    if (statements.length > most) {
      const message = `${statements.length} statements in one call; at most ${most} are taken: send the rest in others`;
      throw new GlowError("too-large", op, { message });
    }
    if (!this.#parts.mayVerify(this.#caller.node, this.#isMember(), statements.length)) {
      throw new GlowError("exhausted", op, { message: "statements come faster than they are verified: wait a second" });
    }
    const { refused } = await this.#parts.log.merge(statements);
    const [first] = refused;
    if (first !== undefined) throw first.error;
  }

  async redeem(name: string): Promise<readonly Uint8Array[]> {
    const { ledger, inTurn } = this.#parts;
    const { invited } = this.#caller;
    if (invited === undefined) {
      const message = "this link was made without an invitation: join with the code, at the node that gave it";
      throw new GlowError("denied", "membership.redeem", { message });
    }
    // In turns, so that many calls at once do not make many statements.
    return inTurn(async () => {
      const status = await ledger.spend(invited.invitation, this.#caller.node);
      if (!this.#isMember()) await this.#admit(status, invited.key, name);
      return this.#page([]);
    });
  }

  async renew(heads: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    return this.#parts.inTurn(async () => {
      await this.#renew();
      return this.#page(heads as readonly Hash[]);
    });
  }

  async #renew(): Promise<void> {
    const { log, clock, self, letsInUntilMs } = this.#parts;
    const nowMs = Math.floor(clock.wallMs());
    const devices = [...log.state(nowMs).devices];
    const own = devices.find(([, { node }]) => node === self)?.[0];
    const [, tab] = devices.find(([, { node }]) => node === this.#caller.node) ?? [];
    if (tab?.key === undefined || tab.expiresMs === undefined || tab.issuer !== own) {
      const message = "a certificate is renewed for a tab that has one, by the device that gave it";
      throw new GlowError("denied", "membership.renew", { target: this.#caller.node, message });
    }
    const untilMs = Math.floor(Math.min(nowMs + identityLimits.tabMs, letsInUntilMs(this.#caller.node)));
    if (tab.expiresMs - nowMs > nodeLimits.renewalMs || untilMs <= tab.expiresMs) return;
    await log.append({ type: "certify", key: tab.key, untilMs, name: tab.name });
  }

  async #admit({ role, expiresMs }: InvitationStatus, key: PublicKey, name: string): Promise<void> {
    const { log, clock } = this.#parts;
    const nowMs = Math.floor(clock.wallMs());
    if (nowMs >= expiresMs) {
      // Who has spent it may ask again, for a lost answer: not for ever, or a tab would renew its certificate with it.
      const message = "this invitation was used, and has expired since: ask for a new one";
      throw new GlowError("denied", "membership.redeem", { message });
    }
    if (role === "tab") await log.append({ type: "certify", key, untilMs: nowMs + identityLimits.tabMs, name });
    else await log.append({ type: "add", key, name, role });
  }

  #page(heads: readonly Hash[]): readonly Uint8Array[] {
    return this.#parts.log.missing(heads).slice(0, nodeLimits.statementsPerCall);
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

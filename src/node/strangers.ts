// Neighbours that are no devices of the user. One may be a device that this node has not heard of yet, or have an invitation;
// so each is let in for a while, to show it. What all of them together may cost is bounded here.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { Clock, NodeId, Timer, Timers } from "#glow";
import { TokenBucket } from "#mesh/wire/token-bucket.ts";

export interface StrangersOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  isMember(node: NodeId): boolean;
  cutOff(node: NodeId, reason: GlowError): void;
}

const burstSeconds = 10;

export class Strangers {
  readonly #options: StrangersOptions;
  readonly #watched = new Map<NodeId, Timer>();
  /** Statements verified for strangers, and for each member that has brought some. */
  readonly #verifications: TokenBucket;
  readonly #ofMembers = new Map<NodeId, TokenBucket>();

  constructor(options: StrangersOptions) {
    this.#options = options;
    this.#verifications = bucket(options.clock, nodeLimits.strangerStatementsPerSecond);
  }

  /** A neighbour: unless it is a member by then, its links end after a time. */
  watch(node: NodeId): void {
    const { timers, isMember, cutOff } = this.#options;
    if (isMember(node)) {
      this.forget(node);
      return;
    }
    if (this.#watched.has(node)) return;
    const timer = timers.after(nodeLimits.strangerMs, () => {
      this.#watched.delete(node);
      if (isMember(node)) return;
      const message = "it is no device of this user, and has not become one";
      cutOff(node, new GlowError("denied", "member.link", { target: node, message }));
    });
    this.#watched.set(node, timer);
  }

  /** It is no neighbour any more, or a member. */
  forget(node: NodeId): void {
    this.#watched.get(node)?.cancel();
    this.#watched.delete(node);
  }

  stop(): void {
    for (const timer of this.#watched.values()) timer.cancel();
    this.#watched.clear();
  }

  /** Whether so many statements that this node brings may be verified now. Strangers share what they have. */
  readonly mayVerify = (node: NodeId, isMember: boolean, count: number): boolean => {
    if (!isMember) return this.#verifications.take(count);
    const own = this.#ofMembers.get(node);
    if (own !== undefined) return own.take(count);
    for (const other of this.#ofMembers.keys()) if (!this.#options.isMember(other)) this.#ofMembers.delete(other);
    const made = bucket(this.#options.clock, nodeLimits.memberStatementsPerSecond);
    this.#ofMembers.set(node, made);
    return made.take(count);
  };
}

function bucket(clock: Clock, perSecond: number): TokenBucket {
  return new TokenBucket(clock, burstSeconds * perSecond, perSecond);
}

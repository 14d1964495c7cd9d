// A neighbour, for as long as its link lives: what the link costs, what came over it and what is to be told.

import type { GlowError } from "#base/errors.ts";
import type { LinkMetrics, NeighbourPolicy, NodeId } from "#glow";
import type { Destination, Via } from "./destination.ts";
import { Inbox } from "./inbox.ts";
import { LinkCost } from "./link-cost.ts";
import type { RoutingRecord } from "./message.ts";
import type { MessageWriter } from "./message-writer.ts";
import { Outbox } from "./outbox.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";
import { TokenBucket } from "../wire/token-bucket.ts";

export interface NeighbourParts {
  readonly powers: RoutingPowers;
  readonly limits: RoutingLimits;
  readonly writer: MessageWriter;
  handle(neighbour: Neighbour, record: RoutingRecord): boolean;
  failed(neighbour: Neighbour, error: GlowError): void;
}

export class Neighbour implements Via {
  readonly peer: NodeId;
  readonly policy: NeighbourPolicy;
  readonly inbox: Inbox;
  readonly outbox: Outbox<Neighbour>;
  /** Those it has told of. */
  readonly destinations = new Set<Destination<Neighbour>>();
  readonly requests: TokenBucket;
  /** It told of a destination for which there was no room. */
  isMissingSome = false;
  readonly #cost: LinkCost;
  readonly #resends: TokenBucket;
  #saysItIsTab = false;

  constructor(peer: NodeId, metrics: LinkMetrics, policy: NeighbourPolicy, parts: NeighbourParts) {
    const { powers, limits, writer } = parts;
    this.peer = peer;
    this.policy = policy;
    this.#cost = new LinkCost(metrics);
    this.inbox = new Inbox(
      powers,
      limits,
      (record) => parts.handle(this, record),
      (error) => parts.failed(this, error),
    );
    this.outbox = new Outbox(peer, writer, powers, limits);
    this.requests = new TokenBucket(powers.clock, limits.requestBurst, limits.requestsPerSecond);
    this.#resends = new TokenBucket(powers.clock, 1, 1000 / limits.resendEveryMs);
  }

  get costUnits(): number {
    return this.#cost.units;
  }

  get isTab(): boolean {
    return this.policy.tab || this.#saysItIsTab;
  }

  /** True if the cost has changed. */
  measured(metrics: LinkMetrics): boolean {
    return this.#cost.update(metrics);
  }

  /** What its own announcement says. True if that changes anything. */
  saysItIsTab(isTab: boolean): boolean {
    const before = this.isTab;
    this.#saysItIsTab = isTab;
    return before !== this.isTab;
  }

  /** Everything once more; a neighbour that asks for it too often is not heard. */
  tellAgain(): void {
    if (this.#resends.take()) this.outbox.tellAgain();
  }

  close(): void {
    this.inbox.close();
    this.outbox.close();
  }
}

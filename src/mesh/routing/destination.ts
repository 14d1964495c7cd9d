// One destination: what each neighbour says about it, which of that is safe to use, and which is used.
//
// Safe is what RFC 8966, 3.5.1 calls feasible. A node keeps in mind the best it has ever *told* anybody about a
// destination: a sequence number and, at that number, the lowest metric. It takes as next hop only a neighbour that said
// better than that: a newer sequence, or the same with a strictly lower metric. As every link costs something, "the best
// ever told" gets strictly better from hop to hop along any chain of next hops, whatever messages are still under way,
// and a chain along which something only gets better cannot come back to where it began: there is no loop at any
// instant. It is so for honest nodes next to one another, whatever liars told any of them.
//
// The argument needs that nobody forgets what he told while a neighbour still counts on it: see forgetting.ts. It needs
// neither a hold time for what became unreachable (RFC 8966, 3.5.4, is there for prefixes inside one another, which ids
// are not) nor split horizon. A route is nevertheless retracted from the neighbour that is the next hop: to it, the
// route is worth nothing, and would only look like a way out once its own is gone.

import type { NodeId, PublicKey, Route } from "#glow";
import type { Announcement } from "./announcement.ts";
import { tabUnits, unitsPerMs } from "./link-cost.ts";
import { unreachable } from "./message.ts";

/** The neighbour that a route leads through. */
export interface Via {
  readonly peer: NodeId;
  readonly costUnits: number;
  readonly isTab: boolean;
}

/** What a neighbour said. Never changed, only replaced. */
export interface Entry<Hop extends Via> {
  readonly via: Hop;
  /** Verified, unless it is too old to be used. */
  readonly announcement: Announcement;
  readonly metric: number;
  readonly hops: number;
}

/** What we say ourselves. Never changed, only replaced. */
export interface Offer<Hop extends Via> {
  readonly announcement: Announcement;
  readonly metric: number;
  readonly hops: number;
  /** Undefined if it is this node itself. */
  readonly via: Hop | undefined;
}

/** Whether a newer sequence would be of use: not, as a better way, or as the only way. */
export type Need = "none" | "better" | "any";

/** What a request for a newer sequence, and its answer over the longest way that is of use, may take. */
const holdMs = 3000;

export class Destination<Hop extends Via> {
  readonly id: NodeId;
  readonly idBytes: Uint8Array;
  /** Whose limit it counts towards: the neighbour that was the first to speak of it. */
  readonly introducer: NodeId;
  readonly entries = new Map<Hop, Entry<Hop>>();
  #newest: Announcement;
  /** The next hop as the rest of the node sees it; another object after each change. */
  route: Route | undefined;
  #selected: Entry<Hop> | undefined;
  #offer: Offer<Hop> | undefined;
  /** The best that was ever told: feasible is what is better. */
  #toldSequence = -1;
  #toldMetric = Number.POSITIVE_INFINITY;
  /** Next hops that lead nowhere, and until when we think so. */
  readonly #avoided = new Map<NodeId, number>();
  /** Until then a newer sequence that comes by way of one of them is not told on. */
  #holdUntilMs = Number.NEGATIVE_INFINITY;

  constructor(id: NodeId, idBytes: Uint8Array, introducer: NodeId, newest: Announcement) {
    this.id = id;
    this.idBytes = idBytes;
    this.introducer = introducer;
    this.#newest = newest;
  }

  get publicKey(): PublicKey {
    return this.#newest.publicKey;
  }

  /** The newest announcement that was verified, whether there is a route by it or not. */
  get newest(): Announcement {
    return this.#newest;
  }

  get offer(): Offer<Hop> | undefined {
    return this.#offer;
  }

  /** `announcement` was verified. */
  learn(announcement: Announcement): void {
    if (announcement.sequence > this.#newest.sequence) this.#newest = announcement;
  }

  /** The same announcement, if it is known and so was verified already. */
  known(announcement: Announcement): Announcement | undefined {
    if (this.#newest.isSame(announcement)) return this.#newest;
    for (const entry of this.entries.values()) {
      if (!this.isOutdated(entry.announcement) && entry.announcement.isSame(announcement)) return entry.announcement;
    }
    return undefined;
  }

  /** Nobody could use it, now or later, so there is no need to verify it. */
  isOutdated({ sequence }: Announcement): boolean {
    return sequence < this.#toldSequence;
  }

  /** Must come before an offer is sent, to whomever: from then on only what is better is safe. */
  told({ announcement: { sequence }, metric }: Offer<Hop>): void {
    if (sequence < this.#toldSequence || (sequence === this.#toldSequence && metric >= this.#toldMetric)) return;
    this.#toldSequence = sequence;
    this.#toldMetric = metric;
  }

  /** For this node itself: what it says from now on. */
  offerSelf(announcement: Announcement): void {
    this.#newest = announcement;
    this.#offer = { announcement, metric: 0, hops: 0, via: undefined };
  }

  /**
   * The way out often needs a newer sequence. That comes to us over all ways, and over the fast one that we avoid first:
   * if we told it on at that way's metric, the others would not be feasible again. So for a while we do not.
   */
  avoid(next: NodeId, untilMs: number, nowMs: number): void {
    if (this.#avoidedUntil(next) < Math.max(...this.#avoided.values(), nowMs)) this.#holdUntilMs = nowMs + holdMs;
    this.#avoided.set(next, untilMs);
  }

  /** When the first next hop that is avoided may be tried again, or something need no longer be held back. */
  avoidedUntilMs(): number {
    let firstMs = this.#avoided.size === 0 ? Number.POSITIVE_INFINITY : this.#holdUntilMs;
    if (firstMs === Number.NEGATIVE_INFINITY) firstMs = Number.POSITIVE_INFINITY;
    for (const untilMs of this.#avoided.values()) firstMs = Math.min(firstMs, untilMs);
    return firstMs;
  }

  /** Chooses the cheapest of the feasible entries anew. True if there is another offer than before, or none any more. */
  select(nowMs: number): boolean {
    this.#endAvoiding(nowMs);
    let best: Entry<Hop> | undefined;
    for (const entry of this.entries.values()) {
      if (this.#isFeasible(entry) && this.#totalOf(entry) < unreachable && this.#isBetter(entry, best)) best = entry;
    }
    return this.#use(best, best && this.#heldBack(best));
  }

  /** Looks for ways that only a newer sequence would make safe. */
  need(): Need {
    const selected = this.#selected;
    const offered = this.#offer?.metric ?? unreachable;
    const avoidedMs = selected === undefined ? Number.POSITIVE_INFINITY : this.#avoidedUntil(selected.via.peer);
    let need: Need = "none";
    for (const entry of this.entries.values()) {
      const total = this.#totalOf(entry);
      if (total >= unreachable || this.#isFeasible(entry)) continue;
      const entryAvoidedMs = this.#avoidedUntil(entry.via.peer);
      if (entryAvoidedMs < avoidedMs) return "any";
      if (entryAvoidedMs === avoidedMs && total < offered) need = "better";
    }
    return need;
  }

  /** The neighbours that may know a way to it, the likeliest first: where a request goes. */
  waysToOrigin(except?: Hop): Hop[] {
    const selected = this.#selected?.via;
    if (selected !== undefined && selected !== except && !this.#avoided.has(selected.peer)) return [selected];
    // What is avoided comes last, and not never: it may be the only way there is, and suspicions are often wrong.
    const avoidedMs = (entry: Entry<Hop>) => this.#avoidedUntil(entry.via.peer);
    return [...this.entries.values()]
      .filter(({ via }) => via !== except)
      .sort((a, b) => avoidedMs(a) - avoidedMs(b) || this.#totalOf(a) - this.#totalOf(b))
      .map(({ via }) => via);
  }

  #isFeasible({ announcement: { sequence }, metric }: Entry<Hop>): boolean {
    if (sequence !== this.#toldSequence) return sequence > this.#toldSequence;
    return metric < this.#toldMetric;
  }

  #totalOf({ via, metric }: Entry<Hop>): number {
    return metric + via.costUnits + (via.isTab && via.peer !== this.id ? tabUnits : 0);
  }

  /** Of two that are equally good the one in use stays: a change would have to be told to everybody. */
  #isBetter(entry: Entry<Hop>, than: Entry<Hop> | undefined): boolean {
    if (than === undefined) return true;
    // Of those that are avoided the one that failed longest ago: so that each has its turn.
    const avoidedMs = this.#avoidedUntil(entry.via.peer);
    const thanAvoidedMs = this.#avoidedUntil(than.via.peer);
    if (avoidedMs !== thanAvoidedMs) return avoidedMs < thanAvoidedMs;
    const difference = this.#totalOf(entry) - this.#totalOf(than);
    return difference < 0 || (difference === 0 && entry.via === this.#selected?.via);
  }

  /** An older announcement to offer instead of this way's own: what is told stays true, and as safe as it was. */
  #heldBack({ via, announcement }: Entry<Hop>): Announcement | undefined {
    const offered = this.#offer?.announcement;
    const avoidedMs = this.#avoidedUntil(via.peer);
    if (this.#holdUntilMs === Number.NEGATIVE_INFINITY || avoidedMs === 0) return undefined;
    if (offered === undefined || offered.sequence >= announcement.sequence) return undefined;
    for (const other of this.entries.values()) {
      if (this.#avoidedUntil(other.via.peer) < avoidedMs && this.#totalOf(other) < unreachable) return offered;
    }
    return undefined;
  }

  #use(entry: Entry<Hop> | undefined, heldBack: Announcement | undefined): boolean {
    const metric = entry === undefined ? unreachable : this.#totalOf(entry);
    const isSame = entry === this.#selected && metric === (this.#offer?.metric ?? unreachable);
    if (isSame && (heldBack ?? entry?.announcement) === this.#offer?.announcement) return false;
    this.#selected = entry;
    if (entry === undefined) {
      this.#offer = undefined;
      this.route = undefined;
      return true;
    }
    const { via } = entry;
    const announcement = heldBack ?? entry.announcement;
    const hops = entry.hops + 1;
    this.#offer = { announcement, metric, hops, via };
    this.route = { next: via.peer, hops, costMs: metric / unitsPerMs };
    return true;
  }

  /** 0 for a next hop that is not avoided. */
  #avoidedUntil(next: NodeId): number {
    return this.#avoided.get(next) ?? 0;
  }

  #endAvoiding(nowMs: number): void {
    if (this.#holdUntilMs <= nowMs) this.#holdUntilMs = Number.NEGATIVE_INFINITY;
    if (this.#avoided.size === 0) return;
    for (const [next, untilMs] of this.#avoided) if (untilMs <= nowMs) this.#avoided.delete(next);
  }
}

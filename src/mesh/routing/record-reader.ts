// What each record of a neighbour does. Nothing here trusts more than it must: who a route leads to and how new it is
// are signed; what it costs is believed; and what a node is told about itself counts only with its own signature.

import { equalBytes } from "#base/bytes.ts";
import { routingLimits } from "#base/limits.ts";
import type { Crypto, NodeId } from "#glow";
import { nodeIdOf } from "#identity/node-identity.ts";
import type { Announcement } from "./announcement.ts";
import type { Destination } from "./destination.ts";
import type { Forgetting } from "./forgetting.ts";
import { type RoutingRecord, violation } from "./message.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Origin } from "./origin.ts";
import type { RoutingTable } from "./routing-table.ts";
import type { SequenceRequests } from "./sequence-requests.ts";

type RouteRecord = RoutingRecord & { type: "route" };
type RequestRecord = RoutingRecord & { type: "request" };

/** What records act on. */
export interface ReaderParts {
  readonly crypto: Crypto;
  readonly origin: Origin;
  readonly table: RoutingTable;
  readonly requests: SequenceRequests;
  readonly forgetting: Forgetting;
  /** What neighbours say of this destination has changed. */
  reconsider(destination: Destination<Neighbour>): void;
  neighbour(destination: Destination<Neighbour>): Neighbour | undefined;
}

export class RecordReader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** False, with nothing done, if a signature had to be verified and the neighbour may cost no more just now. */
  handle(neighbour: Neighbour, record: RoutingRecord): boolean {
    switch (record.type) {
      case "route":
        return this.#route(neighbour, record);
      case "retract":
        this.#retract(neighbour, this.#parts.table.at(record.id, 0));
        return true;
      case "request":
        return this.#request(neighbour, record);
      case "remind":
        return !this.#isSelf(record.announcement) || this.#aboutSelf(neighbour, record.announcement);
      case "sync":
        neighbour.outbox.synced(record.number);
        return true;
      case "synced":
        this.#parts.forgetting.synced(neighbour, record.number);
        return true;
      case "resend":
        neighbour.tellAgain();
        return true;
    }
  }

  #route(neighbour: Neighbour, record: RouteRecord): boolean {
    const { announcement } = record;
    if (this.#isSelf(announcement)) return this.#aboutSelf(neighbour, announcement);
    const known = this.#parts.table.ofKey(announcement.publicKey);
    if (known === undefined) return this.#introduce(neighbour, record);
    if (!isTakenFrom(neighbour, known.id)) return true;
    if (known.isOutdated(announcement)) {
      this.#setEntry(neighbour, known, record, announcement.copy());
      return true;
    }
    const verified = known.known(announcement) ?? this.#verified(neighbour, announcement);
    if (verified === undefined) return false;
    known.learn(verified);
    this.#setEntry(neighbour, known, record, verified);
    return true;
  }

  /** A destination that was not heard of before. */
  #introduce(neighbour: Neighbour, record: RouteRecord): boolean {
    const { crypto, table } = this.#parts;
    const { announcement } = record;
    if (!announcement.isSupported) return true;
    const id = nodeIdOf(crypto, announcement.publicKey);
    if (!isTakenFrom(neighbour, id)) return true;
    if (!table.hasRoom(id, neighbour.peer)) {
      neighbour.isMissingSome = true;
      return true;
    }
    const verified = this.#verified(neighbour, announcement);
    if (verified === undefined) return false;
    this.#setEntry(neighbour, table.add(id, neighbour.peer, verified), record, verified);
    return true;
  }

  #setEntry(
    via: Neighbour,
    destination: Destination<Neighbour>,
    record: RouteRecord,
    announcement: Announcement,
  ): void {
    const { metric, hops } = record;
    if (hops >= routingLimits.hops) return this.#retract(via, destination);
    if (destination.id === via.peer && via.saysItIsTab(announcement.isTab)) {
      for (const each of via.destinations) this.#parts.reconsider(each);
    }
    destination.entries.set(via, { via, announcement, metric, hops });
    via.destinations.add(destination);
    this.#remindOrigin(destination);
    this.#parts.reconsider(destination);
  }

  #retract(neighbour: Neighbour, destination: Destination<Neighbour> | undefined): void {
    if (destination === undefined || !destination.entries.delete(neighbour)) return;
    neighbour.destinations.delete(destination);
    this.#parts.reconsider(destination);
  }

  /**
   * A neighbour that says less of itself than it once did has lost its clock. It would find out when somebody needs a
   * newer sequence; but nobody does while a liar keeps an old route alive.
   */
  #remindOrigin(destination: Destination<Neighbour>): void {
    const neighbour = this.#parts.neighbour(destination);
    const said = neighbour === undefined ? undefined : destination.entries.get(neighbour);
    const { newest } = destination;
    if (said !== undefined && said.announcement.sequence < newest.sequence) neighbour?.outbox.remind(newest);
  }

  #request(neighbour: Neighbour, { hopsLeft, announcement }: RequestRecord): boolean {
    const { table, requests } = this.#parts;
    // Taken even if the record has to wait and comes again: it is a bound, not a count.
    if (!neighbour.requests.take()) return true;
    if (this.#isSelf(announcement)) return this.#aboutSelf(neighbour, announcement, true);
    const destination = table.ofKey(announcement.publicKey);
    if (destination === undefined || !neighbour.policy.relay) return true;
    if (announcement.sequence > destination.newest.sequence) {
      const verified = this.#verified(neighbour, announcement);
      if (verified === undefined) return false;
      destination.learn(verified);
      this.#remindOrigin(destination);
    }
    // If we use a newer one, whoever asks is being told of it already.
    const used = destination.offer?.announcement.sequence ?? -1;
    if (used <= announcement.sequence) requests.forward(destination, neighbour, hopsLeft - 1);
    return true;
  }

  /** What this very node has signed, now or in a life that it does not remember. */
  #aboutSelf(neighbour: Neighbour, announcement: Announcement, isNewerWanted = false): boolean {
    const { origin } = this.#parts;
    const own = origin.announcement;
    const isOwn = announcement.isSame(own);
    if (announcement.sequence < own.sequence || (announcement.sequence === own.sequence && !isNewerWanted)) return true;
    if (!isOwn && this.#verified(neighbour, announcement) === undefined) return false;
    origin.exceed(announcement.sequence);
    return true;
  }

  /** Itself, once verified; undefined if that has to wait. `protocol` if it is forged: no honest node passes that on. */
  #verified(neighbour: Neighbour, announcement: Announcement): Announcement | undefined {
    if (!neighbour.inbox.mayVerify()) return undefined;
    if (!announcement.isGenuine(this.#parts.crypto)) throw violation("an announcement with a forged signature");
    return announcement.copy();
  }

  #isSelf({ publicKey }: Announcement): boolean {
    return equalBytes(publicKey, this.#parts.origin.publicKey);
  }
}

/** From a neighbour that may not relay we take the way to itself alone. */
function isTakenFrom({ peer, policy }: Neighbour, id: NodeId): boolean {
  return policy.relay || id === peer;
}

// Routing of one node, whose neighbours are played by the test: what they say is made of records, and so is what they
// are told.

import { SeededRandom } from "#base/random.ts";
import type { LinkMetrics, NodeId } from "#glow";
import { Announcement } from "#mesh/routing/announcement.ts";
import { DistanceVector } from "#mesh/routing/distance-vector.ts";
import { type RoutingRecord, readMessage } from "#mesh/routing/message.ts";
import { MessageWriter } from "#mesh/routing/message-writer.ts";
import type { RoutingLimits } from "#mesh/routing/routing-powers.ts";
import { crypto, identityOf, RoutingTime } from "./routing-time.ts";

/** Costs 2 ms: half of it is what every link costs. */
export const near: LinkMetrics = { scope: "local", roundTripMs: 1 };

export function idOf(number: number): NodeId {
  return identityOf(number).id;
}

export function announcementOf(number: number, sequence: number, isTab = false): Announcement {
  return Announcement.sign(identityOf(number), sequence, isTab);
}

/** A message of these records, at most as many as fit one. */
export function messageOf(write: (writer: MessageWriter) => void): Uint8Array {
  const messages: Uint8Array[] = [];
  const writer = new MessageWriter();
  writer.begin((message) => messages.push(message));
  write(writer);
  writer.finish();
  if (messages.length !== 1) throw new RangeError(`the records make ${messages.length} messages`);
  return messages[0] as Uint8Array;
}

export class OneRouter {
  readonly time = new RoutingTime();
  readonly routing: DistanceVector;
  readonly failures: { readonly peer: NodeId; readonly error: Error }[] = [];
  readonly changes: ReadonlySet<NodeId>[] = [];
  /** What left, in order. */
  readonly sent: { readonly peer: NodeId; readonly message: Uint8Array; readonly atMs: number }[] = [];
  #taken = 0;

  /** The node itself has number 0. */
  constructor(limits: Partial<RoutingLimits> = {}, tab = false) {
    const powers = {
      ...this.time.powers(new SeededRandom("one router")),
      crypto,
      identity: identityOf(0),
      tab,
      send: (peer: NodeId, message: Uint8Array) => this.sent.push({ peer, message, atMs: this.time.nowMs }),
      changed: (targets: ReadonlySet<NodeId>) => this.changes.push(targets),
      failed: (peer: NodeId, error: Error) => this.failures.push({ peer, error }),
    };
    this.routing = new DistanceVector(powers, limits);
  }

  linkUp(peer: number, metrics = near, policy: { tab?: boolean; relay?: boolean } = {}): void {
    this.routing.linkUp(idOf(peer), metrics, { tab: false, relay: true, ...policy });
    this.time.endTurn();
  }

  /** A neighbour comes up, and says that it is there. */
  meet(peer: number, metrics = near, policy: { tab?: boolean; relay?: boolean } = {}): void {
    this.linkUp(peer, metrics, policy);
    this.route(peer, peer, { sequence: 1, metric: 0, hops: 0 });
  }

  linkDown(peer: number): void {
    this.routing.linkDown(idOf(peer));
    this.time.endTurn();
  }

  receive(peer: number, write: (writer: MessageWriter) => void): void {
    this.receiveBytes(peer, messageOf(write));
  }

  receiveBytes(peer: number, message: Uint8Array): void {
    try {
      this.routing.received(idOf(peer), message);
    } finally {
      this.time.endTurn();
    }
  }

  /** The neighbour says that it reaches `target`. */
  route(peer: number, target: number, { sequence = 1, metric = 100, hops = 1, tab = false } = {}): void {
    this.receive(peer, (writer) => writer.route(metric, hops, announcementOf(target, sequence, tab)));
  }

  retract(peer: number, target: number): void {
    this.receive(peer, (writer) => writer.retract(identityOf(target).idBytes));
  }

  /** The number of the next hop. */
  next(target: number): number | undefined {
    const next = this.routing.next(idOf(target))?.next;
    return next === undefined ? undefined : numberOf(next);
  }

  pass(ms: number): void {
    this.time.runUntil(this.time.nowMs + ms);
  }

  /** What a neighbour was told since this was asked last, by anybody. */
  told(peer: number): RoutingRecord[] {
    const fresh = this.sent.slice(this.#taken);
    this.#taken = this.sent.length;
    return fresh.filter((each) => each.peer === idOf(peer)).flatMap(({ message }) => readMessage(message));
  }
}

/** Records in few words: `route 5 at 132`. */
export function inWords(records: readonly RoutingRecord[]): string[] {
  return records.map((record) => {
    switch (record.type) {
      case "route":
        return `route ${numberOfKey(record.announcement)} at ${record.metric}`;
      case "retract":
        return `retract ${numberOfBytes(record.id)}`;
      case "request":
      case "remind":
        return `${record.type} ${numberOfKey(record.announcement)} above ${record.announcement.sequence}`;
      case "sync":
      case "synced":
        return `${record.type} ${record.number}`;
      case "resend":
        return "resend";
    }
  });
}

const mostNumbers = 200;

function numberOf(id: NodeId): number {
  for (let number = 0; number < mostNumbers; number++) if (idOf(number) === id) return number;
  throw new RangeError(`${id} is no node of this test`);
}

function numberOfBytes(id: Uint8Array): number {
  for (let number = 0; number < mostNumbers; number++) {
    if (identityOf(number).idBytes.toHex() === id.toHex()) return number;
  }
  throw new RangeError("no node of this test");
}

function numberOfKey({ publicKey }: Announcement): number {
  for (let number = 0; number < mostNumbers; number++) {
    if (identityOf(number).publicKey.toHex() === publicKey.toHex()) return number;
  }
  throw new RangeError("no node of this test");
}

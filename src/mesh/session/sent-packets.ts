// The packets that are under way: which were acknowledged, and which must be taken for lost (RFC 9002, 6.1). A packet is
// lost if three of its priority that left later have arrived, or one did that left a round trip later. Only its own
// priority counts, since relays let the urgent overtake the rest.

import type { PriorityClass } from "../wire/priority.ts";
import { priorities } from "../wire/priority.ts";
import { violation } from "./frame.ts";
import type { StreamShare } from "./stream-share.ts";

/** Packets of the same priority that may overtake one on the way. */
const reorderedPackets = 3;
/** What a packet counts beyond its payload: headers and seals on the way, objects here. */
const packetCostBytes = 64;
/** Settled entries at the front of a queue that are borne before it is copied. */
const sparedEntries = 256;

export class SentPacket {
  readonly number: number;
  readonly priority: PriorityClass;
  readonly sentMs: number;
  /** What it carries of streams. */
  readonly shares: StreamShare[] = [];
  /** The newest number that it acknowledges; -1 if it has no ACK. */
  ackedNumber = -1;
  costBytes = packetCostBytes;
  /** How many packets of its priority have left before. */
  turn = 0;
  /** Acknowledged or lost. */
  settled = false;

  constructor(number: number, priority: PriorityClass, sentMs: number) {
    this.number = number;
    this.priority = priority;
    this.sentMs = sentMs;
  }
}

export interface SentPacketsOwner {
  packetAcknowledged(packet: SentPacket): void;
  packetLost(packet: SentPacket): void;
}

/** The packets of one priority, in the order in which they left. */
interface Lane {
  queue: SentPacket[];
  /** Those before are settled. */
  head: number;
  turns: number;
  /** The turn of the last one that has arrived. */
  arrivedTurn: number;
}

export class SentPackets {
  readonly #owner: SentPacketsOwner;
  readonly #lanes: readonly Lane[] = priorities.map(() => ({ queue: [], head: 0, turns: 0, arrivedTurn: -1 }));
  /** By number from `#first` on; undefined where nothing is waited for. Those before `#spared` are all that. */
  #packets: (SentPacket | undefined)[] = [];
  #first = 0;
  #spared = 0;
  #count = 0;
  #bytes = 0;

  constructor(owner: SentPacketsOwner) {
    this.#owner = owner;
  }

  /** Of all packets that are under way. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** The number for the next packet. */
  get next(): number {
    return this.#first + this.#packets.length;
  }

  /** The packet of the number `next` leaves; without one, the number is used by a packet that nobody waits for. */
  add(packet?: SentPacket): void {
    this.#packets.push(packet);
    if (packet === undefined) {
      this.#trim();
      return;
    }
    const lane = this.#lane(packet);
    packet.turn = lane.turns++;
    lane.queue.push(packet);
    this.#count++;
    this.#bytes += packet.costBytes;
  }

  /**
   * The peer has got the packets in these ranges, given from the newest to the oldest. Returns the newest of them that
   * was still waited for. `protocol` for one that never left.
   */
  acknowledge(bounds: readonly number[]): SentPacket | undefined {
    if ((bounds[1] as number) > this.next) throw violation("it acknowledges a packet that was never sent");
    let newest: SentPacket | undefined;
    for (let i = 0; i < bounds.length; i += 2) {
      const from = Math.max(bounds[i] as number, this.#first + this.#spared);
      for (let number = (bounds[i + 1] as number) - 1; number >= from; number--) {
        const packet = this.#packets[number - this.#first];
        if (packet === undefined) continue;
        newest ??= packet;
        const lane = this.#lane(packet);
        lane.arrivedTurn = Math.max(lane.arrivedTurn, packet.turn);
        this.#settle(packet);
        this.#owner.packetAcknowledged(packet);
      }
    }
    this.#trim();
    return newest;
  }

  /** Finds what is lost by now. `newest`: the number of the last of it, or -1; `againMs`: when to look again. */
  detect(nowMs: number, reorderingMs: number): { readonly newest: number; readonly againMs: number } {
    let newest = -1;
    let againMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      for (let i = lane.head; i < lane.queue.length; i++) {
        const packet = lane.queue[i] as SentPacket;
        if (packet.turn > lane.arrivedTurn) break;
        if (packet.settled) continue;
        const dueMs = packet.sentMs + reorderingMs;
        if (packet.turn > lane.arrivedTurn - reorderedPackets && dueMs > nowMs) {
          againMs = Math.min(againMs, dueMs);
          continue;
        }
        newest = Math.max(newest, packet.number);
        this.#lose(packet);
      }
    }
    this.#trim();
    return { newest, againMs };
  }

  /** The oldest packet of each priority counts as lost: what it carries is sent again, and shows whether the path lives. */
  loseOldest(): void {
    for (const lane of this.#lanes) {
      const oldest = lane.queue[lane.head];
      if (oldest !== undefined) this.#lose(oldest);
    }
    this.#trim();
  }

  clear(): void {
    this.#first = this.next;
    this.#packets = [];
    this.#spared = 0;
    this.#count = 0;
    this.#bytes = 0;
    for (const lane of this.#lanes) {
      lane.queue = [];
      lane.head = 0;
    }
  }

  #lane(packet: SentPacket): Lane {
    return this.#lanes[packet.priority] as Lane;
  }

  #lose(packet: SentPacket): void {
    this.#settle(packet);
    this.#owner.packetLost(packet);
  }

  #settle(packet: SentPacket): void {
    packet.settled = true;
    this.#packets[packet.number - this.#first] = undefined;
    this.#count--;
    this.#bytes -= packet.costBytes;
  }

  /** Passes over what is settled at the front, and forgets it when it is much. */
  #trim(): void {
    for (const lane of this.#lanes) {
      while (lane.queue[lane.head]?.settled === true) lane.head++;
      if (lane.head > sparedEntries || lane.head === lane.queue.length) {
        lane.queue = lane.queue.slice(lane.head);
        lane.head = 0;
      }
    }
    const packets = this.#packets;
    while (this.#spared < packets.length && packets[this.#spared] === undefined) this.#spared++;
    if (this.#spared > sparedEntries || this.#spared === packets.length) {
      this.#packets = packets.slice(this.#spared);
      this.#first += this.#spared;
      this.#spared = 0;
    }
  }
}

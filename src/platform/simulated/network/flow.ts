// One direction of a pipe: what one end has sent and the other has not got yet, in order. The flow belongs to the
// network, not to the programs at its ends, so it goes on when one of them dies: what had left arrives all the same.
//
// A packet waits until the wire is free, leaves, is on the way, and arrives. Where nothing passes (a barrier, a
// receiver without power) the flow is *stuck* and keeps what it holds, as TCP does by sending again; if that lasts too
// long, the sending end gives up, and the other end does not learn of it.

import type { Incarnation } from "../incarnation.ts";
import { toNs } from "../time/nanoseconds.ts";
import type { Timeline, TimelineEvent } from "../time/timeline.ts";
import { Fifo } from "./fifo.ts";
import type { Wire } from "./wire.ts";

/**
 * `open` answers a dial, `end` follows the last packet, `reset` says that there is no such pipe (any more); its parts are
 * the packet that was cut off, of which a receiver of pieces may have got some.
 */
export type FlowItemKind = "open" | "packet" | "end" | "reset";

export interface FlowItem {
  readonly kind: FlowItemKind;
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly digest: number;
}

interface Travelling extends FlowItem {
  /** When its last byte leaves; `Infinity` while the flow is stuck. */
  leavesNs: number;
  arrivesNs: number;
}

/** An end of a pipe, as its flows see it. */
export interface FlowEnd {
  readonly incarnation: Incarnation;
  readonly label: string;
  /** Takes what arrives. */
  arrive(item: FlowItem): void;
  /** Called when more has left, if `watchDepartures` asked for it. */
  departed(): void;
  /** What was sent could not be delivered for too long. */
  giveUp(): void;
}

/** What a flow needs of the network. */
export interface FlowNetwork {
  readonly timeline: Timeline;
  readonly giveUpMs: number;
  /** Whether a packet can get from one node to another just now. */
  passes(from: string, to: string): boolean;
  /** Flows to be asked to `resume` when something changes. */
  readonly stuck: Set<Flow>;
}

const nothing: readonly Uint8Array[] = [];

export class Flow {
  readonly #network: FlowNetwork;
  readonly #wire: Wire;
  readonly #from: FlowEnd;
  readonly #to: FlowEnd;
  readonly #items = new Fifo<Travelling>();
  /** How many of the items have left. */
  #left = 0;
  #bufferedBytes = 0;
  /** An `end` was put in: nothing can follow. */
  #ended = false;
  /** A box in the middle has forgotten the pipe: nothing will ever pass again, and nobody is told. */
  #severed = false;
  #arrival: TimelineEvent | undefined;
  #givingUp: TimelineEvent | undefined;
  #departure: TimelineEvent | undefined;
  #watchedBytes: number | undefined;

  constructor(network: FlowNetwork, wire: Wire, from: FlowEnd, to: FlowEnd) {
    this.#network = network;
    this.#wire = wire;
    this.#from = from;
    this.#to = to;
  }

  /** Bytes that have not left yet. */
  get bufferedBytes(): number {
    this.#noteDepartures();
    return this.#bufferedBytes;
  }

  send(kind: FlowItemKind, parts = nothing, sizeBytes = 0, digest = 0): void {
    if (this.#ended) return;
    this.#ended = kind === "end";
    const item = { kind, parts, sizeBytes, digest, leavesNs: Number.POSITIVE_INFINITY, arrivesNs: 0 };
    this.#items.add(item);
    this.#bufferedBytes += sizeBytes;
    // While the flow is stuck nothing may leave before what waits already.
    if (!this.#passes()) this.#stick();
    else if (!this.#network.stuck.has(this)) {
      this.#launch(item);
      if (this.#items.length === 1) this.#expectFirst();
    }
  }

  /** Drops what has not left, and all but the first `keep` of what has, then says `reset` to the receiver. */
  reset(keep: number): void {
    if (this.#ended || this.#items.at(this.#items.length - 1)?.kind === "reset") return;
    const cutOff = keep < this.inFlight ? this.#items.at(keep) : undefined;
    this.cutShort(keep);
    this.send("reset", cutOff?.parts);
  }

  /** Drops what has not left, and all but the first `keep` of what has. */
  cutShort(keep: number): void {
    this.#noteDepartures();
    if (keep < this.#items.length && this.#items.at(this.#items.length - 1)?.kind === "end") this.#ended = false;
    this.#items.truncate(Math.min(this.#left, keep));
    this.#left = this.#items.length;
    this.#bufferedBytes = 0;
    if (this.#items.length === 0) this.#forgetArrival();
  }

  get allLeft(): boolean {
    return this.inFlight === this.#items.length;
  }

  /** Items that have left and not arrived. */
  get inFlight(): number {
    this.#noteDepartures();
    return this.#left;
  }

  sever(): void {
    this.#severed = true;
    if (this.#items.length > 0) this.#stick();
  }

  /** Called when a barrier fell or a node came back: goes on if it can. */
  resume(): void {
    if (!this.#passes()) return;
    const { timeline } = this.#network;
    this.#network.stuck.delete(this);
    if (this.#givingUp !== undefined) timeline.cancel(this.#givingUp);
    this.#givingUp = undefined;
    for (let i = 0; i < this.#items.length; i++) {
      const item = this.#items.at(i) as Travelling;
      if (item.leavesNs === Number.POSITIVE_INFINITY) this.#launch(item);
      else item.arrivesNs = Math.max(item.arrivesNs, timeline.nowNs + this.#wire.flightNs());
    }
    timeline.record(this.#from.incarnation.label, "resume", this.#from.label, this.#items.length);
    this.#expectFirst();
    if (this.#watchedBytes !== undefined) this.watchDepartures(this.#watchedBytes);
  }

  /**
   * Has `departed` called on the sender, once, when no more than `bytes` are buffered of what is here now, or, for -1,
   * when the last item has left.
   */
  watchDepartures(bytes: number): void {
    const { timeline } = this.#network;
    this.#watchedBytes = bytes;
    this.#noteDepartures();
    let left = this.#bufferedBytes;
    let atNs = timeline.nowNs;
    for (let i = this.#left; i < this.#items.length; i++) {
      const item = this.#items.at(i) as Travelling;
      if (left <= bytes) break;
      left -= item.sizeBytes;
      atNs = item.leavesNs;
    }
    if (this.#departure !== undefined) timeline.cancel(this.#departure);
    this.#departure = undefined;
    // While the flow is stuck nothing leaves; `resume` watches again.
    if (atNs === Number.POSITIVE_INFINITY) return;
    this.#departure = this.#from.incarnation.schedule(atNs - timeline.nowNs, () => {
      this.#departure = undefined;
      this.#watchedBytes = undefined;
      this.#from.departed();
    });
  }

  #passes(): boolean {
    return !this.#severed && this.#network.passes(this.#from.incarnation.node, this.#to.incarnation.node);
  }

  #launch(item: Travelling): void {
    item.leavesNs = this.#wire.departureNs(this.#network.timeline.nowNs, item.sizeBytes);
    item.arrivesNs = item.leavesNs + this.#wire.flightNs();
  }

  #noteDepartures(): void {
    const { nowNs } = this.#network.timeline;
    for (; this.#left < this.#items.length; this.#left++) {
      const item = this.#items.at(this.#left) as Travelling;
      if (item.leavesNs > nowNs) break;
      this.#bufferedBytes -= item.sizeBytes;
    }
  }

  /** Only the first item has an event: the pipe keeps its order whatever the wire draws, and the queue stays short. */
  #expectFirst(): void {
    this.#forgetArrival();
    const first = this.#items.at(0);
    if (first === undefined || this.#network.stuck.has(this)) return;
    const { timeline } = this.#network;
    const atNs = Math.max(first.arrivesNs, this.#to.incarnation.pausedUntilNs, timeline.nowNs);
    this.#arrival = timeline.schedule(atNs - timeline.nowNs, () => this.#arriveFirst());
  }

  #arriveFirst(): void {
    this.#arrival = undefined;
    if (!this.#passes()) {
      this.#stick();
      return;
    }
    if (this.#to.incarnation.alive && this.#to.incarnation.pausedUntilNs > this.#network.timeline.nowNs) {
      this.#expectFirst();
      return;
    }
    this.#noteDepartures();
    const item = this.#items.take() as Travelling;
    this.#left--;
    this.#expectFirst();
    this.#to.arrive(item);
  }

  #forgetArrival(): void {
    if (this.#arrival !== undefined) this.#network.timeline.cancel(this.#arrival);
    this.#arrival = undefined;
  }

  #stick(): void {
    this.#forgetArrival();
    this.#network.stuck.add(this);
    if (this.#givingUp !== undefined) return;
    const { timeline, giveUpMs } = this.#network;
    timeline.record(this.#from.incarnation.label, "stuck", this.#from.label, this.#items.length);
    this.#givingUp = timeline.schedule(toNs(giveUpMs), () => this.#giveUp());
  }

  #giveUp(): void {
    const { timeline, stuck } = this.#network;
    this.#givingUp = undefined;
    stuck.delete(this);
    this.#items.truncate(0);
    this.#left = 0;
    this.#bufferedBytes = 0;
    // Should the receiver send something yet, it must be told that there is no such pipe.
    this.#ended = false;
    timeline.record(this.#from.incarnation.label, "give-up", this.#from.label);
    this.#from.giveUp();
  }
}

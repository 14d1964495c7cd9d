// The streams of a session: which there are, which ids were used, and whose turn it is to send.

import { utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { meshSessionLimits } from "#base/limits.ts";
import type { Clock, Priority, Timers } from "#glow";
import { type PriorityClass, priorities, priorityClass } from "../wire/priority.ts";
import { violation } from "./frame.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { RangeSet } from "./ranges.ts";
import type { SentPacket } from "./sent-packets.ts";
import { MeshStream, type StreamHost } from "./stream.ts";

/** What a stream puts into a packet while others of its priority wait for their turn. */
const turnBytes = 16 * 1024;
/** Less than this is left in a packet: it is full. */
const fullBytes = 128;
const mostId = 2 ** 32 - 1;

export interface StreamTableOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** This side began the session. */
  readonly initiator: boolean;
  /** The round trip, about. */
  roundTripMs(): number;
  /** There is something to send in this class: notices go with class 0. */
  ready(priority: PriorityClass): void;
  /** The peer has opened a stream; false if nobody takes it. */
  opened(protocol: string, stream: MeshStream): boolean;
}

export class StreamTable implements StreamHost {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly #options: StreamTableOptions;
  readonly #streams = new Map<number, MeshStream>();
  #nextId: number;
  /** Of the peer's ids, which were used: the first, second and so on. */
  readonly #peerIds = new RangeSet();
  readonly #ownParity: number;
  /** Of the peer's streams, those that live. */
  #peerLiving = 0;
  #peerEnding = 0;
  /** Streams with something to send, for each class in the order of their turns. */
  readonly #dataQueues: MeshStream[][] = priorities.map(() => []);
  #noticeQueue: MeshStream[] = [];
  #toDrain: MeshStream[] = [];
  #widenedBytes = 0;
  #unfinishedBytes = 0;

  constructor(options: StreamTableOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.timers = options.timers;
    this.#ownParity = options.initiator ? 0 : 1;
    this.#nextId = this.#ownParity;
  }

  get count(): number {
    return this.#streams.size;
  }

  /** Memory that streams hold, about. */
  get heldBytes(): number {
    let held = 0;
    for (const stream of this.#streams.values()) held += stream.heldBytes;
    return held;
  }

  get widenedBytes(): number {
    return this.#widenedBytes;
  }

  /** `invalid` for a name that is none, `exhausted` once every id was used. */
  open(protocol: string, priority: Priority): MeshStream {
    const name = utf8Encode(protocol);
    if (name.length === 0 || name.length > meshSessionLimits.protocolBytes || !protocol.isWellFormed()) {
      const message = `a protocol's name has 1 to ${meshSessionLimits.protocolBytes} bytes, not ${name.length}`;
      throw new GlowError("invalid", "mesh.open", { target: protocol, message });
    }
    if (this.#nextId > mostId) {
      throw new GlowError("exhausted", "mesh.open", { message: "this session has had all its streams: begin another" });
    }
    const stream = new MeshStream(this, this.#nextId, protocol, name, priorityClass(priority), true);
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    this.dataReady(stream);
    return stream;
  }

  /** OPEN has come. False if there is no room for it now. */
  opened(id: number, priority: PriorityClass, protocol: string): boolean {
    if (id % 2 === this.#ownParity) throw violation(`it opens stream ${id}, whose number is ours`);
    const index = (id - (1 - this.#ownParity)) / 2;
    if (this.#peerIds.has(index)) return true;
    const allBefore = this.#peerIds.count > 0 && this.#peerIds.from(0) === 0 ? this.#peerIds.to(0) : 0;
    if (index - allBefore > meshSessionLimits.streamsAhead || this.#peerEnding >= meshSessionLimits.endingStreams) {
      return false;
    }
    this.#peerIds.add(index, index + 1);
    const stream = new MeshStream(this, id, protocol, utf8Encode(protocol), priority, false);
    this.#streams.set(id, stream);
    this.#peerLiving++;
    if (this.#peerLiving > meshSessionLimits.streams) {
      const message = `more than ${meshSessionLimits.streams} streams are open`;
      stream.abort(new GlowError("exhausted", "mesh.open", { target: protocol, message }));
    } else if (!this.#options.opened(protocol, stream)) {
      const message = `nobody here takes streams of the protocol ${protocol}`;
      stream.abort(new GlowError("not-found", "mesh.open", { target: protocol, message }));
    }
    return true;
  }

  /** The stream of a frame that has come; undefined if it is over. */
  get(id: number): MeshStream | undefined {
    const stream = this.#streams.get(id);
    if (stream !== undefined) return stream;
    const own = id % 2 === this.#ownParity;
    const known = own ? id < this.#nextId : this.#peerIds.has((id - (1 - this.#ownParity)) / 2);
    if (!known) throw violation(`a frame of stream ${id}, which was never opened`);
    return undefined;
  }

  /** The session is over. */
  end(reason: GlowError): void {
    for (const stream of this.#streams.values()) stream.sessionEnded(reason);
    this.#streams.clear();
    for (const queue of this.#dataQueues) queue.length = 0;
    this.#noticeQueue = [];
    this.#toDrain = [];
  }

  // ------------------------------------------------------------------------------------------ sending

  get hasNotices(): boolean {
    return this.#noticeQueue.length > 0;
  }

  hasData(priority: PriorityClass): boolean {
    return (this.#dataQueues[priority] as MeshStream[]).length > 0;
  }

  writeNotices(writer: FrameWriter, packet: SentPacket): void {
    const queue = this.#noticeQueue;
    let done = 0;
    for (const stream of queue) {
      if (stream.hasNotice && !stream.writeNotice(writer, packet)) break;
      stream.isNoticeQueued = false;
      done++;
    }
    if (done === queue.length) this.#noticeQueue = [];
    else if (done > 0) this.#noticeQueue = queue.slice(done);
  }

  /** Lets the streams of a class take turns until the packet is full or they have no more. */
  writeData(priority: PriorityClass, writer: FrameWriter, packet: SentPacket): void {
    const queue = this.#dataQueues[priority] as MeshStream[];
    let at = 0;
    while (at < queue.length && writer.dataRoomBytes > fullBytes) {
      const stream = queue[at++] as MeshStream;
      const alone = at === queue.length;
      const wrote = stream.hasData && stream.writeData(writer, packet, alone ? Number.POSITIVE_INFINITY : turnBytes);
      if (stream.hasData) {
        // What did not fit has the first turn in the next packet.
        if (!wrote) {
          at--;
          break;
        }
        queue.push(stream);
      } else stream.isDataQueued = false;
    }
    queue.splice(0, at);
  }

  /** Tells those who were refused that there is room again. Not while a packet is being put together: they send more. */
  notifyDrained(): void {
    if (this.#toDrain.length === 0) return;
    const streams = this.#toDrain;
    this.#toDrain = [];
    for (const stream of streams) stream.notifyDrained();
  }

  // ------------------------------------------------------------------------------- as the streams see it

  get roundTripMs(): number {
    return this.#options.roundTripMs();
  }

  dataReady(stream: MeshStream): void {
    if (!stream.isDataQueued) {
      stream.isDataQueued = true;
      (this.#dataQueues[stream.priorityClass] as MeshStream[]).push(stream);
    }
    this.#options.ready(stream.priorityClass);
  }

  noticeReady(stream: MeshStream): void {
    if (!stream.isNoticeQueued) {
      stream.isNoticeQueued = true;
      this.#noticeQueue.push(stream);
    }
    this.#options.ready(0);
  }

  drained(stream: MeshStream): void {
    this.#toDrain.push(stream);
  }

  widen(bytes: number): number {
    const granted = Math.min(bytes, meshSessionLimits.sessionWindowBytes - this.#widenedBytes);
    this.#widenedBytes += granted;
    return granted;
  }

  holdUnfinished(bytes: number): boolean {
    if (bytes > 0 && this.#unfinishedBytes + bytes > meshSessionLimits.unfinishedBytes) return false;
    this.#unfinishedBytes += bytes;
    return true;
  }

  ended(stream: MeshStream): void {
    if (stream.isOwn) return;
    this.#peerLiving--;
    this.#peerEnding++;
  }

  forget(stream: MeshStream): void {
    if (!this.#streams.delete(stream.id) || stream.isOwn) return;
    this.#peerEnding--;
  }
}

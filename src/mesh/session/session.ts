// A session: numbered packets between two nodes over whatever path there is, acknowledged and sent again until they
// arrive, with independent streams in them. Here its parts meet: what is sent (StreamTable, FrameWriter, SentPackets), what
// comes in (frame-reader.ts, ReceivedNumbers), and the clock by which things are acknowledged, probed and given up.

import { GlowError } from "#base/errors.ts";
import { meshSessionLimits, routerLimits } from "#base/limits.ts";
import type { Suite } from "#base/suites.ts";
import type { Clock, Crypto, NodeId, Priority, Session, Stream, Timers } from "#glow";
import type { LinkPacket } from "../link/link-packet.ts";
import { Alarm } from "../wire/alarm.ts";
import { PieceReader, type Pieces } from "../wire/piece-reader.ts";
import { type PriorityClass, priorities } from "../wire/priority.ts";
import { Congestion } from "./congestion.ts";
import { type Acknowledgement, type FrameSink, readFrames } from "./frame-reader.ts";
import { FrameWriter, reasonText } from "./frame-writer.ts";
import { OwedAck } from "./owed-ack.ts";
import { PathSource, type SessionPath } from "./path-source.ts";
import { RoundTrip } from "./round-trip.ts";
import { bodyCostBytes, SealedBody } from "./sealed-body.ts";
import { SentPacket, SentPackets } from "./sent-packets.ts";
import { StreamTable } from "./stream-table.ts";

/** A packet that has less room than this is left to others, if it is not empty. */
const worthRoomBytes = 1024;

export interface SessionEvents {
  /** The peer has opened a stream; false if nobody takes its protocol. */
  opened(protocol: string, stream: Stream): boolean;
  /** Once: it is over. What it had to say last still leaves, if its path is asked once more. */
  closed(reason: GlowError): void;
  /** Nothing gets through, for some round trips now; said again and again until something does. */
  suspect(): void;
}

export interface MeshSessionOptions {
  /** The ids, as text and as bytes. */
  readonly self: Uint8Array;
  readonly peer: NodeId;
  readonly peerBytes: Uint8Array;
  readonly initiator: boolean;
  /** By which either side names the session to the other. */
  readonly localTag: number;
  readonly remoteTag: number;
  readonly suite: Suite<"aead">;
  /** 32 bytes each, this session's from now on. */
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly crypto: Crypto;
  readonly events: SessionEvents;
}

/** What has happened to packets, in numbers since the start. */
export interface SessionCounts {
  sent: number;
  received: number;
  /** Came a second time, or too late to be told from that. */
  duplicate: number;
  /** Not sealed by the peer as they came: corrupted or forged on the way. */
  forged: number;
  lost: number;
  /** Had no room here, and so are to come again. */
  deferred: number;
}

/** What a session holds: all zero when it has nothing to do, but for the streams that are open. */
export interface SessionSizes {
  readonly streams: number;
  readonly packetsUnderWay: number;
  readonly bytesUnderWay: number;
  /** Bytes of streams, on their way out and in. */
  readonly heldBytes: number;
  /** What windows have grown by. */
  readonly widenedBytes: number;
}

export class MeshSession implements Session {
  readonly peer: NodeId;
  readonly localTag: number;
  readonly remoteTag: number;
  readonly counts: SessionCounts = { sent: 0, received: 0, duplicate: 0, forged: 0, lost: 0, deferred: 0 };
  readonly #options: MeshSessionOptions;
  readonly #clock: Clock;
  readonly #sealed: SealedBody;
  readonly #streams: StreamTable;
  readonly #writer = new FrameWriter();
  readonly #sent: SentPackets;
  readonly #owedAck = new OwedAck();
  readonly #roundTrip = new RoundTrip();
  readonly #congestion = new Congestion();
  readonly #alarm: Alarm;
  readonly #frames: FrameSink;
  #path: PathSource | undefined;
  /** The first packet that may have gone over this path. */
  #pathFirstNumber = 0;
  #heard = false;
  #end: GlowError | undefined;
  /** CLOSE is still to leave. */
  #closeDue = false;

  /** Marked packets that the peer has told of. */
  #congestedThere = 0;

  /** The packet that is being read asks for an answer: so many before it had none. */
  #unansweredThere: number | undefined;
  #probeDue = false;
  /** Packets that may leave although the window is full. */
  #sparePackets = 0;
  /** Waits in vain since something was acknowledged. */
  #probes = 0;
  /** Since when an acknowledgement is waited for, or the last probe. */
  #waitingSinceMs: number | undefined;
  /** Since when there was no progress, though there should be. */
  #stuckSinceMs: number | undefined;
  /** When the next packet is lost by time. */
  #lossMs = Number.POSITIVE_INFINITY;

  constructor(options: MeshSessionOptions) {
    const { clock, timers, peer, peerBytes, localTag, remoteTag, initiator, events } = options;
    this.#options = options;
    this.#clock = clock;
    this.peer = peer;
    this.localTag = localTag;
    this.remoteTag = remoteTag;
    this.#sealed = new SealedBody({ ...options, peer: peerBytes });
    this.#alarm = new Alarm(options, () => this.#rung());
    this.#sent = new SentPackets({
      packetAcknowledged: (packet) => this.#packetAcknowledged(packet),
      packetLost: (packet) => this.#packetLost(packet),
    });
    this.#streams = new StreamTable({
      clock,
      timers,
      initiator,
      roundTripMs: () => this.#roundTrip.smoothedMs ?? 0,
      ready: (priority) => this.#ready(priority),
      opened: (protocol, stream) => events.opened(protocol, stream),
    });
    this.#frames = this.#frameSink();
    // It waits for its first path as for any other.
    this.#stuckSinceMs = clock.monotonicMs();
    this.#schedule();
  }

  /** A packet of the peer has come: it knows the session. */
  get heard(): boolean {
    return this.#heard;
  }

  get sizes(): SessionSizes {
    return {
      streams: this.#streams.count,
      packetsUnderWay: this.#sent.count,
      bytesUnderWay: this.#sent.bytes,
      heldBytes: this.#streams.heldBytes,
      widenedBytes: this.#streams.widenedBytes,
    };
  }

  /** Undefined until one was measured on this path. */
  get roundTripMs(): number | undefined {
    return this.#roundTrip.smoothedMs;
  }

  open(protocol: string, priority: Priority): Stream {
    if (this.#end !== undefined) {
      const message = `the session is over: ${this.#end.message}`;
      throw new GlowError("disconnected", "mesh.open", { target: this.peer, message });
    }
    return this.#streams.open(protocol, priority);
  }

  /** Ends it. The peer is told if there is a path: CLOSE leaves when that is asked next. */
  close(reason: GlowError): void {
    this.#finish(reason, true);
  }

  /** Asks the peer for a sign of life. */
  probe(): void {
    if (this.#end !== undefined || this.#path === undefined) return;
    this.#probeDue = true;
    this.#sparePackets = Math.max(1, this.#sparePackets);
    this.#ready(0);
  }

  // --------------------------------------------------------------------------------------------- the path

  /** Where packets go from now on; the same again changes nothing. Without a path the session waits for one. */
  setPath(path: SessionPath | undefined): void {
    if (this.#end !== undefined || this.#path?.is(path) || (path === undefined && this.#path === undefined)) return;
    const nowMs = this.#clock.monotonicMs();
    this.#path = path && new PathSource(path, this.#fill);
    this.#probes = 0;
    if (path === undefined) {
      this.#stuckSinceMs ??= nowMs;
    } else {
      this.#roundTrip.reset();
      this.#congestion.reset();
      this.#pathFirstNumber = this.#sent.next;
      this.#sent.loseOldest();
      // Its answer shows what has been lost, and how long a round trip takes here.
      this.#probeDue = true;
      this.#sparePackets = priorities.length;
      if (this.#waitingSinceMs !== undefined) this.#waitingSinceMs = nowMs;
      this.#owedAck.hurry();
      this.#wake();
    }
    this.#schedule();
  }

  /** The path has room for a packet: see `LinkSource.fill`. */
  readonly #fill = (source: PathSource, packet: LinkPacket, priority: PriorityClass): boolean => {
    // The last request of a path that is not used any more.
    if (source !== this.#path) return false;
    const roomBytes = source.direct ? packet.sessionRoomBytes : packet.bodyRoomBytes - bodyCostBytes;
    if (!this.#hasWork(priority)) return false;
    if (roomBytes < worthRoomBytes && !packet.empty) return true;
    const nowMs = this.#clock.monotonicMs();
    this.#writer.begin(roomBytes);
    if (this.#end === undefined) this.#fillOpen(source, packet, priority, nowMs);
    else this.#fillClose(this.#end, source, packet);
    return this.#hasWork(priority);
  };

  #fillOpen(source: PathSource, packet: LinkPacket, priority: PriorityClass, nowMs: number): void {
    const writer = this.#writer;
    const record = new SentPacket(this.#sent.next, priority, nowMs);
    record.ackedNumber = this.#owedAck.write(writer, nowMs);
    const ackBytes = writer.sizeBytes;
    if (priority === 0) {
      if (this.#probeDue) writer.probe(this.#probes);
      this.#probeDue = false;
      this.#streams.writeNotices(writer, record);
    }
    if (this.#mayLeave(priority)) this.#streams.writeData(priority, writer, record);
    if (writer.sizeBytes === 0) return;
    if (writer.sizeBytes === ackBytes) {
      // What only acknowledges is not acknowledged itself.
      this.#emit(source, packet, priority, undefined);
      return;
    }
    record.costBytes += writer.sizeBytes;
    this.#emit(source, packet, priority, record);
    if (this.#sparePackets > 0) this.#sparePackets--;
    this.#waitingSinceMs ??= nowMs;
    this.#stuckSinceMs ??= nowMs;
    this.#schedule();
    this.#streams.notifyDrained();
  }

  #fillClose(reason: GlowError, source: PathSource, packet: LinkPacket): void {
    this.#closeDue = false;
    this.#writer.close(reason, reasonText(reason));
    this.#emit(source, packet, 0, undefined);
  }

  /** Puts what was written into the link's packet, under the next number. */
  #emit(source: PathSource, packet: LinkPacket, priority: PriorityClass, record: SentPacket | undefined): void {
    const { sizeBytes } = this.#writer;
    const number = this.#sent.next;
    const parts = this.#writer.parts();
    this.#sent.add(record);
    this.counts.sent++;
    if (source.direct) {
      packet.session(this.remoteTag, number, parts, sizeBytes);
    } else {
      const { peerBytes, self } = this.#options;
      const body = this.#sealed.seal(number, priority, parts);
      packet.relayed(peerBytes, self, priority, routerLimits.hops, body, sizeBytes + bodyCostBytes);
    }
    this.#sealed.sent(number);
  }

  #hasWork(priority: PriorityClass): boolean {
    if (priority === 0) {
      if (this.#closeDue) return true;
      if (this.#end === undefined && (this.#owedAck.isDue || this.#probeDue || this.#streams.hasNotices)) return true;
    }
    return this.#streams.hasData(priority) && this.#mayLeave(priority);
  }

  /** Whether congestion leaves room. The more urgent always finds some: bulk may not fill all of it. */
  #mayLeave(priority: PriorityClass): boolean {
    if (this.#sparePackets > 0) return true;
    const reserves = priorities.length - 1 - priority;
    const bytes = this.#congestion.windowBytes + reserves * meshSessionLimits.leastCongestionBytes;
    return this.#sent.bytes < bytes && this.#sent.count < meshSessionLimits.packetsUnderWay;
  }

  #ready(priority: PriorityClass): void {
    const path = this.#path;
    if (path !== undefined && this.#hasWork(priority)) path.output.ready(path, priority);
  }

  #wake(): void {
    this.#ready(0);
    this.#ready(1);
    this.#ready(2);
  }

  // -------------------------------------------------------------------------------------------- receiving

  /** A packet that came over a link to the peer: its payload is the next `sizeBytes` of `reader`. */
  receivedDirect(number: number, reader: PieceReader, sizeBytes: number): void {
    if (this.#end !== undefined || this.#isDuplicate(number)) return;
    this.#sealed.received(number);
    // Only relays mark packets.
    this.#receive(number, reader, sizeBytes, false);
  }

  /** A packet that came over relays, from behind its number on. What the peer has not sealed so is dropped. */
  receivedSealed(number: number, priority: PriorityClass, pieces: Pieces, congested: boolean): void {
    if (this.#end !== undefined || this.#isDuplicate(number)) return;
    let payload: PieceReader;
    try {
      payload = new PieceReader(this.#sealed.open(number, priority, pieces));
    } catch {
      // Whoever did that is on the way; the session itself is unharmed.
      this.counts.forged++;
      return;
    }
    this.#receive(number, payload, payload.left, congested);
  }

  #isDuplicate(number: number): boolean {
    if (!this.#owedAck.numbers.has(number)) return false;
    this.counts.duplicate++;
    return true;
  }

  #receive(number: number, reader: PieceReader, sizeBytes: number, congested: boolean): void {
    const nowMs = this.#clock.monotonicMs();
    this.#heard = true;
    this.counts.received++;
    try {
      const fate = readFrames(reader, sizeBytes, this.#frames);
      if (this.#end !== undefined) return;
      if (fate === "deferred") this.counts.deferred++;
      else this.#owedAck.received(number, fate === "acknowledge", sizeBytes, congested, nowMs);
      if (this.#unansweredThere !== undefined) this.#answerProbe(this.#unansweredThere);
      this.#unansweredThere = undefined;
    } catch (error) {
      this.#finish(GlowError.from(error, "mesh.session", this.peer), true);
      return;
    }
    this.#wake();
    this.#schedule();
  }

  /** Who probes in vain does not hear what is answered: then the way back is under suspicion. A new path is probed, too. */
  #answerProbe(unanswered: number): void {
    this.#owedAck.hurry();
    if (unanswered >= meshSessionLimits.suspectProbes) this.#options.events.suspect();
  }

  #frameSink(): FrameSink {
    const streams = this.#streams;
    const isDone = () => this.#end !== undefined;
    return {
      get done() {
        return isDone();
      },
      acknowledged: (acknowledgement) => this.#acknowledged(acknowledgement),
      opened: (id, priority, protocol) => streams.opened(id, priority, protocol),
      data: (id, offset, pieces, length) => streams.get(id)?.receivedData(offset, pieces, length) ?? true,
      credit: (id, offset) => streams.get(id)?.receivedCredit(offset),
      ended: (id, offset) => streams.get(id)?.receivedEnd(offset),
      reset: (id, reason) => streams.get(id)?.receivedReset(reason),
      probed: (unanswered) => {
        this.#unansweredThere = unanswered;
      },
      closed: (reason) => this.#finish(reason, false),
    };
  }

  #acknowledged({ bounds, delayMs, congested }: Acknowledgement): void {
    const nowMs = this.#clock.monotonicMs();
    const newestNumber = (bounds[1] as number) - 1;
    const newest = this.#sent.acknowledge(bounds);
    if (newest !== undefined) {
      this.#probes = 0;
      this.#sparePackets = 0;
      this.#waitingSinceMs = this.#sent.count > 0 ? nowMs : undefined;
      this.#stuckSinceMs = this.#sent.count > 0 || this.#path === undefined ? nowMs : undefined;
      const tells = newest.number === newestNumber && newestNumber >= this.#pathFirstNumber;
      if (tells) this.#roundTrip.add(nowMs - newest.sentMs, delayMs);
    }
    // An older ACK that was overtaken tells of fewer.
    if ((congested - this.#congestedThere) >>> 0 < 2 ** 31 && congested !== this.#congestedThere) {
      this.#congestedThere = congested;
      this.#congestion.congested(newestNumber, this.#sent.next);
    }
    this.#detectLoss(nowMs);
  }

  #detectLoss(nowMs: number): void {
    const { newest, againMs } = this.#sent.detect(nowMs, this.#roundTrip.reorderingMs);
    // What was lost with another path says nothing about this one.
    if (newest >= this.#pathFirstNumber) this.#congestion.congested(newest, this.#sent.next);
    this.#lossMs = againMs;
  }

  #packetAcknowledged(packet: SentPacket): void {
    const wasFull = (this.#sent.bytes + packet.costBytes) * 2 >= this.#congestion.windowBytes;
    this.#congestion.acknowledged(packet.costBytes, wasFull);
    if (packet.ackedNumber >= 0) this.#owedAck.numbers.forgetBelow(packet.ackedNumber);
    for (const share of packet.shares) share.owner.shareAcknowledged(share);
  }

  #packetLost(packet: SentPacket): void {
    this.counts.lost++;
    for (const share of packet.shares) share.owner.shareLost(share);
  }

  // ------------------------------------------------------------------------------------------------- time

  /** Sets the alarm to whatever is due first. */
  #schedule(): void {
    if (this.#end !== undefined) return;
    let dueMs = Number.POSITIVE_INFINITY;
    if (this.#path !== undefined) {
      dueMs = Math.min(this.#lossMs, this.#owedAck.dueAtMs);
      if (this.#waitingSinceMs !== undefined) dueMs = Math.min(dueMs, this.#probeAtMs(this.#waitingSinceMs));
    }
    if (this.#stuckSinceMs !== undefined) dueMs = Math.min(dueMs, this.#stuckSinceMs + meshSessionLimits.graceMs);
    if (dueMs !== Number.POSITIVE_INFINITY) this.#alarm.set(dueMs);
  }

  #probeAtMs(sinceMs: number): number {
    return sinceMs + this.#roundTrip.probeMs(this.#probes);
  }

  #rung(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#stuckSinceMs !== undefined && nowMs >= this.#stuckSinceMs + meshSessionLimits.graceMs) {
      const message = `nothing has got through to the other side for ${meshSessionLimits.graceMs / 1000} s`;
      this.#finish(new GlowError("disconnected", "mesh.session", { target: this.peer, message }), true);
      return;
    }
    if (this.#path !== undefined) {
      this.#owedAck.elapsed(nowMs);
      if (nowMs >= this.#lossMs) this.#detectLoss(nowMs);
      if (this.#waitingSinceMs !== undefined && nowMs >= this.#probeAtMs(this.#waitingSinceMs)) this.#probe(nowMs);
      this.#wake();
    }
    this.#schedule();
  }

  /** Nothing was acknowledged in time: something is sent again, so that an answer must come. */
  #probe(nowMs: number): void {
    this.#waitingSinceMs = nowMs;
    this.#probes++;
    this.#probeDue = true;
    this.#sparePackets = priorities.length;
    this.#sent.loseOldest();
    if (this.#probes >= meshSessionLimits.suspectProbes) this.#options.events.suspect();
  }

  #finish(reason: GlowError, tellPeer: boolean): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#alarm.cancel();
    this.#streams.end(reason);
    this.#sent.clear();
    this.#closeDue = tellPeer && this.#path !== undefined;
    this.#ready(0);
    this.#options.events.closed(reason);
  }
}

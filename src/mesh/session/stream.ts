// One stream of a session, on either side: a Pipe whose packets travel as bytes at offsets, each way within the credit
// that the reader gives. The session asks it for frames when there is room in a packet, and tells it what has become
// of them.

import { assert, GlowError } from "#base/errors.ts";
import { fireflyLimits, meshSessionLimits, transportLimits } from "#base/limits.ts";
import { packetLength } from "#base/packet.ts";
import type { Clock, PipeReceiver, Priority, Stream, Timer, Timers } from "#glow";
import { type PriorityClass, priorities } from "../wire/priority.ts";
import { dataHeaderBytes, offsetFrameBytes, openHeaderBytes, resetHeaderBytes, violation } from "./frame.ts";
import { type FrameWriter, reasonText } from "./frame-writer.ts";
import { IncomingData } from "./incoming-data.ts";
import { OutgoingData } from "./outgoing-data.ts";
import type { SentPacket } from "./sent-packets.ts";
import { type ShareOwner, StreamShare } from "./stream-share.ts";

/** Fewer bytes than this are not worth a DATA frame at the end of a packet, if there are more. */
const leastRunBytes = 64;

/** What streams share: the session as they see it. */
export interface StreamHost {
  readonly clock: Clock;
  readonly timers: Timers;
  /** The round trip, about. */
  readonly roundTripMs: number;
  /** It has bytes, OPEN or END to send. */
  dataReady(stream: MeshStream): void;
  /** It has CREDIT or RESET to send. */
  noticeReady(stream: MeshStream): void;
  /** It has room again for what `send` refused. */
  drained(stream: MeshStream): void;
  /** Takes up to `bytes` of window from what all streams share; negative gives them back. Returns what it got. */
  widen(bytes: number): number;
  /** Unfinished packets hold so many bytes more, or less. False if that is too much. */
  holdUnfinished(bytes: number): boolean;
  /** It is over on this side. */
  ended(stream: MeshStream): void;
  /** Nothing of it is left to say. */
  forget(stream: MeshStream): void;
}

export class MeshStream implements Stream, ShareOwner {
  readonly id: number;
  readonly protocol: string;
  readonly priority: Priority;
  readonly priorityClass: PriorityClass;
  /** This side began it. */
  readonly isOwn: boolean;
  /** In the session's lists of streams that have something to send. */
  isDataQueued = false;
  isNoticeQueued = false;
  readonly #host: StreamHost;
  readonly #protocolBytes: Uint8Array;
  #receiver: PipeReceiver | undefined;
  readonly #outgoing = new OutgoingData();
  readonly #incoming = new IncomingData();
  #opening: "due" | "sent" | "known";
  /** Up to here the peer takes bytes. */
  #sendLimit: number = meshSessionLimits.firstWindowBytes;
  #congested = false;
  /** This side has closed it: END follows the bytes, and nothing is taken any more. */
  #closing = false;
  #endDue = false;
  #closeTimer: Timer | undefined;
  #endArrived = false;
  /** Up to here this side takes bytes. */
  #receiveLimit: number = meshSessionLimits.firstWindowBytes;
  #windowBytes: number = meshSessionLimits.firstWindowBytes;
  #creditDue = false;
  #creditedAtMs = 0;
  #paused = false;
  #unfinishedBytes = 0;
  /** Where the peer's bytes end, once it has closed. */
  #finalOffset: number | undefined;
  /** Why it is over; then only RESET may still be on its way. */
  #end: GlowError | undefined;
  #resetReason: GlowError | undefined;
  #resetText: Uint8Array | undefined;
  #resetDue = false;
  /** Both sides know that it is over. */
  #isForgotten = false;

  constructor(
    host: StreamHost,
    id: number,
    protocol: string,
    protocolBytes: Uint8Array,
    priorityClass: PriorityClass,
    isOwn: boolean,
  ) {
    this.#host = host;
    this.id = id;
    this.protocol = protocol;
    this.#protocolBytes = protocolBytes;
    this.priorityClass = priorityClass;
    this.priority = priorities[priorityClass];
    this.isOwn = isOwn;
    this.#opening = isOwn ? "due" : "known";
  }

  // -------------------------------------------------------------------------------------------- as a Pipe

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has one receiver");
    this.#receiver = receiver;
    const end = this.#end;
    if (end !== undefined) {
      this.#host.timers.endOfTurn(() => receiver.closed(end));
      return;
    }
    this.#incoming.attach(receiver);
    // What has come before waits for the end of the turn, as a receiver expects nothing from within `attach`.
    if (this.#incoming.earlyCostBytes > 0 || this.#finalOffset !== undefined) {
      this.#host.timers.endOfTurn(() => this.#deliver());
    }
  }

  send(parts: readonly Uint8Array[]): boolean {
    const length = packetLength(parts);
    if (this.#closing || this.#end !== undefined) return false;
    if (this.#outgoing.unsentBytes + length > fireflyLimits.sendQueueBytes) {
      const message = `more than ${fireflyLimits.sendQueueBytes} bytes were sent without waiting for \`drained\``;
      this.abort(new GlowError("exhausted", "pipe.send", { target: this.protocol, message }));
      return false;
    }
    this.#outgoing.add(parts, length);
    if (!this.isDataQueued) this.#host.dataReady(this);
    if (this.#outgoing.unsentBytes <= fireflyLimits.sendHighWaterBytes) return true;
    this.#congested = true;
    return false;
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#outgoing.unsentBytes : 0;
  }

  close(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#closing = true;
    this.#endDue = true;
    this.#stopReceiving();
    if (this.#finalOffset !== undefined) {
      this.#finish(this.#reason("closed on this side"), this.#reason("closed on both sides"));
      return;
    }
    this.#host.dataReady(this);
    this.#watchClose();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#renewCredit();
  }

  abort(reason: GlowError): void {
    if (this.#end === undefined) this.#finish(reason, reason);
  }

  // ------------------------------------------------------------------------------------------ sending

  /** It has bytes, OPEN or END that may be sent now. */
  get hasData(): boolean {
    if (this.#end !== undefined) return false;
    if (this.#opening === "due" || this.#outgoing.nextOffset(this.#sendLimit) !== undefined) return true;
    return this.#endDue && this.#outgoing.unsentBytes === 0;
  }

  /** Writes OPEN, DATA and END frames, of about `mostBytes`, as far as there is room. False if nothing fits. */
  writeData(writer: FrameWriter, packet: SentPacket, mostBytes: number): boolean {
    if (!this.#opensFit(writer, offsetFrameBytes)) return false;
    const before = writer.sizeBytes;
    const share = new StreamShare(this);
    if (this.#opening !== "known") this.#writeOpen(writer, share);
    let left = mostBytes;
    for (;;) {
      const offset = this.#outgoing.nextOffset(this.#sendLimit);
      if (offset === undefined) break;
      const run = this.#outgoing.runBytes(offset, this.#sendLimit);
      const length = Math.min(run, left, writer.dataRoomBytes);
      if (length <= 0 || (length < leastRunBytes && length < run)) break;
      writer.data(this.id, offset, length);
      this.#outgoing.send(offset, length, writer);
      share.runs.push(offset, offset + length);
      left -= length + dataHeaderBytes;
    }
    if (this.#endDue && this.#outgoing.nextOffset(this.#sendLimit) === undefined && this.#outgoing.unsentBytes === 0) {
      if (writer.fits(offsetFrameBytes)) {
        writer.end(this.id, this.#outgoing.endOffset);
        this.#endDue = false;
        share.ended = true;
      }
    }
    if (writer.sizeBytes === before) return false;
    packet.shares.push(share);
    if (this.#congested && this.#outgoing.unsentBytes <= fireflyLimits.sendHighWaterBytes) {
      this.#congested = false;
      if (!this.#closing) this.#host.drained(this);
    }
    return true;
  }

  get hasNotice(): boolean {
    return this.#resetDue || this.#creditDue;
  }

  /** Writes RESET or CREDIT. False if it does not fit. */
  writeNotice(writer: FrameWriter, packet: SentPacket): boolean {
    const text = this.#resetText;
    if (!this.#opensFit(writer, text === undefined ? offsetFrameBytes : resetHeaderBytes + text.length)) return false;
    const share = new StreamShare(this);
    if (this.#opening !== "known") this.#writeOpen(writer, share);
    if (this.#resetReason !== undefined && text !== undefined) {
      writer.reset(this.id, this.#resetReason, text);
      this.#resetDue = false;
      share.reset = true;
    } else {
      writer.credit(this.id, this.#receiveLimit);
      share.credit = this.#receiveLimit;
    }
    this.#creditDue = false;
    packet.shares.push(share);
    return true;
  }

  notifyDrained(): void {
    if (!this.#closing && this.#end === undefined) this.#receiver?.drained();
  }

  shareAcknowledged(share: StreamShare): void {
    if (share.opened) this.#opening = "known";
    if (share.reset) this.#forget();
    if (this.#end !== undefined) return;
    if (share.ended) this.#endArrived = true;
    for (let i = 0; i < share.runs.length; i += 2) {
      this.#outgoing.acknowledge(share.runs[i] as number, share.runs[i + 1] as number);
    }
  }

  shareLost(share: StreamShare): void {
    if (share.opened && this.#opening === "sent") this.#opening = "due";
    if (share.reset && !this.#isForgotten) this.#resetDue = true;
    if (this.#end === undefined) {
      for (let i = 0; i < share.runs.length; i += 2) {
        this.#outgoing.lose(share.runs[i] as number, share.runs[i + 1] as number);
      }
      if (share.ended) this.#endDue = true;
      // An older CREDIT says nothing that a newer one does not.
      if (share.credit === this.#receiveLimit) this.#creditDue = true;
      if (this.hasData) this.#host.dataReady(this);
    }
    if (this.hasNotice) this.#host.noticeReady(this);
  }

  #opensFit(writer: FrameWriter, sizeBytes: number): boolean {
    const openBytes = this.#opening === "known" ? 0 : openHeaderBytes + this.#protocolBytes.length;
    return writer.fits(openBytes + sizeBytes);
  }

  #writeOpen(writer: FrameWriter, share: StreamShare): void {
    writer.open(this.id, this.priorityClass, this.#protocolBytes);
    this.#opening = "sent";
    share.opened = true;
  }

  // ---------------------------------------------------------------------------------------- receiving

  /** DATA has come. False if it has to come again, since there is no room to keep it until what is before it comes. */
  receivedData(offset: number, pieces: readonly Uint8Array[], length: number): boolean {
    if (this.#end !== undefined || this.#closing) return true;
    const end = offset + length;
    if (end > this.#receiveLimit) throw violation(`it sends on stream ${this.id} without credit`);
    if (this.#finalOffset !== undefined && end > this.#finalOffset) throw violation(`bytes behind the end of a stream`);
    const room = this.#incoming.add(offset, pieces, this.#windowBytes);
    this.#delivered();
    return room;
  }

  receivedCredit(offset: number): void {
    if (this.#end !== undefined || offset <= this.#sendLimit) return;
    this.#sendLimit = offset;
    if (this.hasData) this.#host.dataReady(this);
  }

  receivedEnd(offset: number): void {
    if (this.#end !== undefined) return;
    const known = this.#finalOffset;
    const wrong = offset > this.#receiveLimit || offset < this.#incoming.highestOffset;
    if (wrong || (known !== undefined && known !== offset)) throw violation(`a stream that ends at two places`);
    this.#finalOffset = offset;
    if (this.#closing) this.#finish(this.#reason("closed on this side"), this.#reason("closed on both sides"));
    else this.#delivered();
  }

  receivedReset(reason: GlowError): void {
    if (this.#end === undefined) this.#finish(this.#closing ? this.#reason("closed on this side") : reason, undefined);
    this.#forget();
  }

  #deliver(): void {
    if (this.#end !== undefined || this.#closing) return;
    this.#incoming.deliver();
    this.#delivered();
  }

  /** Bytes were handed on. The receiver may have ended the stream meanwhile. */
  #delivered(): void {
    if (this.#end !== undefined || this.#closing) return;
    const { tooLongBytes, unfinishedBytes } = this.#incoming;
    if (tooLongBytes !== undefined) {
      const message = `the other side announced a packet of ${tooLongBytes} bytes, above the limit of ${fireflyLimits.packetBytes}`;
      this.abort(new GlowError("too-large", "pipe.receive", { target: this.protocol, message }));
      return;
    }
    if (unfinishedBytes !== this.#unfinishedBytes && !this.#holdUnfinished(unfinishedBytes)) return;
    if (this.#receiver !== undefined && this.#finalOffset === this.#incoming.offset) {
      const partial = this.#incoming.partial();
      const lost = partial === undefined ? "" : ` within a packet, which is lost: ${partial} had come`;
      this.#finish(this.#reason(`closed by the other side${lost}`), this.#reason("closed by you"));
      return;
    }
    this.#renewCredit();
  }

  #holdUnfinished(bytes: number): boolean {
    const more = bytes - this.#unfinishedBytes;
    if (this.#host.holdUnfinished(more)) {
      this.#unfinishedBytes = bytes;
      return true;
    }
    const message = "the streams of this session hold too much of packets that have begun and not ended";
    this.abort(new GlowError("exhausted", "pipe.receive", { target: this.protocol, message }));
    return false;
  }

  /** Gives credit anew once half of it is used up; more than before if that took the sender hardly any time. */
  #renewCredit(): void {
    if (this.#paused || this.#end !== undefined || this.#closing || this.#finalOffset !== undefined) return;
    const { offset } = this.#incoming;
    if (this.#receiveLimit - offset > this.#windowBytes / 2) return;
    const nowMs = this.#host.clock.monotonicMs();
    const fast = nowMs - this.#creditedAtMs <= Math.max(4 * this.#host.roundTripMs, 4 * meshSessionLimits.ackDelayMs);
    this.#creditedAtMs = nowMs;
    if (fast && this.#windowBytes < meshSessionLimits.windowBytes) {
      this.#windowBytes += this.#host.widen(
        Math.min(this.#windowBytes, meshSessionLimits.windowBytes - this.#windowBytes),
      );
    }
    this.#receiveLimit = offset + this.#windowBytes;
    this.#creditDue = true;
    if (!this.isNoticeQueued) this.#host.noticeReady(this);
  }

  // ------------------------------------------------------------------------------------------- ending

  /** The session is over, and takes this stream along. */
  sessionEnded(reason: GlowError): void {
    if (this.#end === undefined) this.#finish(reason, undefined);
  }

  /** Memory in use, about. */
  get heldBytes(): number {
    return this.#outgoing.heldBytes + this.#incoming.earlyCostBytes + this.#unfinishedBytes;
  }

  /** A peer that takes nothing of what is left is waited for only so long; a path that is cut is not its fault. */
  #watchClose(): void {
    const { arrivedBytes } = this.#outgoing;
    this.#closeTimer = this.#host.timers.after(transportLimits.closeMs, () => {
      const isRefused = this.#outgoing.unsentBytes > 0 && this.#outgoing.nextOffset(this.#sendLimit) === undefined;
      const isStuck = this.#outgoing.arrivedBytes === arrivedBytes && (isRefused || this.#endArrived);
      if (isStuck) this.abort(this.#reason("closed on this side, but the other side takes nothing"));
      else this.#watchClose();
    });
  }

  #stopReceiving(): void {
    this.#incoming.stop();
    this.#host.holdUnfinished(-this.#unfinishedBytes);
    this.#unfinishedBytes = 0;
    this.#host.widen(meshSessionLimits.firstWindowBytes - this.#windowBytes);
    this.#windowBytes = meshSessionLimits.firstWindowBytes;
    this.#creditDue = false;
  }

  /** It is over: for `reason` here; the peer is told `toPeer`, if it does not know. */
  #finish(reason: GlowError, toPeer: GlowError | undefined): void {
    this.#end = reason;
    this.#closeTimer?.cancel();
    this.#stopReceiving();
    this.#outgoing.clear();
    this.#host.ended(this);
    if (toPeer !== undefined) {
      this.#resetReason = toPeer;
      this.#resetText = reasonText(toPeer);
      this.#resetDue = true;
      this.#host.noticeReady(this);
    }
    const receiver = this.#receiver;
    // Not from within a call of the receiver's own, or of `close` and `abort`.
    if (receiver !== undefined) this.#host.timers.endOfTurn(() => receiver.closed(reason));
  }

  #forget(): void {
    this.#resetDue = false;
    this.#isForgotten = true;
    this.#host.forget(this);
  }

  #reason(message: string): GlowError {
    return new GlowError("disconnected", "pipe.receive", { target: this.protocol, message });
  }
}

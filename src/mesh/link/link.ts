// A link: a transport's pipe once both ends have proved who they are. It seals what its sources have to send, a block
// for each packet, and takes the neighbour's packets apart as they come, piece by piece. Layout: link-packet.ts.
//
// Bodies of relayed packets go through it as they are: they are sealed from end to end already.

import { concatBytes, totalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { linkLimits } from "#base/limits.ts";
import { suites } from "#base/suites.ts";
import type { Clock, Link, LinkMetrics, NodeId, Pipe, PipeReceiver, Timer, Timers } from "#glow";
import { nodeIdBytes } from "#identity/node-identity.ts";
import type { EpochKey } from "../wire/epoch-key.ts";
import { PieceReader, type Pieces } from "../wire/piece-reader.ts";
import { priorities, type PriorityClass } from "../wire/priority.ts";
import { frameType, LinkPacket } from "./link-packet.ts";
import type { LinkOutput, LinkSource } from "./link-source.ts";
import { SmallestRecent } from "./smallest-recent.ts";

/** The header of a relayed packet. */
export interface Relayed {
  /** Its 33 bytes from `to` on, those of `from` behind them: views, to be kept for a short time only. */
  readonly ids: Uint8Array;
  readonly priority: PriorityClass;
  readonly congested: boolean;
  readonly hopsLeft: number;
  readonly sizeBytes: number;
}

/** What a link tells whoever owns it. A GlowError thrown by one of the first three ends the link with that reason. */
export interface LinkEvents {
  control(link: SecureLink, channel: number, message: Uint8Array): void;
  session(link: SecureLink, tag: number, number: number, payload: PieceReader, sizeBytes: number): void;
  relayed(link: SecureLink, header: Relayed, body: Pieces): void;
  /** The measured round trip is another than before. */
  measured(link: SecureLink): void;
  closed(link: SecureLink, reason: GlowError): void;
}

export interface LinkOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly peer: NodeId;
  readonly scope: LinkMetrics["scope"];
  readonly sendKey: EpochKey;
  readonly receiveKey: EpochKey;
  readonly events: LinkEvents;
}

const noAssociated = new Uint8Array(0);
const aeadTagBytes = suites["aes-256-gcm"].lengthBytes;
const longestBlockBytes = linkLimits.blockBytes + aeadTagBytes;

export class SecureLink implements Link, LinkOutput, PipeReceiver {
  readonly peer: NodeId;
  readonly #pipe: Pipe;
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  /** For each priority, the sources that have something, in the order of their turns. */
  readonly #rings: readonly Set<LinkSource>[] = priorities.map(() => new Set());
  #control: { readonly channel: number; readonly message: Uint8Array }[] = [];
  #controlBytes = 0;
  #pongs: number[] = [];
  /** What the next flush sends; empty between flushes. */
  readonly #packet = new LinkPacket();
  #flushing = false;
  #congested = false;
  #sent = 0;
  #received = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #closed = false;
  #tick: Timer | undefined;
  #doubt: Timer | undefined;
  #ticks = 0;
  #sentSinceTick = false;
  #sentMs = 0;
  #silentTicks = 0;
  /** For how many ticks the pipe has been full, and by how much it was at the last. */
  #fullTicks = 0;
  #fullBytes = Number.POSITIVE_INFINITY;
  readonly #roundTrips = new SmallestRecent(linkLimits.roundTripSamples);
  #pingId = 0;
  #pingSentMs: number | undefined;

  // What is coming in: the 4 bytes of the block's length, the block, then the bodies of its relayed frames.
  #lengthBytes = 0;
  #missing = 0;
  #pieces: Uint8Array[] = [];
  #phase: "length" | "block" | "bodies" = "length";
  #headers: Relayed[] = [];
  #headersDone = 0;

  /** `pipe` has its receiver already, which hands on to this one what comes from now on. */
  constructor(pipe: Pipe, options: LinkOptions) {
    this.#pipe = pipe;
    this.#options = options;
    this.#events = options.events;
    this.peer = options.peer;
    this.#ping();
    this.#nextTick();
  }

  get open(): boolean {
    return !this.#closed;
  }

  metrics(): LinkMetrics {
    return { scope: this.#options.scope, roundTripMs: this.#roundTrips.smallest ?? linkLimits.assumedRoundTripMs };
  }

  /** Bytes of this link's packets since it was made, what is relayed in them too. */
  get traffic(): { readonly sentBytes: number; readonly receivedBytes: number } {
    return { sentBytes: this.#sentBytes, receivedBytes: this.#receivedBytes };
  }

  ready(source: LinkSource, priority: PriorityClass): void {
    if (this.#closed) return;
    (this.#rings[priority] as Set<LinkSource>).add(source);
    this.#schedule();
  }

  /** Sends a message of the mesh itself to the neighbour, ahead of everything else. Past the queue's limit the link ends. */
  sendControl(channel: number, message: Uint8Array): void {
    if (this.#closed) return;
    this.#control.push({ channel, message });
    this.#controlBytes += message.length;
    if (this.#controlBytes > linkLimits.controlQueueBytes) {
      this.close(this.#reason("exhausted", "the neighbour takes nothing: too many messages of the mesh wait for it"));
      return;
    }
    this.#schedule();
  }

  /** Something speaks against this link: unless the neighbour is heard within `doubtMs`, it is dead. */
  doubt(): void {
    if (this.#closed || this.#doubt !== undefined) return;
    this.#ping();
    this.#doubt = this.#options.timers.after(linkLimits.doubtMs, () => {
      this.#doubt = undefined;
      this.close(this.#reason("disconnected", `the neighbour was silent for ${linkLimits.doubtMs} ms when in doubt`));
    });
  }

  close(reason: GlowError): void {
    if (this.#closed) return;
    this.#pipe.close();
    this.#end(reason);
  }

  // ------------------------------------------------------------------------------------------------- sending

  #schedule(): void {
    if (this.#flushing || this.#congested) return;
    this.#flushing = true;
    this.#options.timers.endOfTurn(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    while (!this.#closed && !this.#congested) {
      this.#fill(this.#packet);
      if (this.#packet.empty) return;
      this.#send(this.#packet);
    }
  };

  #fill(packet: LinkPacket): void {
    for (const id of this.#pongs) packet.ping(frameType.pong, id);
    this.#pongs = [];
    let taken = 0;
    for (const { channel, message } of this.#control) {
      if (message.length > packet.controlRoomBytes) break;
      packet.control(channel, message);
      this.#controlBytes -= message.length;
      taken++;
    }
    if (taken > 0) this.#control.splice(0, taken);
    if (this.#control.length > 0) return;
    for (let priority = 0; priority < this.#rings.length; priority++) {
      // What is added while a source is asked comes behind it, and has its turn in this very loop.
      const ring = this.#rings[priority] as Set<LinkSource>;
      for (const source of ring) {
        const before = packet.blockBytes;
        const more = source.fill(packet, priority as PriorityClass);
        // It has something that does not fit any more: it is first in the next packet.
        if (more && packet.blockBytes === before && before > 0) return;
        ring.delete(source);
        if (more && packet.blockBytes > before) ring.add(source);
      }
    }
  }

  #send(packet: LinkPacket): void {
    const key = this.#options.sendKey;
    const number = this.#sent++;
    const sealed = key.key(number).sealParts(key.nonce(number), noAssociated, packet.block());
    key.accept(number);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, packet.blockBytes + aeadTagBytes, true);
    const parts: Uint8Array[] = [length];
    for (const part of sealed) parts.push(part);
    for (const body of packet.bodies()) parts.push(body);
    packet.clear();
    this.#sentBytes += totalBytes(parts);
    this.#sentSinceTick = true;
    this.#sentMs = this.#options.clock.monotonicMs();
    if (!this.#pipe.send(parts)) this.#congested = true;
  }

  drained(): void {
    if (!this.#congested) return;
    this.#congested = false;
    // Not at once: the pipe may say so from within a call, and this may send all it can take.
    this.#schedule();
  }

  // -------------------------------------------------------------------------------------- keeping it alive

  #nextTick(): void {
    this.#tick = this.#options.timers.after(linkLimits.tickMs, () => {
      this.#silentTicks++;
      if (this.#silentTicks > linkLimits.silentTicks) {
        const silentMs = linkLimits.tickMs * linkLimits.silentTicks;
        this.close(this.#reason("disconnected", `the neighbour has been silent for more than ${silentMs} ms`));
        return;
      }
      if (this.#isStalled()) {
        const stalledMs = linkLimits.tickMs * linkLimits.stalledTicks;
        this.close(
          this.#reason("exhausted", `the neighbour has taken nothing for ${stalledMs} ms, while much waits for it`),
        );
        return;
      }
      this.#nextTick();
      if (++this.#ticks % linkLimits.ticksPerPing === 0) this.#ping();
      else if (!this.#sentSinceTick && !this.#congested) this.#send(this.#packet);
      this.#sentSinceTick = false;
    });
  }

  /**
   * The ticks of a page in the background come once a minute, its packets as ever: so each is an occasion for the sign of
   * life that is due.
   */
  #answerLife(): void {
    if (this.#closed || this.#flushing || this.#congested) return;
    if (this.#options.clock.monotonicMs() - this.#sentMs > linkLimits.tickMs) this.#send(this.#packet);
  }

  /** A neighbour that lets what is for it pile up holds what others have sent through here. */
  #isStalled(): boolean {
    const fullBytes = this.#pipe.bufferedBytes;
    const isStuck = this.#congested && fullBytes >= this.#fullBytes;
    this.#fullBytes = this.#congested ? fullBytes : Number.POSITIVE_INFINITY;
    this.#fullTicks = isStuck ? this.#fullTicks + 1 : 0;
    return this.#fullTicks > linkLimits.stalledTicks;
  }

  #ping(): void {
    // While one is on its way another would measure nothing new.
    if (this.#closed || this.#congested || this.#pingSentMs !== undefined) return;
    const packet = this.#packet;
    this.#pingId = (this.#pingId + 1) >>> 0;
    this.#pingSentMs = this.#options.clock.monotonicMs();
    packet.ping(frameType.ping, this.#pingId);
    this.#send(packet);
  }

  #ponged(id: number): void {
    if (id !== this.#pingId || this.#pingSentMs === undefined) return;
    this.#roundTrips.add(this.#options.clock.monotonicMs() - this.#pingSentMs);
    this.#pingSentMs = undefined;
    this.#events.measured(this);
  }

  // ----------------------------------------------------------------------------------------------- receiving

  /** Pipes give pieces, since there is `piece`. */
  packet(bytes: Uint8Array, start: number, end: number): void {
    this.piece(bytes, start, end, true);
  }

  piece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.#closed) return;
    this.#receivedBytes += end - start;
    this.#silentTicks = 0;
    this.#doubt?.cancel();
    this.#doubt = undefined;
    try {
      this.#take(bytes, start, end);
      if (!last || this.#closed) return;
      const whole = this.#phase === "bodies" && this.#headersDone === this.#headers.length;
      if (!whole) throw this.#reason("protocol", "a packet of the link ends before what it announces");
      this.#phase = "length";
      this.#lengthBytes = 0;
      this.#missing = 0;
      this.#headers = [];
      this.#headersDone = 0;
      this.#answerLife();
    } catch (error) {
      this.close(GlowError.from(error, "link.receive"));
    }
  }

  closed(reason: GlowError): void {
    this.#end(reason);
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && !this.#closed) {
      if (this.#phase === "length") {
        this.#missing += (bytes[at++] as number) * 2 ** (8 * this.#lengthBytes++);
        if (this.#lengthBytes === 4) this.#beginBlock();
        continue;
      }
      if (this.#missing === 0) throw this.#reason("protocol", "bytes follow the end of a packet of the link");
      const count = Math.min(this.#missing, end - at);
      this.#pieces.push(bytes.subarray(at, at + count));
      // A packet that drips in byte by byte would take a hundred times its size.
      if (this.#pieces.length >= linkLimits.pieces) this.#pieces = [concatBytes(this.#pieces)];
      at += count;
      this.#missing -= count;
      if (this.#missing > 0) return;
      if (this.#phase === "block") this.#endBlock();
      else this.#endBody();
    }
  }

  #beginBlock(): void {
    const length = this.#missing;
    if (length < aeadTagBytes || length > longestBlockBytes) {
      throw this.#reason(
        "too-large",
        `a block of ${length} bytes; the link takes ${aeadTagBytes} to ${longestBlockBytes}`,
      );
    }
    this.#phase = "block";
    this.#pieces = [];
  }

  #endBlock(): void {
    const sealed = new PieceReader(this.#pieces);
    const sizeBytes = sealed.left - aeadTagBytes;
    const key = this.#options.receiveKey;
    const number = this.#received++;
    const opening = key.key(number).opening(key.nonce(number), noAssociated, sizeBytes);
    for (const piece of sealed.take(sizeBytes)) opening.update(piece);
    const plain = opening.finish(sealed.bytes(aeadTagBytes));
    key.accept(number);
    this.#phase = "bodies";
    this.#pieces = [];
    this.#readFrames(new PieceReader(plain));
    if (this.#headers.length > 0) this.#beginBody();
  }

  #readFrames(reader: PieceReader): void {
    let bodiesBytes = 0;
    while (reader.left > 0 && !this.#closed) {
      const type = reader.u8();
      if (type === frameType.session) {
        const tag = reader.u32();
        const number = reader.u48();
        const sizeBytes = reader.u24();
        if (sizeBytes > reader.left) throw this.#reason("protocol", "a session packet is longer than its block");
        const rest = reader.left - sizeBytes;
        this.#events.session(this, tag, number, reader, sizeBytes);
        // What is not for anybody here is passed over.
        if (reader.left > rest) reader.take(reader.left - rest);
      } else if (type === frameType.relayed) {
        const ids = reader.bytes(2 * nodeIdBytes);
        const flags = reader.u8();
        const hopsLeft = reader.u8();
        const sizeBytes = reader.u24();
        bodiesBytes += sizeBytes;
        if ((flags & 0b11) > 2 || flags > 0b111) throw this.#reason("protocol", `flags ${flags} mean nothing`);
        if (bodiesBytes > linkLimits.bodiesBytes)
          throw this.#reason("too-large", "more relayed bytes than a packet has");
        const priority = (flags & 0b11) as PriorityClass;
        this.#headers.push({ ids, priority, congested: (flags & 0b100) !== 0, hopsLeft, sizeBytes });
      } else if (type === frameType.control) {
        const channel = reader.u8();
        this.#events.control(this, channel, reader.bytes(reader.u24()));
      } else if (type === frameType.ping) {
        this.#answer(reader.u32());
      } else if (type === frameType.pong) {
        this.#ponged(reader.u32());
      } else {
        throw this.#reason("protocol", `a frame of type ${type} means nothing in this version`);
      }
    }
  }

  #answer(id: number): void {
    if (this.#pongs.length >= linkLimits.pongs) throw this.#reason("exhausted", "the neighbour pings without end");
    this.#pongs.push(id);
    this.#schedule();
  }

  #beginBody(): void {
    this.#pieces = [];
    this.#missing = (this.#headers[this.#headersDone] as Relayed).sizeBytes;
    if (this.#missing === 0) this.#endBody();
  }

  #endBody(): void {
    const header = this.#headers[this.#headersDone++] as Relayed;
    this.#events.relayed(this, header, this.#pieces);
    if (this.#headersDone < this.#headers.length) this.#beginBody();
  }

  // -------------------------------------------------------------------------------------------------- ending

  #reason(kind: "protocol" | "too-large" | "exhausted" | "disconnected", message: string): GlowError {
    return new GlowError(kind, "link.receive", { target: this.peer, message });
  }

  #end(reason: GlowError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tick?.cancel();
    this.#doubt?.cancel();
    for (const ring of this.#rings) ring.clear();
    this.#control = [];
    this.#headers = [];
    this.#pieces = [];
    this.#events.closed(this, reason);
  }
}

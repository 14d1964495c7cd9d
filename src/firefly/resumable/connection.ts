// One connection of a resumable pipe after its handshake: tells segments from control messages, acknowledges what
// comes, answers pings, and finds out when the connection is dead. What spans connections is its owner's business.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import type { PipeReceiver, Timer } from "#glow";
import type { Handover } from "./handover.ts";
import { type ControlMessage, decodeMessage, encodeMessage, messageType, violation } from "./message.ts";
import type { ResumableLimits, ResumablePowers } from "./resumable-pipe.ts";
import { segmentCost } from "./segment-ring.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** Whose connection it is. After `lost`, `violated` or `aborted`, or its own `drop`, the owner hears nothing more. */
export interface ConnectionOwner {
  /** Segments that have come, over all connections. */
  readonly received: number;
  /** A segment, whose first byte is its type. */
  segment(bytes: Uint8Array, start: number, end: number): void;
  /** The other side has received so many segments. */
  acknowledged(count: number): void;
  /** After a time in which it was not: segments can be sent again. */
  writable(): void;
  measured(roundTripMs: number): void;
  lost(reason: GlowError): void;
  aborted(kind: ErrorKind): void;
  violated(error: GlowError): void;
}

export class Connection implements PipeReceiver {
  readonly #handover: Handover;
  readonly #owner: ConnectionOwner;
  readonly #powers: ResumablePowers;
  readonly #ackDelayMs: number;
  /** What may come before it is acknowledged: a quarter of the other side's window. */
  readonly #ackAfterBytes: number;
  readonly #watch: SilenceWatch;
  #unacknowledgedBytes = 0;
  #ackTimer: Timer | undefined;
  /**
   * The pipe below takes no more for now. Answers are then owed instead of sent, and of each kind one at most: else a
   * peer that asks and does not read could pile them up here.
   */
  #congested = false;
  #owesAck = false;
  #owedPong: number | undefined;
  #ended = false;

  constructor(
    handover: Handover,
    owner: ConnectionOwner,
    peerWindowBytes: number,
    limits: ResumableLimits,
    powers: ResumablePowers,
  ) {
    this.#handover = handover;
    this.#owner = owner;
    this.#powers = powers;
    this.#ackDelayMs = limits.ackDelayMs;
    this.#ackAfterBytes = peerWindowBytes / 4;
    this.#watch = new SilenceWatch({
      timers: powers.timers,
      clock: powers.clock,
      pingAfterMs: limits.pingAfterMs,
      deadAfterMs: limits.deadAfterMs,
      ping: (number) => this.#send({ type: "ping", number }),
      dead: () => this.#lost(silent(limits.deadAfterMs)),
    });
    handover.to(this);
  }

  get isWritable(): boolean {
    return !this.#congested && !this.#ended;
  }

  get bufferedBytes(): number {
    return this.#handover.pipe.bufferedBytes;
  }

  /** Sends a segment; only while the connection is writable. */
  sendSegment(parts: readonly Uint8Array[]): void {
    if (!this.#handover.pipe.send(parts)) this.#congested = true;
  }

  /** Measures the round trip now. */
  probe(): void {
    this.#watch.probe();
  }

  /** Tells the other side that the pipe is over, and ends the connection. */
  abort(kind: ErrorKind): void {
    if (this.#ended) return;
    this.#send({ type: "abort", kind });
    this.drop();
  }

  /** Ends the connection after what was sent. */
  drop(): void {
    this.#stop();
    this.#handover.discard();
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    this.#watch.heard();
    const type = start < end ? (bytes[start] as number) : 0;
    if (type === messageType.packet || type === messageType.part) {
      this.#segment(bytes, start, end);
    } else if (type === messageType.end) {
      // At once, since the owner ends the connection, and even if congested: the other side waits for just this.
      this.#owner.segment(bytes, start, end);
    } else {
      this.#control(bytes.subarray(start, end));
    }
  }

  drained(): void {
    this.#congested = false;
    if (this.#owesAck) this.#acknowledge();
    if (this.#owedPong !== undefined) this.#pong(this.#owedPong);
    if (this.isWritable) this.#owner.writable();
  }

  closed(reason: GlowError): void {
    this.#lost(reason);
  }

  /** Acknowledges all that has come, even if the pipe below is congested. */
  acknowledgeNow(): void {
    this.#ackTimer?.cancel();
    this.#ackTimer = undefined;
    this.#unacknowledgedBytes = 0;
    this.#owesAck = false;
    this.#send({ type: "ack", received: this.#owner.received });
  }

  #segment(bytes: Uint8Array, start: number, end: number): void {
    this.#owner.segment(bytes, start, end);
    if (this.#ended) return;
    this.#unacknowledgedBytes += segmentCost(end - start - 1);
    if (this.#unacknowledgedBytes >= this.#ackAfterBytes) this.#acknowledge();
    else this.#ackTimer ??= this.#powers.timers.after(this.#ackDelayMs, this.#acknowledge);
  }

  readonly #acknowledge = (): void => {
    if (this.#congested) this.#owesAck = true;
    else this.acknowledgeNow();
  };

  #pong(number: number): void {
    this.#owedPong = this.#congested ? number : undefined;
    if (!this.#congested) this.#send({ type: "pong", number });
  }

  #control(bytes: Uint8Array): void {
    let message: ControlMessage;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      this.#owner.violated(GlowError.from(error, "pipe.receive"));
      return;
    }
    switch (message.type) {
      case "ack":
        this.#owner.acknowledged(message.received);
        break;
      case "ping":
        this.#pong(message.number);
        break;
      case "pong":
        this.#ponged(message.number);
        break;
      case "abort":
        this.#owner.aborted(message.kind);
        break;
      case "hello":
      case "welcome":
        this.#owner.violated(violation(`a second ${message.type.toUpperCase()}`));
    }
  }

  #ponged(number: number): void {
    const roundTripMs = this.#watch.ponged(number);
    if (roundTripMs === undefined) this.#owner.violated(violation(`PONG ${number}, which answers no PING`));
    else this.#owner.measured(roundTripMs);
  }

  #send(message: ControlMessage): void {
    if (!this.#ended && !this.#handover.pipe.send([encodeMessage(message)])) this.#congested = true;
  }

  #lost(reason: GlowError): void {
    this.drop();
    this.#owner.lost(reason);
  }

  #stop(): void {
    this.#ended = true;
    this.#watch.stop();
    this.#ackTimer?.cancel();
  }
}

function silent(deadAfterMs: number): GlowError {
  return new GlowError("disconnected", "pipe.receive", { message: `the other side was silent for ${deadAfterMs} ms` });
}

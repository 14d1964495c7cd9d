// One end of a resumable pipe, the same on both sides: what was sent and not acknowledged, what is arriving, and the
// connection of the moment, if there is one. Getting connections is left to who made the end.

import { totalBytes } from "#base/bytes.ts";
import { assert, type ErrorKind, GlowError } from "#base/errors.ts";
import { fireflyLimits, resumableLimits, transportLimits } from "#base/limits.ts";
import type { PipeReceiver, Timer } from "#glow";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { Handover } from "./handover.ts";
import { Inbox } from "./inbox.ts";
import { messageType, violation } from "./message.ts";
import { PacketAssembly } from "./packet-assembly.ts";
import type { ResumableLimits, ResumablePipe, ResumablePowers, ResumableState } from "./resumable-pipe.ts";
import { SegmentRing } from "./segment-ring.ts";

/** Who made the end, and gets it new connections. */
export interface PipeEndOwner {
  /** The connection is gone, and the end waits for `resume`. */
  lost(): void;
  /** The other side has answered a ping on the connection of the moment. */
  heard(): void;
  /** The memory that the end holds has changed by so many bytes. */
  held(changeBytes: number): void;
  /** The end is over. The last call. */
  ended(): void;
}

const { segmentBytes } = resumableLimits;

export class PipeEnd implements ResumablePipe, ConnectionOwner {
  onState: ((state: ResumableState) => void) | undefined;
  readonly #limits: ResumableLimits;
  readonly #powers: ResumablePowers;
  readonly #owner: PipeEndOwner;
  readonly #inbox: Inbox;
  readonly #outgoing = new SegmentRing();
  readonly #incoming = new PacketAssembly();
  #connection: Connection | undefined;
  #connections = 0;
  /** Its own life, as the program sees it; `state` is about connections. */
  #phase: "open" | "closing" | "over" = "open";
  #state: ResumableState = "reconnecting";
  #received = 0;
  #wantsDrained = false;
  #heldBytes = 0;
  #roundTripMs: number | undefined;
  /** Ends the pipe when it was cut for too long, or when closing takes too long. */
  #deadline: Timer | undefined;

  constructor(limits: ResumableLimits, powers: ResumablePowers, owner: PipeEndOwner) {
    this.#limits = limits;
    this.#powers = powers;
    this.#owner = owner;
    this.#inbox = new Inbox(powers.timers);
  }

  // As a pipe.

  attach(receiver: PipeReceiver): void {
    this.#inbox.attach(receiver);
    this.#powers.timers.endOfTurn(() => this.#account());
  }

  send(parts: readonly Uint8Array[]): boolean {
    const sizeBytes = totalBytes(parts);
    assert(
      sizeBytes <= fireflyLimits.packetBytes,
      `a packet has at most ${fireflyLimits.packetBytes} bytes, not ${sizeBytes}`,
    );
    if (this.#phase !== "open") return false;
    this.#outgoing.push(parts, sizeBytes);
    this.#pump();
    this.#account();
    if (this.#outgoing.heldBytes > this.#limits.queueBytes) {
      this.fail(this.#overfull());
      return false;
    }
    if (this.#hasRoom) return true;
    this.#wantsDrained = true;
    return false;
  }

  /** Bytes that no connection has taken yet, or that the connection has not handed to the system. */
  get bufferedBytes(): number {
    return this.#outgoing.unsentBytes + (this.#connection?.bufferedBytes ?? 0);
  }

  close(): void {
    if (this.#phase !== "open") return;
    this.#phase = "closing";
    this.#inbox.mute();
    this.#outgoing.pushEnd();
    this.#pump();
    this.#awaitTaken(this.#powers.clock.monotonicMs() + this.#limits.graceMs);
  }

  get state(): ResumableState {
    return this.#phase === "over" ? "closed" : this.#state;
  }

  get reconnects(): number {
    return Math.max(0, this.#connections - 1);
  }

  get resentBytes(): number {
    return this.#outgoing.resentBytes;
  }

  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  // For who made it.

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Goes up with each segment that came or was acknowledged: two equal values mean that nothing moved in between. */
  get progress(): number {
    return this.#received + this.#outgoing.acknowledged;
  }

  /** Whether the other side can have received `count` segments. If not, it lies or is another one. */
  canResumeAt(count: number): boolean {
    return this.#outgoing.canResumeAt(count);
  }

  /**
   * Goes on over a connection whose handshake is done, in place of the one there may still be. `peerReceived` is what
   * the other side said, and possible; `windowBytes` is its window.
   */
  resume(handover: Handover, peerReceived: number, windowBytes: number): void {
    assert(this.#phase !== "over", "a pipe that is over is not resumed");
    this.#connection?.drop();
    this.#outgoing.resumeAt(peerReceived);
    this.#connection = new Connection(handover, this, windowBytes, this.#limits, this.#powers);
    this.#connections++;
    if (this.#phase === "open") this.#deadline?.cancel();
    this.#enter("connected");
    this.#acknowledged();
  }

  /** Measures the round trip on the connection of the moment; `heard` follows. */
  probe(): void {
    this.#connection?.probe();
  }

  /** Ends the pipe at once, with nothing more sent than an ABORT that tells the kind. */
  fail(reason: GlowError): void {
    if (this.#phase === "over") return;
    this.#connection?.abort(reason.kind);
    this.#finish(reason);
  }

  // For its connection.

  get received(): number {
    return this.#received;
  }

  segment(bytes: Uint8Array, start: number, end: number): void {
    const payload = start + 1;
    const plain = !this.#incoming.hasBegun && end - payload <= segmentBytes;
    switch (bytes[start]) {
      case messageType.packet:
        if (plain) this.#packet(bytes, payload, end);
        else this.#assemble(bytes, payload, end, false);
        break;
      case messageType.part:
        this.#assemble(bytes, payload, end, true);
        break;
      default:
        if (plain && payload === end) this.#endReceived();
        else this.violated(violation("an END within a packet, or with bytes"));
    }
  }

  acknowledged(count: number): void {
    if (this.#outgoing.acknowledge(count)) this.#acknowledged();
    else this.violated(violation(`an ACK of ${count} segments, which is impossible`));
  }

  writable(): void {
    this.#pump();
    this.#tellRoom();
  }

  measured(roundTripMs: number): void {
    this.#roundTripMs = roundTripMs;
    this.#owner.heard();
  }

  lost(reason: GlowError): void {
    this.#connection = undefined;
    this.#enter("reconnecting");
    if (this.#phase === "open") {
      this.#deadline = this.#powers.timers.after(this.#limits.graceMs, () => this.fail(this.#notResumed(reason)));
    }
    // `onState` may have ended it, by sending too much.
    if (this.#phase !== "over") this.#owner.lost();
  }

  aborted(kind: ErrorKind): void {
    this.#finish(new GlowError("disconnected", "pipe.receive", { message: abortMessage(kind) }));
  }

  violated(error: GlowError): void {
    this.fail(error);
  }

  // Within.

  get #hasRoom(): boolean {
    return !this.#outgoing.hasUnsent && this.#connection?.isWritable === true;
  }

  #pump(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    while (connection.isWritable && this.#outgoing.fits(this.#limits.windowBytes)) {
      connection.sendSegment(this.#outgoing.take());
    }
  }

  #tellRoom(): void {
    if (!this.#wantsDrained || !this.#hasRoom || this.#phase !== "open") return;
    this.#wantsDrained = false;
    this.#inbox.drained();
  }

  #acknowledged(): void {
    if (this.#phase === "closing" && this.#outgoing.isEmpty) {
      this.#finish(this.#closedHere("and all that was sent has arrived"));
      return;
    }
    this.#pump();
    this.#account();
    this.#tellRoom();
  }

  #packet(bytes: Uint8Array, start: number, end: number): void {
    this.#received++;
    this.#deliver(bytes, start, end);
  }

  #assemble(bytes: Uint8Array, start: number, end: number, more: boolean): void {
    const incoming = this.#incoming;
    if (!incoming.fits(end - start, more)) {
      this.violated(violation(`a segment of ${end - start} bytes, which does not fit those before it`));
      return;
    }
    this.#received++;
    if (incoming.isPassing || (!incoming.hasBegun && this.#inbox.takesPieces)) {
      incoming.pass(end - start, more);
      this.#inbox.piece(bytes, start, end, !more);
      return;
    }
    incoming.add(bytes.subarray(start, end));
    const whole = more ? undefined : incoming.take();
    this.#account();
    if (whole !== undefined) this.#deliver(whole, 0, whole.length);
  }

  #deliver(bytes: Uint8Array, start: number, end: number): void {
    this.#inbox.packet(bytes, start, end);
    if (this.#inbox.heldBytes === 0) return;
    this.#account();
    if (this.#inbox.heldBytes <= this.#limits.windowBytes) return;
    this.fail(new GlowError("exhausted", "pipe.receive", { message: "packets came, and no receiver was attached" }));
  }

  #endReceived(): void {
    this.#received++;
    this.#connection?.acknowledgeNow();
    this.#finish(new GlowError("disconnected", "pipe.receive", { message: "the other side closed the pipe" }));
  }

  /**
   * Waits for the other side to have taken everything: as long as it goes on taking, up to `lastMs`. The same goes
   * while the pipe is cut, so that the other side need not wait for one that will not come back.
   */
  #awaitTaken(lastMs: number): void {
    const progress = this.progress;
    this.#deadline?.cancel();
    this.#deadline = this.#powers.timers.after(transportLimits.closeMs, () => {
      const goesOn = this.progress > progress && this.#powers.clock.monotonicMs() < lastMs;
      if (goesOn) this.#awaitTaken(lastMs);
      else this.fail(this.#closedHere("and the other side did not take all that was sent"));
    });
  }

  #enter(state: ResumableState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.onState?.(state);
  }

  #account(): void {
    const queued = this.#outgoing.heldBytes + this.#incoming.heldBytes + this.#inbox.heldBytes;
    const held = this.#phase === "over" ? 0 : queued;
    const change = held - this.#heldBytes;
    if (change === 0) return;
    this.#heldBytes = held;
    this.#owner.held(change);
  }

  #finish(reason: GlowError): void {
    this.#phase = "over";
    this.#deadline?.cancel();
    this.#connection?.drop();
    this.#connection = undefined;
    this.#outgoing.clear();
    this.#incoming.clear();
    this.#account();
    // The receiver and `onState` are never called from within `send`.
    this.#powers.timers.endOfTurn(() => this.#enter("closed"));
    this.#inbox.closed(reason);
    this.#owner.ended();
  }

  #closedHere(how: string): GlowError {
    return new GlowError("disconnected", "pipe.close", { message: `closed on this side, ${how}` });
  }

  #overfull(): GlowError {
    return new GlowError("exhausted", "pipe.send", {
      message:
        `${this.#outgoing.heldBytes} bytes were sent that the other side has not taken, above the limit of ` +
        `${this.#limits.queueBytes}: wait for \`drained\` after send says false`,
    });
  }

  #notResumed(cause: GlowError): GlowError {
    return new GlowError("disconnected", "pipe.resume", {
      message: `the connection was lost and not restored within ${this.#limits.graceMs} ms: ${cause.message}`,
      cause,
    });
  }
}

function abortMessage(kind: ErrorKind): string {
  if (kind === "not-found") return "the other side no longer knows this connection";
  if (kind === "disconnected") return "the other side ended the pipe";
  return `the other side ended the pipe: ${kind}`;
}

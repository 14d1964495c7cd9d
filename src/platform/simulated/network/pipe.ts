// One end of a simulated pipe, as the program holds it, together with what the system beneath does for it: it answers
// with a reset what arrives for a program that is gone.

import { concatBytes, totalBytes } from "#base/bytes.ts";
import { assert, GlowError } from "#base/errors.ts";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import type { Pipe, PipeReceiver, Random } from "#glow";
import type { Incarnation } from "../incarnation.ts";
import { toNs } from "../time/nanoseconds.ts";
import type { TimelineEvent } from "../time/timeline.ts";
import { digestOf } from "../time/trace.ts";
import type { Flow, FlowEnd, FlowItem } from "./flow.ts";
import { PieceCutter } from "./piece-cutter.ts";

export class SimulatedPipe implements Pipe, FlowEnd {
  readonly incarnation: Incarnation;
  readonly label: string;
  /** The node at the other end. */
  readonly peer: string;
  /** Called once, when the pipe has ended for its program. */
  readonly #ended: (pipe: SimulatedPipe) => void;
  /** Called when the other side accepted, on the side that dialled. */
  #opened: (() => void) | undefined;
  #out: Flow | undefined;
  #pieceRandom: (() => Random) | undefined;
  #receiver: PipeReceiver | undefined;
  /** For a receiver that takes pieces. */
  #cutter: PieceCutter | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #wantsDrained = false;
  #closing: TimelineEvent | undefined;
  #received = 0;

  constructor(
    incarnation: Incarnation,
    peer: string,
    label: string,
    ended: (pipe: SimulatedPipe) => void,
    opened?: () => void,
  ) {
    this.incarnation = incarnation;
    this.peer = peer;
    this.label = label;
    this.#ended = ended;
    this.#opened = opened;
  }

  /**
   * Sets the flow that takes what is sent; once, before anything else. `pieceRandom` makes what decides where packets
   * are cut: a stream of its own, so that pipes with receivers of whole packets are as if there were no pieces.
   */
  connect(out: Flow, pieceRandom: () => Random): void {
    this.#out = out;
    this.#pieceRandom = pieceRandom;
  }

  get out(): Flow {
    assert(this.#out !== undefined, "a pipe is connected when it is made");
    return this.#out;
  }

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has exactly one receiver");
    this.#receiver = receiver;
    if (receiver.piece === undefined || this.#pieceRandom === undefined) return;
    this.#cutter = new PieceCutter(this.incarnation, this.#pieceRandom(), this.#handOnPiece);
  }

  get bufferedBytes(): number {
    return this.#state === "closed" ? 0 : this.out.bufferedBytes;
  }

  send(parts: readonly Uint8Array[]): boolean {
    const sizeBytes = totalBytes(parts);
    if (sizeBytes > fireflyLimits.packetBytes) {
      throw new GlowError("internal", "pipe.send", {
        target: this.label,
        message: `a packet of ${sizeBytes} bytes is above the limit of ${fireflyLimits.packetBytes}: send it in pieces`,
      });
    }
    if (this.incarnation.isGhost("pipe.send") || this.#state !== "open") return false;
    const digest = digestOf(parts);
    this.incarnation.record("send", this.label, sizeBytes, digest);
    this.out.send("packet", parts, sizeBytes, digest);
    const room = this.out.bufferedBytes <= fireflyLimits.sendHighWaterBytes;
    if (!room && !this.#wantsDrained) {
      this.#wantsDrained = true;
      this.#watchDepartures();
    }
    return room;
  }

  close(): void {
    if (this.incarnation.isGhost("pipe.close") || this.#state !== "open") return;
    this.#state = "closing";
    this.incarnation.record("close", this.label);
    this.out.send("end");
    this.#watchDepartures();
    this.#closing = this.incarnation.schedule(toNs(transportLimits.closeMs), () => {
      this.#finish("closed here, while the peer took nothing for too long");
    });
  }

  // What the network does with this end.

  arrive(item: FlowItem): void {
    if (this.#state === "closed" || !this.incarnation.alive) {
      if (item.kind === "packet" || item.kind === "open") this.out.reset(0);
      return;
    }
    this.#cutter?.finish();
    if (item.kind === "open") this.#open();
    else if (item.kind === "packet" && this.#state === "open") this.#deliver(item);
    else if (item.kind === "reset") this.#reset(item);
    // Where both ends close at once, each still lets out what it has sent.
    else if (item.kind === "end" && this.#state === "open") this.#finish("closed by the peer");
  }

  departed(): void {
    if (this.#state === "closed" || !this.incarnation.alive) return;
    if (this.#state === "closing") {
      if (this.out.allLeft) this.#finish("closed here");
      else this.#watchDepartures();
    } else if (this.#wantsDrained) {
      if (this.out.bufferedBytes > drainedBelowBytes) return this.#watchDepartures();
      this.#wantsDrained = false;
      this.#tell((receiver) => receiver.drained());
    }
  }

  giveUp(): void {
    this.#finish("the peer did not answer for too long");
  }

  /** The program at this end has died. `reset` if its system lives on and tells the peer, after `keep` more items. */
  die(keep: number, reset: boolean): void {
    this.#state = "closed";
    if (reset) this.out.reset(keep);
    else this.out.cutShort(keep);
  }

  /** The dial that made this end was given up. */
  abandon(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#ended(this);
    this.out.reset(0);
  }

  #open(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.();
  }

  #deliver(item: FlowItem): void {
    if (digestOf(item.parts) !== item.digest) {
      const message = "the sender wrote to bytes that it had given to `send`";
      this.incarnation.timeline.defect(
        this.peer,
        new GlowError("internal", "pipe.send", { target: this.label, message }),
      );
      return;
    }
    this.incarnation.record("packet", this.label, item.sizeBytes, item.digest);
    // Receivers must honour `start` and `end`, so the packet is not always all of its buffer.
    const slack = this.#received++ % 4;
    const bytes = concatBytes([slackBytes.subarray(0, slack), ...item.parts, slackBytes.subarray(0, slack)]);
    if (this.#cutter !== undefined) this.#cutter.take(bytes, slack, slack + item.sizeBytes);
    else this.#tell((receiver) => receiver.packet(bytes, slack, slack + item.sizeBytes));
  }

  #reset(item: FlowItem): void {
    if (item.parts.length > 0) this.#cutter?.tear(concatBytes(item.parts));
    this.#finish("reset by the network or the peer's system");
  }

  readonly #handOnPiece = (bytes: Uint8Array, start: number, end: number, last: boolean): boolean => {
    if (this.#state === "open") this.#tell((receiver) => receiver.piece?.(bytes, start, end, last));
    return this.#state === "open";
  };

  #tell(call: (receiver: PipeReceiver) => void): void {
    this.incarnation.run(() => {
      assert(this.#receiver !== undefined, `a receiver is attached in the turn in which ${this.label} was obtained`);
      call(this.#receiver);
    });
  }

  #finish(why: string): void {
    if (this.#state === "closed" || !this.incarnation.alive) return;
    this.#state = "closed";
    this.#cutter?.drop();
    if (this.#closing !== undefined) this.incarnation.timeline.cancel(this.#closing);
    this.incarnation.record("close", `${this.label}: ${why}`);
    this.#ended(this);
    this.out.cutShort(this.out.inFlight);
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const message = `${this.label} has ended: ${why}`;
    this.incarnation.run(() => {
      receiver.closed(new GlowError("disconnected", "pipe.end", { target: this.label, message }));
    });
  }

  #watchDepartures(): void {
    this.out.watchDepartures(this.#state === "closing" ? -1 : drainedBelowBytes);
  }
}

/** A sender that was told to wait may go on when half of what it may pile up has left. */
const drainedBelowBytes = fireflyLimits.sendHighWaterBytes / 2;

const slackBytes = new Uint8Array([0xde, 0xad, 0xbe, 0xef]);

// A Pipe over a MessagePort or whatever is shaped like one: a worker in a page, a frame, a thread in Node.
//
//   message = ArrayBuffer   one packet
//           | number        so many bytes of packets were taken since the last such message: room for more
//           | "close"       nothing follows; answered with the same
//
// A port has neither back-pressure nor, in many hosts, a way to hear that the other end is gone: hence the last two.

import { concatBytes } from "#base/bytes.ts";
import { assert, type ErrorKind, GlowError } from "#base/errors.ts";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import { deliverPacket, packetLength } from "#base/packet.ts";
import type { Pipe, PipeReceiver, Timer, Timers } from "#glow";

/** What is needed of a port. Node's and the browsers' MessagePort and the browsers' Worker have it. */
export interface MessagePortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message" | "messageerror" | "close", listener: (event: { data?: unknown }) => void): void;
  /** Ports hold back messages until they are started; workers have no such thing. */
  start?(): void;
  close?(): void;
}

/** Bytes taken before the sender is told: often enough that it never waits for nothing, rarely enough to be free. */
const creditBytes = fireflyLimits.sendHighWaterBytes / 4;

const closeMark = "close";

export class MessagePortPipe implements Pipe {
  readonly #port: MessagePortLike;
  readonly #timers: Timers;
  readonly #target: string;
  #receiver: PipeReceiver | undefined;
  /** Sent, and not known to be taken. */
  #unansweredBytes = 0;
  /** Taken, and not told to the sender. */
  #takenBytes = 0;
  #congested = false;
  #closing = false;
  #closeTimer: Timer | undefined;
  #end: GlowError | undefined;

  /** `port` is nobody else's: neither its messages nor its end. `name` is for error messages. */
  constructor(port: MessagePortLike, timers: Timers, name = "message port") {
    this.#port = port;
    this.#timers = timers;
    this.#target = name;
  }

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has one receiver");
    this.#receiver = receiver;
    this.#port.addEventListener("message", (event) => this.#message(event.data));
    this.#port.addEventListener("messageerror", () => this.#broken("a message that cannot be read"));
    this.#port.addEventListener("close", () => this.#finish("disconnected", "the other side is gone"));
    this.#port.start?.();
  }

  send(parts: readonly Uint8Array[]): boolean {
    const length = packetLength(parts);
    if (this.#closing || this.#end !== undefined) return false;
    // Only a copy of our own can be transferred: it would be gone for the giver, who may still read what it gave.
    const { buffer } = concatBytes(parts);
    this.#port.postMessage(buffer, [buffer]);
    this.#unansweredBytes += length;
    if (this.#unansweredBytes <= fireflyLimits.sendHighWaterBytes) return true;
    this.#congested = true;
    return false;
  }

  /** Bytes that the other side has not said it took: up to `creditBytes` of them it may have taken already. */
  get bufferedBytes(): number {
    return this.#end === undefined ? this.#unansweredBytes : 0;
  }

  close(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#closing = true;
    this.#port.postMessage(closeMark, []);
    this.#closeTimer = this.#timers.after(transportLimits.closeMs, () => {
      this.#finish("disconnected", "closed on this side; the other side did not answer");
    });
  }

  #message(message: unknown): void {
    if (this.#end !== undefined) return;
    if (message === closeMark) this.#closed();
    else if (this.#closing) return;
    else if (message instanceof ArrayBuffer) this.#packet(message);
    else if (typeof message === "number") this.#credit(message);
    else this.#broken(`a message that is neither a packet nor a sign (${typeof message})`);
  }

  #packet(buffer: ArrayBuffer): void {
    const length = buffer.byteLength;
    if (length > fireflyLimits.packetBytes) {
      this.#finish("too-large", `a packet of ${length} bytes came, above the limit of ${fireflyLimits.packetBytes}`);
      return;
    }
    this.#takenBytes += length;
    if (this.#takenBytes >= creditBytes) {
      this.#port.postMessage(this.#takenBytes, []);
      this.#takenBytes = 0;
    }
    if (this.#receiver !== undefined) deliverPacket(this.#receiver, new Uint8Array(buffer), 0, length);
  }

  #credit(bytes: number): void {
    if (!Number.isInteger(bytes) || bytes <= 0 || bytes > this.#unansweredBytes) {
      this.#broken(`it took ${bytes} bytes of ${this.#unansweredBytes}`);
      return;
    }
    this.#unansweredBytes -= bytes;
    if (!this.#congested || this.#unansweredBytes > fireflyLimits.sendHighWaterBytes) return;
    this.#congested = false;
    this.#receiver?.drained();
  }

  #closed(): void {
    if (this.#closing) {
      this.#finish("disconnected", "closed on this side");
      return;
    }
    this.#port.postMessage(closeMark, []);
    this.#finish("disconnected", "closed by the other side");
  }

  #broken(what: string): void {
    this.#port.postMessage(closeMark, []);
    this.#finish("protocol", `the other side does not speak this protocol: ${what}`);
  }

  #finish(kind: ErrorKind, message: string): void {
    if (this.#end !== undefined) return;
    this.#end = new GlowError(kind, "pipe.receive", { target: this.#target, message });
    this.#closeTimer?.cancel();
    // A port that is closed still delivers what was posted before.
    this.#port.close?.();
    this.#receiver?.closed(this.#end);
  }
}

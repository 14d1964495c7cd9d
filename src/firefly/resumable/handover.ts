// A pipe takes one receiver for its life; here that one passes everything on to a receiver that changes: first who
// shakes hands, then the connection, and at last nobody.

import type { ErrorKind, GlowError } from "#base/errors.ts";
import type { Pipe, PipeReceiver } from "#glow";
import { encodeMessage } from "./message.ts";

const nobody: PipeReceiver = { packet: () => undefined, drained: () => undefined, closed: () => undefined };

export class Handover implements PipeReceiver {
  readonly pipe: Pipe;
  #receiver: PipeReceiver;

  /** Attaches itself, so it must be made in the turn in which the pipe was obtained. */
  constructor(pipe: Pipe, receiver: PipeReceiver = nobody) {
    this.pipe = pipe;
    this.#receiver = receiver;
    pipe.attach(this);
  }

  to(receiver: PipeReceiver): void {
    this.#receiver = receiver;
  }

  /** Tells the other side why this connection is of no use to it, and closes. */
  abort(kind: ErrorKind): void {
    this.pipe.send([encodeMessage({ type: "abort", kind })]);
    this.discard();
  }

  /** Closes the pipe after what was sent; nobody hears of it any more. */
  discard(): void {
    this.#receiver = nobody;
    this.pipe.close();
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    this.#receiver.packet(bytes, start, end);
  }

  drained(): void {
    this.#receiver.drained();
  }

  closed(reason: GlowError): void {
    this.#receiver.closed(reason);
  }
}

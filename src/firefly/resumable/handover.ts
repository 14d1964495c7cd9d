// A pipe takes one receiver for its life; here that one passes everything on to a receiver that changes: first who
// shakes hands, then the connection, and at last nobody.

import type { Pipe, PipeReceiver } from "#glow";

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

  closed(reason: Parameters<PipeReceiver["closed"]>[0]): void {
    this.#receiver.closed(reason);
  }
}

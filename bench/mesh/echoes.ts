// The sender's side of bytes that go there and back: one message at a time, each other than the last, and what comes
// back compared with it.

import type { Channel } from "./contestant.ts";
import { echoBytes, workloads } from "./workload.ts";

/** Made once: what it takes is not for the time of a connection. */
const messages = workloads.messages.pattern();

export class Echoes {
  #number = 0;
  #message: Uint8Array = new Uint8Array();
  #cameBytes = 0;
  #echo: PromiseWithResolvers<void> | undefined;

  /** Sends a message of `sizeBytes`, at most `echoBytes`, and resolves when it is back. */
  next(channel: Channel, sizeBytes: number): Promise<void> {
    const message = messages.write(this.#number++);
    this.#message = sizeBytes === echoBytes ? message : message.subarray(0, sizeBytes);
    this.#cameBytes = 0;
    this.#echo = Promise.withResolvers();
    channel.write(this.#message);
    return this.#echo.promise;
  }

  take(piece: Uint8Array): void {
    const from = this.#cameBytes;
    this.#cameBytes += piece.length;
    const sent = this.#message.subarray(from, this.#cameBytes);
    if (Buffer.compare(sent, piece) !== 0) this.#echo?.reject(new Error("an echo is not what was sent"));
    else if (this.#cameBytes === this.#message.length) this.#echo?.resolve();
  }
}

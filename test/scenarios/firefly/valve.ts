// A pipe that a test can shut in one direction: what is sent stays in it until it is opened again. So a story can say
// in which order things reach the other side, and when a sender is told that bytes pile up.

import { totalBytes } from "#base/bytes.ts";
import type { Pipe, PipeReceiver } from "#glow";

export class Valve implements Pipe {
  readonly #inner: Pipe;
  readonly #held: (readonly Uint8Array[])[] = [];
  #heldBytes = 0;
  #receiver: PipeReceiver | undefined;
  #state: "open" | "slow" | "full" = "open";
  #saidFull = false;
  #wantsClose = false;

  constructor(inner: Pipe) {
    this.#inner = inner;
  }

  attach(receiver: PipeReceiver): void {
    this.#receiver = receiver;
    this.#inner.attach(receiver);
  }

  send(parts: readonly Uint8Array[]): boolean {
    if (this.#state === "open") return this.#inner.send(parts);
    this.#held.push(parts);
    this.#heldBytes += totalBytes(parts);
    if (this.#state === "slow") return true;
    this.#saidFull = true;
    return false;
  }

  get bufferedBytes(): number {
    return this.#heldBytes + this.#inner.bufferedBytes;
  }

  close(): void {
    this.#wantsClose = true;
    if (this.#state === "open") this.#inner.close();
  }

  /** From now on nothing gets through, and the sender does not notice: a long line. */
  hold(): void {
    this.#state = "slow";
  }

  /** From now on nothing gets through, and the sender is told so: a peer that does not read. */
  shut(): void {
    this.#state = "full";
  }

  /** What was held goes on, and whatever is sent from now on. */
  open(): void {
    const saidFull = this.#saidFull;
    this.#state = "open";
    this.#saidFull = false;
    this.#heldBytes = 0;
    for (const parts of this.#held.splice(0)) this.#inner.send(parts);
    if (this.#wantsClose) this.#inner.close();
    else if (saidFull) this.#receiver?.drained();
  }
}

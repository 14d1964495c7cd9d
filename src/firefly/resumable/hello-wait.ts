// A connection that an acceptor has taken and that has not said HELLO. Nothing is kept for it but this, and it does
// not last: who connects and says nothing, or something else, is let go.

import { GlowError } from "#base/errors.ts";
import type { Pipe, PipeReceiver, Timer, Timers } from "#glow";
import { Handover } from "./handover.ts";
import { decodeMessage, type Hello, violation } from "./message.ts";

export interface HelloTaker {
  /** The wait is over and the connection the taker's: it must be handed on or discarded in this call. */
  hello(hello: Hello, handover: Handover): void;
  /** The wait is over. Called before `hello`, and when there will be none. */
  waited(wait: HelloWait): void;
}

export class HelloWait implements PipeReceiver {
  readonly #handover: Handover;
  readonly #taker: HelloTaker;
  readonly #timer: Timer;

  constructor(pipe: Pipe, limitMs: number, timers: Timers, taker: HelloTaker) {
    this.#taker = taker;
    this.#timer = timers.after(limitMs, () => this.refuse("deadline"));
    this.#handover = new Handover(pipe, this);
  }

  /** Ends the wait, and the connection. */
  refuse(kind: "deadline" | "exhausted" | "protocol" | "unsupported"): void {
    this.#end();
    this.#handover.abort(kind);
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    let hello: Hello;
    try {
      hello = readHello(bytes.subarray(start, end));
    } catch (error) {
      this.refuse(error instanceof GlowError && error.kind === "unsupported" ? "unsupported" : "protocol");
      return;
    }
    this.#end();
    this.#taker.hello(hello, this.#handover);
  }

  drained(): void {
    // Nothing was sent.
  }

  closed(): void {
    this.#end();
  }

  #end(): void {
    this.#timer.cancel();
    this.#taker.waited(this);
  }
}

function readHello(bytes: Uint8Array): Hello {
  const message = decodeMessage(bytes);
  if (message.type !== "hello") throw violation(`${message.type.toUpperCase()} before HELLO`);
  return message;
}

// One attempt to connect a resumable pipe: dials, says HELLO and waits for WELCOME, all within one time limit. Ends in
// exactly one call of its outcome, or in none if it is cancelled.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import type { Pipe, PipeReceiver, Timer, Timers } from "#glow";
import { Handover } from "./handover.ts";
import { type ControlMessage, decodeMessage, encodeMessage, type Hello, violation, type Welcome } from "./message.ts";

/** Opens a connection to the acceptor. `signal` is aborted when it is not wanted any more. */
export type Dial = (signal: AbortSignal) => Promise<Pipe>;

export interface DialOutcome {
  /** Called in the turn of the WELCOME, behind which packets may follow at once: it must take the connection over. */
  welcomed(welcome: Welcome, handover: Handover): void;
  /** The acceptor answered, and refuses. */
  refused(kind: ErrorKind): void;
  /** Nothing came of it, for now. */
  failed(error: GlowError): void;
}

export class DialAttempt implements PipeReceiver {
  readonly #hello: Hello;
  readonly #outcome: DialOutcome;
  readonly #abort = new AbortController();
  readonly #timer: Timer;
  #handover: Handover | undefined;
  #over = false;

  constructor(dial: Dial, hello: Hello, limitMs: number, timers: Timers, outcome: DialOutcome) {
    this.#hello = hello;
    this.#outcome = outcome;
    this.#timer = timers.after(limitMs, () => {
      const message = `the other side did not answer within ${limitMs} ms`;
      this.#fail(new GlowError("unavailable", "pipe.dial", { message }));
    });
    void this.#run(dial);
  }

  /** Gives up, with no outcome. */
  cancel(): void {
    this.#settle()?.discard();
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    let message: ControlMessage;
    try {
      message = decodeMessage(bytes.subarray(start, end));
    } catch (error) {
      this.#fail(GlowError.from(error, "pipe.dial"));
      return;
    }
    if (message.type === "welcome") {
      const handover = this.#settle();
      if (handover !== undefined) this.#outcome.welcomed(message, handover);
    } else if (message.type === "abort") {
      this.#settle()?.discard();
      this.#outcome.refused(message.kind);
    } else {
      this.#fail(violation(`${message.type.toUpperCase()} in answer to a HELLO`));
    }
  }

  drained(): void {
    // Only HELLO was sent.
  }

  closed(reason: GlowError): void {
    this.#fail(reason);
  }

  async #run(dial: Dial): Promise<void> {
    try {
      const pipe = await dial(this.#abort.signal);
      const handover = new Handover(pipe, this);
      if (this.#over) {
        handover.discard();
        return;
      }
      this.#handover = handover;
      pipe.send([encodeMessage(this.#hello)]);
    } catch (error) {
      this.#fail(GlowError.from(error, "pipe.dial"));
    }
  }

  #fail(error: GlowError): void {
    if (this.#over) return;
    this.#settle()?.discard();
    this.#outcome.failed(error);
  }

  /** Ends the attempt; the connection, if it came to one, is the caller's. */
  #settle(): Handover | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    this.#timer.cancel();
    if (this.#handover === undefined) this.#abort.abort();
    return this.#handover;
  }
}

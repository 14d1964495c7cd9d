// The listening side of resumable pipes: takes every connection that a listener accepts, finds out from its HELLO
// whether it is a new pipe or goes on with one that was cut, and keeps those that wait to be resumed.

import { toHex } from "#base/bytes.ts";
import { type ErrorKind, GlowError } from "#base/errors.ts";
import { randomBytes } from "#base/random.ts";
import type { Pipe } from "#glow";
import { ByteBudget } from "./byte-budget.ts";
import type { Handover } from "./handover.ts";
import { type HelloTaker, HelloWait } from "./hello-wait.ts";
import { encodeMessage, type Hello, tokenBytes } from "./message.ts";
import { PipeEnd } from "./pipe-end.ts";
import {
  type ResumableLimits,
  type ResumablePipe,
  type ResumablePowers,
  resumableLimitsWith,
} from "./resumable-pipe.ts";

export interface ResumableAcceptorOptions extends ResumablePowers {
  /** Called for each new pipe, which must get its receiver in this turn. */
  readonly accept: (pipe: ResumablePipe) => void;
  readonly limits?: Partial<ResumableLimits>;
}

/** A pipe with what its next resumption has to show. */
interface Hosted {
  readonly end: PipeEnd;
  /** The attempt of the last HELLO that was taken; later ones must be higher. */
  attempt: number;
  /** The token of the last WELCOME, and before it the one that the client knows if that WELCOME was lost. */
  tokens: string[];
  /** Whether the client has ever answered. */
  heard: boolean;
}

export class ResumableAcceptor implements HelloTaker {
  readonly #options: ResumableAcceptorOptions;
  readonly #limits: ResumableLimits;
  readonly #pipeLimits: ResumableLimits;
  readonly #budget: ByteBudget;
  readonly #waits = new Set<HelloWait>();
  readonly #pipes = new Set<Hosted>();
  readonly #byToken = new Map<string, Hosted>();
  /** Pipes that are cut, the one that has waited longest first. */
  readonly #detached = new Set<Hosted>();
  #closed = false;

  constructor(options: ResumableAcceptorOptions) {
    this.#options = options;
    this.#limits = resumableLimitsWith(options.limits);
    // The dialling side pings first; else both would, each at the moment when the other's ping is on its way.
    const { pingAfterMs, deadAfterMs } = this.#limits;
    this.#pipeLimits = { ...this.#limits, pingAfterMs: pingAfterMs + (deadAfterMs - pingAfterMs) / 4 };
    this.#budget = new ByteBudget(this.#limits.totalBytes, () => this.#relieve());
  }

  /** How many pipes there are, how many of them are cut, how many connections have not said HELLO. */
  get counts(): { readonly pipes: number; readonly detached: number; readonly waiting: number } {
    return { pipes: this.#pipes.size, detached: this.#detached.size, waiting: this.#waits.size };
  }

  /** Bytes that all pipes hold. */
  get heldBytes(): number {
    return this.#budget.heldBytes;
  }

  /** Takes a connection, in the turn in which the listener accepted it. */
  take(pipe: Pipe): void {
    this.#waits.add(new HelloWait(pipe, this.#limits.handshakeMs, this.#options.timers, this));
    if (this.#waits.size <= this.#limits.handshakes) return;
    // The oldest goes: an honest one needs little time, so who floods with silent ones displaces mostly those.
    for (const oldest of this.#waits) {
      oldest.refuse("exhausted");
      break;
    }
  }

  /** Closes all pipes and makes no new ones. Those that are cut can still be resumed, to take what was sent before. */
  close(): void {
    this.#closed = true;
    for (const { end } of this.#pipes) end.close();
  }

  // For connections that wait for HELLO.

  waited(wait: HelloWait): void {
    this.#waits.delete(wait);
  }

  hello(hello: Hello, handover: Handover): void {
    if (hello.resume !== undefined) this.#resume(hello, hello.resume, handover);
    else if (this.#closed) handover.abort("unavailable");
    else if (this.#pipes.size >= this.#limits.pipes) handover.abort("exhausted");
    else this.#begin(hello, handover);
  }

  #begin(hello: Hello, handover: Handover): void {
    const hosted: Hosted = {
      end: new PipeEnd(this.#pipeLimits, this.#options, {
        lost: () => this.#lost(hosted),
        heard: () => this.#confirm(hosted),
        held: (changeBytes) => this.#budget.change(changeBytes),
        ended: () => this.#forget(hosted),
      }),
      attempt: hello.attempt,
      tokens: [],
      heard: false,
    };
    this.#pipes.add(hosted);
    this.#connect(hosted, hello, 0, handover);
    this.#options.accept(hosted.end);
  }

  /** Whatever is wrong with the HELLO, it costs only its own connection: who sent it may not be the pipe's other side. */
  #resume(hello: Hello, resume: NonNullable<Hello["resume"]>, handover: Handover): void {
    const token = toHex(resume.token);
    const hosted = this.#byToken.get(token);
    const problem = refusal(hosted, hello.attempt, resume.received);
    if (hosted === undefined || problem !== undefined) {
      handover.abort(problem ?? "not-found");
      return;
    }
    // The client knows this token, so it will never use the other one, if there are two.
    this.#setTokens(hosted, [token]);
    hosted.attempt = hello.attempt;
    this.#connect(hosted, hello, resume.received, handover);
  }

  #connect(hosted: Hosted, hello: Hello, peerReceived: number, handover: Handover): void {
    const token = randomBytes(this.#options.random, tokenBytes);
    this.#setTokens(hosted, [...hosted.tokens, toHex(token)]);
    this.#detached.delete(hosted);
    const { received } = hosted.end;
    handover.pipe.send([encodeMessage({ type: "welcome", windowBytes: this.#limits.windowBytes, token, received })]);
    hosted.end.resume(handover, peerReceived, hello.windowBytes);
    hosted.end.probe();
  }

  // For its pipes.

  /** The client has answered on its newest connection, so it has that WELCOME's token. */
  #confirm(hosted: Hosted): void {
    hosted.heard = true;
    this.#setTokens(hosted, hosted.tokens.slice(-1));
  }

  #lost(hosted: Hosted): void {
    this.#detached.add(hosted);
    if (this.#detached.size <= this.#limits.detached) return;
    this.#displaced().end.fail(
      new GlowError("disconnected", "pipe.resume", {
        message: `the connection was lost, and more than ${this.#limits.detached} pipes wait to be resumed`,
      }),
    );
  }

  /** Which of the cut pipes gives way: rather one whose client was never heard of, else who has waited longest. */
  #displaced(): Hosted {
    const waiting = [...this.#detached];
    return waiting.find(({ heard }) => !heard) ?? (waiting[0] as Hosted);
  }

  #forget(hosted: Hosted): void {
    this.#setTokens(hosted, []);
    this.#pipes.delete(hosted);
    this.#detached.delete(hosted);
  }

  #relieve(): void {
    let largest: Hosted | undefined;
    for (const hosted of this.#pipes) {
      if (hosted.end.heldBytes > (largest?.end.heldBytes ?? 0)) largest = hosted;
    }
    const message = `the pipes of this acceptor hold more than ${this.#limits.totalBytes} bytes, and this one the most`;
    largest?.end.fail(new GlowError("exhausted", "pipe.send", { message }));
  }

  #setTokens(hosted: Hosted, tokens: string[]): void {
    for (const token of hosted.tokens) this.#byToken.delete(token);
    for (const token of tokens) this.#byToken.set(token, hosted);
    hosted.tokens = tokens;
  }
}

function refusal(hosted: Hosted | undefined, attempt: number, received: number): ErrorKind | undefined {
  if (hosted === undefined) return "not-found";
  // A connection that was dialled before the one of the moment, and came late.
  if (attempt <= hosted.attempt) return "conflict";
  return hosted.end.canResumeAt(received) ? undefined : "protocol";
}

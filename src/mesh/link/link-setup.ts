// Turns a transport's pipe into a link: both sides prove who they are, within a time, before anything else is read.
// Pipes that come in are bounded in number and rate, since each costs this node some key agreements on nobody's word.

import { GlowError } from "#base/errors.ts";
import { handshakeLimits, linkLimits } from "#base/limits.ts";
import type { Address, LinkMetrics, NodeId, Pipe, PipeReceiver, Platform, Timer } from "#glow";
import { Handshake, type HandshakeResult } from "../handshake/handshake.ts";
import type { HandshakeKeys } from "../handshake/handshake-keys.ts";
import { EpochKey } from "../wire/epoch-key.ts";
import { TokenBucket } from "../wire/token-bucket.ts";
import { type LinkEvents, SecureLink } from "./link.ts";

/** A link, and what the neighbour said of itself while it proved who it is. */
export interface NewLink {
  readonly link: SecureLink;
  readonly result: HandshakeResult;
  readonly way: LinkWay;
}

/** How a pipe that becomes a link was come by. */
export interface LinkWay {
  /** What it goes over: `tcp`, `ws`, ... */
  readonly transport: string;
  /** Whether this side has begun. */
  readonly dialled: boolean;
  /** Where it was dialled. */
  readonly address?: Address;
  /** Who comes by it has to have an invitation. */
  readonly invitedOnly?: boolean;
}

export interface LinkSetupOptions {
  readonly platform: Pick<Platform, "clock" | "timers" | "random" | "crypto" | "network">;
  readonly keys: HandshakeKeys;
  /** What this node says of itself, sealed: to whom it dials, if that is known, or to anybody who dials it. */
  hello(to?: NodeId): Uint8Array;
  /** The key of an invitation that is open, by its id. */
  readonly invitationKey?: ((id: Uint8Array) => Uint8Array | undefined) | undefined;
  /** Refuses a neighbour by throwing; otherwise the events of its link go to what it returns. */
  admit(result: HandshakeResult): LinkEvents;
  /** A link is there; called before anything of it is read. */
  made(link: NewLink): void;
}

export interface DialOptions {
  /** `denied` if somebody else answers. */
  readonly expected?: NodeId;
  /** The secret of an invitation of theirs. */
  readonly invitation?: Uint8Array;
  readonly signal?: AbortSignal;
}

export class LinkSetup {
  readonly #options: LinkSetupOptions;
  readonly #budget: TokenBucket;
  readonly #pending = new Set<PendingLink>();
  #closed = false;

  constructor(options: LinkSetupOptions) {
    this.#options = options;
    this.#budget = new TokenBucket(
      options.platform.clock,
      linkLimits.handshakesPerSecond,
      linkLimits.handshakesPerSecond,
    );
  }

  /** Errors of `Network.dial`; `denied` if the other end is not who it should be, `unsupported`, `unavailable`. */
  async dial(address: Address, options: DialOptions = {}): Promise<NewLink> {
    const { platform } = this.#options;
    const pipe = await platform.network.dial(address, options.signal);
    if (this.#closed) {
      pipe.attach(deaf);
      pipe.close();
      throw cancelled(address);
    }
    return this.begin(pipe, { transport: transportOf(address), dialled: true, address }, options);
  }

  /** As the side that begins, over a pipe that is there. */
  begin(pipe: Pipe, way: LinkWay, options: DialOptions = {}): Promise<NewLink> {
    const { platform, keys } = this.#options;
    const { crypto, random } = platform;
    return new Promise((resolve, reject) => {
      const handshake = Handshake.initiate(keys, {
        purpose: "link",
        hello: this.#options.hello(options.expected),
        crypto,
        random,
        expected: options.expected,
        invitation: options.invitation,
      });
      const pending = this.#begin(pipe, handshake, way, resolve, reject);
      pipe.send([handshake.start()]);
      const abort = () => pending.fail(cancelled(way.address ?? way.transport));
      if (options.signal?.aborted) abort();
      else options.signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** A pipe that came in. What becomes of it is told by `made`, or by nothing at all. */
  accept(pipe: Pipe, way: LinkWay): void {
    const { platform, keys, invitationKey } = this.#options;
    const { crypto, random } = platform;
    if (this.#closed || this.#pending.size >= linkLimits.handshakes || !this.#budget.take()) {
      pipe.attach(deaf);
      pipe.close();
      return;
    }
    const hello = this.#options.hello();
    const handshake = Handshake.respond(keys, {
      purpose: "link",
      hello,
      crypto,
      random,
      invitationKey,
    });
    this.#begin(pipe, handshake, way, ignore, ignore);
  }

  close(): void {
    this.#closed = true;
    for (const pending of this.#pending) pending.fail(cancelled("this node"));
  }

  #begin(
    pipe: Pipe,
    handshake: Handshake,
    way: LinkWay,
    resolve: (link: NewLink) => void,
    reject: (error: GlowError) => void,
  ): PendingLink {
    const { timers } = this.#options.platform;
    const pending = new PendingLink(pipe, handshake, {
      done: (result) => {
        this.#pending.delete(pending);
        const made = this.#link(pipe, result, way);
        resolve(made);
        return made.link;
      },
      failed: (error) => {
        this.#pending.delete(pending);
        reject(error);
      },
    });
    this.#pending.add(pending);
    pending.expires = timers.after(linkLimits.handshakeMs, () => {
      const message = `the handshake took longer than ${linkLimits.handshakeMs} ms`;
      pending.fail(
        new GlowError("unavailable", "link.handshake", { target: way.address ?? "a node that dialled", message }),
      );
    });
    pipe.attach(pending);
    return pending;
  }

  #link(pipe: Pipe, result: HandshakeResult, way: LinkWay): NewLink {
    const { clock, timers, crypto } = this.#options.platform;
    if (way.invitedOnly === true && result.invitation === undefined) {
      const message = "whoever comes over another node has to have an invitation";
      throw new GlowError("denied", "link.invitation", { target: result.peer, message });
    }
    const events = this.#options.admit(result);
    const link = new SecureLink(pipe, {
      clock,
      timers,
      peer: result.peer,
      scope: scopeOf(way.address),
      sendKey: new EpochKey(crypto, result.suite, result.sendKey),
      receiveKey: new EpochKey(crypto, result.suite, result.receiveKey),
      events,
    });
    const made = { link, result, way };
    this.#options.made(made);
    return made;
  }
}

interface Outcome {
  done(result: HandshakeResult): SecureLink;
  failed(error: GlowError): void;
}

/** Takes the handshake's messages, and hands everything after them to the link that came of it. */
class PendingLink implements PipeReceiver {
  readonly #pipe: Pipe;
  readonly #handshake: Handshake;
  readonly #outcome: Outcome;
  #message: Uint8Array[] = [];
  #messageBytes = 0;
  #link: SecureLink | undefined;
  #over = false;
  expires: Timer | undefined;

  constructor(pipe: Pipe, handshake: Handshake, outcome: Outcome) {
    this.#pipe = pipe;
    this.#handshake = handshake;
    this.#outcome = outcome;
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    this.piece(bytes, start, end, true);
  }

  piece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.#link !== undefined) {
      this.#link.piece(bytes, start, end, last);
      return;
    }
    if (this.#over) return;
    this.#messageBytes += end - start;
    if (this.#messageBytes > handshakeLimits.messageBytes) {
      const message = `a handshake message has at most ${handshakeLimits.messageBytes} bytes`;
      this.fail(new GlowError("too-large", "link.handshake", { message }));
      return;
    }
    this.#message.push(bytes.subarray(start, end));
    if (!last) return;
    const whole = new Uint8Array(this.#messageBytes);
    let at = 0;
    for (const part of this.#message) {
      whole.set(part, at);
      at += part.length;
    }
    this.#message = [];
    this.#messageBytes = 0;
    this.#received(whole);
  }

  drained(): void {
    this.#link?.drained();
  }

  closed(reason: GlowError): void {
    if (this.#link === undefined) this.fail(reason);
    else this.#link.closed(reason);
  }

  fail(error: GlowError): void {
    if (this.#over) return;
    this.#over = true;
    this.expires?.cancel();
    this.#pipe.close();
    this.#outcome.failed(error);
  }

  #received(message: Uint8Array): void {
    try {
      const answer = this.#handshake.receive(message);
      if (answer !== undefined) this.#pipe.send([answer]);
      const { result } = this.#handshake;
      if (result === undefined) return;
      this.#link = this.#outcome.done(result);
      this.#over = true;
      this.expires?.cancel();
    } catch (error) {
      const { refusal } = this.#handshake;
      if (refusal !== undefined) this.#pipe.send([refusal]);
      this.fail(GlowError.from(error, "link.handshake"));
    }
  }
}

/** What is reached within a device or a local network; what dialled us is taken for the like until it is measured. */
function scopeOf(address: Address | undefined): LinkMetrics["scope"] {
  return address === undefined || !address.startsWith("wss:") ? "local" : "wide";
}

/** The scheme of an address. */
export function transportOf(address: Address): string {
  return address.slice(0, Math.max(0, address.indexOf(":")));
}

function cancelled(target: string): GlowError {
  return new GlowError("cancelled", "link.dial", { target, message: "given up by the caller" });
}

function ignore(): void {
  // Nobody waits for a link that comes in: `made` tells of it.
}

const deaf: PipeReceiver = { packet: ignore, drained: ignore, closed: ignore };

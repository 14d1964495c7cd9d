// Begins sessions: carries the handshake (src/mesh/handshake) between two nodes that may be many hops apart, over a way
// that loses packets. Each message is sent again until an answer comes; a message that comes again is answered as before.
//
//   body    = 0 (u32, no session's tag) | step (u8) | attempt (u32, drawn by who began) | handshake message
//   step    = 1, 2, 3: the handshake's messages
//           | 4: there is no such session; the message is the packet's tag (u32) and number (u48)
//   hello   = tag (u32): by which packets to this side name the session
//
// If both begin at once, the attempt of the node with the smaller id goes on.

import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes, idText } from "#base/ids.ts";
import { routerLimits } from "#base/limits.ts";
import { integerBelow } from "#base/random.ts";
import type { Clock, Crypto, NodeId, Random, Timer, Timers } from "#glow";
import { Handshake, type HandshakeResult } from "../handshake/handshake.ts";
import type { HandshakeKeys } from "../handshake/handshake-keys.ts";
import { PieceReader } from "../wire/piece-reader.ts";
import { TokenBucket } from "../wire/token-bucket.ts";

export const setupTag = 0;
const step = { first: 1, second: 2, third: 3, unknown: 4 } as const;
const headerBytes = 9;
const tagBytes = 4;

export interface Established {
  readonly peer: NodeId;
  readonly result: HandshakeResult;
  readonly localTag: number;
  readonly remoteTag: number;
  readonly initiator: boolean;
}

export interface SessionSetupOptions {
  readonly self: NodeId;
  readonly keys: HandshakeKeys;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly timers: Timers;
  /**
   * Sends a body; it may be lost. `via` is the neighbour that brought what this answers: the way back if there is no
   * route yet, as news of who has just come often arrive after what they send.
   */
  send(to: NodeId, body: Uint8Array, via?: NodeId): void;
  /** A tag that no session has. */
  freeTag(): number;
  /** Both sides have proved who they are. */
  established(session: Established): void;
  /** Whether the session under this tag has had a sign of life from its peer. */
  heard(localTag: number): boolean;
  /** The peer does not know the session of its tag `remoteTag`. */
  unknown(peer: NodeId, remoteTag: number): void;
}

interface Attempt {
  readonly peer: NodeId;
  readonly id: number;
  readonly localTag: number;
  readonly handshake: Handshake;
  readonly began: number;
  readonly waiting: { resolve(): void; reject(error: GlowError): void }[];
  /** What is sent again until an answer comes. */
  message: Uint8Array;
  delayMs: number;
  timer: Timer | undefined;
  established: boolean;
}

interface Answer {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  readonly localTag: number;
  /** Undefined when the session is established. */
  handshake: Handshake | undefined;
  readonly expires: Timer;
}

export class SessionSetup {
  readonly #options: SessionSetupOptions;
  readonly #attempts = new Map<NodeId, Attempt>();
  readonly #answers = new Map<string, Answer>();
  readonly #budgets = new Map<NodeId, TokenBucket>();

  constructor(options: SessionSetupOptions) {
    this.#options = options;
  }

  /** Resolves when there is a session, whoever began it. `unavailable` if no answer came for long. */
  begin(peer: NodeId, signal?: AbortSignal): Promise<void> {
    const attempt = this.#attempts.get(peer) ?? this.#start(peer);
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      attempt.waiting.push(waiter);
      signal?.addEventListener("abort", () => {
        // The attempt goes on: the next who asks will have use of it.
        reject(new GlowError("cancelled", "mesh.session", { target: peer, message: "given up by the caller" }));
      });
    });
  }

  /** A body under `setupTag`, whose tag has been read. `via` is the neighbour that brought it. */
  received(from: Uint8Array, via: NodeId, reader: PieceReader): void {
    const kind = reader.u8();
    const id = reader.u32();
    const message = Uint8Array.from(reader.bytes(reader.left));
    const peer = idText(from) as NodeId;
    if (kind === step.first) this.#first(peer, via, id, message);
    else if (kind === step.second) this.#second(peer, id, message);
    else if (kind === step.third) this.#third(peer, id, message);
    else if (kind === step.unknown) this.#options.unknown(peer, new PieceReader([message]).u32());
  }

  /** Tells whoever sent this packet that its session does not exist here (any more). */
  refuse(from: Uint8Array, via: NodeId, tag: number, number: number): void {
    if (!this.#budget(via).take()) return;
    const message = new Uint8Array(10);
    const view = new DataView(message.buffer);
    view.setUint32(0, tag, true);
    view.setUint32(4, number % 2 ** 32, true);
    view.setUint16(8, number / 2 ** 32, true);
    this.#options.send(idText(from) as NodeId, body(step.unknown, 0, message), via);
  }

  /** There is a session with this peer by now. */
  settled(peer: NodeId): void {
    const attempt = this.#attempts.get(peer);
    if (attempt === undefined) return;
    for (const { resolve } of attempt.waiting.splice(0)) resolve();
    if (!attempt.established) this.#drop(attempt);
  }

  close(): void {
    for (const attempt of [...this.#attempts.values()]) this.#fail(attempt, "cancelled", "this node is closing");
    for (const answer of this.#answers.values()) answer.expires.cancel();
    this.#answers.clear();
  }

  // --------------------------------------------------------------------------------------------- the one who begins

  #start(peer: NodeId): Attempt {
    const { keys, crypto, random, clock } = this.#options;
    const localTag = this.#options.freeTag();
    const hello = tagBytesOf(localTag);
    const handshake = Handshake.initiate(keys, { purpose: "session", expected: peer, hello, crypto, random });
    const id = integerBelow(random, 2 ** 32);
    const attempt: Attempt = {
      peer,
      id,
      localTag,
      handshake,
      began: clock.monotonicMs(),
      waiting: [],
      message: body(step.first, id, handshake.start()),
      delayMs: routerLimits.setupRetryMs,
      timer: undefined,
      established: false,
    };
    this.#attempts.set(peer, attempt);
    this.#send(attempt);
    return attempt;
  }

  #send(attempt: Attempt): void {
    const { clock, timers } = this.#options;
    this.#options.send(attempt.peer, attempt.message);
    attempt.timer?.cancel();
    attempt.timer = timers.after(attempt.delayMs, () => {
      if (attempt.established && this.#options.heard(attempt.localTag)) this.#drop(attempt);
      else if (clock.monotonicMs() - attempt.began < routerLimits.setupMs) this.#send(attempt);
      else this.#fail(attempt, "unavailable", "no answer came to the handshake: it is off, or what is on the way loses it");
    });
    attempt.delayMs *= 2;
  }

  #second(peer: NodeId, id: number, message: Uint8Array): void {
    const attempt = this.#attempts.get(peer);
    if (attempt === undefined || attempt.id !== id || attempt.established) return;
    // Anybody on the way can send nonsense in the peer's name: the attempt goes on with a new handshake.
    const third = this.#tried(() => attempt.handshake.receive(message));
    const { result } = attempt.handshake;
    if (third === undefined || result === undefined) {
      this.#again(attempt);
      return;
    }
    attempt.established = true;
    attempt.message = body(step.third, id, third);
    attempt.delayMs = routerLimits.setupRetryMs;
    this.#send(attempt);
    this.#established(peer, result, attempt.localTag, true);
  }

  #again(attempt: Attempt): void {
    const { waiting } = attempt;
    this.#drop(attempt);
    // Not at once: what was answered wrongly might be so again and again.
    const { timers } = this.#options;
    timers.after(routerLimits.setupRetryMs, () => {
      if (waiting.length > 0) (this.#attempts.get(attempt.peer) ?? this.#start(attempt.peer)).waiting.push(...waiting);
    });
  }

  #drop(attempt: Attempt): void {
    attempt.timer?.cancel();
    if (this.#attempts.get(attempt.peer) === attempt) this.#attempts.delete(attempt.peer);
  }

  #fail(attempt: Attempt, kind: "unavailable" | "cancelled", message: string): void {
    this.#drop(attempt);
    const error = new GlowError(kind, "mesh.session", { target: attempt.peer, message });
    for (const { reject } of attempt.waiting.splice(0)) reject(error);
  }

  // -------------------------------------------------------------------------------------------- the one who answers

  #first(peer: NodeId, via: NodeId, id: number, message: Uint8Array): void {
    const key = `${peer} ${id}`;
    const known = this.#answers.get(key);
    if (known !== undefined) {
      if (sameBytes(known.first, message)) this.#options.send(peer, body(step.second, id, known.second), via);
      return;
    }
    const own = this.#attempts.get(peer);
    if (own !== undefined && !own.established && this.#options.self < peer) return;
    if (this.#answers.size >= routerLimits.setups || !this.#budget(via).take()) return;
    const { keys, crypto, random, timers } = this.#options;
    const localTag = this.#options.freeTag();
    const handshake = Handshake.respond(keys, { purpose: "session", hello: tagBytesOf(localTag), crypto, random });
    const second = this.#tried(() => handshake.receive(message));
    if (second === undefined) return;
    const expires = timers.after(routerLimits.setupMs, () => this.#answers.delete(key));
    this.#answers.set(key, { first: message, second, localTag, handshake, expires });
    this.#options.send(peer, body(step.second, id, second), via);
  }

  #third(peer: NodeId, id: number, message: Uint8Array): void {
    const answer = this.#answers.get(`${peer} ${id}`);
    const handshake = answer?.handshake;
    if (answer === undefined || handshake === undefined) return;
    this.#tried(() => handshake.receive(message));
    // Whatever came of it, this handshake is over.
    answer.handshake = undefined;
    const { result } = handshake;
    if (result !== undefined && result.peer === peer) this.#established(peer, result, answer.localTag, false);
  }

  #established(peer: NodeId, result: HandshakeResult, localTag: number, initiator: boolean): void {
    if (result.peerHello.length < tagBytes) return;
    const remoteTag = new PieceReader([result.peerHello]).u32();
    this.#options.established({ peer, result, localTag, remoteTag, initiator });
  }

  /** A bad handshake message is no event: it costs who sent it, and nobody else. */
  #tried(receive: () => Uint8Array | undefined): Uint8Array | undefined {
    try {
      return receive();
    } catch (error) {
      GlowError.from(error, "mesh.handshake");
      return undefined;
    }
  }

  #budget(via: NodeId): TokenBucket {
    let budget = this.#budgets.get(via);
    if (budget === undefined) {
      if (this.#budgets.size > routerLimits.neighbours) this.#budgets.clear();
      budget = new TokenBucket(this.#options.clock, routerLimits.setupsPerSecond, routerLimits.setupsPerSecond);
      this.#budgets.set(via, budget);
    }
    return budget;
  }
}

function body(kind: number, id: number, message: Uint8Array): Uint8Array {
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  view.setUint32(0, setupTag, true);
  view.setUint8(4, kind);
  view.setUint32(5, id, true);
  return concatBytes([header, message]);
}

function tagBytesOf(tag: number): Uint8Array {
  const bytes = new Uint8Array(tagBytes);
  new DataView(bytes.buffer).setUint32(0, tag, true);
  return bytes;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** For tests and for whoever looks at a capture: the ids of a relayed header. */
export function idsOf(to: NodeId, from: NodeId): Uint8Array {
  return concatBytes([idBytes(to), idBytes(from)]);
}

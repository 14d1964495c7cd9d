// Begins sessions: carries the handshake (src/mesh/handshake) between two nodes that may be many hops apart, over a way
// that loses packets. Each message is sent again until an answer comes; a message that comes again is answered as before.
//
//   body    = 0 (u32, no session's tag) | step (u8) | attempt (u32, drawn by who began) | handshake message
//   step    = 1, 2, 3: the handshake's messages
//           | 4: there is no such session; the message is the packet's tag (u32) and number (u48)
//   hello   = tag (u32): by which packets to this side name the session
//
// If both begin at once, one session comes of it: a session is used, and may carry streams, as soon as one side has it, and
// so none may take its place. The attempt of the node with the smaller id goes on; the other node, once it has answered it,
// takes no answer to its own. And who has a session of which its peer cannot know yet, as the third message may be lost,
// answers no attempt of the peer, and doubts nothing: it sends that message again.

import { concatBytes, equalBytes } from "#base/bytes.ts";
import { type ErrorKind, GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { handshakeLimits, routerLimits } from "#base/limits.ts";
import { integerBelow } from "#base/random.ts";
import type { Clock, Crypto, NodeId, Random, Timer, Timers } from "#glow";
import { Handshake, type HandshakeResult } from "../handshake/handshake.ts";
import type { HandshakeKeys } from "../handshake/handshake-keys.ts";
import type { PieceReader } from "../wire/piece-reader.ts";
import { TokenBucket } from "../wire/token-bucket.ts";

export const setupTag = 0;
const step = { first: 1, second: 2, third: 3, unknown: 4 } as const;
const headerBytes = 9;
const tagBytes = 4;
/** The message of `step.unknown`. */
const unknownBytes = 10;

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
   * route yet, as news of who has just come often arrive after what they send; and if the answer was sent before and has
   * not arrived (`again`), as the route may lead over somebody who drops it.
   */
  send(to: NodeId, body: Uint8Array, via?: NodeId, again?: boolean): void;
  /** A tag that no session has. */
  freeTag(): number;
  /** Both sides have proved who they are. */
  established(session: Established): void;
  /** Whether the session under this tag has had a sign of life from its peer, or is over. */
  heard(localTag: number): boolean;
  /** Messages to this node are not answered, or answered with nonsense: the way there may be bad. */
  unanswered(peer: NodeId): void;
  /** Whether this neighbour may speak for others. */
  relays(neighbour: NodeId): boolean;
  /** The peer does not know the session of its tag `remoteTag`. */
  unknown(peer: NodeId, remoteTag: number): void;
}

/** What this node does to get a session with another: one handshake after the other, until one works or time is up. */
interface Attempt {
  readonly peer: NodeId;
  readonly began: number;
  readonly waiting: Set<{ resolve(): void; reject(error: GlowError): void }>;
  /** Undefined between two handshakes. */
  handshake: Handshake | undefined;
  id: number;
  localTag: number;
  /** What is sent again until an answer comes. */
  message: Uint8Array;
  delayMs: number;
  /** So many over the way that is suspected next. */
  sent: number;
  timer: Timer | undefined;
  established: boolean;
  /** How often the third message was sent. */
  thirds: number;
}

interface Answer {
  readonly peer: NodeId;
  readonly via: NodeId;
  /** When it was sent last. */
  sentMs: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  readonly localTag: number;
  /** Undefined when it is over, well or not. */
  handshake: Handshake | undefined;
  readonly expires: Timer;
}

/** What one neighbour may make this node do. */
interface Budget {
  readonly handshakes: TokenBucket;
  /** Short answers that cost no key agreement. */
  readonly replies: TokenBucket;
}

/** After so many messages without an answer another way is looked for: the first may leave before that is found. */
const suspectAfter = 3;
/** A peer that says that it does not know a session, after so many third messages, has forgotten it. */
const confirmThirds = 8;
/** Whoever has the smaller id, and says nothing for so long after it was answered, has given up its attempt. */
const yieldMs = 10 * routerLimits.setupRetryMs;

export class SessionSetup {
  readonly #options: SessionSetupOptions;
  readonly #attempts = new Map<NodeId, Attempt>();
  /** By who asked and which attempt it is, the oldest first. */
  readonly #answers = new Map<string, Answer>();
  readonly #answersVia = new Map<NodeId, number>();
  readonly #budgets = new Map<NodeId, Budget>();
  #isClosed = false;

  constructor(options: SessionSetupOptions) {
    this.#options = options;
  }

  /** Attempts and answers under way: for tests, and for whoever looks for leaks. */
  get underWay(): number {
    return this.#attempts.size + this.#answers.size;
  }

  /** Resolves when there is a new session, whoever began it. `unavailable` if no answer came for long. */
  begin(peer: NodeId, signal?: AbortSignal): Promise<void> {
    const known = this.#attempts.get(peer);
    // That one has led to a session, and still there is none.
    if (known?.established === true) this.#drop(known);
    const attempt = this.#attempts.get(peer) ?? this.#start(peer);
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        signal?.removeEventListener("abort", abort);
        attempt.waiting.delete(waiter);
        done();
      };
      const waiter = {
        resolve: () => settle(resolve),
        reject: (error: GlowError) => settle(() => reject(error)),
      };
      // The attempt goes on: the next who asks will have use of it.
      const abort = () =>
        waiter.reject(new GlowError("cancelled", "mesh.session", { target: peer, message: "given up by the caller" }));
      attempt.waiting.add(waiter);
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort);
    });
  }

  /** Whether a session with this node is being made from here. */
  isTrying(peer: NodeId): boolean {
    return this.#attempts.get(peer)?.established === false;
  }

  /** Whether the peer may not know yet of the session that was begun from here. */
  isConfirming(peer: NodeId): boolean {
    const attempt = this.#attempts.get(peer);
    return attempt?.established === true && attempt.thirds <= confirmThirds && !this.#options.heard(attempt.localTag);
  }

  /**
   * A body under `setupTag`, whose tag has been read. `via` is the neighbour that brought it. What makes no sense is passed
   * over: it may come from far away, and is no reason to end anybody's link.
   */
  received(from: Uint8Array, via: NodeId, reader: PieceReader): void {
    if (this.#isClosed || reader.left < headerBytes - tagBytes) return;
    const kind = reader.u8();
    const id = reader.u32();
    if (reader.left > handshakeLimits.messageBytes) return;
    const message = Uint8Array.from(reader.bytes(reader.left));
    const peer = idText(from) as NodeId;
    if (kind === step.first) this.#first(peer, via, id, message);
    else if (kind === step.second) this.#second(peer, id, message);
    else if (kind === step.third) this.#third(peer, id, message);
    else if (kind === step.unknown && message.length === unknownBytes) this.#options.unknown(peer, u32At(message, 0));
  }

  /** Tells whoever sent this packet that its session does not exist here (any more). */
  refuse(from: Uint8Array, via: NodeId, tag: number, number: number): void {
    if (this.#isClosed || !this.#budget(via).replies.take()) return;
    const message = new Uint8Array(unknownBytes);
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
    for (const waiter of attempt.waiting) waiter.resolve();
    if (!attempt.established) this.#drop(attempt);
  }

  /** There can be no session with this peer. */
  failed(peer: NodeId, kind: "exhausted" | "denied", message: string): void {
    const attempt = this.#attempts.get(peer);
    if (attempt !== undefined) this.#fail(attempt, kind, message);
  }

  close(): void {
    this.#isClosed = true;
    for (const attempt of this.#attempts.values()) this.#fail(attempt, "cancelled", "this node is closing");
    for (const key of this.#answers.keys()) this.#forget(key);
  }

  // --------------------------------------------------------------------------------------------- the one who begins

  #start(peer: NodeId): Attempt {
    const attempt: Attempt = {
      peer,
      began: this.#options.clock.monotonicMs(),
      waiting: new Set(),
      handshake: undefined,
      id: 0,
      localTag: 0,
      message: new Uint8Array(),
      delayMs: routerLimits.setupRetryMs,
      sent: 0,
      timer: undefined,
      established: false,
      thirds: 0,
    };
    this.#attempts.set(peer, attempt);
    this.#startHandshake(attempt);
    return attempt;
  }

  #startHandshake(attempt: Attempt): void {
    const { keys, crypto, random } = this.#options;
    attempt.localTag = this.#options.freeTag();
    attempt.id = integerBelow(random, 2 ** 32);
    const hello = tagBytesOf(attempt.localTag);
    const handshake = Handshake.initiate(keys, { purpose: "session", expected: attempt.peer, hello, crypto, random });
    attempt.handshake = handshake;
    attempt.message = body(step.first, attempt.id, handshake.start());
    this.#send(attempt);
  }

  #send(attempt: Attempt): void {
    const { timers } = this.#options;
    if (++attempt.sent > suspectAfter) this.#suspect(attempt);
    if (attempt.established) attempt.thirds++;
    attempt.timer?.cancel();
    attempt.timer = timers.after(attempt.delayMs, () => {
      if (attempt.established && this.#options.heard(attempt.localTag)) this.#drop(attempt);
      else if (this.#isLate(attempt)) this.#failUnanswered(attempt);
      else this.#send(attempt);
    });
    attempt.delayMs *= 2;
    this.#options.send(attempt.peer, attempt.message);
  }

  #second(peer: NodeId, id: number, message: Uint8Array): void {
    const attempt = this.#attempts.get(peer);
    const handshake = attempt?.handshake;
    if (attempt === undefined || handshake === undefined || attempt.id !== id || attempt.established) return;
    if (this.#options.self > peer && this.#yieldsTo(peer)) return;
    // Anybody on the way can send nonsense in the peer's name: the attempt goes on with a new handshake.
    const third = this.#tried(() => handshake.receive(message));
    const { result } = handshake;
    if (third === undefined || result === undefined) {
      this.#again(attempt);
      return;
    }
    attempt.established = true;
    attempt.message = body(step.third, id, third);
    attempt.delayMs = routerLimits.setupRetryMs;
    attempt.sent = 0;
    this.#send(attempt);
    this.#established(peer, result, attempt.localTag, true);
  }

  /** The peer has begun too, was answered, and its third message is awaited. */
  #yieldsTo(peer: NodeId): boolean {
    const sinceMs = this.#options.clock.monotonicMs() - yieldMs;
    for (const answer of this.#answers.values()) {
      if (answer.peer === peer && answer.handshake !== undefined && answer.sentMs > sinceMs) return true;
    }
    return false;
  }

  /** Not at once: what was answered wrongly might be so again and again. */
  #again(attempt: Attempt): void {
    attempt.handshake = undefined;
    attempt.timer?.cancel();
    attempt.timer = this.#options.timers.after(routerLimits.setupRetryMs, () => {
      if (this.#isLate(attempt)) this.#failUnanswered(attempt);
      else this.#startHandshake(attempt);
    });
    if (attempt.sent >= suspectAfter) this.#suspect(attempt);
  }

  /** Another way gets as many messages as this one had, and as soon. */
  #suspect(attempt: Attempt): void {
    attempt.sent = 0;
    attempt.delayMs = routerLimits.setupRetryMs;
    this.#options.unanswered(attempt.peer);
  }

  #isLate(attempt: Attempt): boolean {
    return this.#options.clock.monotonicMs() - attempt.began >= routerLimits.setupMs;
  }

  #drop(attempt: Attempt): void {
    attempt.timer?.cancel();
    if (this.#attempts.get(attempt.peer) === attempt) this.#attempts.delete(attempt.peer);
  }

  #failUnanswered(attempt: Attempt): void {
    const message = "no answer came to the handshake: it is off, or what is on the way loses or damages it";
    this.#fail(attempt, "unavailable", message);
  }

  #fail(attempt: Attempt, kind: ErrorKind, message: string): void {
    this.#drop(attempt);
    const error = new GlowError(kind, "mesh.session", { target: attempt.peer, message });
    for (const waiter of attempt.waiting) waiter.reject(error);
  }

  // -------------------------------------------------------------------------------------------- the one who answers

  #first(peer: NodeId, via: NodeId, id: number, message: Uint8Array): void {
    const key = `${peer} ${id}`;
    const known = this.#answers.get(key);
    if (known !== undefined) {
      if (equalBytes(known.first, message)) this.#repeat(known, via, id);
      return;
    }
    const own = this.#attempts.get(peer);
    if (own?.established === true ? this.isConfirming(peer) : own !== undefined && this.#options.self < peer) return;
    if (message.length > handshakeLimits.firstMessageBytes || !this.#budget(via).handshakes.take()) return;
    const { keys, crypto, random, clock, timers } = this.#options;
    const localTag = this.#options.freeTag();
    const handshake = Handshake.respond(keys, { purpose: "session", hello: tagBytesOf(localTag), crypto, random });
    const second = this.#tried(() => handshake.receive(message));
    if (second === undefined) return;
    if (this.#answers.size >= routerLimits.setups) this.#makeRoom();
    const expires = timers.after(routerLimits.setupMs, () => this.#forget(key));
    const sentMs = clock.monotonicMs();
    this.#answers.set(key, { peer, via, sentMs, first: message, second, localTag, handshake, expires });
    this.#answersVia.set(via, (this.#answersVia.get(via) ?? 0) + 1);
    this.#options.send(peer, body(step.second, id, second), via);
  }

  #repeat(answer: Answer, via: NodeId, id: number): void {
    if (!this.#budget(via).replies.take()) return;
    answer.sentMs = this.#options.clock.monotonicMs();
    this.#options.send(answer.peer, body(step.second, id, answer.second), via, true);
  }

  /** The oldest goes of the neighbour that has brought the most: a flood pushes out itself. */
  #makeRoom(): void {
    let most: NodeId | undefined;
    for (const [via, count] of this.#answersVia) if (count > (this.#answersVia.get(most as NodeId) ?? 0)) most = via;
    for (const [key, { via }] of this.#answers) {
      if (via === most) {
        this.#forget(key);
        return;
      }
    }
  }

  #forget(key: string): void {
    const answer = this.#answers.get(key);
    if (answer === undefined) return;
    this.#answers.delete(key);
    answer.expires.cancel();
    const left = (this.#answersVia.get(answer.via) ?? 1) - 1;
    if (left > 0) this.#answersVia.set(answer.via, left);
    else this.#answersVia.delete(answer.via);
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
    const remoteTag = u32At(result.peerHello, 0);
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

  #budget(via: NodeId): Budget {
    const { clock, relays } = this.#options;
    const budget = this.#budgets.get(via) ?? this.#newBudget(clock, relays(via));
    // The one used longest ago is first, and forgotten first: coming back as somebody else pays off for nobody.
    this.#budgets.delete(via);
    this.#budgets.set(via, budget);
    for (const longestAgo of this.#budgets.keys()) {
      if (this.#budgets.size <= routerLimits.neighbours) break;
      this.#budgets.delete(longestAgo);
    }
    return budget;
  }

  #newBudget(clock: Clock, relays: boolean): Budget {
    const { setupsPerSecond, ownSetupsPerSecond, setupRepliesPerSecond } = routerLimits;
    const perSecond = relays ? setupsPerSecond : ownSetupsPerSecond;
    return {
      handshakes: new TokenBucket(clock, perSecond, perSecond),
      replies: new TokenBucket(clock, setupRepliesPerSecond, setupRepliesPerSecond),
    };
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

function u32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

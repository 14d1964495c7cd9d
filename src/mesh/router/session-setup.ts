// Begins sessions: carries the handshake (src/mesh/handshake) between two nodes that may be many hops apart, over a way
// that loses packets. Each message is sent again until an answer comes; a message that comes again is answered as before.
// The side that is asked is in session-answers.ts, the layout in setup-message.ts.
//
// If both begin at once, one session comes of it: a session is used, and may carry streams, as soon as one side has it, and
// so none may take its place. The attempt of the node with the smaller id goes on; the other node, once it has answered it,
// takes no answer to its own. And who has a session of which its peer cannot know yet, as the third message may be lost,
// answers no attempt of the peer, and doubts nothing: it sends that message again.

import { type ErrorKind, GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { handshakeLimits, routerLimits } from "#base/limits.ts";
import { integerBelow } from "#base/random.ts";
import type { NodeId, Timer } from "#glow";
import { Handshake, type HandshakeResult } from "../handshake/handshake.ts";
import type { PieceReader } from "../wire/piece-reader.ts";
import { SessionAnswers, type SetupPowers } from "./session-answers.ts";
import { helloOf, nextMessage, remoteTagOf, setupBody, step, stepBytes, unknownTag } from "./setup-message.ts";

export interface Established {
  readonly peer: NodeId;
  readonly result: HandshakeResult;
  readonly localTag: number;
  readonly remoteTag: number;
  readonly initiator: boolean;
}

export interface SessionSetupOptions extends SetupPowers {
  readonly self: NodeId;
  /** Both sides have proved who they are. */
  established(session: Established): void;
  /** Whether the session under this tag has had a sign of life from its peer, or is over. */
  heard(localTag: number): boolean;
  /** Messages to this node are not answered, or answered with nonsense: the way there may be bad. */
  unanswered(peer: NodeId): void;
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

/** After so many messages without an answer another way is looked for: the first may leave before that is found. */
const suspectAfter = 3;
/** A peer that says that it does not know a session, after so many third messages, has forgotten it. */
const confirmThirds = 8;

export class SessionSetup {
  readonly #options: SessionSetupOptions;
  readonly #attempts = new Map<NodeId, Attempt>();
  readonly #answers: SessionAnswers;
  #isClosed = false;

  constructor(options: SessionSetupOptions) {
    this.#options = options;
    this.#answers = new SessionAnswers({
      ...options,
      mayAnswer: (peer) => this.#mayAnswer(peer),
      agreed: (peer, result, localTag) => this.#established(peer, result, localTag, false),
    });
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
    if (this.#isClosed || reader.left < stepBytes) return;
    const kind = reader.u8();
    const id = reader.u32();
    if (reader.left > handshakeLimits.messageBytes) return;
    const message = Uint8Array.from(reader.bytes(reader.left));
    const peer = idText(from) as NodeId;
    if (kind === step.first) this.#answers.first(peer, via, id, message);
    else if (kind === step.second) this.#second(peer, id, message);
    else if (kind === step.third) this.#answers.third(peer, id, message);
    else if (kind === step.unknown) this.#unknown(peer, message);
  }

  /** Tells whoever sent this packet that its session does not exist here (any more). */
  refuse(from: Uint8Array, via: NodeId, tag: number, number: number): void {
    if (!this.#isClosed) this.#answers.refuse(from, via, tag, number);
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
    this.#answers.close();
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
    const hello = helloOf(attempt.localTag);
    const handshake = Handshake.initiate(keys, { purpose: "session", expected: attempt.peer, hello, crypto, random });
    attempt.handshake = handshake;
    attempt.message = setupBody(step.first, attempt.id, handshake.start());
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
    // The peer has begun too, and its attempt is the one that goes on.
    if (this.#options.self > peer && this.#answers.isAwaiting(peer)) return;
    // Anybody on the way can send nonsense in the peer's name: the attempt goes on with a new handshake.
    const third = nextMessage(handshake, message);
    const { result } = handshake;
    if (third === undefined || result === undefined) {
      this.#again(attempt);
      return;
    }
    attempt.established = true;
    attempt.message = setupBody(step.third, id, third);
    attempt.delayMs = routerLimits.setupRetryMs;
    attempt.sent = 0;
    this.#send(attempt);
    this.#established(peer, result, attempt.localTag, true);
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

  /** Whether an attempt of the peer's is answered, though this side may have begun too. */
  #mayAnswer(peer: NodeId): boolean {
    const own = this.#attempts.get(peer);
    return own === undefined || (own.established ? !this.isConfirming(peer) : this.#options.self > peer);
  }

  #established(peer: NodeId, result: HandshakeResult, localTag: number, initiator: boolean): void {
    const remoteTag = remoteTagOf(result);
    if (remoteTag !== undefined) this.#options.established({ peer, result, localTag, remoteTag, initiator });
  }

  #unknown(peer: NodeId, message: Uint8Array): void {
    const remoteTag = unknownTag(message);
    if (remoteTag !== undefined) this.#options.unknown(peer, remoteTag);
  }
}

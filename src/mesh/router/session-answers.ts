// The side of a session's beginning that is asked: it answers attempts of others, each again as often as it is asked again,
// and keeps to what each neighbour may have it do. How attempts of both sides go together is in session-setup.ts.

import { equalBytes } from "#base/bytes.ts";
import { idText } from "#base/ids.ts";
import { handshakeLimits, routerLimits } from "#base/limits.ts";
import type { Clock, Crypto, NodeId, Random, Timer, Timers } from "#glow";
import { Handshake, type HandshakeResult } from "../handshake/handshake.ts";
import type { HandshakeKeys } from "../handshake/handshake-keys.ts";
import { TokenBucket } from "../wire/token-bucket.ts";
import { helloOf, nextMessage, setupBody, step, unknownBody } from "./setup-message.ts";

/** What beginning a session takes, on either side. */
export interface SetupPowers {
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
  /** Whether this neighbour may speak for others. */
  relays(neighbour: NodeId): boolean;
}

export interface SessionAnswersOptions extends SetupPowers {
  /** Whether an attempt of this node is to be answered: this side may have begun, too. */
  mayAnswer(peer: NodeId): boolean;
  /** A handshake that was answered is over, and both sides have proved who they are. */
  agreed(peer: NodeId, result: HandshakeResult, localTag: number): void;
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

/** Who was answered and says nothing for so long has given up its attempt. */
const awaitedMs = 10 * routerLimits.setupRetryMs;

export class SessionAnswers {
  readonly #options: SessionAnswersOptions;
  /** By who asked and which attempt it is, the oldest first. */
  readonly #answers = new Map<string, Answer>();
  readonly #answersVia = new Map<NodeId, number>();
  readonly #budgets = new Map<NodeId, Budget>();

  constructor(options: SessionAnswersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** The peer was answered, and its third message is awaited. */
  isAwaiting(peer: NodeId): boolean {
    const sinceMs = this.#options.clock.monotonicMs() - awaitedMs;
    for (const answer of this.#answers.values()) {
      if (answer.peer === peer && answer.handshake !== undefined && answer.sentMs > sinceMs) return true;
    }
    return false;
  }

  /** The first message of an attempt of the peer's, which this neighbour has brought. */
  first(peer: NodeId, via: NodeId, id: number, message: Uint8Array): void {
    const key = `${peer} ${id}`;
    const known = this.#answers.get(key);
    if (known !== undefined) {
      if (equalBytes(known.first, message)) this.#repeat(known, via, id);
      return;
    }
    if (!this.#options.mayAnswer(peer)) return;
    if (message.length > handshakeLimits.firstMessageBytes || !this.#budget(via).handshakes.take()) return;
    const { keys, crypto, random, clock, timers } = this.#options;
    const localTag = this.#options.freeTag();
    const handshake = Handshake.respond(keys, { purpose: "session", hello: helloOf(localTag), crypto, random });
    const second = nextMessage(handshake, message);
    if (second === undefined) return;
    if (this.#answers.size >= routerLimits.setups) this.#makeRoom();
    const expires = timers.after(routerLimits.setupMs, () => this.#forget(key));
    const sentMs = clock.monotonicMs();
    this.#answers.set(key, { peer, via, sentMs, first: message, second, localTag, handshake, expires });
    this.#answersVia.set(via, (this.#answersVia.get(via) ?? 0) + 1);
    this.#options.send(peer, setupBody(step.second, id, second), via);
  }

  third(peer: NodeId, id: number, message: Uint8Array): void {
    const answer = this.#answers.get(`${peer} ${id}`);
    const handshake = answer?.handshake;
    if (answer === undefined || handshake === undefined) return;
    nextMessage(handshake, message);
    // Whatever came of it, this handshake is over.
    answer.handshake = undefined;
    const { result } = handshake;
    if (result !== undefined && result.peer === peer) this.#options.agreed(peer, result, answer.localTag);
  }

  /** Tells whoever sent this packet that its session does not exist here (any more). */
  refuse(from: Uint8Array, via: NodeId, tag: number, number: number): void {
    if (this.#budget(via).replies.take()) this.#options.send(idText(from) as NodeId, unknownBody(tag, number), via);
  }

  close(): void {
    for (const key of this.#answers.keys()) this.#forget(key);
  }

  #repeat(answer: Answer, via: NodeId, id: number): void {
    if (!this.#budget(via).replies.take()) return;
    answer.sentMs = this.#options.clock.monotonicMs();
    this.#options.send(answer.peer, setupBody(step.second, id, answer.second), via, true);
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

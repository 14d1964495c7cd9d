// The chase after one node that is wanted for a neighbour: which of its addresses to dial when, until one of them leads to
// a link. Addresses race, each a little behind the one before (RFC 8305), and each has its own waits, so that a dead one
// delays none of the others.

import type { GlowError } from "#base/errors.ts";
import type { dialLimits } from "#base/limits.ts";
import { float } from "#base/random.ts";
import type { Address, Clock, NodeId, Random, Subscription, Timer, Timers } from "#glow";
import type { AddressBook, KnownAddress } from "./address-book.ts";
import type { DialSlots } from "./dial-slots.ts";

export type DialLimits = { readonly [Name in keyof typeof dialLimits]: number };

export interface DialerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly book: AddressBook;
  /**
   * Makes one link, handshake included; `denied` if somebody else is there. When it resolves, the router has the link.
   * After the signal its end concerns nobody.
   */
  readonly dial: (address: Address, expected: NodeId, signal: AbortSignal) => Promise<unknown>;
  /** Whether there is a link to this node now, whoever made it. */
  readonly linked: (node: NodeId) => boolean;
  readonly limits?: Partial<DialLimits>;
}

interface Attempt {
  readonly known: KnownAddress;
  readonly sinceMs: number;
  readonly controller: AbortController;
  /** Ends it, once: gives back its place. */
  readonly finish: () => void;
}

const minuteMs = 60_000;

export class Pursuit {
  readonly #node: NodeId;
  readonly #options: DialerOptions;
  readonly #limits: DialLimits;
  readonly #slots: DialSlots;
  readonly #pin: Subscription;
  readonly #attempts = new Map<string, Attempt>();
  /** When addresses that never worked were dialled, of the last minute. */
  #hintDialsMs: number[] = [];
  #timer: Timer | undefined;
  /** Until then the address that was dialled last has the race for itself. */
  #staggerUntilMs = 0;
  #linkedSinceMs: number | undefined;
  /** Links in a row that did not live, and how long to hold still because of that. */
  #flaps = 0;
  #heldUntilMs = 0;
  /** Attempts were begun anew since one has ended by itself. */
  #wasHurried = false;
  #over = false;

  constructor(node: NodeId, options: DialerOptions, limits: DialLimits, slots: DialSlots) {
    this.#node = node;
    this.#options = options;
    this.#limits = limits;
    this.#slots = slots;
    this.#pin = options.book.pin(node);
    this.look();
  }

  /** Something has changed: the node's addresses, or its links. */
  look(): void {
    if (!this.#over) this.#sleep(0);
  }

  networkChanged(): void {
    const nowMs = this.#nowMs();
    this.#options.book.excuse(this.#node, () => nowMs + this.#chance(0, this.#limits.firstWaitMs));
    this.#heldUntilMs = 0;
    this.#flaps = 0;
    // A link that ends now ends because of that, however short it lived.
    if (this.#linkedSinceMs !== undefined) this.#linkedSinceMs = Number.NEGATIVE_INFINITY;
    // What was sent from an address that is gone is never answered, and would be waited for as long as a slow answer.
    this.#abandon();
    this.look();
  }

  /**
   * Waits no longer for the next try. What has been under way for long was begun when the other side was out of reach, and a
   * system sends such a request again ever more rarely: it is begun anew, but not each time, as a slow line takes long too.
   */
  hurry(): void {
    if (this.#over || this.#options.linked(this.#node)) return;
    const nowMs = this.#nowMs();
    this.#options.book.hurry(this.#node, nowMs);
    const old = [...this.#attempts.values()].filter(({ sinceMs }) => nowMs - sinceMs >= this.#limits.hurryMs);
    if (!this.#wasHurried) {
      this.#giveUp(old);
      this.#wasHurried = old.length > 0;
    }
    this.look();
  }

  end(): void {
    this.#over = true;
    this.#pin.stop();
    this.#rest();
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#slots.leave(this);
    this.#abandon();
  }

  #abandon(): void {
    this.#staggerUntilMs = 0;
    this.#giveUp(this.#attempts.values());
  }

  #giveUp(attempts: Iterable<Attempt>): void {
    for (const { controller, finish } of attempts) {
      finish();
      controller.abort();
    }
  }

  /** Does what is to be done now, and sleeps until there is more. */
  #step(): void {
    if (this.#over || this.#noteLink()) return;
    const nowMs = this.#nowMs();
    const waitUntilMs = Math.max(this.#heldUntilMs, this.#attempts.size > 0 ? this.#staggerUntilMs : 0);
    if (nowMs < waitUntilMs) this.#sleep(waitUntilMs - nowMs);
    // The end of an attempt wakes it.
    else if (this.#attempts.size < this.#limits.dialsPerNode) this.#dialNext(nowMs);
  }

  /** Whether there is a link; keeps account of how long they live. */
  #noteLink(): boolean {
    const nowMs = this.#nowMs();
    if (this.#options.linked(this.#node)) {
      this.#linkedSinceMs ??= nowMs;
      this.#rest();
      return true;
    }
    if (this.#linkedSinceMs === undefined) return false;
    const livedMs = nowMs - this.#linkedSinceMs;
    this.#linkedSinceMs = undefined;
    this.#linkLost(livedMs);
    return false;
  }

  #linkLost(livedMs: number): void {
    const nowMs = this.#nowMs();
    if (livedMs < this.#limits.stableMs) {
      this.#flaps++;
      this.#heldUntilMs = nowMs + this.#waitMs(this.#flaps, this.#limits.lateWaitMs);
      return;
    }
    this.#flaps = 0;
    // At once, but not all who lost the same node in the same instant.
    this.#options.book.excuse(this.#node, () => nowMs + this.#chance(0, this.#limits.firstWaitMs / 2), "reached");
  }

  #dialNext(nowMs: number): void {
    const idle = this.#options.book.of(this.#node).filter(({ address }) => !this.#attempts.has(address));
    this.#hintDialsMs = this.#hintDialsMs.filter((atMs) => atMs + minuteMs > nowMs);
    const full = this.#hintDialsMs.length >= this.#limits.hintDialsPerMinute;
    const hintsFromMs = full ? (this.#hintDialsMs[0] as number) + minuteMs : 0;
    const readyMs = (known: KnownAddress) => Math.max(known.dueMs, isHint(known) ? hintsFromMs : 0);
    const next = idle.find((known) => readyMs(known) <= nowMs);
    if (next !== undefined) this.#dial(next, nowMs);
    else if (idle.length > 0) this.#sleep(Math.min(...idle.map(readyMs)) - nowMs);
  }

  #dial(known: KnownAddress, nowMs: number): void {
    const release = this.#slots.take(this, isHint(known), () => this.look());
    if (release === undefined) return;
    if (isHint(known)) this.#hintDialsMs.push(nowMs);
    const controller = new AbortController();
    const { attemptMs, lateAttemptMs } = this.#limits;
    const deadline = this.#options.timers.after(this.#isLate(known) ? lateAttemptMs : attemptMs, () => {
      this.#ended(attempt, undefined);
      controller.abort();
    });
    const attempt: Attempt = {
      known,
      sinceMs: nowMs,
      controller,
      finish: () => {
        deadline.cancel();
        this.#attempts.delete(known.address);
        release();
      },
    };
    this.#attempts.set(known.address, attempt);
    this.#staggerUntilMs = nowMs + this.#limits.staggerMs;
    this.#sleep(this.#limits.staggerMs);
    this.#options.dial(known.address, this.#node, controller.signal).then(
      () => this.#ended(attempt, "reached"),
      (error: GlowError) => this.#ended(attempt, error),
    );
  }

  #ended(attempt: Attempt, result: "reached" | GlowError | undefined): void {
    const { address } = attempt.known;
    // Given up meanwhile, or late: a link that came of it all the same is the router's.
    if (this.#attempts.get(address) !== attempt) return;
    attempt.finish();
    this.#wasHurried = false;
    const { book, linked } = this.#options;
    if (result === "reached") {
      book.reached(this.#node, address);
      // A link that has gone again before this was told has lived for no time at all.
      if (!linked(this.#node)) this.#linkLost(0);
    } else {
      // The time it took counts: what fell silent is dialled again no later than what refused.
      const dueMs = attempt.sinceMs + this.#waitAfter(attempt.known, result);
      book.failed(this.#node, address, Math.max(dueMs, this.#nowMs() + this.#chance(0, this.#limits.firstWaitMs / 2)));
      // The next address need not wait for its turn in the race.
      this.#staggerUntilMs = 0;
    }
    this.look();
  }

  #waitAfter(known: KnownAddress, error: GlowError | undefined): number {
    const { lateWaitMs, coldWaitMs } = this.#limits;
    // Somebody else lives there; that does not change soon.
    if (error?.kind === "denied") return this.#chance(coldWaitMs / 2, coldWaitMs);
    return this.#waitMs(known.failures + 1, this.#isLate(known) ? lateWaitMs : coldWaitMs);
  }

  #isLate({ reachedMs }: KnownAddress): boolean {
    return reachedMs !== undefined && this.#nowMs() - reachedMs < this.#limits.lateMs;
  }

  /** After so many failures in a row: anything up to a ceiling that doubles, so that no two wait alike. */
  #waitMs(failures: number, mostMs: number): number {
    const { firstWaitMs } = this.#limits;
    return this.#chance(firstWaitMs / 2, Math.min(firstWaitMs * 2 ** (failures - 1), mostMs));
  }

  #chance(fromMs: number, toMs: number): number {
    return fromMs + float(this.#options.random) * (toMs - fromMs);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #sleep(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.timers.after(Math.max(delayMs, 0), () => this.#step());
  }
}

function isHint({ reachedMs }: KnownAddress): boolean {
  return reachedMs === undefined;
}

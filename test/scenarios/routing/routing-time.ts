// Time for routing in tests: events one after the other, without promises, so that millions of them take seconds.

import { SeededRandom } from "#base/random.ts";
import type { Clock, Crypto, Random, Timer, Timers } from "#glow";
import { NodeIdentity } from "#identity/node-identity.ts";
import { EventQueue } from "#platform/simulated/time/event-queue.ts";
import { toNs } from "#platform/simulated/time/nanoseconds.ts";
import { MemoCrypto } from "./memo-crypto.ts";

const nsPerMs = 1e6;
/** Where wall clocks begin. */
const epochMs = 1_793_491_200_000;

export const crypto = new MemoCrypto();

const identities: NodeIdentity[] = [];

/** The same in every run: making keys takes longer than most runs. */
export function identityOf(number: number): NodeIdentity {
  const known = identities[number];
  if (known !== undefined) return known;
  const pair = crypto.keyPair("ed25519", new SeededRandom(`routing node ${number}`));
  const identity = new NodeIdentity(crypto, pair);
  identities[number] = identity;
  return identity;
}

/** The powers of one node that are the same for all. */
export interface TimePowers {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly crypto: Crypto;
}

export class RoutingTime {
  /** Called after each event, when its turn is over. */
  afterEach: () => void = () => undefined;
  events = 0;
  readonly #queue = new EventQueue<never>();
  #nowNs = 0;
  #turn: (() => void)[] = [];

  get nowMs(): number {
    return this.#nowNs / nsPerMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const event = this.#queue.add(this.#nowNs + toNs(delayMs), task);
    return { cancel: () => this.#queue.cancel(event) };
  }

  /** `wallOffsetMs` is how wrong the wall clock is; `isAlive` says whether timers may still ring. */
  powers(random: Random, wallOffsetMs = 0, isAlive: () => boolean = () => true): TimePowers {
    const whileAlive = (task: () => void) => () => {
      if (isAlive()) task();
    };
    return {
      clock: { monotonicMs: () => this.nowMs, wallMs: () => epochMs + this.nowMs + wallOffsetMs },
      timers: {
        after: (delayMs, task) => this.after(delayMs, whileAlive(task)),
        endOfTurn: (task) => this.#turn.push(whileAlive(task)),
      },
      random,
      crypto,
    };
  }

  /** Ends the turn of whoever calls from outside of any event. */
  endTurn(): void {
    for (let task = this.#turn.shift(); task !== undefined; task = this.#turn.shift()) task();
  }

  /** Lets time pass until then. */
  runUntil(untilMs: number): void {
    this.endTurn();
    while (this.#queue.nextTimeNs() <= untilMs * nsPerMs) {
      const event = this.#queue.take();
      if (event === undefined) break;
      this.#nowNs = event.timeNs;
      this.events++;
      event.task?.();
      this.endTurn();
      this.afterEach();
    }
    this.#nowNs = untilMs * nsPerMs;
  }
}

// One direction between two nodes: when a packet that is sent now has left, and how long it is on the way. All pipes
// of the direction share its bandwidth. Packets of one pipe keep their order (flow.ts sees to it); those of different
// pipes overtake one another, and so will datagrams.

import { chance } from "#base/random.ts";
import type { Random } from "#glow";
import { Conditions } from "../conditions.ts";
import { drawDelay } from "../range.ts";
import { nsPerMs } from "../time/nanoseconds.ts";
import { assertConditions, type LinkConditions } from "./link-conditions.ts";

/** What a pipe waits before it sends a lost packet again: TCP's least time-out (RFC 6298 has 1 s, systems 200 ms). */
const resendMs = 200;
/** A packet that was lost so often in a row comes through: the next is a barrier's business. */
const mostResends = 5;

export class Wire {
  readonly #random: Random;
  readonly #conditions: Conditions<LinkConditions>;
  #freeAtNs = 0;

  constructor(random: Random, usual: LinkConditions) {
    this.#random = random;
    this.#conditions = new Conditions(usual, assertConditions);
  }

  get conditions(): LinkConditions {
    return this.#conditions.current;
  }

  /** Changes the conditions for packets from now on, until the function it returns is called. */
  disturb(change: Partial<LinkConditions>): () => void {
    return this.#conditions.change(change);
  }

  /** Takes a packet up, behind those taken before; the time at which its last byte has left. */
  departureNs(nowNs: number, sizeBytes: number): number {
    const sendingNs = Math.ceil((sizeBytes / this.conditions.bytesPerMs) * nsPerMs);
    this.#freeAtNs = Math.max(nowNs, this.#freeAtNs) + sendingNs;
    return this.#freeAtNs;
  }

  /** How long one packet is on the way, the repeats of lost ones included. */
  flightNs(): number {
    const { latencyMs, jitterMs, lossChance } = this.conditions;
    let flightMs = drawDelay(this.#random, [latencyMs, latencyMs + jitterMs]);
    for (let i = 0; i < mostResends && lossChance > 0 && chance(this.#random, lossChance); i++) {
      flightMs += resendMs * 2 ** i;
    }
    return Math.round(flightMs * nsPerMs);
  }

  /** What a dial waits beyond its round trip; undefined if it fails. */
  dialDelayNs(): number | undefined {
    const { dialFailChance, dialDelayMs } = this.conditions;
    if (dialFailChance > 0 && chance(this.#random, dialFailChance)) return undefined;
    return Math.round(drawDelay(this.#random, [0, dialDelayMs]) * nsPerMs);
  }
}

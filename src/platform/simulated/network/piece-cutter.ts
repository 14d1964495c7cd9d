// Hands packets in pieces to a receiver that takes them so. They are cut at seeded places, and between two pieces other
// things may happen: timers, other pipes, or the end of this one, so that a packet is cut off in its middle.

import { integerBelow } from "#base/random.ts";
import type { Random } from "#glow";
import type { Incarnation } from "../incarnation.ts";
import { drawDelay, type Range } from "../range.ts";
import { toNs } from "../time/nanoseconds.ts";
import type { TimelineEvent } from "../time/timeline.ts";

/** A packet has up to so many pieces, and each waits so long for the one before it. */
const mostPieces = 4;
const waitMs: Range = [0, 0.1];

/** A piece for the program. False: it wants no more of them. */
export type HandOn = (bytes: Uint8Array, start: number, end: number, last: boolean) => boolean;

export class PieceCutter {
  readonly #incarnation: Incarnation;
  readonly #random: Random;
  readonly #handOn: HandOn;
  /** What is left of the packet is between the first and the last of these places, to be cut at the others. */
  #bytes = new Uint8Array(0);
  #places: number[] = [];
  #next: TimelineEvent | undefined;

  constructor(incarnation: Incarnation, random: Random, handOn: HandOn) {
    this.#incarnation = incarnation;
    this.#random = random;
    this.#handOn = handOn;
  }

  /** Takes a packet that has arrived, hands on its first piece, and the others in their time. */
  take(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    this.finish();
    this.#bytes = bytes;
    const cuts = Array.from({ length: integerBelow(this.#random, mostPieces) }, () => this.#place(start, end));
    const places = [...new Set([start, ...cuts, end])].sort((a, b) => a - b);
    this.#places = start === end ? [start, end] : places;
    this.#handOnFirst();
    this.#handOnLater();
  }

  /** Hands on at once what is left of the packet that has arrived: more follows it. */
  finish(): void {
    this.#cancel();
    while (this.#places.length > 1) this.#handOnFirst();
  }

  /** Hands on the begin of a packet of which the rest will never come, or nothing of it. */
  tear(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const end = this.#place(0, bytes.length - 1);
    if (end > 0) this.#handOn(bytes, 0, end, false);
  }

  /** Forgets what is left. */
  drop(): void {
    this.#cancel();
    this.#places = [];
  }

  /** Mostly somewhere in the packet, often near its begin, where headers are. */
  #place(start: number, end: number): number {
    const span = end - start;
    return start + integerBelow(this.#random, (integerBelow(this.#random, 2) === 0 ? span : Math.min(span, 64)) + 1);
  }

  #handOnFirst(): void {
    const [start, end] = this.#places as [number, number];
    this.#places.shift();
    if (!this.#handOn(this.#bytes, start, end, this.#places.length === 1)) this.drop();
  }

  #handOnLater(): void {
    if (this.#places.length < 2) return;
    const delayNs = toNs(drawDelay(this.#random, waitMs));
    this.#next = this.#incarnation.schedule(delayNs, () => {
      this.#next = undefined;
      this.#handOnFirst();
      this.#handOnLater();
    });
  }

  #cancel(): void {
    if (this.#next !== undefined) this.#incarnation.timeline.cancel(this.#next);
    this.#next = undefined;
  }
}

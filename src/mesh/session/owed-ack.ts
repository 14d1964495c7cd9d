// What this side owes the peer: which packets have come, and when that is to be said. Not for each of them, and with
// whatever leaves anyway if that is soon enough (RFC 9000, 13.2).

import { meshSessionLimits } from "#base/limits.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { ReceivedNumbers } from "./received-numbers.ts";

export class OwedAck {
  readonly numbers = new ReceivedNumbers();
  #isOwed = false;
  #isDue = false;
  #byMs = 0;
  /** Of packets that have come since the last one was written. */
  #bytes = 0;
  #newestAtMs = 0;

  /** It is to be said now. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** When it will be due. */
  get dueAtMs(): number {
    return this.#isOwed && !this.#isDue ? this.#byMs : Number.POSITIVE_INFINITY;
  }

  /** A packet has come. `isAnswered`: it is to be acknowledged; others are only noted. */
  received(number: number, isAnswered: boolean, sizeBytes: number, congested: boolean, nowMs: number): void {
    const { numbers } = this;
    const isNext = numbers.isNext(number);
    if (numbers.isNewest(number)) this.#newestAtMs = nowMs;
    numbers.add(number);
    if (congested) numbers.congested = (numbers.congested + 1) >>> 0;
    if (!isAnswered) return;
    this.#bytes += sizeBytes;
    if (!this.#isOwed) this.#byMs = nowMs + meshSessionLimits.ackDelayMs;
    this.#isOwed = true;
    // What is missing, or marked, the peer should know soon.
    if (!isNext || congested || this.#bytes >= meshSessionLimits.ackBytes) this.#isDue = true;
  }

  /** The peer asks, or there is a new path: if something is owed, it is due. */
  hurry(): void {
    this.#isDue = this.#isOwed;
  }

  elapsed(nowMs: number): void {
    if (nowMs >= this.dueAtMs) this.#isDue = true;
  }

  /** Writes it if it is owed and fits. Returns the newest number that it names; -1 without one. */
  write(writer: FrameWriter, nowMs: number): number {
    if (!this.#isOwed || !writer.ack(this.numbers, nowMs - this.#newestAtMs)) return -1;
    this.#isOwed = false;
    this.#isDue = false;
    this.#bytes = 0;
    return this.numbers.newest;
  }
}

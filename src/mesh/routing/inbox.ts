// What came from one neighbour and is not done yet. Most records are done at once; one whose signature is new costs a
// verification, and of these a neighbour gets only so many a second. The rest waits here, in order, up to a bound: so
// a flood of inventions keeps neither the processor busy nor memory filled.

import { GlowError } from "#base/errors.ts";
import type { RoutingRecord } from "./message.ts";
import { readMessage } from "./message.ts";
import { Alarm } from "../wire/alarm.ts";
import type { RoutingLimits, RoutingPowers } from "./routing-powers.ts";
import { TokenBucket } from "../wire/token-bucket.ts";

interface Waiting {
  readonly records: readonly RoutingRecord[];
  readonly sizeBytes: number;
  done: number;
}

export class Inbox {
  readonly #limits: RoutingLimits;
  readonly #handle: (record: RoutingRecord) => boolean;
  readonly #failed: (error: GlowError) => void;
  readonly #verifications: TokenBucket;
  readonly #alarm: Alarm;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isClosed = false;

  /** `handle` says false, and does nothing, if a verification is needed and `mayVerify` says no. */
  constructor(
    powers: RoutingPowers,
    limits: RoutingLimits,
    handle: (record: RoutingRecord) => boolean,
    failed: (error: GlowError) => void,
  ) {
    this.#limits = limits;
    this.#handle = handle;
    this.#failed = failed;
    this.#verifications = new TokenBucket(powers.clock, limits.verificationBurst, limits.verificationsPerSecond);
    this.#alarm = new Alarm(powers, () => this.#resume());
  }

  /** `protocol` for what makes no sense, `exhausted` if too much waits. After an error nothing more is taken. */
  add(message: Uint8Array): void {
    if (this.#isClosed) return;
    try {
      this.#append(message);
      this.#work();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  mayVerify(): boolean {
    return this.#verifications.take();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#alarm.cancel();
  }

  #append(message: Uint8Array): void {
    this.#waitingBytes += message.length;
    if (this.#waitingBytes > this.#limits.backlogBytes) {
      const text = `more than ${this.#limits.backlogBytes} bytes of announcements wait to be verified; close the link`;
      throw new GlowError("exhausted", "routing.receive", { message: text });
    }
    this.#waiting.push({ records: readMessage(message), sizeBytes: message.length, done: 0 });
  }

  #work(): void {
    let first = this.#waiting[0];
    while (first !== undefined) {
      for (; first.done < first.records.length; first.done++) {
        if (this.#handle(first.records[first.done] as RoutingRecord)) continue;
        this.#alarm.set(this.#verifications.nextMs());
        return;
      }
      this.#waiting.shift();
      this.#waitingBytes -= first.sizeBytes;
      first = this.#waiting[0];
    }
  }

  #resume(): void {
    try {
      this.#work();
    } catch (error) {
      this.close();
      this.#failed(GlowError.from(error, "routing.receive"));
    }
  }
}

// Finds out that a connection is dead though nothing says so: after some silence it asks for a ping, after more it
// gives the connection up. It sets one timer per silence, none per packet.

import type { Clock, Timer, Timers } from "#glow";

export interface SilenceWatchOptions {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly pingAfterMs: number;
  readonly deadAfterMs: number;
  /** Sends a ping with this number, which is to come back in `ponged`. */
  ping(number: number): void;
  /** Nothing was heard for `deadAfterMs`. The watch has stopped. */
  dead(): void;
}

export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #heardMs: number;
  #dueMs = 0;
  #timer: Timer | undefined;
  #pings = 0;
  /** When the ping that has no answer yet was sent. */
  #pingedMs: number | undefined;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#heardMs = options.clock.monotonicMs();
    this.#wait(options.pingAfterMs);
  }

  heard(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
  }

  /** Pings now, to measure the round trip. */
  probe(): void {
    if (this.#pingedMs !== undefined) return;
    this.#pingedMs = this.#options.clock.monotonicMs();
    this.#options.ping(++this.#pings);
  }

  /** The round trip of ping `number` in ms; undefined if that ping was not sent or has come back before. */
  ponged(number: number): number | undefined {
    if (number !== this.#pings || this.#pingedMs === undefined) return undefined;
    const roundTripMs = this.#options.clock.monotonicMs() - this.#pingedMs;
    this.#pingedMs = undefined;
    // Else the next look would be when this ping's time was up, which leaves less of it for the next ping.
    this.#timer?.cancel();
    this.#wait(this.#options.pingAfterMs);
    return roundTripMs;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  readonly #check = (): void => {
    const { clock, pingAfterMs, deadAfterMs } = this.#options;
    const nowMs = clock.monotonicMs();
    // A late timer says that the process stood still and could hear nothing. What came meanwhile waits behind this
    // task, so the peer gets the time for an answer once more.
    const lateMs = nowMs - this.#dueMs;
    if (lateMs > (deadAfterMs - pingAfterMs) / 2) this.#heardMs = Math.max(this.#heardMs, nowMs - pingAfterMs);
    const silentMs = nowMs - this.#heardMs;
    if (silentMs < pingAfterMs) {
      this.#wait(pingAfterMs - silentMs);
    } else if (silentMs < deadAfterMs) {
      this.probe();
      this.#wait(deadAfterMs - silentMs);
    } else {
      this.#options.dead();
    }
  };

  #wait(forMs: number): void {
    // Whole and at least 1, or a rounding error in the times could have it look again and again in no time.
    const delayMs = Math.max(1, Math.ceil(forMs));
    this.#dueMs = this.#options.clock.monotonicMs() + delayMs;
    this.#timer = this.#options.timers.after(delayMs, this.#check);
  }
}

// A client of `echo-log`: sends each of its user's messages until it was acknowledged, over as many pipes as it takes.

import { utf8Decode, utf8Encode } from "#base/bytes.ts";
import { float } from "#base/random.ts";
import type { Pipe, Platform } from "#glow";
import { serverAddress } from "./echo-log-server.ts";

/** Who uses the client. A user outlives the client's crashes. */
export interface LogUser {
  /** Messages not yet acknowledged, in the order in which they were written. */
  unacknowledged(): Iterable<string>;
  acknowledged(text: string): void;
}

const dialForMs = 3000;
/** A pipe that brings no answer for this long is taken for dead: its other end may not know that it is. */
const silentForMs = 2000;

export class LogClient {
  readonly #platform: Platform;
  readonly #user: LogUser;
  #pipe: Pipe | undefined;
  #heardMs = 0;

  constructor(platform: Platform, user: LogUser) {
    this.#platform = platform;
    this.#user = user;
    void this.#connect();
    this.#watch();
  }

  send(text: string): void {
    this.#pipe?.send([utf8Encode(text)]);
  }

  async #connect(): Promise<void> {
    const { clock, network, timers } = this.#platform;
    const abort = new AbortController();
    const timer = timers.after(dialForMs, () => abort.abort());
    try {
      const pipe = await network.dial(serverAddress, abort.signal);
      this.#attach(pipe);
      this.#pipe = pipe;
      this.#heardMs = clock.monotonicMs();
      for (const text of this.#user.unacknowledged()) this.send(text);
    } catch {
      this.#reconnect();
    } finally {
      timer.cancel();
    }
  }

  #attach(pipe: Pipe): void {
    pipe.attach({
      packet: (bytes, start, end) => {
        this.#heardMs = this.#platform.clock.monotonicMs();
        this.#user.acknowledged(utf8Decode(bytes.subarray(start, end)));
      },
      drained: () => undefined,
      closed: () => this.#lost(pipe),
    });
  }

  #lost(pipe: Pipe): void {
    if (this.#pipe !== pipe) return;
    this.#pipe = undefined;
    this.#reconnect();
  }

  #reconnect(): void {
    const delayMs = 20 + float(this.#platform.random) * 500;
    this.#platform.timers.after(delayMs, () => void this.#connect());
  }

  #watch(): void {
    const { clock, timers } = this.#platform;
    timers.after(silentForMs / 2, () => {
      const pipe = this.#pipe;
      const isWaiting = !this.#user.unacknowledged()[Symbol.iterator]().next().done;
      if (!isWaiting) this.#heardMs = clock.monotonicMs();
      else if (pipe !== undefined && clock.monotonicMs() - this.#heardMs > silentForMs) {
        this.#lost(pipe);
        pipe.close();
      }
      this.#watch();
    });
  }
}

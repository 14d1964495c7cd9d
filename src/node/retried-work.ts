// Work that nobody waits for and that has to be done in the end: what fails is tried again after a while that grows.

import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import { BackOff } from "#firefly/resumable/back-off.ts";
import type { Platform, Timer } from "#glow";

export interface RetriedWorkOptions {
  readonly platform: Pick<Platform, "timers" | "random">;
  readonly op: string;
  /** `again`: it could not be done now, for a reason that is not this node's. */
  readonly work: () => Promise<"done" | "again">;
  /** Told of a failure, but not of the same one many times in a row. */
  readonly failed: (error: GlowError) => void;
}

export class RetriedWork {
  readonly #options: RetriedWorkOptions;
  readonly #backOff: BackOff;
  #isDue = false;
  #isUnderWay = false;
  #isStopped = false;
  #retry: Timer | undefined;
  #told = "";

  constructor(options: RetriedWorkOptions) {
    const { retryMs, longestRetryMs } = replicationLimits;
    this.#options = options;
    this.#backOff = new BackOff(retryMs, longestRetryMs, options.platform.random);
  }

  /** It is to be done, or done anew: now. */
  begin(): void {
    if (this.#isStopped) return;
    this.#isDue = true;
    this.#retry?.cancel();
    this.#retry = undefined;
    if (!this.#isUnderWay) void this.#work();
  }

  /** What is under way goes on, and nobody hears of it any more. */
  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
  }

  async #work(): Promise<void> {
    this.#isUnderWay = true;
    while (this.#isDue && !this.#isStopped) {
      this.#isDue = false;
      if ((await this.#attempt()) === "done") this.#backOff.reset();
      else this.#later();
    }
    this.#isUnderWay = false;
  }

  async #attempt(): Promise<"done" | "again"> {
    try {
      const result = await this.#options.work();
      this.#told = "";
      return result;
    } catch (thrown) {
      const error = GlowError.from(thrown, this.#options.op);
      const text = `${error}`;
      if (text !== this.#told && !this.#isStopped) this.#options.failed(error);
      this.#told = text;
      return "again";
    }
  }

  #later(): void {
    if (this.#isDue || this.#isStopped) return;
    this.#retry = this.#options.platform.timers.after(this.#backOff.nextMs(), () => this.begin());
  }
}

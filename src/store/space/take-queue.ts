// The work of a space, one piece after the other in the order it came; batches that come in a row are taken in together.

import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import type { LogPlace, Taken } from "#glow";

/** A batch that waits for its turn. */
export interface Brought {
  readonly bytes: Uint8Array;
  /** Where it lies, if it comes from the log. */
  readonly place: LogPlace | undefined;
  readonly resolve: (taken: Taken) => void;
  readonly reject: (error: unknown) => void;
}

type Work = { readonly batch: Brought } | { readonly task: () => Promise<void> };

export class TakeQueue {
  readonly #takeGroup: (group: readonly Brought[]) => Promise<void>;
  #waiting: Work[] = [];
  #batches = 0;
  #bytes = 0;
  #isRunning = false;

  /** `takeGroup` settles each of its batches, and never rejects. */
  constructor(takeGroup: (group: readonly Brought[]) => Promise<void>) {
    this.#takeGroup = takeGroup;
  }

  /** `exhausted` if too many wait. */
  take(bytes: Uint8Array, place?: LogPlace): Promise<Taken> {
    const { queuedBatches, queuedBytes } = spaceLimits;
    if (this.#batches >= queuedBatches || (this.#batches > 0 && this.#bytes + bytes.length > queuedBytes)) {
      const message = "more batches come than can be taken in; bring this one again when others are done";
      return Promise.reject(new GlowError("exhausted", "batch.take", { message }));
    }
    return new Promise((resolve, reject) => {
      this.#batches++;
      this.#bytes += bytes.length;
      this.#add({ batch: { bytes, place, resolve, reject } });
    });
  }

  /** Runs it when its turn has come. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#add({ task: () => task().then(resolve, reject) });
    });
  }

  #add(work: Work): void {
    this.#waiting.push(work);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    // What else comes in this turn belongs to the first group.
    await Promise.resolve();
    for (let at = 0; at < this.#waiting.length; ) {
      const next = this.#waiting[at] as Work;
      if ("task" in next) {
        at++;
        await next.task();
      } else {
        const group = this.#group(at);
        at += group.length;
        await this.#takeGroup(group);
      }
      // Not one by one: a long queue would be moved each time.
      if (at * 2 > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(at);
        at = 0;
      }
    }
    this.#isRunning = false;
  }

  #group(at: number): Brought[] {
    const group: Brought[] = [];
    let bytes = 0;
    for (let i = at; group.length < spaceLimits.groupBatches; i++) {
      const work = this.#waiting[i];
      if (work === undefined || "task" in work) break;
      if (group.length > 0 && bytes + work.batch.bytes.length > spaceLimits.groupBytes) break;
      group.push(work.batch);
      bytes += work.batch.bytes.length;
    }
    this.#batches -= group.length;
    this.#bytes -= bytes;
    return group;
  }
}

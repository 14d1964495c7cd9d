// Where the bytes of a workload end: counted, and each compared with what it has to be.

import type { Pattern } from "./pattern.ts";
import { clockMs } from "./workload.ts";

/** What is still on its way when a sender has written all takes far less. */
const patienceMs = 10_000;

export class Sink {
  readonly #pattern: Pattern;
  #bytes = 0;
  #lastMs = 0;
  #wrongAt: number | undefined;
  #awaitedBytes = Infinity;
  #arrival: PromiseWithResolvers<number> | undefined;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
  }

  take(piece: Uint8Array): void {
    if (!this.#pattern.matches(piece, this.#bytes)) this.#wrongAt ??= this.#bytes;
    this.#bytes += piece.length;
    this.#lastMs = clockMs();
    if (this.#bytes >= this.#awaitedBytes || this.#wrongAt !== undefined) this.#settle();
  }

  /** Resolves to the time of the last byte. Rejects if one is wrong, or too many, or after ten seconds not there. */
  async arrived(bytes: number): Promise<number> {
    this.#awaitedBytes = bytes;
    this.#arrival = Promise.withResolvers();
    const late = setTimeout(() => {
      this.#arrival?.reject(
        new Error(`${this.#bytes} of ${bytes} bytes had come ${patienceMs} ms after the last was written`),
      );
    }, patienceMs);
    if (this.#bytes >= bytes || this.#wrongAt !== undefined) this.#settle();
    try {
      return await this.#arrival.promise;
    } finally {
      clearTimeout(late);
    }
  }

  #settle(): void {
    const awaited = this.#awaitedBytes;
    if (this.#wrongAt !== undefined) {
      this.#arrival?.reject(new Error(`what came from byte ${this.#wrongAt} on is not what was sent`));
    } else if (this.#bytes > awaited) {
      this.#arrival?.reject(new Error(`${this.#bytes} bytes came, more than the ${awaited} that were sent`));
    } else this.#arrival?.resolve(this.#lastMs);
  }
}

// A stream whose producer is in this process: what a handler gets from a call that crossed no wire.

import { GlowError } from "#base/errors.ts";
import type { StreamSource } from "../codec/stream.ts";
import { ReceivedStream } from "./received-stream.ts";

export class LocalStream extends ReceivedStream {
  readonly #copy: (item: unknown) => unknown;
  readonly #next: () => unknown;
  readonly #stop: () => unknown;
  #isOver = false;
  #isDisposed = false;

  /** `copy` makes of each item what the reader gets. */
  constructor(source: StreamSource<unknown>, copy: (item: unknown) => unknown) {
    super();
    this.#copy = copy;
    if (source instanceof ReceivedStream) {
      source.isPassedOn = true;
      this.#next = () => source.readBatch();
      this.#stop = () => source[Symbol.dispose]();
    } else {
      const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      this.#next = async () => {
        const step = await iterator.next();
        return step.done === true ? undefined : [step.value];
      };
      this.#stop = () => iterator.return?.();
    }
  }

  async readBatch(): Promise<readonly unknown[] | undefined> {
    if (this.#isDisposed) throw releasedStream();
    if (this.#isOver) return undefined;
    try {
      const batch = (await this.#next()) as readonly unknown[] | undefined;
      if (batch === undefined) this.#isOver = true;
      return batch?.map((item) => this.#copy(item));
    } catch (thrown) {
      this[Symbol.dispose]();
      throw thrown;
    }
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#isOver) return;
    // A source that fails to clean up after its reader has gone has nobody left to tell.
    void Promise.try(this.#stop).catch(() => undefined);
  }
}

/** For a reader that comes too late. */
export function releasedStream(): GlowError {
  return new GlowError("released", "firefly.stream", {
    message: "the stream was released before; what a call lends can be read only until its handler is done",
  });
}

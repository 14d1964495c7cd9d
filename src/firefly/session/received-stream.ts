// A stream from elsewhere: from the peer, or from this process as if it came from a peer.

import type { Stream } from "../codec/stream.ts";
import type { Awaitable } from "../codec/stub.ts";

export abstract class ReceivedStream implements Stream<unknown> {
  /** It was sent on, and is read and released by that; a handler it was lent to may be done long before. */
  isPassedOn = false;

  abstract readBatch(): Awaitable<readonly unknown[] | undefined>;

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    let items: readonly unknown[] = [];
    let next = 0;
    const ended: IteratorResult<unknown> = { done: true, value: undefined };
    return {
      next: async (): Promise<IteratorResult<unknown>> => {
        if (next >= items.length) {
          const batch = await this.readBatch();
          if (batch === undefined) return ended;
          items = batch;
          next = 0;
        }
        return { done: false, value: items[next++] };
      },
      return: async (): Promise<IteratorResult<unknown>> => {
        this[Symbol.dispose]();
        return ended;
      },
    };
  }

  abstract [Symbol.dispose](): void;
}

/** Releases what a handler was lent, when it is done; a stream that was sent on goes on without it. */
export function takeBack(lent: Disposable): void {
  if (!(lent instanceof ReceivedStream && lent.isPassedOn)) lent[Symbol.dispose]();
}

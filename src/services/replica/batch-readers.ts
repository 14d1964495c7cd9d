// Reads what a peer sends in items: its batches, and its news. Within a batch it may not pause for long; between news it may
// be silent for ever.

import { replicationLimits } from "#base/limits.ts";
import type { ReplicaEvent } from "#glow";
import type { BatchPiece, ReplicaNews } from "#interfaces/generated/replica.ts";
import { BatchAssembly } from "./batch-pieces.ts";
import type { PeerStream } from "./peer-stream.ts";
import { fromWire, hashFromWire } from "./wire-position.ts";

abstract class ItemReader<Item, Value> implements AsyncIterableIterator<Value> {
  protected readonly batch = new BatchAssembly();
  readonly #stream: PeerStream<Item>;
  #items: readonly Item[] = [];
  #next = 0;

  constructor(stream: PeerStream<Item>) {
    this.#stream = stream;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Value>> {
    try {
      for (;;) {
        while (this.#next < this.#items.length) {
          const value = this.made(this.#items[this.#next++] as Item);
          if (value !== undefined) return { done: false, value };
        }
        const items = await this.#stream.read(this.withinMs);
        if (items === undefined) return { done: true, value: undefined };
        this.#items = items;
        this.#next = 0;
      }
    } catch (error) {
      this.#stream.end();
      throw error;
    }
  }

  return(): Promise<IteratorResult<Value>> {
    this.#stream.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** How long the next item may take. */
  protected abstract get withinMs(): number | undefined;

  /** Undefined if there is more to come. */
  protected abstract made(item: Item): Value | undefined;
}

export class BatchReader extends ItemReader<BatchPiece, Uint8Array> {
  protected get withinMs(): number {
    return replicationLimits.stallMs;
  }

  protected made({ bytes, last }: BatchPiece): Uint8Array | undefined {
    this.batch.add(bytes);
    return last ? this.batch.take() : undefined;
  }
}

export class NewsReader extends ItemReader<ReplicaNews, ReplicaEvent> {
  protected get withinMs(): number | undefined {
    return this.batch.isOpen ? replicationLimits.stallMs : undefined;
  }

  protected made(news: ReplicaNews): ReplicaEvent | undefined {
    switch (news.kind) {
      case "piece":
        this.batch.add(news.bytes);
        return undefined;
      case "batch":
        this.batch.add(news.bytes);
        return { type: "batch", batch: this.batch.take() };
      case "complete":
        return {
          type: "complete",
          positions: news.positions.map(fromWire),
          lacking: (news.lacking ?? []).map((hash) => hashFromWire(hash)),
        };
      case "more":
      case "diverged":
        return { type: news.kind };
    }
  }
}

// One stream under way in: keeps what has come until it is read, and gives credit as it is read.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Codec, StreamCodec } from "../codec/interface.ts";
import { malformed, Reader } from "../codec/reader.ts";
import type { Stream } from "../codec/stream.ts";
import type { Awaitable } from "../codec/stub.ts";
import { violation } from "./export-table.ts";
import type { IncomingStreams } from "./incoming-streams.ts";

/** A DATA frame holds one item of the largest size, or many that are together not much larger than a frame should be. */
const maxDataBytes = fireflyLimits.dataFrameBytes + fireflyLimits.streamItemBytes;

interface Batch {
  /** The items, or the payload they are in. */
  readonly items: readonly unknown[] | Uint8Array;
  readonly bytes: number;
  /** Stubs in the items: released if nobody reads them. */
  readonly made: readonly Disposable[];
}

export class IncomingStream implements Stream<unknown> {
  readonly id: number;
  codec: StreamCodec | undefined;
  /** STOP was sent: what still comes is thrown away. */
  isStopped = false;
  /** It was sent on, and is read and released by that; a handler it was lent to may be done long before. */
  isPassedOn = false;
  readonly #streams: IncomingStreams;
  /** Bytes the sender may still send. */
  #credit: number = fireflyLimits.streamFirstWindowBytes;
  #window: number = fireflyLimits.streamFirstWindowBytes;
  #extraWindow = 0;
  /** Bytes read and not yet given back as credit. */
  #read = 0;
  #hasReader = false;
  readonly #batches: Batch[] = [];
  #waiting: PromiseWithResolvers<readonly unknown[] | undefined> | undefined;
  #isFinished = false;
  #isDisposed = false;
  #failure: GlowError | undefined;

  constructor(id: number, streams: IncomingStreams) {
    this.id = id;
    this.#streams = streams;
  }

  /** DATA has come. `protocol` if the sender had no credit at all. */
  charge(bytes: number): void {
    if (this.#credit <= 0 && !this.isStopped) throw violation(`it sends on stream ${this.id} without credit`);
    if (bytes === 0) throw violation(`an empty DATA frame on stream ${this.id}`);
    if (bytes > maxDataBytes) throw violation(`a DATA frame of ${bytes} bytes on stream ${this.id}`);
    this.#credit -= bytes;
  }

  push(items: readonly unknown[], bytes: number, made: readonly Disposable[]): void {
    this.#batches.push({ items, bytes, made });
    this.#wake();
  }

  pushPacked(payload: Uint8Array): void {
    this.#batches.push({ items: payload, bytes: payload.length, made: [] });
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    const batch = this.readBatch();
    if (batch instanceof Promise) batch.then(waiting.resolve, waiting.reject);
    else waiting.resolve(batch);
  }

  /** Nothing more will come: after what is here, readers see the end, or the failure. */
  finish(failure: GlowError | undefined): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#failure = failure;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (failure === undefined) waiting?.resolve(undefined);
    else waiting?.reject(failure);
  }

  readBatch(): Awaitable<readonly unknown[] | undefined> {
    if (!this.#hasReader) this.#begin();
    const batch = this.#batches.shift();
    if (batch !== undefined) {
      this.#account(batch.bytes);
      return batch.items instanceof Uint8Array ? this.#unpack(batch.items) : batch.items;
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isFinished) return undefined;
    if (this.#isDisposed) return Promise.reject(this.#releasedError());
    if (this.#waiting !== undefined) return Promise.reject(this.#busyError());
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #unpack(payload: Uint8Array): Awaitable<readonly unknown[]> {
    const item = this.codec?.item;
    if (item === "bytes" || item === undefined) return [payload];
    try {
      return unpackItems(new Reader(payload), item);
    } catch (thrown) {
      const failure = GlowError.from(thrown, "firefly.stream");
      this.finish(failure);
      this.#failure = failure;
      this.#batches.length = 0;
      this.#streams.stop(this);
      return Promise.reject(failure);
    }
  }

  /** The first reader widens the window: streams that nobody reads hold little. */
  #begin(): void {
    this.#hasReader = true;
    if (this.isStopped || this.#isFinished) return;
    const extra = this.#streams.widen(fireflyLimits.streamWindowBytes - this.#window);
    if (extra <= 0) return;
    this.#extraWindow = extra;
    this.#window += extra;
    this.#credit += extra;
    this.#streams.grant(this, extra);
  }

  takeExtraWindow(): number {
    const extra = this.#extraWindow;
    this.#extraWindow = 0;
    return extra;
  }

  #account(bytes: number): void {
    this.#read += bytes;
    if (this.isStopped || this.#isFinished || this.#read * 4 < this.#window) return;
    this.#credit += this.#read;
    this.#streams.grant(this, this.#read);
    this.#read = 0;
  }

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

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const batch of this.#batches.splice(0)) for (const made of batch.made) made[Symbol.dispose]();
    this.#streams.stop(this);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(this.#releasedError());
  }

  #releasedError(): GlowError {
    return new GlowError("released", "firefly.stream", {
      message: "the stream was released before; what a call lends can be read only until its handler is done",
    });
  }

  #busyError(): GlowError {
    return new GlowError("invalid", "firefly.stream", {
      message: "the stream is being read already; it has one reader",
    });
  }
}

function unpackItems(reader: Reader, item: Codec): unknown[] {
  const items: unknown[] = [];
  const count = reader.count();
  if (count === 0) throw malformed("no items in a DATA frame");
  for (let i = 0; i < count; i++) items.push(item.read(reader));
  reader.finish();
  return items;
}

/** The codec of a DATA payload: count, then items. */
export function batchOf(item: Codec): Codec<unknown[]> {
  return { write: () => undefined, read: (reader) => unpackItems(reader, item) };
}

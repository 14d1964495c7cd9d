// One stream under way in: keeps what has come until it is read, and gives credit as it is read.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { StreamCodec } from "../codec/interface.ts";
import type { Awaitable } from "../codec/stub.ts";
import { violation } from "./export-table.ts";
import type { IncomingStreams } from "./incoming-streams.ts";
import { releasedStream } from "./local-stream.ts";
import { PackedBatch } from "./packed-batch.ts";
import { ReceivedStream } from "./received-stream.ts";

/** A DATA frame holds one item of the largest size, or many that are together not much larger than a frame should be. */
const maxDataBytes = fireflyLimits.dataFrameBytes + fireflyLimits.streamItemBytes;

/** An item with objects in it: unpacked at once, while the table of its frame is there. */
export interface LiveItem {
  readonly item: unknown;
  /** What it counts on the stream's credit. */
  readonly costBytes: number;
  /** Its objects and streams: released if nobody reads it. */
  readonly made: readonly Disposable[];
}

export class IncomingStream extends ReceivedStream {
  readonly id: number;
  codec: StreamCodec | undefined;
  /** STOP was sent: what still comes is thrown away. */
  isStopped = false;
  /** END has come. */
  isEnded = false;
  readonly #streams: IncomingStreams;
  /** What the sender may still send. */
  #credit: number = fireflyLimits.streamFirstWindowBytes;
  #window: number = fireflyLimits.streamFirstWindowBytes;
  #extraWindow = 0;
  /** Read, and not yet given back as credit. */
  #readBytes = 0;
  #hasReader = false;
  readonly #batches: (PackedBatch | LiveItem)[] = [];
  #waiting: PromiseWithResolvers<readonly unknown[] | undefined> | undefined;
  /** Nothing more will be kept. What is here is read, and then the end or the failure. */
  #isFinished = false;
  #isDisposed = false;
  #failure: GlowError | undefined;

  constructor(id: number, streams: IncomingStreams) {
    super();
    this.id = id;
    this.#streams = streams;
  }

  /** DATA has come. `protocol` if the sender had no credit at all. */
  charge(payloadBytes: number, costBytes: number): void {
    if (this.#credit <= 0 && !this.isStopped) throw violation(`it sends on stream ${this.id} without credit`);
    if (payloadBytes === 0) throw violation(`an empty DATA frame on stream ${this.id}`);
    if (payloadBytes > maxDataBytes) throw violation(`a DATA frame of ${payloadBytes} bytes on stream ${this.id}`);
    this.#credit -= costBytes;
  }

  push(items: readonly LiveItem[]): void {
    for (const item of items) this.#batches.push(item);
    this.#wake();
  }

  pushPacked(bytes: Uint8Array, from: number, to: number): void {
    const last = this.#batches.at(-1);
    if (last instanceof PackedBatch && last.join(bytes, from, to)) return;
    this.#batches.push(new PackedBatch(this.codec?.item ?? "bytes", bytes, from, to));
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
    this.#stopIfRead();
  }

  /** What has come makes no sense: readers see the failure at once. */
  abandon(failure: GlowError): void {
    this.#releaseBatches();
    this.finish(failure);
    this.#failure = failure;
    this.#streams.stop(this);
  }

  /** The id is held until all is read: what waits here counts against the peer's streams. */
  #stopIfRead(): void {
    if (this.#isFinished && this.#batches.length === 0) this.#streams.stop(this);
  }

  readBatch(): Awaitable<readonly unknown[] | undefined> {
    if (!this.#hasReader) this.#begin();
    const batch = this.#batches.shift();
    if (batch !== undefined) return this.#unpack(batch);
    if (this.#isDisposed) return Promise.reject(releasedStream());
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isFinished) return undefined;
    if (this.#waiting !== undefined) return Promise.reject(this.#busyError());
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #unpack(batch: PackedBatch | LiveItem): Awaitable<readonly unknown[]> {
    this.#account(batch.costBytes);
    if (!(batch instanceof PackedBatch)) {
      this.#stopIfRead();
      return [batch.item];
    }
    try {
      const items = batch.unpack();
      this.#stopIfRead();
      return items;
    } catch (thrown) {
      const failure = GlowError.from(thrown, "firefly.stream");
      this.abandon(failure);
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

  #account(costBytes: number): void {
    this.#readBytes += costBytes;
    if (this.isStopped || this.#isFinished || this.#readBytes * 4 < this.#window) return;
    this.#credit += this.#readBytes;
    this.#streams.grant(this, this.#readBytes);
    this.#readBytes = 0;
  }

  #releaseBatches(): void {
    for (const batch of this.#batches.splice(0)) {
      if (!(batch instanceof PackedBatch)) for (const made of batch.made) made[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#releaseBatches();
    this.#streams.stop(this);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(releasedStream());
  }

  #busyError(): GlowError {
    return new GlowError("invalid", "firefly.stream", {
      message: "the stream is being read already; it has one reader",
    });
  }
}

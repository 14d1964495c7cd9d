// One stream under way out: reads its source ahead a little, and cuts what it yields into DATA frames.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Codec, StreamCodec } from "../codec/interface.ts";
import type { StreamSource } from "../codec/stream.ts";
import { mismatch, type Writer } from "../codec/writer.ts";
import { flag, op } from "./frame.ts";
import type { Listed, OutgoingTable } from "./outgoing-table.ts";
import { mostItems } from "./packed-batch.ts";
import { ReceivedStream } from "./received-stream.ts";
import { publicError, writeError } from "./wire-error.ts";

/** Items read from a source before they are sent: enough to fill frames, few enough to stay in step with the reader. */
const readAhead = 64;
/** Bytes of a stream of bytes likewise, as its pieces may be of any size. */
const readAheadBytes = fireflyLimits.streamFirstWindowBytes;

/** What a stream tells those who send it. */
export interface StreamOwner {
  /** It has something to send. */
  becameReady(stream: OutgoingStream): void;
  /** An item that was given away will not be sent. */
  discard(item: Codec, value: unknown): void;
}

/** What has become of the items for a frame. */
interface Packed {
  readonly count: number;
  /** Why the next one cannot be sent. */
  readonly failure: GlowError | undefined;
  /** What that one has listed. */
  readonly cut: readonly Listed[];
}

export class OutgoingStream {
  readonly id: number;
  /** Bytes that the reader has room for. A frame is sent while it is positive, so one item may overdraw it. */
  credit: number = fireflyLimits.streamFirstWindowBytes;
  /** In the list of streams with something to send. */
  isQueued = false;
  /** END was sent. */
  isEnded = false;
  /** The reader is done, whatever is left. */
  isStopped = false;
  readonly #codec: StreamCodec;
  /** Objects in its items are given away, else lent. */
  readonly #isGiven: boolean;
  readonly #owner: StreamOwner;
  readonly #synchronous: Iterator<unknown> | undefined;
  readonly #asynchronous: AsyncIterator<unknown> | undefined;
  readonly #batches: BatchSource | undefined;
  /** Items read and not sent, from `#next` on. */
  #pending: unknown[] = [];
  #next = 0;
  #pendingBytes = 0;
  #isReading = false;
  #isDone = false;
  #failure: GlowError | undefined;

  constructor(id: number, codec: StreamCodec, source: StreamSource<unknown>, isGiven: boolean, owner: StreamOwner) {
    this.id = id;
    this.#codec = codec;
    // What is in the items of a received stream is its reader's, which is from now on this one.
    this.#isGiven = isGiven || source instanceof ReceivedStream;
    this.#owner = owner;
    if (source instanceof ReceivedStream) source.isPassedOn = true;
    if (isBatchSource(source)) this.#batches = source;
    else if (Symbol.asyncIterator in source) this.#asynchronous = source[Symbol.asyncIterator]();
    else this.#synchronous = source[Symbol.iterator]();
  }

  get isReady(): boolean {
    if (this.isStopped) return !this.isEnded;
    if (this.#isExhausted) return true;
    // A frame may take the last credit and all that was read ahead at once: then it is the next credit that has it read on.
    return this.credit > 0 && (this.#next < this.#pending.length || !this.#isReading);
  }

  get #isExhausted(): boolean {
    return this.#isDone && this.#next >= this.#pending.length;
  }

  /** Writes the next DATA frame, or END, or nothing if the source has nothing yet. */
  sendFrame(writer: Writer, table: OutgoingTable): void {
    if (!this.isStopped && !this.#isExhausted) {
      if (this.credit <= 0) return;
      this.#read();
    }
    if (this.isStopped || this.#isExhausted) {
      this.#writeEnd(writer);
      return;
    }
    if (this.#next >= this.#pending.length) return;
    if (this.#codec.item === "bytes") this.#writeBytes(writer);
    else this.#writeItems(writer, table, this.#codec.item);
    if (this.#next >= this.#pending.length) {
      this.#pending = [];
      this.#next = 0;
      if (this.credit > 0) this.#read();
    }
  }

  get #hasReadEnough(): boolean {
    return this.#pending.length - this.#next >= readAhead || this.#pendingBytes >= readAheadBytes;
  }

  /** Reads ahead: a synchronous source now, others when they come. */
  #read(): void {
    if (this.#isDone || this.#isReading || this.#hasReadEnough) return;
    // What was sent goes now: a source that is always a little ahead never leaves the list empty.
    if (this.#next > 0) {
      this.#pending.splice(0, this.#next);
      this.#next = 0;
    }
    if (this.#synchronous !== undefined) this.#readNow(this.#synchronous);
    else this.#readLater();
  }

  #readNow(source: Iterator<unknown>): void {
    // The source's code may make calls and so reach this stream again.
    this.#isReading = true;
    try {
      while (!this.#hasReadEnough && !this.isStopped) {
        const step = source.next();
        if (step.done === true) {
          this.#isDone = true;
          break;
        }
        this.#add(step.value);
      }
    } catch (thrown) {
      this.#fail(thrown);
    }
    this.#isReading = false;
  }

  #readLater(): void {
    this.#isReading = true;
    try {
      const step = this.#batches === undefined ? this.#asynchronous?.next() : this.#batches.readBatch();
      Promise.resolve(step).then(this.#batches === undefined ? this.#onStep : this.#onBatch, this.#onFailure);
    } catch (thrown) {
      this.#onFailure(thrown);
    }
  }

  readonly #onStep = (step: unknown): void => {
    if (typeof step !== "object" || step === null) {
      this.#onFailure(mismatch("a step of an iterator", step));
      return;
    }
    if ("done" in step && step.done === true) this.#isDone = true;
    else this.#add("value" in step ? step.value : undefined);
    this.#onRead();
  };

  readonly #onBatch = (batch: unknown): void => {
    if (batch === undefined) this.#isDone = true;
    else for (const item of batch as readonly unknown[]) this.#add(item);
    this.#onRead();
  };

  readonly #onFailure = (thrown: unknown): void => {
    this.#fail(thrown);
    this.#onRead();
  };

  #onRead(): void {
    this.#isReading = false;
    if (this.isStopped) return;
    if (this.credit > 0) this.#read();
    if (this.isReady) this.#owner.becameReady(this);
  }

  #add(item: unknown): void {
    if (this.isStopped) {
      this.#discard(item);
      return;
    }
    this.#pending.push(item);
    if (this.#codec.item === "bytes" && item instanceof Uint8Array) this.#pendingBytes += item.length;
  }

  #discard(item: unknown): void {
    if (this.#isGiven && this.#codec.item !== "bytes") this.#owner.discard(this.#codec.item, item);
  }

  /** What was read will not be sent. */
  #discardPending(from: number): void {
    const unsent = this.#pending.slice(from);
    this.#pending = [];
    this.#next = 0;
    this.#pendingBytes = 0;
    for (const item of unsent) this.#discard(item);
  }

  #fail(thrown: unknown): void {
    this.#isDone = true;
    this.#failure = publicError(thrown, "stream");
  }

  #writeBytes(writer: Writer): void {
    const piece = this.#pending[this.#next];
    if (!(piece instanceof Uint8Array)) {
      this.#abandon(mismatch("Uint8Array", piece));
      return;
    }
    const room = Math.min(fireflyLimits.dataFrameBytes, this.credit);
    const now = piece.length <= room ? piece : piece.subarray(0, room);
    if (now.length === piece.length) this.#next++;
    else this.#pending[this.#next] = piece.subarray(room);
    if (now.length === 0) return;
    this.#pendingBytes -= now.length;
    writer.u8(op.data);
    writer.varint(this.id);
    const length = writer.beginLength();
    writer.raw(now);
    this.credit -= writer.endLength(length);
  }

  /** A frame of items: count, then the items. */
  #writeItems(writer: Writer, table: OutgoingTable, item: Codec): void {
    const mark = writer.mark();
    let packed: Packed;
    try {
      table.begin(this.#isGiven);
      writer.reserve(1);
      const slab = writer.bytes;
      const opAt = writer.at++;
      writer.varint(this.id);
      const length = writer.beginLength();
      const countSlab = writer.bytes;
      const countAt = writer.at;
      writer.u8(0);
      packed = this.#packItems(writer, table, item);
      countSlab[countAt] = packed.count;
      const costBytes = writer.endLength(length) + table.costBytes;
      slab[opAt] = op.data | (table.finish(writer) ? flag.table : 0);
      this.#next += packed.count;
      this.credit -= costBytes;
    } catch (thrown) {
      writer.rewind(mark);
      table.rollback();
      this.#abandon(GlowError.from(thrown, "firefly.stream"));
      return;
    }
    table.giveUp(packed.cut);
    for (const given of table.takeGiven()) given[Symbol.dispose]();
    if (packed.failure !== undefined) this.#abandon(packed.failure);
  }

  /** Packs items until the frame is full. If one cannot be packed, those before it are sent first, if there are any. */
  #packItems(writer: Writer, table: OutgoingTable, item: Codec): Packed {
    const until = Math.min(fireflyLimits.dataFrameBytes, this.credit);
    const end = Math.min(this.#pending.length, this.#next + mostItems);
    const from = writer.length;
    const mark = writer.mark();
    let next = this.#next;
    let itemFrom = from;
    let listed = 0;
    try {
      while (next < end && itemFrom - from < until) {
        item.write(writer, this.#pending[next]);
        if (table.failure !== undefined) throw table.failure;
        const written = writer.length;
        if (written - itemFrom > fireflyLimits.streamItemBytes) throw tooLarge(written - itemFrom);
        next++;
        itemFrom = written;
        listed = table.size;
        writer.mark(mark);
      }
      return { count: next - this.#next, failure: undefined, cut: [] };
    } catch (thrown) {
      if (next === this.#next) throw thrown;
      writer.rewind(mark);
      const failure = GlowError.from(thrown, "firefly.stream");
      return { count: next - this.#next, failure, cut: table.cut(listed) };
    }
  }

  /** The next item cannot be sent: the stream ends here. */
  #abandon(error: GlowError): void {
    this.#isDone = true;
    this.#failure = error;
    this.#discardPending(this.#next + 1);
    this.#returnSource();
    this.#owner.becameReady(this);
  }

  #writeEnd(writer: Writer): void {
    this.isEnded = true;
    writer.u8(op.end | (this.#failure === undefined ? 0 : flag.error));
    writer.varint(this.id);
    if (this.#failure === undefined) return;
    const length = writer.beginLength();
    writeError(writer, this.#failure);
    writer.endLength(length);
  }

  /** The reader has had enough, or is gone. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.#discardPending(this.#next);
    if (!this.#isDone) this.#returnSource();
  }

  #returnSource(): void {
    try {
      this.#synchronous?.return?.();
      this.#batches?.[Symbol.dispose]();
      // A rejection here has nobody left to tell.
      this.#asynchronous?.return?.().catch(() => undefined);
    } catch {
      // Likewise: the source failed to clean up after its reader was gone.
    }
  }
}

/** A stream of another session that is passed on: it has whole batches at once. */
interface BatchSource extends Disposable {
  readBatch(): unknown;
}

function isBatchSource(source: object): source is BatchSource {
  return "readBatch" in source && typeof source.readBatch === "function" && Symbol.dispose in source;
}

function tooLarge(bytes: number): GlowError {
  return new GlowError("too-large", "firefly.stream", {
    message: `an item of ${bytes} bytes is above the limit of ${fireflyLimits.streamItemBytes}; send large data as bytes`,
  });
}

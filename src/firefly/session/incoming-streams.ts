// Streams that this side reads: where their frames go, and how much of them may be unread.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Codec, StreamCodec } from "../codec/interface.ts";
import { malformed, type Reader } from "../codec/reader.ts";
import { violation } from "./export-table.ts";
import { flag, op } from "./frame.ts";
import { IncomingStream, type LiveItem } from "./incoming-stream.ts";
import type { IncomingTable } from "./incoming-table.ts";
import { readCount } from "./packed-batch.ts";
import type { Wire } from "./wire.ts";
import { readError } from "./wire-error.ts";

export class IncomingStreams {
  readonly #wire: Wire;
  readonly #limit: number;
  #table: IncomingTable | undefined;
  readonly #streams: (IncomingStream | undefined)[] = [];
  #size = 0;
  /** What windows beyond the first ones may still take. */
  #windowBudget: number = fireflyLimits.sessionWindowBytes;

  constructor(wire: Wire, limit: number) {
    this.#wire = wire;
    this.#limit = limit;
  }

  connect(table: IncomingTable): void {
    this.#table = table;
  }

  get size(): number {
    return this.#size;
  }

  /** A frame lists a stream: from now on its DATA may come. */
  announce(id: number): void {
    if (id >= this.#limit) throw violation(`stream id ${id} is above the limit of ${this.#limit} streams`);
    if (this.#streams[id] !== undefined) throw violation(`stream ${id} is open and cannot be opened again`);
    this.#streams[id] = new IncomingStream(id, this);
    this.#size++;
  }

  /** The payload refers to it: somebody will read it. */
  open(id: number, codec: StreamCodec): IncomingStream {
    const stream = this.#streams[id];
    if (stream === undefined) throw malformed(`no stream ${id}`);
    stream.codec = codec;
    return stream;
  }

  /** No payload refers to it: nobody will read it. */
  refuse(id: number): void {
    this.#streams[id]?.[Symbol.dispose]();
  }

  onData(reader: Reader, flags: number): void {
    const stream = this.#find(reader.u32());
    const from = reader.payload();
    const to = reader.at;
    const table = this.#table;
    if (table === undefined) return;
    table.read(reader, (flags & flag.table) !== 0);
    stream.charge(to - from, to - from + table.costBytes);
    if (!stream.isStopped && stream.codec !== undefined) this.#push(stream, stream.codec.item, table, reader, from, to);
    table.close();
  }

  /** Items are unpacked when they are read, as packed they take far less; but stubs are made while the table is here. */
  #push(
    stream: IncomingStream,
    item: Codec | "bytes",
    table: IncomingTable,
    reader: Reader,
    from: number,
    to: number,
  ): void {
    if (item === "bytes" || table.isEmpty) {
      stream.pushPacked(reader.bytes, from, to);
      return;
    }
    try {
      const items = table.decode(reader, from, to, liveItems(item, table));
      if (items.some(({ made }) => made.length > 0)) stream.push(items);
      else stream.pushPacked(reader.bytes, from, to);
    } catch (thrown) {
      stream.abandon(GlowError.from(thrown, "firefly.stream"));
    }
  }

  onEnd(reader: Reader, flags: number): void {
    const stream = this.#find(reader.u32());
    stream.isEnded = true;
    if (stream.isStopped) this.#forget(stream);
    stream.finish((flags & flag.error) === 0 ? undefined : this.#failure(reader));
  }

  /** The error of the producer; another one, if what came is none. */
  #failure(reader: Reader): GlowError | undefined {
    const from = reader.payload();
    try {
      return this.#table?.decode(reader, from, reader.at, { write: () => undefined, read: readError });
    } catch (thrown) {
      return GlowError.from(thrown, "firefly.stream");
    }
  }

  #find(id: number): IncomingStream {
    const stream = this.#streams[id];
    if (stream === undefined || stream.isEnded) throw violation(`it sends on stream ${id}, which is not open`);
    return stream;
  }

  #forget(stream: IncomingStream): void {
    this.#streams[stream.id] = undefined;
    this.#size--;
  }

  /** Tells the sender, once, that nothing more of a stream is wanted. */
  stop(stream: IncomingStream): void {
    if (stream.isStopped) return;
    stream.isStopped = true;
    this.#windowBudget += stream.takeExtraWindow();
    this.#wire.control(op.stop, stream.id);
    if (stream.isEnded) this.#forget(stream);
  }

  grant(stream: IncomingStream, bytes: number): void {
    this.#wire.control(op.credit, stream.id, bytes);
  }

  /** Bytes by which a stream that is being read may widen its window; none when the session has given all it has. */
  widen(bytes: number): number {
    const extra = Math.min(bytes, this.#windowBudget);
    this.#windowBudget -= extra;
    return extra;
  }

  /** The session is over. */
  end(reason: GlowError): void {
    for (const stream of this.#streams.splice(0)) {
      if (stream === undefined) continue;
      stream.isStopped = true;
      stream.finish(reason);
    }
    this.#size = 0;
  }
}

/** The payload of a DATA frame whose items have objects in them. */
function liveItems(item: Codec, table: IncomingTable): Codec<LiveItem[]> {
  return {
    write: () => undefined,
    read: (reader) => {
      const items: LiveItem[] = [];
      let from = reader.at;
      try {
        for (let left = readCount(reader); left > 0; left--) {
          const value = item.read(reader);
          const made = table.takeMade();
          const costBytes = reader.at - from + made.length * fireflyLimits.entryCostBytes;
          from = reader.at;
          items.push({ item: value, costBytes, made });
        }
        reader.finish();
        return items;
      } catch (thrown) {
        for (const { made } of items) for (const each of made) each[Symbol.dispose]();
        throw thrown;
      }
    },
  };
}

// Streams that this side produces. A source is read only while the reader has given credit and the pipe has room;
// what it yields goes out in DATA frames of about 16 KiB, in turn with the other streams, behind calls.
//
// A stream's id is free again when END was sent and STOP has come: each side says once that it is done, so that
// neither can mistake a new stream for an old one.

import { GlowError } from "#base/errors.ts";
import type { Codec, StreamCodec } from "../codec/interface.ts";
import type { Reader } from "../codec/reader.ts";
import type { StreamSource } from "../codec/stream.ts";
import { violation } from "./export-table.ts";
import { floor } from "./frame.ts";
import { OutgoingStream, type StreamOwner } from "./outgoing-stream.ts";
import type { OutgoingTable } from "./outgoing-table.ts";
import type { StreamFeed, Wire } from "./wire.ts";

export class OutgoingStreams implements StreamFeed, StreamOwner {
  /** How many streams the peer allows at once. */
  allowance: number = floor.streams;
  readonly #wire: Wire;
  #table: OutgoingTable | undefined;
  readonly #streams: (OutgoingStream | undefined)[] = [];
  readonly #free: number[] = [];
  /** Streams that have something to send, in the order of their turns. */
  #ready: OutgoingStream[] = [];

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  connect(table: OutgoingTable): void {
    this.#table = table;
  }

  get size(): number {
    return this.#streams.length - this.#free.length;
  }

  /** Makes a stream of a source and returns its id. It sends nothing before the frame that mentions it is written. */
  open(codec: StreamCodec, source: StreamSource<unknown>, isGiven: boolean): number {
    if (this.size >= this.allowance) {
      throw new GlowError("exhausted", "firefly.stream", {
        message: `${this.size} streams to the peer are open, as many as it allows; end some first`,
      });
    }
    const id = this.#free.at(-1) ?? this.#streams.length;
    // A source may refuse to be read: then no id is taken.
    const stream = new OutgoingStream(id, codec, source, isGiven, this);
    if (id < this.#streams.length) this.#free.pop();
    this.#streams[id] = stream;
    this.becameReady(stream);
    return id;
  }

  /** The frame that should have mentioned the stream is not sent. */
  forget(id: number): void {
    const stream = this.#streams[id];
    if (stream === undefined) return;
    stream.stop();
    this.#remove(id);
  }

  #remove(id: number): void {
    this.#streams[id] = undefined;
    this.#free.push(id);
  }

  becameReady(stream: OutgoingStream): void {
    if (stream.isQueued) return;
    stream.isQueued = true;
    this.#ready.push(stream);
    this.#wire.touch();
  }

  discard(item: Codec, value: unknown): void {
    this.#table?.discard(item, value);
  }

  get ready(): boolean {
    return this.#ready.length > 0;
  }

  fill(bytes: number): void {
    const { writer } = this.#wire;
    const until = writer.length + bytes;
    const table = this.#table;
    while (table !== undefined && writer.length < until) {
      const stream = this.#ready.shift();
      if (stream === undefined) return;
      stream.isQueued = false;
      if (this.#streams[stream.id] !== stream || stream.isEnded) continue;
      stream.sendFrame(writer, table);
      if (stream.isEnded) {
        if (stream.isStopped) this.#remove(stream.id);
      } else if (stream.isReady) {
        this.becameReady(stream);
      }
    }
  }

  onCredit(reader: Reader): void {
    const id = reader.u32();
    const bytes = reader.u32();
    const stream = this.#find(id);
    if (stream === undefined) return;
    if (bytes === 0 || stream.credit + bytes > maxCredit) throw violation(`${bytes} bytes of credit for stream ${id}`);
    stream.credit += bytes;
    if (stream.isReady) this.becameReady(stream);
  }

  onStop(reader: Reader): void {
    const id = reader.u32();
    const stream = this.#find(id);
    if (stream === undefined || stream.isStopped) throw violation(`it stops stream ${id}, which is not open`);
    if (stream.isEnded) {
      this.#remove(id);
      return;
    }
    stream.stop();
    // The END that the reader still waits for goes out with the stream's next turn.
    this.becameReady(stream);
  }

  #find(id: number): OutgoingStream | undefined {
    if (id >= this.#streams.length) throw violation(`it names stream ${id}, which was never opened`);
    return this.#streams[id];
  }

  /** The session is over: sources are told that nobody reads. */
  end(): void {
    this.#ready = [];
    for (const stream of this.#streams.splice(0)) stream?.stop();
    this.#free.length = 0;
  }
}

/** The most that may be under way on one stream: far above any window, far below what would overflow. */
const maxCredit = 2 ** 31 - 1;

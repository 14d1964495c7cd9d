// The sending side of a session: gathers the frames of a turn in one writer and sends them as one packet. Calls and
// control come first; streams fill up what the pipe has room for, behind them.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Pipe, Timers } from "#glow";
import { Writer } from "../codec/writer.ts";

/** Stream bytes put into one packet, so that calls made meanwhile wait for no more than this. */
const streamBytesPerPacket = 64 * 1024;

/**
 * Frames of one turn go out before its end when they are this many: what comes on top, one payload and its table, then
 * fits into a packet, and the pipe can say that it is full before there is more.
 */
const fullPacketBytes = fireflyLimits.sendHighWaterBytes;

/** What the wire asks for when there is room. */
export interface StreamFeed {
  /** Whether a stream has something to send and credit to send it. */
  readonly ready: boolean;
  /** Writes about `bytes` of DATA frames. */
  fill(bytes: number): void;
}

/** A frame without payload. */
interface ControlFrame {
  readonly firstByte: number;
  readonly first: number;
  readonly second: number | undefined;
}

export class Wire {
  readonly writer = new Writer();
  /** The pipe has said that bytes are piling up. */
  congested = false;
  readonly #pipe: Pipe;
  readonly #timers: Timers;
  #feed: StreamFeed | undefined;
  #overflow: (() => void) | undefined;
  #scheduled = false;
  #ended = false;
  #isInPayload = false;
  /** What a payload's getters did meanwhile: written behind it. */
  #late: ControlFrame[] = [];

  constructor(pipe: Pipe, timers: Timers) {
    this.#pipe = pipe;
    this.#timers = timers;
  }

  /** Where streams' bytes come from, and what to do when the peer does not read at all. */
  connect(feed: StreamFeed, overflow: () => void): void {
    this.#feed = feed;
    this.#overflow = overflow;
  }

  /** A frame with a payload is being written: until `endPayload`, other frames would end up inside it. */
  get isInPayload(): boolean {
    return this.#isInPayload;
  }

  /** `invalid` inside another payload: values may have getters, which may do anything, but not make calls. */
  beginPayload(): void {
    if (this.#isInPayload) {
      throw new GlowError("invalid", "value.encode", {
        message: "a getter made a call while its object was being sent; send a plain value",
      });
    }
    this.#isInPayload = true;
  }

  endPayload(): void {
    this.#isInPayload = false;
    if (this.#late.length === 0) return;
    for (const { firstByte, first, second } of this.#late.splice(0)) this.#write(firstByte, first, second);
    this.#schedule();
  }

  /** Writes a frame without payload: a first byte and one or two numbers. */
  control(firstByte: number, first: number, second?: number): void {
    if (this.#isInPayload) {
      this.#late.push({ firstByte, first, second });
      return;
    }
    this.#write(firstByte, first, second);
    this.touch();
  }

  #write(firstByte: number, first: number, second: number | undefined): void {
    const { writer } = this;
    writer.u8(firstByte);
    writer.varint(first);
    if (second !== undefined) writer.varint(second);
  }

  /** A frame was written, or a stream became ready: it will be sent when the turn is over, or now if it is much. */
  touch(): void {
    if (this.writer.length >= fullPacketBytes && !this.#isInPayload) this.#send();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    this.#timers.endOfTurn(this.#flushTask);
  }

  readonly #flushTask = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  flush(): void {
    const feed = this.#feed;
    while (!this.#ended) {
      if (!this.congested && feed?.ready === true) feed.fill(streamBytesPerPacket);
      if (this.writer.length === 0) return;
      this.#send();
      if (this.congested) return;
    }
  }

  #send(): void {
    if (this.#ended) return;
    const isTooMuch = this.#pipe.bufferedBytes + this.writer.length > fireflyLimits.sendQueueBytes;
    const parts = this.writer.take();
    if (isTooMuch) this.#overflow?.();
    else if (!this.#pipe.send(parts)) this.congested = true;
  }

  /** Sends what is written, with a last frame, and nothing after it. Not inside a payload. */
  end(lastFrame: ((writer: Writer) => void) | undefined): void {
    if (this.#ended) return;
    lastFrame?.(this.writer);
    if (this.writer.length > 0) this.#pipe.send(this.writer.take());
    this.#ended = true;
    this.#pipe.close();
  }
}

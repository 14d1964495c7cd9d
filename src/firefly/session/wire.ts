// The sending side of a session: gathers the frames of a turn in one writer and sends them as one packet. Calls and
// control come first; streams fill up what the pipe has room for, behind them.

import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import type { Pipe, Timers } from "#glow";
import { Writer } from "../codec/writer.ts";

/** Stream bytes put into one packet, so that calls made meanwhile wait for no more than this. */
const streamBytesPerPacket = 64 * 1024;

/** What the wire asks for when there is room. */
export interface StreamFeed {
  /** Whether a stream has something to send and credit to send it. */
  readonly ready: boolean;
  /** Writes about `bytes` of DATA frames. */
  fill(bytes: number): void;
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

  constructor(pipe: Pipe, timers: Timers) {
    this.#pipe = pipe;
    this.#timers = timers;
  }

  /** Where streams' bytes come from, and what to do when the peer does not read at all. */
  connect(feed: StreamFeed, overflow: () => void): void {
    this.#feed = feed;
    this.#overflow = overflow;
  }

  /** A payload is being written: until `endPayload`, other frames would end up inside it. */
  beginPayload(): void {
    this.#refuseInPayload();
    this.#isInPayload = true;
  }

  endPayload(): void {
    this.#isInPayload = false;
  }

  /** Values may have getters, which may do anything. */
  #refuseInPayload(): void {
    if (!this.#isInPayload) return;
    throw new GlowError("invalid", "value.encode", {
      message: "a getter made a call or released something while its object was being sent; send a plain value",
    });
  }

  /** Writes a frame without payload: a first byte and one or two numbers. */
  control(firstByte: number, first: number, second?: number): void {
    this.#refuseInPayload();
    const { writer } = this;
    writer.u8(firstByte);
    writer.varint(first);
    if (second !== undefined) writer.varint(second);
    this.touch();
  }

  /** Something was written, or a stream became ready: it will be sent when the turn is over. */
  touch(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    this.#timers.endOfTurn(this.#flushTask);
  }

  readonly #flushTask = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  flush(): void {
    if (this.#ended) return;
    const feed = this.#feed;
    for (;;) {
      if (!this.congested && feed?.ready === true) feed.fill(streamBytesPerPacket);
      if (this.writer.length === 0) return;
      this.congested = !this.#pipe.send(this.writer.take()) || this.congested;
      if (this.congested) {
        if (this.#pipe.bufferedBytes > fireflyLimits.sendQueueBytes) this.#overflow?.();
        return;
      }
    }
  }

  /** Sends what is written, with a last frame, and nothing after it. */
  end(lastFrame: ((writer: Writer) => void) | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    lastFrame?.(this.writer);
    if (this.writer.length > 0) this.#pipe.send(this.writer.take());
    this.#pipe.close();
  }
}

// A Pipe over the browser's WebSocket (WHATWG): one binary message per packet.

import { concatBytes, totalBytes } from "#base/bytes.ts";
import { assert, type ErrorKind, GlowError } from "#base/errors.ts";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import type { Pipe, PipeReceiver, Timers } from "#glow";

/** Of the codes for a close with a reason, a page may use 1000 and those of the application, from 4000. */
const closeCodes = { normal: 1000, text: 4003, tooLarge: 4009 } as const;

/** How often a congested pipe looks whether there is room: a WebSocket has no event for it. */
const lookMs = 5;

export class WebSocketPipe implements Pipe {
  readonly #webSocket: WebSocket;
  readonly #timers: Timers;
  readonly #target: string;
  #receiver: PipeReceiver | undefined;
  #congested = false;
  #closing = false;
  #end: GlowError | undefined;

  /** `webSocket` is open, gives binary messages as ArrayBuffers, and has got none. `target` is for error messages. */
  constructor(webSocket: WebSocket, timers: Timers, target: string) {
    this.#webSocket = webSocket;
    this.#timers = timers;
    this.#target = target;
    webSocket.onmessage = (event) => this.#message(event.data);
    webSocket.onclose = (event) => this.#finish("disconnected", this.#closedBecause(event));
  }

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has one receiver");
    this.#receiver = receiver;
    const end = this.#end;
    if (end !== undefined) this.#timers.endOfTurn(() => receiver.closed(end));
  }

  send(parts: readonly Uint8Array[]): boolean {
    const length = totalBytes(parts);
    assert(
      length <= fireflyLimits.packetBytes,
      `a packet has at most ${fireflyLimits.packetBytes} bytes, not ${length}`,
    );
    if (this.#end !== undefined || this.#webSocket.readyState !== WebSocket.OPEN) return false;
    // The browser copies, so that nothing need be given away; a view of shared memory it would refuse.
    const whole = parts.length === 1 ? (parts[0] as Uint8Array<ArrayBuffer>) : concatBytes(parts);
    this.#webSocket.send(whole);
    if (this.bufferedBytes <= fireflyLimits.sendHighWaterBytes) return true;
    if (!this.#congested) {
      this.#congested = true;
      this.#timers.after(lookMs, this.#look);
    }
    return false;
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#webSocket.bufferedAmount : 0;
  }

  close(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#closing = true;
    this.#webSocket.close(closeCodes.normal);
    this.#timers.after(transportLimits.closeMs, () => {
      this.#finish("disconnected", "closed on this side; the other side did not answer");
    });
  }

  readonly #look = (): void => {
    if (!this.#congested || this.#closing || this.#end !== undefined) return;
    if (this.bufferedBytes > fireflyLimits.sendHighWaterBytes) {
      this.#timers.after(lookMs, this.#look);
    } else {
      this.#relieve();
    }
  };

  #relieve(): void {
    this.#congested = false;
    this.#receiver?.drained();
  }

  #message(data: unknown): void {
    if (this.#closing || this.#end !== undefined) return;
    if (!(data instanceof ArrayBuffer)) {
      this.#webSocket.close(closeCodes.text, "packets are binary messages");
      this.#finish("protocol", "the other side sent text; packets are binary messages");
    } else if (data.byteLength > fireflyLimits.packetBytes) {
      this.#webSocket.close(closeCodes.tooLarge, "packet too large");
      const limit = fireflyLimits.packetBytes;
      this.#finish(
        "too-large",
        `the other side sent ${data.byteLength} bytes in one message, above the limit of ${limit}`,
      );
    } else {
      this.#receiver?.packet(new Uint8Array(data), 0, data.byteLength);
    }
  }

  #closedBecause({ code, reason }: CloseEvent): string {
    if (this.#closing) return "closed on this side";
    const why = reason === "" ? "" : `: ${JSON.stringify(reason)}`;
    return `the WebSocket was closed with code ${code}${why}`;
  }

  #finish(kind: ErrorKind, message: string): void {
    if (this.#end !== undefined) return;
    this.#end = new GlowError(kind, "pipe.receive", { target: this.#target, message });
    this.#receiver?.closed(this.#end);
  }
}

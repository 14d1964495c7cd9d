// A Pipe over the browser's WebSocket (WHATWG): one binary message per packet.

import { assert, type ErrorKind, GlowError } from "#base/errors.ts";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import { deliverPacket, joinedPacket, packetLength } from "#base/packet.ts";
import type { Pipe, PipeReceiver, Timer, Timers } from "#glow";

/** Of the codes for a close with a reason, a page may use 1000 and those of the application, from 4000. */
const closeCodes = { normal: 1000, text: 4003, tooLarge: 4009 } as const;

/** How often a congested pipe looks whether there is room: a WebSocket has no event for it. */
const lookMs = 5;

/**
 * Where packets of usual size are joined, of all pipes: new memory for each, which the system has to clear, would cost
 * as much as a quarter of sending it.
 */
const scratch = new Uint8Array(256 * 1024);

export class WebSocketPipe implements Pipe {
  readonly #webSocket: WebSocket;
  readonly #timers: Timers;
  readonly #target: string;
  #receiver: PipeReceiver | undefined;
  #congested = false;
  #looking = false;
  #closing = false;
  #closeTimer: Timer | undefined;
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
    if (this.#end !== undefined || this.#webSocket.readyState !== WebSocket.OPEN) return false;
    // The browser copies. Packets are never views of shared memory, which it would refuse.
    this.#webSocket.send(joined(parts) as Uint8Array<ArrayBuffer>);
    if (this.bufferedBytes <= fireflyLimits.sendHighWaterBytes) return true;
    this.#congested = true;
    this.#lookLater();
    return false;
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#webSocket.bufferedAmount : 0;
  }

  close(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#closing = true;
    this.#webSocket.close(closeCodes.normal);
    this.#closeTimer = this.#timers.after(transportLimits.closeMs, () => {
      this.#finish("disconnected", "closed on this side; the other side did not answer");
    });
  }

  #lookLater(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#timers.after(lookMs, this.#look);
  }

  readonly #look = (): void => {
    this.#looking = false;
    if (!this.#relieved()) this.#lookLater();
  };

  /** Tells the receiver, once, when there is room. True when nobody waits for it any more. */
  #relieved(): boolean {
    if (!this.#congested || this.#closing || this.#end !== undefined) return true;
    if (this.bufferedBytes > fireflyLimits.sendHighWaterBytes) return false;
    this.#congested = false;
    this.#receiver?.drained();
    return true;
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
      // A page in the background has its timers once a second; an answer of the peer is a chance to look sooner.
      this.#relieved();
      if (this.#receiver !== undefined) deliverPacket(this.#receiver, new Uint8Array(data), 0, data.byteLength);
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
    this.#closeTimer?.cancel();
    this.#receiver?.closed(this.#end);
  }
}

/** The packet in one piece, valid until the next call. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 || packetLength(parts) > scratch.length) return joinedPacket(parts);
  let at = 0;
  for (const part of parts) {
    scratch.set(part, at);
    at += part.length;
  }
  return scratch.subarray(0, at);
}

// A Pipe over a WebSocket (RFC 6455) of the `ws` library: one binary message per packet.

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { assert, type ErrorKind, GlowError } from "#base/errors.ts";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import { deliverPacket, joinedPacket } from "#base/packet.ts";
import type { Pipe, PipeReceiver } from "#glow";

/** Close codes of RFC 6455, section 7.4.1. */
const closeCodes = { normal: 1000, unsupportedData: 1003 } as const;

/** What `ws` says of a message above `maxPayload`, and of a length above 2^53. */
const tooLargeCodes = new Set(["WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH"]);

export interface WebSocketPipeOptions {
  /** For error messages: where the other end is. */
  readonly target: string;
  readonly closeMs?: number;
}

export class WebSocketPipe implements Pipe {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #target: string;
  readonly #closeMs: number;
  #receiver: PipeReceiver | undefined;
  #corked = false;
  #congested = false;
  #closing = false;
  #end: GlowError | undefined;
  #closeTimer: NodeJS.Timeout | undefined;

  /** `webSocket` is open, on `socket`, and nobody has read from it; its `maxPayload` is `packetBytes`. */
  constructor(webSocket: WebSocket, socket: Socket, options: WebSocketPipeOptions) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#target = options.target;
    this.#closeMs = options.closeMs ?? transportLimits.closeMs;
    // Bytes that came with the handshake would be handed on before whoever awaits the pipe can attach a receiver.
    webSocket.pause();
    webSocket.on("message", this.#read);
    webSocket.on("error", (error) => this.#fail(this.#broken(error)));
    webSocket.on("close", (code, reason) => {
      clearTimeout(this.#closeTimer);
      this.#finish(this.#closed(code, reason.toString()));
    });
  }

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has one receiver");
    this.#receiver = receiver;
    const end = this.#end;
    if (end === undefined) this.#webSocket.resume();
    else process.nextTick(() => receiver.closed(end));
  }

  send(parts: readonly Uint8Array[]): boolean {
    if (this.#end !== undefined || this.#webSocket.readyState !== this.#webSocket.OPEN) return false;
    const packet = joinedPacket(parts);
    if (!this.#corked) {
      // All messages of a turn leave in one write.
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(this.#uncork);
    }
    this.#webSocket.send(packet, this.#written);
    if (this.bufferedBytes <= fireflyLimits.sendHighWaterBytes) return true;
    this.#congested = true;
    return false;
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#webSocket.bufferedAmount : 0;
  }

  close(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#closing = true;
    if (this.#receiver === undefined) this.#webSocket.resume();
    this.#webSocket.close(closeCodes.normal);
    this.#giveUpLater();
  }

  // One function for all writes: nothing is made per packet.
  readonly #written = (): void => {
    if (!this.#congested || this.bufferedBytes > fireflyLimits.sendHighWaterBytes) return;
    this.#congested = false;
    if (!this.#closing && this.#end === undefined) this.#receiver?.drained();
  };

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#socket.uncork();
  };

  readonly #read = (data: unknown, isBinary: boolean): void => {
    if (this.#closing || this.#end !== undefined) return;
    if (isBinary && data instanceof Uint8Array) {
      const receiver = this.#receiver;
      if (receiver === undefined) return;
      // Not as a Buffer, whose `slice` does not copy: core code knows Uint8Array only. `ws` joins a message before it
      // tells of it, so it is one piece.
      deliverPacket(receiver, new Uint8Array(data.buffer, data.byteOffset, data.length), 0, data.length);
      return;
    }
    this.#webSocket.close(closeCodes.unsupportedData, "packets are binary messages");
    this.#fail(this.#reason("protocol", "the other side sent text; packets are binary messages"));
  };

  #fail(reason: GlowError): void {
    this.#finish(reason);
    this.#giveUpLater();
  }

  /** Bounds the closing handshake, which the peer may never answer. */
  #giveUpLater(): void {
    if (this.#webSocket.readyState === this.#webSocket.CLOSED) return;
    this.#closeTimer ??= setTimeout(() => this.#webSocket.terminate(), this.#closeMs);
  }

  #broken(error: Error): GlowError {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (tooLargeCodes.has(code)) {
      const limit = fireflyLimits.packetBytes;
      return this.#reason("too-large", `the other side sent a message above the limit of ${limit} bytes`, error);
    }
    if (code.startsWith("WS_ERR_")) return this.#reason("protocol", `not a WebSocket's bytes: ${error.message}`, error);
    return this.#reason("disconnected", `the connection broke: ${error.message}`, error);
  }

  #closed(code: number, reason: string): GlowError {
    if (this.#closing) return this.#reason("disconnected", "closed on this side");
    const why = reason === "" ? "" : `: ${JSON.stringify(reason)}`;
    return this.#reason("disconnected", `the other side closed the WebSocket with code ${code}${why}`);
  }

  #reason(kind: ErrorKind, message: string, cause?: Error): GlowError {
    return new GlowError(kind, "pipe.receive", { target: this.#target, message, cause });
  }

  #finish(reason: GlowError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#receiver?.closed(reason);
  }
}

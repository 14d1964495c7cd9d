// A Pipe over a byte stream of the system: a TCP connection or a Unix socket.
//
//   frame = length (u32, little-endian) | packet (that many bytes, at most `packetBytes`)     see base/packet-reader.ts
//
// Packets of one turn leave in one write: small ones and headers are joined, parts of 8 KiB and more go as they are.

import type { Socket } from "node:net";
import { assert, type ErrorKind, GlowError } from "#base/errors.ts";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import { packetLength } from "#base/packet.ts";
import { PacketReader } from "#base/packet-reader.ts";
import type { Pipe, PipeReceiver } from "#glow";

/** From this size on, a part costs less as an entry of a gathering write than as a copy. */
const ownWriteBytes = 8 * 1024;

export interface TcpPipeOptions {
  /** For error messages: where the other end is. */
  readonly target: string;
  readonly closeMs?: number;
}

export class TcpPipe implements Pipe {
  readonly #socket: Socket;
  readonly #target: string;
  readonly #closeMs: number;
  #reader: PacketReader | undefined;
  #receiver: PipeReceiver | undefined;
  /** What this turn sends: a packet's length, then its parts. */
  #pending: (number | Uint8Array)[] = [];
  #pendingBytes = 0;
  #congested = false;
  #closing = false;
  #end: GlowError | undefined;
  #closeTimer: NodeJS.Timeout | undefined;

  /** `socket` is connected, and nobody has read from it. */
  constructor(socket: Socket, options: TcpPipeOptions) {
    this.#socket = socket;
    this.#target = options.target;
    this.#closeMs = options.closeMs ?? transportLimits.closeMs;
    socket.setNoDelay(true);
    socket.on("error", (error) => this.#finish(this.#lost(error)));
    socket.on("close", () => this.#finish(this.#ended()));
  }

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has one receiver");
    this.#receiver = receiver;
    const end = this.#end;
    if (end !== undefined) {
      process.nextTick(() => receiver.closed(end));
      return;
    }
    this.#reader = new PacketReader(fireflyLimits.packetBytes, receiver, uninitialised);
    this.#socket.on("end", () => this.#finish(this.#ended()));
    this.#socket.on("data", this.#read);
  }

  send(parts: readonly Uint8Array[]): boolean {
    const length = packetLength(parts);
    if (this.#closing || this.#end !== undefined) return false;
    if (this.#pending.length === 0) process.nextTick(this.#flush);
    this.#pending.push(length);
    for (const part of parts) if (part.length > 0) this.#pending.push(part);
    this.#pendingBytes += 4 + length;
    if (this.bufferedBytes <= fireflyLimits.sendHighWaterBytes) return true;
    this.#congested = true;
    return false;
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#pendingBytes + this.#socket.writableLength : 0;
  }

  close(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#flush();
    this.#closing = true;
    this.#reader?.stop();
    if (this.#receiver === undefined) this.#socket.resume();
    // The peer answers our end with its own. What it still sends is read and dropped: a socket closed with unread
    // bytes would reset the connection, and the peer could lose what we sent before.
    this.#socket.end();
    this.#closeTimer = setTimeout(() => this.#finish(this.#ended()), this.#closeMs);
  }

  // One function for all writes: nothing is made per packet.
  readonly #written = (): void => {
    if (!this.#congested || this.bufferedBytes > fireflyLimits.sendHighWaterBytes) return;
    this.#congested = false;
    if (!this.#closing && this.#end === undefined) this.#receiver?.drained();
  };

  readonly #flush = (): void => {
    if (this.#pending.length === 0 || this.#end !== undefined) return;
    const pieces = piecesOf(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const last = pieces.length - 1;
    if (last > 0) this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(pieces[i] as Uint8Array);
    this.#socket.write(pieces[last] as Uint8Array, this.#written);
    if (last > 0) this.#socket.uncork();
  };

  readonly #read = (chunk: Buffer): void => {
    if (this.#closing) return;
    // Not as a Buffer, whose `slice` does not copy: core code knows Uint8Array only.
    const tooLong = this.#reader?.read(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    if (tooLong === undefined) return;
    this.#finish(
      this.#reason(
        "too-large",
        `the other side announced a packet of ${tooLong} bytes, above the limit of ${fireflyLimits.packetBytes}; ` +
          "it does not speak this protocol, or another version of it",
      ),
    );
  };

  #ended(): GlowError {
    if (this.#closing) return this.#reason("disconnected", "closed on this side");
    const partial = this.#reader?.partial();
    if (partial === undefined) return this.#reason("disconnected", "the other side closed the connection");
    return this.#reason("disconnected", `the connection ended within a packet, which is lost: ${partial} had come`);
  }

  #lost(cause: Error): GlowError {
    const partial = this.#reader?.partial();
    const lost = partial === undefined ? "" : `; a packet is lost of which ${partial} had come`;
    return this.#reason("disconnected", `the connection broke: ${cause.message}${lost}`, cause);
  }

  #reason(kind: ErrorKind, message: string, cause?: Error): GlowError {
    return new GlowError(kind, "pipe.receive", { target: this.#target, message, cause });
  }

  #finish(reason: GlowError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#reader?.stop();
    clearTimeout(this.#closeTimer);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#socket.destroy();
    this.#receiver?.closed(reason);
  }
}

/** Lengths as headers and parts, in as few pieces as pay: what is small is joined, what is large stands alone. */
function piecesOf(items: readonly (number | Uint8Array)[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  let smallBytes = 0;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as number | Uint8Array;
    if (typeof item === "number") {
      smallBytes += 4;
    } else if (item.length < ownWriteBytes) {
      smallBytes += item.length;
    } else {
      if (from < i) pieces.push(joined(items, from, i, smallBytes));
      pieces.push(item);
      from = i + 1;
      smallBytes = 0;
    }
  }
  if (from < items.length) pieces.push(joined(items, from, items.length, smallBytes));
  return pieces;
}

function joined(items: readonly (number | Uint8Array)[], from: number, to: number, sizeBytes: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for (let i = from; i < to; i++) {
    const item = items[i] as number | Uint8Array;
    if (typeof item === "number") {
      at = bytes.writeUInt32LE(item, at);
    } else {
      bytes.set(item, at);
      at += item.length;
    }
  }
  return bytes;
}

/** A packet's memory is all written before it is read, so it need not be cleared. */
function uninitialised(sizeBytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
}

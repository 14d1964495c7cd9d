// Two pipes that are each other's other end, within one process. Nothing is copied but packets of several parts, and
// those only for a receiver that wants them whole.

import { assert, GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import { deliverPacket, joinedPacket, packetLength } from "#base/packet.ts";
import type { Pipe, PipeReceiver, Timers } from "#glow";

/**
 * After this many turns in a row one waits for a timer: two ends that answer each other would otherwise never let
 * the event loop come to anything else.
 */
const turnsInARow = 1024;

const nothing = new Uint8Array(0);

const overflow = `more than ${fireflyLimits.sendQueueBytes} bytes were sent without waiting for \`drained\``;

/** A connected pair. What one sends, the other receives when the turn is over. */
export function memoryPipes(timers: Timers): [Pipe, Pipe] {
  const near = new MemoryPipe(timers);
  return [near, near.peer];
}

class MemoryPipe implements Pipe {
  readonly peer: MemoryPipe;
  readonly #timers: Timers;
  #receiver: PipeReceiver | undefined;
  /** Packets sent and not yet delivered, `bufferedBytes` of them; those that will be pieces, in parts. */
  #queue: (Uint8Array | readonly Uint8Array[])[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  #turns = 0;
  #congested = false;
  #closing = false;
  #overflowed = false;
  #end: GlowError | undefined;

  /** Without `peer`, makes it too. */
  constructor(timers: Timers, peer?: MemoryPipe) {
    this.#timers = timers;
    this.peer = peer ?? new MemoryPipe(timers, this);
  }

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has one receiver");
    this.#receiver = receiver;
    this.peer.#schedule();
    const end = this.#end;
    if (end !== undefined) this.#timers.endOfTurn(() => receiver.closed(end));
  }

  send(parts: readonly Uint8Array[]): boolean {
    if (this.#closing || this.#end !== undefined) return false;
    const inPieces = parts.length > 1 && this.peer.#receiver?.piece !== undefined;
    const packet = inPieces ? [...parts] : joinedPacket(parts);
    const sizeBytes = packetLength(parts);
    if (this.#queuedBytes + sizeBytes > fireflyLimits.sendQueueBytes) {
      this.#overflowed = true;
      this.#queue = [];
      this.close();
      return false;
    }
    this.#queue.push(packet);
    this.#queuedBytes += sizeBytes;
    this.#schedule();
    if (this.#queuedBytes <= fireflyLimits.sendHighWaterBytes) return true;
    this.#congested = true;
    return false;
  }

  get bufferedBytes(): number {
    return this.#queuedBytes;
  }

  close(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#closing = true;
    this.#schedule();
  }

  #schedule(): void {
    const idle = this.#queue.length === 0 && !this.#closing;
    // Until the peer has its receiver, its `attach` does this.
    if (idle || this.#scheduled || this.peer.#receiver === undefined) return;
    this.#scheduled = true;
    if (++this.#turns % turnsInARow === 0) this.#timers.after(0, this.#deliver);
    else this.#timers.endOfTurn(this.#deliver);
  }

  readonly #deliver = (): void => {
    this.#scheduled = false;
    const { peer } = this;
    const queue = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const packet of queue) {
      if (peer.#closing || peer.#end !== undefined) break;
      peer.#take(packet);
    }
    // The peer may have answered with a close, and this side may have sent more meanwhile.
    if (this.#closing && this.#queue.length === 0) {
      if (this.#overflowed) this.#endBoth(overflow, overflow);
      else this.#endBoth("closed on this side", "closed by the other side");
    } else if (this.#congested && this.#queuedBytes <= fireflyLimits.sendHighWaterBytes) {
      this.#congested = false;
      if (!this.#closing && this.#end === undefined) this.#receiver?.drained();
    }
  };

  #take(packet: Uint8Array | readonly Uint8Array[]): void {
    const receiver = this.#receiver as PipeReceiver;
    if (packet instanceof Uint8Array) {
      deliverPacket(receiver, packet, 0, packet.length);
      return;
    }
    const lastPart = packet.findLastIndex((part) => part.length > 0);
    for (let i = 0; i < lastPart; i++) {
      const part = packet[i] as Uint8Array;
      if (part.length > 0) receiver.piece?.(part, 0, part.length, false);
      if (this.#closing || this.#end !== undefined) return;
    }
    const last = packet[lastPart] ?? nothing;
    receiver.piece?.(last, 0, last.length, true);
  }

  #endBoth(why: string, whyThere: string): void {
    this.#finish(why);
    this.peer.#finish(whyThere);
  }

  #finish(message: string): void {
    if (this.#end !== undefined) return;
    this.#end = new GlowError("disconnected", "pipe.receive", { target: "memory", message });
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#receiver?.closed(this.#end);
  }
}

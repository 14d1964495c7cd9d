// Between a resumable pipe and its receiver. Packets may follow a WELCOME in the same turn in which it came, before
// whoever awaits the pipe could attach a receiver; they wait here.

import { assert, type GlowError } from "#base/errors.ts";
import { deliverPacket } from "#base/packet.ts";
import type { PipeReceiver, Timers } from "#glow";

export class Inbox {
  readonly #timers: Timers;
  #receiver: PipeReceiver | undefined;
  /** Packets from before there was a receiver; undefined once it has them. */
  #early: Uint8Array[] | undefined = [];
  #earlyBytes = 0;
  #end: GlowError | undefined;
  #muted = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Bytes of packets that wait for a receiver. */
  get heldBytes(): number {
    return this.#earlyBytes;
  }

  /** Whether the receiver is there, has had what came before it, and takes packets in pieces. */
  get takesPieces(): boolean {
    return this.#early === undefined && this.#receiver?.piece !== undefined;
  }

  attach(receiver: PipeReceiver): void {
    assert(this.#receiver === undefined, "a pipe has one receiver");
    this.#receiver = receiver;
    this.#timers.endOfTurn(() => this.#catchUp(receiver));
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    if (this.#muted) return;
    if (this.#early === undefined) {
      if (this.#receiver !== undefined) deliverPacket(this.#receiver, bytes, start, end);
      return;
    }
    this.#early.push(bytes.subarray(start, end));
    this.#earlyBytes += end - start;
  }

  /** A piece of a packet that began when `takesPieces` was true. */
  piece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (!this.#muted) this.#receiver?.piece?.(bytes, start, end, last);
  }

  drained(): void {
    this.#receiver?.drained();
  }

  /** Nothing more is handed on but `closed`. */
  mute(): void {
    this.#muted = true;
    if (this.#early !== undefined) this.#early = [];
    this.#earlyBytes = 0;
  }

  /** The receiver's last call. It comes when the turn is over, so never from within the pipe's `send` or `close`. */
  closed(reason: GlowError): void {
    this.#timers.endOfTurn(() => {
      this.#end = reason;
      if (this.#early === undefined) this.#receiver?.closed(reason);
    });
  }

  #catchUp(receiver: PipeReceiver): void {
    for (let early = this.#early ?? []; early.length > 0; early = this.#early ?? []) {
      this.#early = [];
      this.#earlyBytes = 0;
      for (const packet of early) if (!this.#muted) deliverPacket(receiver, packet, 0, packet.length);
    }
    this.#early = undefined;
    if (this.#end !== undefined) receiver.closed(this.#end);
  }
}

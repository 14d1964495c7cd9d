// Numbered packets for both directions of a resumable pipe, and a receiver that checks that each comes once, in order
// and whole.

import { expect } from "vitest";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import type { GlowError } from "#base/errors.ts";
import type { Pipe, PipeReceiver } from "#glow";
import { patterned } from "../compliance/subject.ts";

/** One end's user. What it sends is told from what the other sends by its `seed`. */
export class Talker implements PipeReceiver {
  readonly pipe: Pipe;
  readonly seed: number;
  readonly sentSizes: number[] = [];
  received = 0;
  drains = 0;
  end: GlowError | undefined;
  /** Called for each packet that has come. */
  onPacket: () => void = () => undefined;
  #peer: Talker | undefined;

  constructor(pipe: Pipe, seed: number) {
    this.pipe = pipe;
    this.seed = seed;
    pipe.attach(this);
  }

  /** Whose packets are expected here. */
  expect(peer: Talker): void {
    this.#peer = peer;
  }

  send(sizeBytes: number): boolean {
    const packet = patterned(this.seed + this.sentSizes.length, sizeBytes);
    this.sentSizes.push(sizeBytes);
    const middle = sizeBytes >> 1;
    return this.pipe.send([packet.subarray(0, middle), packet.subarray(middle)]);
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    expect(this.end, "a packet after the end").toBeUndefined();
    const number = this.received++;
    const sizeBytes = this.#peer?.sentSizes[number];
    const right = sizeBytes === end - start && this.#matches(bytes.subarray(start, end), number);
    expect(right, `packet ${number} of ${end - start} bytes is the one sent`).toBe(true);
    this.onPacket();
  }

  drained(): void {
    expect(this.end, "`drained` after the end").toBeUndefined();
    this.drains++;
  }

  closed(reason: GlowError): void {
    expect(this.end, "a second end").toBeUndefined();
    this.end = reason;
  }

  get hasAll(): boolean {
    return this.received === this.#peer?.sentSizes.length;
  }

  #matches(packet: Uint8Array, number: number): boolean {
    return equalBytes(packet, patterned((this.#peer?.seed ?? 0) + number, packet.length));
  }
}

/** One that takes packets in pieces. */
class PieceTalker extends Talker {
  #pieces: Uint8Array[] = [];

  piece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    expect(this.end, "a piece after the end").toBeUndefined();
    const isLone = last && this.#pieces.length === 0;
    expect(end > start || isLone, "an empty piece is a packet").toBe(true);
    this.#pieces.push(bytes.subarray(start, end));
    if (!last) return;
    const packet = concatBytes(this.#pieces);
    this.#pieces = [];
    this.packet(packet, 0, packet.length);
  }
}

/** The users of both ends of a pipe: the near one takes packets whole, the far one in pieces if nothing else is said. */
export function talkers(near: Pipe, far: Pipe, FarTalker: typeof Talker = PieceTalker): { near: Talker; far: Talker } {
  const pair = { near: new Talker(near, 0), far: new FarTalker(far, 1_000_000) };
  pair.near.expect(pair.far);
  pair.far.expect(pair.near);
  return pair;
}

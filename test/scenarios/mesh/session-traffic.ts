// Streams full of recognisable packets, and a reader that knows what must come.

import { equalBytes } from "#base/bytes.ts";
import type { GlowError } from "#base/errors.ts";
import { integerBelow, type SeededRandom } from "#base/random.ts";
import type { PipeReceiver, Stream } from "#glow";
import { patterned } from "../../compliance/subject.ts";

/** Mostly small, some that span packets. */
export function randomSizes(random: SeededRandom, count: number): number[] {
  return Array.from({ length: count }, () => {
    const kind = integerBelow(random, 10);
    if (kind < 6) return integerBelow(random, 200);
    if (kind < 9) return integerBelow(random, 6_000);
    return integerBelow(random, 200_000);
  });
}

/** Sends packets, of which each depends on the traffic's seed and its place, as fast as the stream takes them. */
export class Sender {
  readonly stream: Stream;
  readonly sizes: readonly number[];
  readonly #seed: number;
  #sent = 0;

  constructor(stream: Stream, seed: number, sizes: readonly number[]) {
    this.stream = stream;
    this.sizes = sizes;
    this.#seed = seed;
  }

  readonly fill = (): void => {
    for (let room = true; room && this.#sent < this.sizes.length; this.#sent++) {
      room = this.stream.send([packetOf(this.#seed, this.#sent, this.sizes[this.#sent] as number)]);
    }
  };

  get done(): boolean {
    return this.#sent === this.sizes.length;
  }
}

/** Compares what comes with what was to be sent. */
export class Checker implements PipeReceiver {
  readonly ends: GlowError[] = [];
  received = 0;
  /** The first packet that was another than it should be. */
  wrong: number | undefined;
  onPacket: () => void = () => undefined;
  onDrained: () => void = () => undefined;
  readonly #seed: number;
  readonly #sizes: readonly number[];

  constructor(seed: number, sizes: readonly number[]) {
    this.#seed = seed;
    this.#sizes = sizes;
  }

  get complete(): boolean {
    return this.wrong === undefined && this.received === this.#sizes.length;
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    const index = this.received++;
    const expected = packetOf(this.#seed, index, this.#sizes[index] ?? 0);
    if (index >= this.#sizes.length || !equalBytes(bytes.subarray(start, end), expected)) this.wrong ??= index;
    this.onPacket();
  }

  drained(): void {
    this.onDrained();
  }

  closed(reason: GlowError): void {
    this.ends.push(reason);
  }
}

function packetOf(seed: number, index: number, size: number): Uint8Array {
  return patterned(seed * 100_003 + index, size);
}

// A host for the sample interfaces: what tests and benchmarks call.

import { type ErrorKind, errorKinds, GlowError } from "#base/errors.ts";
import { duplicate } from "#firefly/codec/stub.ts";
import type { ByteStream, CallContext, Stream } from "#firefly/runtime.ts";
import type { Timers } from "#glow";
import type {
  Chain,
  Color,
  Drawing,
  Echo,
  Inspection,
  Listener,
  ListenerStub,
  Message,
  Shape,
} from "./generated/sample.ts";

const pieceBytes = 64 * 1024;

/** What a host counts, so that tests can see what it still holds. */
export interface SampleCounts {
  chainsMade: number;
  chainsDisposed: number;
}

export class SampleEcho implements Echo, Disposable {
  readonly counts: SampleCounts = { chainsMade: 0, chainsDisposed: 0 };
  readonly #timers: Timers;
  readonly #kept: ListenerStub[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  echo(message: Message): Message {
    return message;
  }

  put(data: Uint8Array): number {
    return data.length;
  }

  increment(value: number): number {
    return value + 1;
  }

  first(): Chain {
    return new SampleChain(0, this.counts);
  }

  *items(count: number): Generator<Message> {
    for (let id = 0; id < count; id++) yield { id, name: "hello world" };
  }

  /** Pieces of 64 KiB, each filled with its number modulo 256. */
  *bytes(sizeBytes: bigint): Generator<Uint8Array> {
    for (let at = 0, piece = 0; at < Number(sizeBytes); at += pieceBytes, piece++) {
      yield new Uint8Array(Math.min(pieceBytes, Number(sizeBytes) - at)).fill(piece);
    }
  }

  async sum(values: Stream<number>): Promise<bigint> {
    let sum = 0n;
    for await (const value of values) sum += BigInt(value);
    return sum;
  }

  async upload(data: ByteStream): Promise<bigint> {
    let sizeBytes = 0;
    for (let batch = await data.readBatch(); batch !== undefined; batch = await data.readBatch()) {
      for (const piece of batch) sizeBytes += piece.length;
    }
    return BigInt(sizeBytes);
  }

  keep(callback: ListenerStub): void {
    this.#kept.push(duplicate(callback));
  }

  call(listener: ListenerStub, text: string): Promise<string> {
    return listener.heard(text);
  }

  give(): Chain {
    return new SampleChain(0, this.counts);
  }

  inspect(): Inspection {
    const nested = { chain: new SampleChain(10, this.counts), listener: null };
    return { chain: new SampleChain(1, this.counts), label: "two chains", nested };
  }

  giveMany(count: number): Chain[] {
    return Array.from({ length: count }, (_, index) => new SampleChain(index, this.counts));
  }

  find(index: number): Chain | null {
    return index % 2 === 0 ? new SampleChain(index, this.counts) : null;
  }

  withoutCircles(shapes: readonly Shape[], color?: Color): Drawing {
    const left = shapes.filter((shape) => shape.kind !== "circle");
    const byColor = new Map<Color, number>(color === undefined ? [] : [[color, left.length]]);
    return {
      shapes: left,
      byColor,
      tags: new Set(["squares"]),
      made: new Date(0),
      extra: { removed: shapes.length - left.length },
    };
  }

  fail(kind: string): never {
    if (kind in errorKinds)
      throw new GlowError(kind as ErrorKind, "sample.fail", { target: kind, message: "as asked" });
    throw new TypeError("no GlowError");
  }

  sleep(delayMs: number, context?: CallContext): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#timers.after(delayMs, resolve);
      context?.signal.addEventListener("abort", () => {
        timer.cancel();
        reject(context.signal.reason);
      });
    });
  }

  /** Releases the listeners it kept. */
  [Symbol.dispose](): void {
    for (const listener of this.#kept.splice(0)) listener[Symbol.dispose]();
  }
}

class SampleChain implements Chain, Disposable {
  readonly #value: number;
  readonly #counts: SampleCounts;

  constructor(value: number, counts: SampleCounts) {
    this.#value = value;
    this.#counts = counts;
    counts.chainsMade++;
  }

  next(): Chain {
    return new SampleChain(this.#value + 1, this.#counts);
  }

  value(): number {
    return this.#value;
  }

  itself(listener: ListenerStub): Listener {
    return duplicate(listener);
  }

  [Symbol.dispose](): void {
    this.#counts.chainsDisposed++;
  }
}

// A reference to an object of this process: what a stub points at when an object came back to its host. Calls on it
// mean the same as if they crossed a wire: arguments and results are copied, objects in them become stubs, and the
// method is called in a later turn.

import { GlowError } from "#base/errors.ts";
import type { CapabilityCodec, Codec, Interface, Method, StreamCodec } from "../codec/interface.ts";
import { type CapabilitySource, malformed, Reader } from "../codec/reader.ts";
import type { Stream, StreamSource } from "../codec/stream.ts";
import { type Answer, type CallOptions, type Reference, Stub } from "../codec/stub.ts";
import { type CapabilitySink, Writer } from "../codec/writer.ts";
import { concatBytes } from "#base/bytes.ts";
import { type CallClock, LocalCallContext } from "./call-context.ts";
import { PromiseReference } from "./reference.ts";
import { publicError } from "./wire-error.ts";

export class LocalReference implements Reference {
  readonly local: object;
  readonly isSettled = true;

  readonly #time: CallClock;

  constructor(object: object, time: CallClock) {
    this.local = object;
    this.#time = time;
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  hold(): void {}

  drop(): void {}

  async call(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    const target = `${type.name}.${method.name}`;
    const copied = this.#copy(method.parameters, args);
    await Promise.resolve();
    using context = new LocalCallContext(this.#time, options, target);
    try {
      return this.#copy(method.result, await context.race(invoke(this.local, method, copied, context)));
    } catch (thrown) {
      throw publicError(thrown, target);
    }
  }

  ask(type: Interface, method: Method, args: readonly unknown[], options?: CallOptions): Answer {
    const value = this.call(type, method, args, options);
    return new LocalAnswer(value, method);
  }

  /** A value as the other side of a wire would get it. */
  #copy<Value>(codec: Codec<Value>, value: Value): Value {
    const writer = new Writer();
    const carrier = new Carrier(this.#time);
    writer.sink = carrier;
    codec.write(writer, value);
    const reader = new Reader(concatBytes(writer.take()));
    reader.source = { capability: carrier.stub, stream: carrier.received } satisfies CapabilitySource;
    return codec.read(reader);
  }
}

/** Calls the method of a handler object. `unsupported` if the object does not have it. */
export function invoke(object: object, method: Method, args: readonly unknown[], context: unknown): unknown {
  const handler: unknown = Reflect.get(object, method.name);
  if (typeof handler !== "function") {
    throw new GlowError("unsupported", "firefly.call", {
      target: method.name,
      message: `the object does not implement ${method.name}`,
    });
  }
  return Reflect.apply(handler, object, [...args, context]);
}

class LocalAnswer implements Answer {
  readonly #value: Promise<unknown>;
  readonly #method: Method;

  constructor(value: Promise<unknown>, method: Method) {
    this.#value = value;
    this.#method = method;
    value.catch(() => undefined);
  }

  value(): Promise<unknown> {
    return this.#value;
  }

  at(path: readonly number[]): Reference {
    return new PromiseReference(
      this.#value.then((value) => {
        const found = this.#method.pipeline?.follow(value, path);
        if (found instanceof Stub && found.$reference !== undefined) return found.$reference;
        throw new GlowError("not-found", "firefly.call", { message: "the result holds no object at this place" });
      }),
    );
  }

  release(): void {}
}

/** Carries objects and streams from writer to reader as they are. */
class Carrier implements CapabilitySink {
  readonly #objects: object[] = [];
  readonly #time: CallClock;

  constructor(time: CallClock) {
    this.#time = time;
  }

  capability(_codec: CapabilityCodec, value: object): number {
    return this.#objects.push(value) - 1;
  }

  stream(_codec: StreamCodec, source: StreamSource<unknown>): number {
    return this.#objects.push(source) - 1;
  }

  readonly stub = (codec: CapabilityCodec, index: number): Stub => {
    const value = this.#at(index);
    const reference = value instanceof Stub ? value.$reference : new LocalReference(value, this.#time);
    if (reference === undefined) throw new GlowError("released", "firefly.call", { target: codec.name });
    return new (codec.interface().stub)(reference);
  };

  readonly received = (_codec: StreamCodec, index: number): object =>
    new LocalStream(this.#at(index) as StreamSource<unknown>);

  #at(index: number): object {
    const value = this.#objects[index];
    if (value === undefined) throw malformed(`no object ${index}`);
    return value;
  }
}

/** A stream whose producer is in this process. */
class LocalStream implements Stream<unknown> {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;

  constructor(source: StreamSource<unknown>) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async readBatch(): Promise<readonly unknown[] | undefined> {
    const step = await this.#iterator.next();
    return step.done === true ? undefined : [step.value];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    try {
      for (;;) {
        const step = await this.#iterator.next();
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    void this.#iterator.return?.();
  }
}

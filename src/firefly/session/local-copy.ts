// A value as the other side of a wire would get it, for calls that cross none: copied, with a stub for each object and
// a stream for each source.

import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { CapabilityCodec, Codec, StreamCodec } from "../codec/interface.ts";
import { type CapabilitySource, malformed, Reader } from "../codec/reader.ts";
import type { StreamSource } from "../codec/stream.ts";
import { Stub } from "../codec/stub.ts";
import type { CapabilitySink } from "../codec/writer.ts";
import type { LocalObjects } from "./local-objects.ts";
import { LocalStream } from "./local-stream.ts";
import { ReceivedStream, takeBack } from "./received-stream.ts";

/** Disposing of it takes back the stubs and streams that were made for the copy. */
export interface LocalCopy<Value> extends Disposable {
  readonly value: Value;
}

/**
 * In arguments objects are lent; in a result they are given: the stubs in `value` are released, and its objects are
 * disposed of when nobody holds them any more, even if the value turns out not to be of its type.
 */
export function localCopy<Value>(
  codec: Codec<Value>,
  value: Value,
  locals: LocalObjects,
  isGiving: boolean,
): LocalCopy<Value> {
  const passage = new Passage(locals, isGiving);
  try {
    const parts = locals.write((writer) => {
      writer.sink = passage.sink;
      codec.write(writer, value);
    });
    const reader = new Reader(concatBytes(parts));
    reader.source = passage.source;
    return { value: codec.read(reader), [Symbol.dispose]: () => passage.takeBack() };
  } catch (thrown) {
    passage.takeBack();
    throw thrown;
  } finally {
    passage.letGo();
  }
}

/** Carries objects and streams from writer to reader, as a table does between two sessions. */
class Passage {
  readonly #locals: LocalObjects;
  readonly #isGiving: boolean;
  readonly #carried: object[] = [];
  readonly #made: Disposable[] = [];

  constructor(locals: LocalObjects, isGiving: boolean) {
    this.#locals = locals;
    this.#isGiving = isGiving;
  }

  readonly sink: CapabilitySink = {
    capability: (_codec: CapabilityCodec, value: object): number => {
      // Held on its way, so that a giver who lets go of it does not end it.
      if (!(value instanceof Stub)) this.#locals.hold(value);
      return this.#carried.push(value) - 1;
    },
    stream: (codec: StreamCodec, source: StreamSource<unknown>): number => {
      const { item } = codec;
      // Objects in the items of a received stream are its reader's, which is from now on this one.
      const isGiving = this.#isGiving || source instanceof ReceivedStream;
      const stream = new LocalStream(source, (value) =>
        item === "bytes" ? value : localCopy(item, value, this.#locals, isGiving).value,
      );
      this.#made.push(stream);
      return this.#carried.push(stream) - 1;
    },
  };

  readonly source: CapabilitySource = {
    capability: (codec: CapabilityCodec, index: number): Stub => {
      const value = this.#carried[index];
      if (value === undefined) throw malformed(`no object ${index}`);
      const type = codec.interface();
      const reference = value instanceof Stub ? value.$reference : this.#locals.reference(value);
      if (reference === undefined) {
        throw new GlowError("released", "value.encode", {
          target: type.name,
          message: "the object was released before",
        });
      }
      if (value instanceof Stub && value.$interface.hash !== type.hash) {
        throw malformed(`a ${value.$interface.name} stands where a ${type.name} should be`);
      }
      const stub = new type.stub(reference);
      this.#made.push(stub);
      return stub;
    },
    stream: (_codec: StreamCodec, index: number): object => this.#carried[index] ?? malformed(`no stream ${index}`),
  };

  /** All that was carried has arrived, or never will. */
  letGo(): void {
    for (const value of this.#carried) {
      if (value instanceof Stub) {
        if (this.#isGiving) value[Symbol.dispose]();
      } else if (!(value instanceof LocalStream)) {
        if (this.#isGiving) this.#locals.give(value);
        this.#locals.drop(value);
      }
    }
  }

  takeBack(): void {
    for (const made of this.#made.splice(0)) takeBack(made);
  }
}

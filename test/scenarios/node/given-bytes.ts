// Bytes as an implementation gets them from its caller.

import { utf8Encode } from "#base/bytes.ts";
import type { ByteStream } from "#firefly/codec/stream.ts";

export function givenText(...texts: readonly string[]): ByteStream {
  return givenBytes(texts.map(utf8Encode));
}

export function givenBytes(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): ByteStream {
  const pieces = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : asynchronous(source);
  return {
    [Symbol.asyncIterator]: () => pieces,
    readBatch: async () => {
      const { done, value } = await pieces.next();
      return done === true ? undefined : [value];
    },
    [Symbol.dispose]: () => void pieces.return?.(),
  };
}

async function* asynchronous(source: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source;
}

// Packs and unpacks single values, with a place for the objects and streams in them: what a session does with a frame.

import { concatBytes } from "#base/bytes.ts";
import type { Codec } from "#firefly/codec/interface.ts";
import { type CapabilitySource, malformed, Reader } from "#firefly/codec/reader.ts";
import { type CapabilitySink, Writer } from "#firefly/codec/writer.ts";

/** A packed value with the objects and streams it refers to. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly table: readonly object[];
}

export function pack<Value>(codec: Codec<Value>, value: Value): Packed {
  const table: object[] = [];
  const list = (_: unknown, object: object): number => table.push(object) - 1;
  const writer = new Writer();
  writer.sink = { capability: list, stream: list } satisfies CapabilitySink;
  codec.write(writer, value);
  return { bytes: concatBytes(writer.take()), table };
}

/** The value of exactly these bytes. */
export function unpack<Value>(codec: Codec<Value>, { bytes, table }: Packed): Value {
  const find = (_: unknown, index: number): object => {
    const found = table[index];
    if (found === undefined) throw malformed(`no object ${index}`);
    return found;
  };
  const reader = new Reader(bytes);
  reader.source = { capability: find, stream: find } satisfies CapabilitySource;
  const value = codec.read(reader);
  reader.finish();
  return value;
}

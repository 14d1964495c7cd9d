// Values of any shape, as deterministic CBOR with its length in front. Functions and not methods of Writer and Reader,
// so that a page whose interfaces have no such value does not load CBOR.

import { decodeCbor, encodeCbor } from "#base/cbor.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

export function writeUnknown(writer: Writer, value: unknown): void {
  writer.bytesOf(encodeCbor(value));
}

export function readUnknown(reader: Reader): unknown {
  return decodeCbor(reader.bytesOf());
}

// Firefly's codecs without a session, in both forms: generated as source, and interpreted from the same schema.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { concatBytes } from "#base/bytes.ts";
import { type Interface, Reader, Writer } from "#firefly/runtime.ts";
import { InterpretedSchema } from "#firefly/schema/interpreted.ts";
import { link } from "#firefly/schema/linker.ts";
import { parse } from "#firefly/schema/parser.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import type { Format, ValueCodec } from "./formats.ts";
import { RecordsInterface } from "./generated/records.ts";

export function generatedFormat(): Format {
  return packedBy(RecordsInterface);
}

export function interpretedFormat(): Format {
  const path = join(import.meta.dirname, "records.firefly");
  const { schema } = link([parse(path, readFileSync(path, "utf8"))]);
  const index = schema.declarations.findIndex((declaration) => declaration.name === RecordsInterface.name);
  return packedBy(new InterpretedSchema(schema, new NodeCrypto()).interface(index));
}

function packedBy(type: Interface): Format {
  return { message: codecOf(type, "message"), entry: codecOf(type, "entry"), listing: codecOf(type, "listing") };
}

/** The codec of what a method returns. */
function codecOf(type: Interface, method: string): ValueCodec<unknown> {
  const codec = type.methods.find((each) => each?.name === method)?.result;
  if (codec === undefined) throw new RangeError(`${type.name} has no method ${method}`);
  const writer = new Writer();
  const reader = new Reader(new Uint8Array(0));
  return {
    encode(value) {
      codec.write(writer, value);
      const parts = writer.take();
      return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(parts);
    },
    decode(bytes) {
      reader.reset(bytes, 0, bytes.length);
      const value = codec.read(reader);
      reader.finish();
      return value;
    },
  };
}

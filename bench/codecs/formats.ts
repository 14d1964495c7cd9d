// The ways to pack values that are compared. A process loads one of them, and no other.

import type { ValueName, Values } from "./values.ts";

/** From a value to bytes of their own, and back. */
export interface ValueCodec<Value> {
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

export type Format = { readonly [Name in ValueName]: ValueCodec<Values[Name]> };

export const formatNames = ["hand-packed", "generated", "interpreted", "JSON", "cborg"] as const;
export type FormatName = (typeof formatNames)[number];

export const formats: Readonly<Record<FormatName, { readonly about: string; load(): Promise<Format> }>> = {
  "hand-packed": {
    about: "fixed layouts, no checks: the floor",
    load: async () => (await import("./hand-packed.ts")).handPacked,
  },
  generated: {
    about: "Firefly's codecs as `glow idl gen` writes them, from records.firefly",
    load: async () => (await import("./firefly-codecs.ts")).generatedFormat(),
  },
  interpreted: {
    about: "Firefly's codecs put together at run time from the same schema",
    load: async () => (await import("./firefly-codecs.ts")).interpretedFormat(),
  },
  JSON: {
    about: "JSON.stringify and JSON.parse, with UTF-8",
    async load() {
      const encoder = new TextEncoder();
      const decoder = new TextDecoder();
      return alike({
        encode: (value) => encoder.encode(JSON.stringify(value)),
        decode: (bytes) => JSON.parse(decoder.decode(bytes)),
      });
    },
  },
  cborg: {
    about: "cborg 6.1.5, deterministic CBOR with field names",
    async load() {
      const { decode, encode } = await import("cborg");
      return alike({ encode: (value) => encode(value), decode: (bytes) => decode(bytes) });
    },
  },
};

function alike(codec: ValueCodec<unknown>): Format {
  return { message: codec, entry: codec, listing: codec };
}

// The test vectors of the interface language: what a source means (canonical form and hash), and how values are packed.
// They hold for both implementations of codecs.
//
// After an intended change of the format: GLOW_WRITE_VECTORS=1 npx vitest run test/formats/schema.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { canonicalForm, hashOf } from "#firefly/schema/canonical.ts";
import { InterpretedSchema } from "#firefly/schema/interpreted.ts";
import { link } from "#firefly/schema/linker.ts";
import { parse } from "#firefly/schema/parser.ts";
import type { Schema, Type } from "#firefly/schema/schema.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { pack, unpack } from "../arbitraries/carrier.ts";
import { fromNotation, toNotation } from "./schema/value-notation.ts";

interface HashVector {
  readonly name: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly declarations: readonly { readonly name: string; readonly canonicalForm: string; readonly hash: string }[];
}

interface ValueVector {
  readonly type: string;
  /** In the notation of value-notation.ts. */
  readonly value: unknown;
  readonly bytes: string;
}

interface ValueVectors {
  readonly source: string;
  readonly values: readonly ValueVector[];
  /** Bytes that are no value of the type, with the reason. */
  readonly malformed: readonly { readonly type: string; readonly bytes: string; readonly why: string }[];
}

const folder = join(import.meta.dirname, "vectors");
const isWriting = process.env["GLOW_WRITE_VECTORS"] === "1";
const crypto = new NodeCrypto();

function read<Vectors>(name: string): Vectors {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as Vectors;
}

function write(name: string, vectors: unknown): void {
  writeFileSync(join(folder, name), `${JSON.stringify(vectors, undefined, 2)}\n`);
}

function schemaOf(sources: Readonly<Record<string, string>>): Schema {
  const files = Object.entries(sources).map(([path, text]) => parse(path, text));
  const { schema } = link(files);
  expect(files.flatMap(({ source }) => source.problems)).toEqual([]);
  return schema;
}

describe("what a source means", () => {
  const vectors = read<HashVector[]>("schema-hashes.json");
  const found = vectors.map(({ name, sources }): HashVector => {
    const schema = schemaOf(sources);
    const declarations = schema.declarations.map((declaration, index) => ({
      name: declaration.name,
      canonicalForm: canonicalForm(schema, index).toHex(),
      hash: hashOf(schema, index, crypto),
    }));
    return { name, sources, declarations };
  });
  if (isWriting) write("schema-hashes.json", found);

  test.each(vectors.map(({ name }, index) => [name, index] as const))("%s", (_, index) => {
    expect(found[index]).toEqual(vectors[index]);
  });
});

describe("how values are packed", () => {
  const vectors = read<ValueVectors>("schema-values.json");
  const { source, values, malformed } = vectors;
  const schema = schemaOf({ "values.firefly": source });
  const interpreted = new InterpretedSchema(schema, crypto);

  function typeOf(name: string): Type {
    const declaration = schema.declarations.findIndex((each) => each.name === name);
    expect(declaration, name).not.toBe(-1);
    return { kind: "reference", declaration };
  }

  if (isWriting) {
    const written = values.map(({ type, value }) => {
      const { bytes } = pack(interpreted.codec(typeOf(type)), fromNotation(value));
      return { type, value, bytes: bytes.toHex() };
    });
    write("schema-values.json", { ...vectors, values: written });
  }

  test.each(values)("$type $bytes", ({ type, value, bytes }) => {
    const codec = interpreted.codec(typeOf(type));
    const packed = pack(codec, fromNotation(value));
    expect(packed.bytes.toHex()).toBe(bytes);
    const unpacked = unpack(codec, { ...packed, bytes: Uint8Array.fromHex(bytes) });
    expect(toNotation(unpacked, packed.table)).toEqual(value);
  });

  test.each(malformed)("$type is not $bytes: $why", ({ type, bytes }) => {
    const packed = { bytes: Uint8Array.fromHex(bytes), table: [{}] };
    expect(() => unpack(interpreted.codec(typeOf(type)), packed)).toThrow(GlowError);
  });
});

// What codecs count: levels and elements. Generated and interpreted ones agree, to the level. That they agree on values
// is tested with any schema in test/formats/schema-codecs.test.ts.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { pack, unpack } from "../../../test/arbitraries/carrier.ts";
import {
  type Drawing,
  readDrawing,
  readInspection,
  writeDrawing,
  writeInspection,
} from "../../../test/interfaces/generated/sample.ts";
import type { Codec } from "../codec/interface.ts";
import { InterpretedSchema } from "./interpreted.ts";
import { link } from "./linker.ts";
import { parse } from "./parser.ts";

const source = new URL("../../../test/interfaces/sample.firefly", import.meta.url);
const { schema } = link([parse("sample.firefly", readFileSync(source, "utf8"))]);
const drawing = schema.declarations.findIndex(({ name }) => name === "Drawing");
const codecs: readonly [string, Codec][] = [
  ["generated", { write: writeDrawing, read: readDrawing }],
  ["interpreted", new InterpretedSchema(schema, new NodeCrypto()).codec({ kind: "reference", declaration: drawing })],
];

/** Drawings inside one another, so many in all. */
function nested(levels: number): Drawing {
  const empty = { shapes: [], byColor: new Map(), tags: new Set<string>(), made: new Date(0), extra: null };
  return levels === 1 ? empty : { ...empty, parts: [nested(levels - 1)] };
}

test.each(codecs)("fireflyLimits.depth: %s codecs write and read so many levels", (_, codec) => {
  const deepest = nested(fireflyLimits.depth);
  const packed = pack(codec, deepest);
  expect(unpack(codec, packed)).toEqual(deepest);
  expect(() => pack(codec, nested(fireflyLimits.depth + 1))).toThrow(/nests deeper than 64 levels/);
});

test.each(codecs)("fireflyLimits.depth: %s codecs read no more levels, whoever wrote them", (_, codec) => {
  const { bytes } = pack(codec, nested(fireflyLimits.depth));
  const [around] = codecs.map(([, each]) => pack(each, nested(2)).bytes);
  const inner = pack(codec, nested(1)).bytes;
  // The bytes of two levels are those of the outer one around those of the inner.
  const at = around?.toHex().indexOf(inner.toHex()) ?? -1;
  expect(at).toBeGreaterThan(0);
  const deeper = `${around?.toHex().slice(0, at)}${bytes.toHex()}${around?.toHex().slice(at + inner.length * 2)}`;
  expect(() => unpack(codec, { bytes: Uint8Array.fromHex(deeper), table: [] })).toThrow(/nested deeper than 64 levels/);
});

test.each(codecs)("fireflyLimits.elementsPerPayload: %s codecs read no more in all", (_, codec) => {
  // No parts; then a list of circles that goes on for ever. Each circle takes nine bytes.
  const count = fireflyLimits.elementsPerPayload + 1;
  const bytes = new Uint8Array(5 + count * 9);
  bytes.set([0, (count & 127) | 128, ((count >> 7) & 127) | 128, count >> 14]);
  expect(() => unpack(codec, { bytes, table: [] })).toThrow(/more than 1048576 elements/);
});

test("neither takes null for an object, although it is one to JavaScript", () => {
  const inspection = schema.declarations.findIndex(({ name }) => name === "Inspection");
  const interpreted = new InterpretedSchema(schema, new NodeCrypto()).codec({
    kind: "reference",
    declaration: inspection,
  });
  for (const codec of [interpreted, { write: writeInspection, read: readInspection } as Codec]) {
    const inside = { chain: {}, listener: null };
    expect(pack(codec, { chain: {}, label: "", nested: inside }).table).toHaveLength(2);
    expect(() => pack(codec, { chain: null, label: "", nested: inside })).toThrow(/expected Chain, got null/);
  }
});

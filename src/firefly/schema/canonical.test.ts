// What is in the hash of a declaration, and what is not. Vectors are in test/formats.

import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCbor } from "#base/cbor.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { someSchema } from "../../../test/arbitraries/schema.ts";
import { canonicalForm, hashOf, reach } from "./canonical.ts";
import { link } from "./linker.ts";
import { parse } from "./parser.ts";
import type { Schema } from "./schema.ts";

const crypto = new NodeCrypto();

function schemaOf(...texts: readonly string[]): Schema {
  const files = texts.map((text, index) => parse(`f${index}.firefly`, text));
  const { schema } = link(files);
  expect(files.flatMap(({ source }) => source.problems)).toEqual([]);
  return schema;
}

/** The hash of the declaration called A. */
function hash(...texts: readonly string[]): string {
  const schema = schemaOf(...texts);
  const index = schema.declarations.findIndex(({ name }) => name === "A");
  return hashOf(schema, index, crypto);
}

const base = "export interface A { b: B; c?: i8; }\nexport interface B { d: i8; }";

test.each([
  [
    "documentation",
    "/** About A. */\nexport interface A { /** About b. */ b: B; /** @deprecated */ c?: i8; }\nexport interface B { d: i8; }",
  ],
  ["comments and layout", "// A\nexport interface A{b:B;c?:i8}/* B */export interface B{d:i8}"],
  ["the order of declarations", "export interface B { d: i8; }\nexport interface A { b: B; c?: i8; }"],
  ["declarations out of reach", `${base}\nexport interface C { a: A; }`],
])("%s is not in it", (_, text) => {
  expect(hash(text)).toBe(hash(base));
});

test("files are not in it", () => {
  const apart = hash(
    'import type { B } from "./f1.firefly";\nexport interface A { b: B; c?: i8; }',
    "export interface B { d: i8; }",
  );
  expect(apart).toBe(hash(base));
});

test.each([
  ["its name", 'export type A = "a";', '/** @open */\nexport type A = "a";'],
  ["a member's name", base, base.replace("c?", "e?")],
  ["a member's number", base, "export interface A { c?: i8; b: B; }\nexport interface B { d: i8; }"],
  ["a member's type", base, base.replace("c?: i8", "c?: i16")],
  ["whether it is optional", base, base.replace("c?", "c")],
  ["what it refers to", base, base.replace("d: i8", "d: u8")],
  ["the name of what it refers to", base, base.replaceAll("B", "C")],
  [
    "a parameter's name",
    "export interface A { a(b: i8): Promise<i8>; }",
    "export interface A { a(c: i8): Promise<i8>; }",
  ],
  ["a result", "export interface A { a(): Promise<i8>; }", "export interface A { a(): Promise<void>; }"],
  ["the tag", 'export type A = { k: "a" };', 'export type A = { l: "a" };'],
])("%s is in it", (_, one, other) => {
  expect(hash(other)).not.toBe(hash(one));
});

test("is tagged SHA-256 of deterministic CBOR, whatever the schema", () => {
  fc.assert(
    fc.property(someSchema, (schema) => {
      for (const index of schema.declarations.keys()) {
        const form = canonicalForm(schema, index);
        expect(decodeCbor(form)).toHaveLength(reach(schema, index).length);
        expect(hashOf(schema, index, crypto)).toBe(crypto.hash("sha2-256", form).toHex());
      }
    }),
    { numRuns: 50 },
  );
});

test("of two recursive declarations differ, although they reach the same", () => {
  const schema = schemaOf("export interface A { b?: B; }\nexport interface B { a?: A; }");
  expect(decodeCbor(canonicalForm(schema, 0))).toEqual([
    ["record", "A", [[0, "b", 1, true]]],
    ["record", "B", [[0, "a", 0, true]]],
  ]);
  expect(decodeCbor(canonicalForm(schema, 1))).toEqual([
    ["record", "B", [[0, "a", 1, true]]],
    ["record", "A", [[0, "b", 0, true]]],
  ]);
});

test("a chain of thousands of declarations needs no deep stack", () => {
  const chain = Array.from({ length: 4000 }, (_, i) => `export interface A${i} { a?: A${i + 1}; }`);
  const schema = schemaOf(`${chain.join("\n")}\nexport interface A4000 { a: A0[]; }`);
  expect(reach(schema, 0)).toHaveLength(4001);
  expect(hashOf(schema, 0, crypto)).toHaveLength(66);
});

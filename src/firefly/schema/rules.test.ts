// Each rule that a schema must obey, with a schema that breaks it.

import { describe, expect, test } from "vitest";
import { schemaLimits } from "#base/limits.ts";
import { link } from "./linker.ts";
import { parse } from "./parser.ts";
import { faultsOf } from "./rules.ts";
import type { Schema } from "./schema.ts";

function problemsOf(text: string): string[] {
  const file = parse("a.firefly", text);
  link([file]);
  return file.source.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe("names", () => {
  test.each([
    ["export interface map { a: i8; }", '1:18 "map" cannot name a type'],
    ["export interface Map { a: i8; }", "1:18 Map is a type of the language"],
    ["export interface Reader { a: i8; }", "1:18 generated code uses the name Reader itself"],
    ["export interface A$ { a: i8; }", '1:18 "A$" cannot name a type'],
    ["export interface A { then: i8; }", "1:22 then has a meaning of its own in JavaScript"],
    ["export interface A { constructor: i8; }", "1:22 constructor has a meaning of its own in JavaScript"],
    ["export interface A { __proto__: i8; }", "1:22 __proto__ has a meaning of its own in JavaScript"],
    ["export interface A { toString(): Promise<void>; }", "1:22 toString has a meaning of its own in JavaScript"],
    ["export interface A { toJSON(): Promise<void>; }", "1:22 toJSON has a meaning of its own in JavaScript"],
    ["export interface A { $a: i8; }", "1:22 names with $ belong to Firefly"],
    ["export interface A { a$: i8; }", '1:22 "a$" cannot be a name'],
    ["export interface A { a(in: i8): Promise<void>; }", "1:24 in is a reserved word"],
    ["export interface A { a(then: i8): Promise<void>; }", "1:24 then has a meaning of its own in JavaScript"],
    ['export type A = { then: "a" };', "1:13 then has a meaning of its own in JavaScript"],
    ['export type A = "#1";', "1:17 a text that begins with # stands for an unknown member"],
    ['export type A = { k: "#1" };', "1:22 a text that begins with # stands for an unknown member"],
    ['export type A = "";', '1:17 "" cannot be a member'],
    ['export type A = " a";', '1:17 " a" cannot be a member'],
    ['export type A = "é";', '1:17 "é" cannot be a member'],
    ['export type A = "it\'s";', '1:17 "it\'s" cannot be a member'],
    ["export interface A { a: i8; a: i8; }", "1:29 a is there twice"],
    ["export interface A { a(): Promise<i8>; a(): Promise<i8>; }", "1:40 a is there twice"],
    ["export interface A { a(b: i8, b: i8): Promise<i8>; }", "1:31 b is there twice"],
    ['export type A = "a" | "a";', "1:23 a is there twice"],
    ['export type A = { k: "a" } | { k: "a" };', "1:35 a is there twice"],
    ['export type A = { k: "a"; b: i8; b: i8 };', "1:34 b is there twice"],
    ['export type A = { k: "a"; k: i8 };', "1:27 k tells the arms apart already"],
    ['export interface A { a: i8; }\nexport type A = "a";', "2:13 A is there twice"],
    [
      "export interface A { a(): Promise<i8>; }\nexport interface AStub { a: i8; }",
      "1:18 the code generated for A and for AStub would both define AStub",
    ],
    [
      "export interface A { a(): Promise<i8>; }\nexport interface AInterface { a: i8; }",
      "1:18 the code generated for A and for AInterface would both define AInterface",
    ],
    [
      "export interface A { a: ByteStream; }\nexport interface ReceivedA { a: i8; }",
      "1:18 the code generated for A and for ReceivedA would both define ReceivedA",
    ],
  ])("%s", (text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  test("of generated code must not collide with what is imported", () => {
    const files = [
      parse("a.firefly", 'import type { B } from "./b.firefly";\nexport interface BStub { b: B; }'),
      parse("b.firefly", "export interface B { a(): Promise<i8>; }"),
    ];
    link(files);
    expect(files.flatMap(({ source }) => source.problems.map(({ message }) => message))).toEqual([
      "the code generated for B and for BStub would both define BStub",
    ]);
  });

  test("that JavaScript knows, but that do no harm", () => {
    expect(
      problemsOf(
        "export interface Object { default: i8; class: i8; options: i8; }\nexport interface Error { delete(of: i8): Promise<void>; }",
      ),
    ).toEqual([]);
  });
});

describe("types", () => {
  const around = (type: string): string =>
    `export interface A { a: ${type}; }\nexport interface R { s: ByteStream; }\nexport interface I { a(): Promise<R>; }\nexport type E = "e";`;

  test.each([
    ["Map<f32, i8>", "1:25 this cannot be the key of a Map"],
    ["Map<Date, i8>", "1:25 this cannot be the key of a Map"],
    ["Map<I, i8>", "1:25 this cannot be the key of a Map"],
    ["Map<string | null, i8>", "1:25 this cannot be the key of a Map"],
    ["Set<Uint8Array>", "1:25 this cannot be the item of a Set"],
    ["Set<unknown>[]", "1:25 this cannot be the item of a Set"],
    ["Map<i8, Stream<i8>>", "1:25 a Map cannot hold streams"],
    ["Map<i8, R[]>", "1:25 a Map cannot hold streams"],
    ["unknown | null", "1:25 null is in this type already"],
    ["(i8 | null) | null", "1:25 a union where none can be"],
  ])("%s", (type, expected) => {
    expect(problemsOf(around(type))).toEqual([expected]);
  });

  test.each([
    "Map<E, I>",
    "Set<E>",
    "Map<f64, I[]>",
    "Stream<R>[]",
    "Stream<Stream<I>>",
    "R | null",
    "Map<boolean, unknown>",
  ])("%s can be", (type) => {
    expect(problemsOf(around(type))).toEqual([]);
  });

  test("what must be given does not follow what need not", () => {
    expect(problemsOf("export interface A { a(b?: i8, c: i8): Promise<void>; }")).toEqual([
      "1:32 c must be given, but follows an optional parameter",
    ]);
  });
});

describe("open unions", () => {
  test.each(["I", "I[]", "ByteStream", "Stream<i8> | null", "R"])("hold no %s", (type) => {
    const text = `/** @open */\nexport type A = { k: "a"; a: ${type} };\nexport interface R { i: I; }\nexport interface I { a(a: A): Promise<R>; }`;
    expect(problemsOf(text)).toEqual(["2:30 an arm of an open union cannot hold objects or streams"]);
    expect(problemsOf(text.replace("/** @open */", ""))).toEqual([]);
  });
});

describe("recursion", () => {
  test.each([
    ["export interface A { a: A; }", ["1:18 A would contain itself without end"]],
    [
      "export interface A { b: B; }\nexport interface B { a: A; }",
      ["1:18 A would contain itself without end", "2:18 B would contain itself without end"],
    ],
    ['export type A = { k: "a"; a: A };', ["1:13 A would contain itself without end"]],
    ['export type A = { k: "a"; a: A } | { k: "b" };', []],
    ["export interface A { a?: A; }", []],
    ["export interface A { a: A | null; }", []],
    ["export interface A { a: A[]; }", []],
    ["export interface A { a: Map<i8, A>; }", []],
    ["export interface A { a: Stream<A>; }", []],
    ["export interface A { i: I; }\nexport interface I { a(a: A): Promise<A>; }", []],
  ])("%s", (text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test("schemaLimits.nesting: levels without recursion", () => {
    const chain = (length: number): string =>
      Array.from(
        { length },
        (_, i) => `export interface A${i} { ${i === length - 1 ? "a: i8" : `a: A${i + 1}`}; }\n`,
      ).join("");
    expect(problemsOf(chain(schemaLimits.nesting))).toEqual([]);
    expect(problemsOf(chain(schemaLimits.nesting + 1))).toEqual([
      `1:18 A0 nests deeper than ${schemaLimits.nesting} levels`,
    ]);
  });
});

test("schemaLimits.number", () => {
  const schema = (number: number): Schema => ({
    files: [{ path: "a.firefly" }],
    declarations: [{ kind: "enum", name: "A", file: 0, open: false, members: [{ number, name: "a" }] }],
  });
  expect(faultsOf(schema(schemaLimits.number))).toEqual([]);
  expect(faultsOf(schema(schemaLimits.number + 1))).toMatchObject([{ place: { declaration: 0, member: 0 } }]);
});

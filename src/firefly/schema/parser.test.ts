// What the parser makes of right and of wrong texts, and that it survives any.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schemaLimits } from "#base/limits.ts";
import { link } from "./linker.ts";
import { parse } from "./parser.ts";
import { showProblem } from "./problem.ts";

/** The problems of a source that stands alone, as `line:column message`. */
function problemsOf(text: string): string[] {
  const file = parse("test.firefly", text);
  link([file]);
  return file.source.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** What one broken declaration is reported as, with the hint. */
function problem(text: string): { problem: string; hint: string } {
  const file = parse("test.firefly", text);
  link([file]);
  expect(file.source.problems, text).toHaveLength(1);
  const [only] = file.source.problems;
  return { problem: `${only?.column} ${only?.message}`, hint: only?.hint ?? "" };
}

describe("TypeScript that is not in the language", () => {
  test.each([
    ["export class X {}", '8 expected interface or type, got "class"', "an interface says what an object can do"],
    ["export enum X { A }", '8 expected interface or type, got "enum"', '`export type Color = "red" | "green";`'],
    ["export const x = 1;", '8 expected interface or type, got "const"', "there are no values here"],
    ["export default interface X { a: i8; }", '8 expected interface or type, got "default"', "give it a name"],
    ["interface X { a: i8; }", "1 a declaration without export", "`export` in front"],
    ["const x = 1;", '1 expected a declaration, got "const"', "there are no values here"],
    ["export interface X<T> { a: T; }", "19 declarations have no type parameters", "one interface for each type"],
    ["export interface X extends Y { a: i8; }", "20 extends is not there yet", "repeat the members"],
    ["export interface X { readonly a: i8; }", "22 fields have no modifiers", "leave `readonly` out"],
    ["export interface X { get a(): i8; }", "22 there are no accessors", "a field or a method"],
    ["export interface X { [key: string]: i8; }", "22 there are no index signatures", "Map<Key, Value>"],
    ["export interface X { (a: i8): Promise<i8>; }", "22 there are no call signatures", "a field is"],
    ["export interface X { new (a: i8): X; }", "22 there are no constructors", "a method of another interface"],
    ['export interface X { "a": i8; }', "22 a quoted name", "without quotes"],
    ["export interface X { a<T>(): Promise<i8>; }", "23 methods have no type parameters", "one method for each type"],
    ["export interface X { a?(): Promise<i8>; }", "23 a method cannot be optional", "leave ? out"],
    ["export interface X { a(...b: i8[]): Promise<i8>; }", "24 there are no rest parameters", "use a list"],
    ["export interface X { a({ b }: Y): Promise<i8>; }", "24 a parameter has a plain name", "`name: Type`"],
    ["export interface X { a(b = 1): Promise<i8>; }", '26 expected ":", got "="', "`name: Type`"],
    ["export interface X { a: { b: i8 }; }", "25 there are no types without a name", "export interface Name"],
    ["export interface X { a: [i8, i8]; }", "25 there are no tuples", "an interface with a field for each part"],
    ["export interface X { a: (b: i8) => i8; }", "27 there are no function types", "an interface with a method"],
    ["export interface X { a: i8 | string; }", "25 a union where none can be", "declare a union"],
    ["export interface X { a: i8 | null | null; }", "25 a union where none can be", "joined with null only"],
    ["export interface X { a: keyof Y; }", '31 there are no types with "keyof" in front', "a plain type"],
    ["export interface X { a: Y[0]; }", "27 there are no indexed types", "a list is `Type[]`"],
    ['export interface X { a: "b"; }', "25 a text where a type belongs", "declare `export type Name"],
    ["export interface X { a: 7; }", '25 expected a type, got "7"', "write a type"],
    ["export type X = string[];", '17 a type cannot begin with "string"', "a type is an enum"],
    ['export type X = "a" | b;', '23 expected a text, got "b"', "an enum has texts only"],
    ["export type X = { a: i8 };", "17 an arm without a fixed text", 'kind: "circle"'],
    ['export type X = { a: "b"; c: "d" };', "17 an arm with two fixed texts", 'kind: "circle"'],
    ['export type X = { a?: "b" };', "19 the field that tells the arm must be there", "leave ? out"],
    ['export type X = { a: "b" } | { c: "d" };', "32 this arm is told by c, the first one by a", "give every arm a a"],
    ['export type X = { a: "b"; c(): Promise<i8> };', "27 an arm has fields only", "a field with an interface"],
    ['import { A } from "./a.firefly";', '8 expected "type", got "{"', "import type { Name }"],
    ['import type { A as B } from "./a.firefly";', "17 an import cannot rename", "the name it was declared with"],
    ["export interface X {}", "18 X is empty", "@record"],
    [
      "/** @interface */ export interface X { a: i8; }",
      "36 X is tagged @interface, but its members make it a record",
      "leave the tag out",
    ],
    ["/** @open */ export interface X { a: i8; }", "5 @open has no meaning here", "only enums and unions"],
    ['/** @record */ export type X = "a";', "28 @record has no meaning on a type", "leave it out"],
    [
      "export interface X { a: i8; b(): Promise<i8>; }",
      "18 X has both properties (a) and methods (b)",
      "divide it into two",
    ],
    ["/** @opne */ export interface X { a: i8; }", "5 unknown tag @opne", "did you mean @open?"],
    [
      "export interface X { /** @param a */ b(a: i8): Promise<i8>; }",
      "26 unknown tag @param",
      "describe parameters in the text",
    ],
    ['/** Colours. @open */ export type X = "a";', "14 @open in the middle of a line", "begin a line with it"],
    ["export interface X { /** @open */ a: i8; }", "26 @open has no meaning on a member", "@deprecated, @was"],
    ["export interface X { /** @was */ a: i8; }", "26 @was without a name", "`@was oldName`"],
  ])("%s", (text, expected, hint) => {
    const found = problem(text);
    expect(found.problem).toBe(expected);
    expect(found.hint).toContain(hint);
  });
});

test("a doc comment is text, and tags at the start of its lines", () => {
  const { declarations, source } = parse(
    "a.firefly",
    `/** What it is: @home, or \`@open\`.
  *
  *   - indented
  * @open
  * @deprecated because
  * of this
  */
export type A = /** First. */ "a" | /** Second. */ "b";
/** */ export type B = /** First. */ | "a" /** Second. */ | "b";
/** One. */ /** Two. */ export type C = "a";`,
  );
  expect(source.problems).toEqual([]);
  const members = [{ documentation: { text: "First." } }, { documentation: { text: "Second." } }];
  expect(declarations).toMatchObject([
    {
      documentation: {
        text: "What it is: @home, or `@open`.\n\n  - indented",
        open: {},
        deprecated: "because of this",
      },
      members,
    },
    { documentation: {}, members },
    { documentation: { text: "Two." } },
  ]);
});

describe("recovery", () => {
  test("each broken declaration and each broken member is reported once", () => {
    const text = `export class A {}
export interface B {
  a: i8 | string;
  b: i8;
  c i8;
  d: { e: i8; f: i8 };
  g: i8
  h: i8, i: i8;
}
export typo C = "a";
export interface D { a: i8; }
`;
    expect(problemsOf(text)).toEqual([
      '1:8 expected interface or type, got "class"',
      "3:6 a union where none can be",
      '5:5 expected : or ( behind "c", got "i8"',
      "6:6 there are no types without a name",
      "7:8 a member without ; behind it",
      "8:8 a member without ; behind it",
      '10:8 expected interface or type, got "typo"',
    ]);
  });

  test("what is whole is kept", () => {
    const file = parse(
      "test.firefly",
      "export interface A { a: i8; ! b: i8; c: i8; }\nexport type B = ;\nexport interface C { d: i8; }",
    );
    expect(file.declarations.map((declaration) => declaration.name.text)).toEqual(["A", "C"]);
    expect(file.declarations[0]).toMatchObject({ fields: [{ name: { text: "a" } }, { name: { text: "c" } }] });
  });
});

describe("problems show", () => {
  test("file, line, column, the source line with a caret, the cause and what to do", () => {
    const file = parse("a/b.firefly", "\nexport interface A {\n\tname: strng;\n}\n");
    link([file]);
    expect(file.source.problems.map(showProblem)).toEqual([
      `a/b.firefly:3:8: there is no type strng
  3 |  name: strng;
    |        ^^^^^
  did you mean string?`,
    ]);
  });

  test("a part of a long line, and nothing that moves a cursor", () => {
    const file = parse("a.firefly", `export interface A { ${"a: i8; ".repeat(1000)}\u001b[2J\u202e: }`);
    const excerpt = file.source.problems[0]?.excerpt ?? "";
    expect(excerpt).toMatch(/^1 \| \.\.\.[ -~]*\n {2}\| {4,}\^$/);
    expect(excerpt.length).toBeLessThan(300);
  });
});

describe("any text", () => {
  const words = "export import type interface from Name i8 string Map Promise null kind /** */ // => ... /**@open*/ 7";
  const scraps = [
    ...words.split(" "),
    ...`{}()[]<>;:,.?=|&*/+-@#$'"\`\\\n\t `,
    '"a"',
    '"./a.firefly"',
    "é",
    "\0",
    "\ud800",
    "\udfff",
  ];
  const someText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...scraps), { maxLength: 200 }).map((parts) => parts.join("")),
    fc.array(fc.constantFrom(...scraps), { maxLength: 200 }).map((parts) => parts.join(" ")),
  );

  test("becomes problems at places in it, or a schema", () => {
    fc.assert(
      fc.property(someText, (text) => {
        const file = parse("test.firefly", text);
        link([file]);
        const lines = text.split("\n");
        for (const { line, column, message, hint, excerpt } of file.source.problems) {
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 2);
          expect([message, hint, excerpt].every((part) => part !== "" && part.isWellFormed())).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  // A parser that is not linear takes minutes for these.
  const sizeBytes = schemaLimits.sourceBytes;
  test.each([
    ["(", (unit: string) => unit.repeat(sizeBytes)],
    ["export interface A { a: ", (unit: string) => unit + "Array<".repeat(150_000)],
    ["export interface A { a: i8", (unit: string) => unit + "[]".repeat(500_000)],
    ["export interface A { a: i8", (unit: string) => unit + "| null ".repeat(100_000)],
    ["export interface A { a: ", (unit: string) => unit.repeat(40_000)],
    ["a: i8 ", (unit: string) => `export interface A { ${unit.repeat(170_000)}`],
    ["export ", (unit: string) => unit.repeat(140_000)],
    ["/* ", (unit: string) => unit.repeat(300_000)],
    ['"', (unit: string) => unit.repeat(sizeBytes)],
    ["+", (unit: string) => unit.repeat(sizeBytes)],
    ["é", (unit: string) => unit.repeat(sizeBytes / 2)],
    ["\ud800", (unit: string) => unit.repeat(sizeBytes / 3)],
    ["\n", (unit: string) => `export interface A {${unit.repeat(sizeBytes - 100)}`],
    ["/** @x\n", (unit: string) => `${unit.repeat(100_000)}*/ export interface A { a: i8; }`],
    ['| "a"', (unit: string) => `export type A = ${unit.repeat(150_000)};`],
    ['| { kind: "a" }', (unit: string) => `export type A = ${unit.repeat(60_000)};`],
    ["a(b: i8, ", (unit: string) => `export interface A { ${unit.repeat(100_000)}`],
  ])("a megabyte of %j", (unit, make) => {
    const text = make(unit);
    expect(text.length).toBeLessThanOrEqual(sizeBytes);
    const file = parse("test.firefly", text);
    link([file]);
    expect(file.source.problems.length).toBeGreaterThan(0);
    expect(file.source.problems.length).toBeLessThanOrEqual(schemaLimits.problems);
  });
});

describe("limits", () => {
  test("schemaLimits.sourceBytes counts UTF-8", () => {
    expect(problemsOf(`// ${"é".repeat(schemaLimits.sourceBytes / 2)}`)).toEqual([
      "1:1 the file is larger than 1048576 bytes",
    ]);
    expect(problemsOf(`// ${"é".repeat(schemaLimits.sourceBytes / 2 - 2)}`)).toEqual([]);
  });

  test("schemaLimits.declarations", () => {
    const declarations = (count: number): string =>
      Array.from({ length: count }, (_, i) => `export interface A${i} { a: i8; }\n`).join("");
    expect(problemsOf(declarations(schemaLimits.declarations))).toEqual([]);
    expect(problemsOf(declarations(schemaLimits.declarations + 1))).toEqual([
      expect.stringContaining(`more than ${schemaLimits.declarations} declarations`),
    ]);
  });

  test.each([
    ["fields", (count: number) => `export interface A { ${list(count, (i) => `a${i}: i8; `)} }`],
    ["methods", (count: number) => `export interface A { ${list(count, (i) => `a${i}(): Promise<i8>; `)} }`],
    ["members", (count: number) => `export type A = ${list(count, (i) => `| "a${i}"`)};`],
    ["arms", (count: number) => `export type A = ${list(count, (i) => `| { kind: "a${i}" }`)};`],
    ["fields of an arm", (count: number) => `export type A = { kind: "a"; ${list(count - 1, (i) => `a${i}: i8; `)} };`],
    ["parameters", (count: number) => `export interface A { a(${list(count, (i) => `a${i}: i8,`)}): Promise<i8>; }`],
  ])("schemaLimits.members: %s", (_, text) => {
    expect(problemsOf(text(schemaLimits.members))).toEqual([]);
    expect(problemsOf(text(schemaLimits.members + 1))).toEqual([
      expect.stringContaining(`more than ${schemaLimits.members}`),
    ]);
  });

  test.each([
    ["arguments", (depth: number) => `${"Array<".repeat(depth)}i8${">".repeat(depth)}`],
    ["lists", (depth: number) => `i8${"[]".repeat(depth)}`],
    ["both", (depth: number) => `${"Array<".repeat(depth / 2)}i8${">".repeat(depth / 2)}${"[]".repeat(depth / 2)}`],
  ])("schemaLimits.depth: %s", (_, type) => {
    const text = (depth: number): string => `export interface A { a: ${type(depth)}; }`;
    expect(problemsOf(text(schemaLimits.depth - 2))).toEqual([]);
    expect(problemsOf(text(schemaLimits.depth + 2))).toEqual([
      expect.stringContaining(`a type nested deeper than ${schemaLimits.depth} levels`),
    ]);
  });

  test("schemaLimits.nameBytes", () => {
    const text = (name: string): string => `export interface A${name} { a${name}: i8; }\nexport type B = "b${name}";`;
    expect(problemsOf(text("a".repeat(schemaLimits.nameBytes - 1)))).toEqual([]);
    expect(problemsOf(text("a".repeat(schemaLimits.nameBytes)))).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining(`a name longer than ${schemaLimits.nameBytes} letters`)),
    );
  });

  test("schemaLimits.problems: more are counted only", () => {
    const file = parse("test.firefly", "export class A {}\n".repeat(schemaLimits.problems + 5));
    expect(file.source.problems).toHaveLength(schemaLimits.problems);
    expect(file.source.omitted).toBe(5);
  });
});

function list(count: number, item: (index: number) => string): string {
  return Array.from({ length: count }, (_, i) => item(i)).join("");
}

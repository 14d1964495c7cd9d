// Names, imports and numbers: what the linker makes of parsed files and their locks.

import { describe, expect, test } from "vitest";
import { importedPaths, link } from "./linker.ts";
import { type Lock, lockOf } from "./lock.ts";
import { parse } from "./parser.ts";
import type { Schema } from "./schema.ts";

interface Result {
  readonly schema: Schema;
  readonly problems: readonly string[];
}

/** Files that import from one another, by path. */
function linked(texts: Readonly<Record<string, string>>, locks?: ReadonlyMap<string, Lock>): Result {
  const files = Object.entries(texts).map(([path, text]) => parse(path, text));
  const { schema } = link(files, locks);
  const problems = files.flatMap(({ source }) =>
    source.problems.map(({ path, line, column, message, hint }) => `${path}:${line}:${column} ${message}; ${hint}`),
  );
  return { schema, problems };
}

function problemsOf(text: string): readonly string[] {
  return linked({ "a.firefly": text }).problems;
}

/** Links a source with the lock of another version of it. */
function evolved(before: string, after: string): Result {
  const { schema, problems } = linked({ "a.firefly": before });
  expect(problems).toEqual([]);
  return linked({ "a.firefly": after }, new Map([["a.firefly", lockOf(schema, 0)]]));
}

/** Names and numbers of all members of the first declaration. */
function numbersOf({ schema, problems }: Result): Record<string, number> {
  expect(problems).toEqual([]);
  const [declaration] = schema.declarations;
  const members =
    declaration?.kind === "record"
      ? declaration.fields
      : declaration?.kind === "union"
        ? declaration.arms
        : declaration?.kind === "enum"
          ? declaration.members
          : declaration?.methods;
  return Object.fromEntries(members?.map(({ name, number }) => [name, number]) ?? []);
}

describe("types", () => {
  test("are what they are called", () => {
    const { schema, problems } = linked({
      "a.firefly": `export interface A {
  a: number; b: Uint8Array; c: Array<Date>; d: Map<string, Set<i8>>; e: (B | null)[] | null; f: Stream<C>; g: ByteStream;
}
export type B = "b";
export interface C { a(): Promise<void>; b(): Promise<A>; }`,
    });
    expect(problems).toEqual([]);
    const scalar = (name: string): object => ({ kind: "scalar", name });
    const [a, , c] = schema.declarations;
    expect(a?.kind === "record" && a.fields.map((field) => field.type)).toEqual([
      scalar("f64"),
      scalar("bytes"),
      { kind: "list", item: scalar("date") },
      { kind: "map", key: scalar("string"), value: { kind: "set", item: scalar("i8") } },
      {
        kind: "nullable",
        value: { kind: "list", item: { kind: "nullable", value: { kind: "reference", declaration: 1 } } },
      },
      { kind: "stream", item: { kind: "reference", declaration: 2 } },
      { kind: "bytestream" },
    ]);
    expect(c?.kind === "interface" && c.methods.map((method) => method.result)).toEqual([
      null,
      { kind: "reference", declaration: 0 },
    ]);
  });

  test.each([
    ["strng", "there is no type strng; did you mean string?"],
    ["Fild", "there is no type Fild; did you mean Field?"],
    ["Zzzzzzzz", 'there is no type Zzzzzzzz; declare it, or import it: `import type { Name } from "./other.firefly";`'],
    ["any", "there is no type any; use `unknown` for any plain data, or an interface for any object"],
    [
      "constructor",
      'there is no type constructor; declare it, or import it: `import type { Name } from "./other.firefly";`',
    ],
    ["null", "null alone; write `Type | null`"],
    ["void", "void where a value belongs; only a method returns `Promise<void>`"],
    ["Promise<i8>", "Promise takes no types, not 1; leave them out"],
    ["Promise", "a Promise inside a value; only the result of a method is a Promise"],
    ["Map<i8>", "Map takes 2 types, not 1; write `Map<Key, Value>`"],
    ["Set", "Set takes 1 types, not 0; write `Set<Item>`"],
    ["i8<i8>", "i8 takes no types, not 1; leave them out"],
    ["Field<i8>", "Field takes no types; declarations have no type parameters; leave them out"],
  ])("%s", (type, expected) => {
    const text = `export interface Record1 { a: ${type}; }\nexport interface Field { b: i8; }`;
    expect(problemsOf(text)).toEqual([`a.firefly:1:31 ${expected}`]);
  });

  test("a method returns a Promise", () => {
    for (const type of ["i8", "void", "Promise", "Promise<i8, i8>"]) {
      expect(problemsOf(`export interface A { a(): ${type}; }`)).toEqual([
        "a.firefly:1:27 a method answers later; write `Promise<Type>`, or `Promise<void>` for nothing",
      ]);
    }
  });
});

describe("imports", () => {
  test("may go in a circle, and name nothing by accident", () => {
    const { schema, problems } = linked({
      "a.firefly":
        'import type { B } from "./x/b.firefly";\nexport interface A { b?: B; own: Own; }\nexport interface Own { a: i8; }',
      "x/b.firefly":
        'import type { A } from "../a.firefly";\nexport interface B { a?: A; own: Own; }\nexport interface Own { b: i8; }',
    });
    expect(problems).toEqual([]);
    const [a, , b] = schema.declarations;
    expect(a).toMatchObject({ fields: [{ type: { declaration: 2 } }, { type: { declaration: 1 } }] });
    expect(b).toMatchObject({ fields: [{ type: { declaration: 0 } }, { type: { declaration: 3 } }] });
  });

  test.each([
    [
      'import type { B } from "./c.firefly";',
      "1:24 there is no file ./c.firefly; look at the path, from this file's folder",
    ],
    ['import type { B } from "b.firefly";', "1:24 there is no file b.firefly; a path is like `./other.firefly`"],
    ['import type { B } from "./b.ts";', "1:24 there is no file ./b.ts; a path is like `./other.firefly`"],
    [
      'import type { B } from "./a.firefly";',
      "1:24 the file imports itself; look at the path, from this file's folder",
    ],
    ['import type { B, Ce } from "./b.firefly";', "1:18 ./b.firefly has no Ce; did you mean C?"],
    ['import type { B, B } from "./b.firefly";', "1:18 B is there twice; rename one of them"],
    ['import type { B, C } from "./b.firefly";', "1:18 C is imported and not used; leave it out"],
  ])("%s", (line, expected) => {
    const texts = {
      "a.firefly": `${line}\nexport interface A { b: B; }`,
      "b.firefly": "export interface B { a: i8; }\nexport interface C { a: i8; }",
    };
    expect(linked(texts).problems).toEqual([`a.firefly:${expected}`]);
  });

  test("are found from the importing file's folder", () => {
    const text =
      'import type { A } from "../b/./c.firefly";\nimport type { B } from "./d.firefly";\nimport type { C } from "x";';
    expect(importedPaths(parse("one/two/a.firefly", text))).toEqual(["one/b/c.firefly", "one/two/d.firefly"]);
    expect(importedPaths(parse("/a.firefly", text))).toEqual(["/b/c.firefly", "/d.firefly"]);
    expect(importedPaths(parse("../a.firefly", text))).toEqual(["../../b/c.firefly", "../d.firefly"]);
  });
});

describe("numbers", () => {
  test("count from 0 in the order of the source, if there is no lock", () => {
    expect(numbersOf(linked({ "a.firefly": "export interface A { b: i8; a: i8; c: i8; }" }))).toEqual({
      b: 0,
      a: 1,
      c: 2,
    });
  });

  test.each([
    ["fields", "export interface A { a: i8; b: i8; }", "export interface A { new1: i8; b: i8; new2: i8; a: i8; }"],
    [
      "methods",
      "export interface A { a(): Promise<i8>; b(): Promise<i8>; }",
      "export interface A { new1(): Promise<i8>; b(): Promise<i8>; new2(): Promise<i8>; a(): Promise<i8>; }",
    ],
    ["members", 'export type A = "a" | "b";', 'export type A = "new1" | "b" | "new2" | "a";'],
    [
      "arms",
      'export type A = { k: "a" } | { k: "b" };',
      'export type A = { k: "new1" } | { k: "b" } | { k: "new2" } | { k: "a" };',
    ],
  ])("of %s stay, however the source is ordered", (_, before, after) => {
    expect(numbersOf(evolved(before, after))).toEqual({ a: 0, b: 1, new1: 2, new2: 3 });
  });

  test("of fields of an arm stay too", () => {
    const { schema } = evolved(
      'export type A = { k: "a"; x: i8; y: i8 };',
      'export type A = { k: "a"; z: i8; y: i8 };',
    );
    expect(schema.declarations[0]).toMatchObject({
      arms: [
        {
          fields: [
            { name: "y", number: 1 },
            { name: "z", number: 2 },
          ],
        },
      ],
    });
  });

  test("of removed members are not given again, also if the name comes back", () => {
    const one = linked({ "a.firefly": "export interface A { a: i8; b: i8; }" });
    const firstLock = lockOf(one.schema, 0);
    const two = linked({ "a.firefly": "export interface A { a: i8; }" }, new Map([["a.firefly", firstLock]]));
    const secondLock = lockOf(two.schema, 0, firstLock);
    const three = linked({ "a.firefly": "export interface A { a: i8; b: i8; }" }, new Map([["a.firefly", secondLock]]));
    expect(numbersOf(three)).toEqual({ a: 0, b: 2 });
  });

  test("of a removed declaration are not given again, if its name comes back", () => {
    const one = linked({ "a.firefly": 'export type A = "a" | "b";\nexport type B = "b";' });
    const firstLock = lockOf(one.schema, 0);
    const two = linked({ "a.firefly": 'export type B = "b";' }, new Map([["a.firefly", firstLock]]));
    const secondLock = lockOf(two.schema, 0, firstLock);
    const three = linked({ "a.firefly": 'export type A = "c" | "b";' }, new Map([["a.firefly", secondLock]]));
    expect(numbersOf(three)).toEqual({ b: 1, c: 2 });
  });
});

describe("@was", () => {
  test("keeps the number of a renamed member", () => {
    expect(
      numbersOf(evolved("export interface A { a: i8; b: i8; }", "export interface A { b: i8; /** @was a */ c: i8; }")),
    ).toEqual({
      c: 0,
      b: 1,
    });
    expect(numbersOf(evolved('export type A = "a b" | "c";', 'export type A = /** @was "a b" */ "d" | "c";'))).toEqual({
      d: 0,
      c: 1,
    });
  });

  test("keeps the numbers of a renamed declaration", () => {
    const result = evolved('export type A = "a" | "b";', '/** @was A */\nexport type B = "b" | "a";');
    expect(numbersOf(result)).toEqual({ a: 0, b: 1 });
  });

  test("may stay behind once the lock knows the new name", () => {
    const text = "export interface A { b: i8; /** @was a */ c: i8; }";
    expect(numbersOf(evolved(text, text))).toEqual({ b: 0, c: 1 });
  });

  test.each([
    ["a name that never was", "export interface A { a: i8; /** @was z */ c: i8; }"],
    ["a name that is still there", "export interface A { a: i8; b: i8; /** @was a */ c: i8; }"],
    ["a name that was taken over already", "export interface A { /** @was b */ c: i8; /** @was b */ d: i8; }"],
    ["a declaration that never was", "/** @was Z */\nexport interface C { a: i8; }"],
    [
      "a declaration that is still there",
      "export interface A { a: i8; b: i8; }\n/** @was A */\nexport interface C { a: i8; }",
    ],
  ])("%s is a problem", (_, after) => {
    const { problems } = evolved("export interface A { a: i8; b: i8; }", after);
    expect(problems).toEqual([expect.stringContaining("the lock has no such name to take over")]);
  });
});

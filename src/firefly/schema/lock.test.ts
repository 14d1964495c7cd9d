// Locks: that they remember, that their text is one and the same, and that it is read with care.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { schemaLimits } from "#base/limits.ts";
import { someSchema } from "../../../test/arbitraries/schema.ts";
import { link } from "./linker.ts";
import { lockOf } from "./lock.ts";
import { parseLock, printLock } from "./lock-text.ts";
import { parse } from "./parser.ts";

/** The texts of the locks of one version after the other. */
function history(...versions: readonly string[]): string[] {
  let lock = { declarations: new Map() } as ReturnType<typeof lockOf>;
  return versions.map((text) => {
    const file = parse("a.firefly", text);
    const { schema, renames } = link([file], new Map([["a.firefly", lock]]));
    expect(file.source.problems).toEqual([]);
    lock = lockOf(schema, 0, lock, renames.get("a.firefly"));
    return printLock(lock);
  });
}

test("a lock reads well, and has a member a line", () => {
  const [text] = history(`/** @open */
export type Color = "red" | "green";
export interface Point { x: i32; color?: Color; }
export interface Canvas { draw(at: Point, ink?: Color): Promise<void>; }
export type Shape = { kind: "dot" } | { kind: "line"; to: Point };`);
  expect(text).toBe(`{
  "lock": 1,
  "declarations": {
    "Canvas": {
      "kind": "interface",
      "members": [
        { "number": 0, "name": "draw", "parameters": [{ "name": "at", "type": "Point" }, { "name": "ink", "type": "Color", "optional": true }], "type": "void" }
      ]
    },
    "Color": {
      "kind": "enum", "open": true,
      "members": [
        { "number": 0, "name": "red" },
        { "number": 1, "name": "green" }
      ]
    },
    "Point": {
      "kind": "record",
      "members": [
        { "number": 0, "name": "x", "type": "i32" },
        { "number": 1, "name": "color", "type": "Color", "optional": true }
      ]
    },
    "Shape": {
      "kind": "union",
      "members": [
        { "number": 0, "name": "dot", "fields": [] },
        { "number": 1, "name": "line", "fields": [{ "number": 0, "name": "to", "type": "Point" }] }
      ]
    }
  }
}
`);
});

test("removed members, arms' fields and declarations are remembered", () => {
  const [, after] = history(
    'export interface A { a: i8; b: i8; }\nexport type B = { k: "a"; x: i8; y: i8 };\nexport interface C { a: i8; }',
    'export interface A { b: i8; }\nexport type B = { k: "a"; y: i8 };',
  );
  const lock = parseLock("a.firefly.lock", after ?? "");
  expect(lock.declarations.get("A")).toMatchObject({ members: [{ number: 1 }], retired: [{ number: 0, name: "a" }] });
  expect(lock.declarations.get("B")).toMatchObject({ members: [{ fields: { retired: [{ number: 0, name: "x" }] } }] });
  expect(lock.declarations.get("C")).toMatchObject({ removed: true, members: [{ number: 0, name: "a" }] });
});

test("a renamed declaration leaves no trace under its old name", () => {
  const [, after] = history("export interface A { a: i8; b: i8; }", "/** @was A */\nexport interface B { b: i8; }");
  const { declarations } = parseLock("a.firefly.lock", after ?? "");
  expect([...declarations.keys()]).toEqual(["B"]);
  expect(declarations.get("B")).toMatchObject({ members: [{ number: 1 }], retired: [{ number: 0 }] });
});

test("the order of the source makes no difference", () => {
  const [one, other] = history(
    'export interface A { a: i8; b: i8; }\nexport type B = "a" | "b";',
    'export type B = "b" | "a";\nexport interface A { b: i8; a: i8; }',
  );
  expect(other).toBe(one);
});

describe("the text", () => {
  test("means the lock, whatever the schema", () => {
    fc.assert(
      fc.property(someSchema, (schema) => {
        for (const file of schema.files.keys()) {
          const lock = lockOf(schema, file);
          const text = printLock(lock);
          expect(new Map(parseLock("a", text).declarations)).toEqual(lock.declarations);
          expect(printLock(parseLock("a", text))).toBe(text);
        }
      }),
    );
  });

  test("any other text is `corrupt`", () => {
    const [text = ""] = history("export interface A { a: i8; b?: i8; }");
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }), (at, cut, put) => {
        try {
          const lock = parseLock("a", text.slice(0, at) + put + text.slice(at + cut));
          expect(printLock(lock)).toMatch(/^\{\n {2}"lock": 1,/);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(GlowError);
          expect(thrown).toMatchObject({ kind: "corrupt", target: "a" });
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["", /restore it from version control/],
    ["<<<<<<< ours", /restore it from version control/],
    ["null", /an object is missing/],
    ['{ "lock": 2, "declarations": {} }', /lock version 2 is not 1/],
    ['{ "lock": 1, "declarations": { "A": { "kind": "thing", "members": [] } } }', /kind thing/],
    [
      '{ "lock": 1, "declarations": { "A": { "kind": "enum", "members": [{ "number": -1, "name": "a" }] } } }',
      /number -1/,
    ],
    [
      `{ "lock": 1, "declarations": { "A": { "kind": "enum", "members": [{ "number": ${schemaLimits.number + 1}, "name": "a" }] } } }`,
      /number 65536/,
    ],
    [
      '{ "lock": 1, "declarations": { "A": { "kind": "enum", "members": [{ "number": 1, "name": "a" }], "retired": [{ "number": 1, "name": "b" }] } } }',
      /a number was given twice/,
    ],
  ])("%s", (text, message) => {
    expect(() => parseLock("a", text)).toThrow(message);
  });
});

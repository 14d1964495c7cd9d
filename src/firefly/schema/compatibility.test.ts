// What is compatible and what is not: docs/firefly-language.md has the table that these rows are.

import { expect, test } from "vitest";
import { changesBetween } from "./compatibility.ts";
import { link } from "./linker.ts";
import { lockOf } from "./lock.ts";
import { parse } from "./parser.ts";

function changes(before: string, after: string): string[] {
  const old = parse("a.firefly", before);
  const oldLock = lockOf(link([old]).schema, 0);
  const file = parse("a.firefly", after);
  const { schema, renames } = link([file], new Map([["a.firefly", oldLock]]));
  expect([...old.source.problems, ...file.source.problems]).toEqual([]);
  const lock = lockOf(schema, 0, oldLock, renames.get("a.firefly"));
  return changesBetween(oldLock, lock, renames.get("a.firefly")).map(({ declaration, member, breaking, message }) => {
    return `${breaking ? "breaks" : "fits"}: ${declaration}${member === undefined ? "" : `.${member}`}: ${message}`;
  });
}

const i = "export interface I { a(b: i8): Promise<i8>; }";
const r = "export interface R { a: i8; b?: i8; }";
const open = (text: string): string => `/** @open */\n${text}`;

test.each([
  ["nothing", r, r, []],
  ["order", `${r}\n${i}`, `${i}\nexport interface R { b?: i8; a: i8; }`, []],
  ["documentation", r, `/** About it. */\n${r}`, []],
  ["a new declaration", r, `${r}\n${i}`, ["fits: I: the interface is new"]],
  ["a removed declaration", `${r}\n${i}`, r, ["breaks: I: the interface was removed"]],
  [
    "a renamed declaration",
    `${r}\nexport interface S { r: R; }`,
    `/** @was R */\n${r.replace(" R ", " T ")}\nexport interface S { r: T; }`,
    ["fits: T: it was called R"],
  ],
  ["another kind", r, 'export type R = "a";', ["breaks: R: the record became an enum"]],

  [
    "a new field",
    r,
    "export interface R { a: i8; b?: i8; c: i8; }",
    ["breaks: R.c: the field is new, and must be given: make it optional"],
  ],
  ["a new optional field", r, "export interface R { a: i8; b?: i8; c?: i8; }", ["fits: R.c: the field is new"]],
  ["a removed field", r, "export interface R { b?: i8; }", ["breaks: R.a: the field was removed"]],
  ["a removed optional field", r, "export interface R { a: i8; }", ["fits: R.b: the optional field was removed"]],
  ["a renamed field", r, "export interface R { /** @was a */ c: i8; b?: i8; }", ["fits: R.c: it was called a"]],
  [
    "a field that became optional",
    r,
    "export interface R { a?: i8; b?: i8; }",
    ["breaks: R.a: it became optional: peers rely on it"],
  ],
  [
    "a field that must be given now",
    r,
    "export interface R { a: i8; b: i8; }",
    ["breaks: R.b: it must be given now: peers may leave it out"],
  ],
  [
    "a wider field",
    r,
    "export interface R { a: i32; b?: i64; }",
    ["fits: R.a: its type grew from i8 to i32", "fits: R.b: its type grew from i8 to i64"],
  ],
  [
    "a wider unsigned field",
    "export interface R { a: u16; b: f32; }",
    "export interface R { a: i32; b: f64; }",
    ["fits: R.a: its type grew from u16 to i32", "fits: R.b: its type grew from f32 to f64"],
  ],
  [
    "a narrower field",
    "export interface R { a: u16; }",
    "export interface R { a: u8; }",
    ["breaks: R.a: its type changed from u16 to u8"],
  ],
  [
    "a field of another type",
    r,
    "export interface R { a: string; b?: i8[]; }",
    ["breaks: R.a: its type changed from i8 to string", "breaks: R.b: its type changed from i8 to i8[]"],
  ],

  [
    "a new method",
    i,
    "export interface I { a(b: i8): Promise<i8>; c(): Promise<void>; }",
    ["fits: I.c: the method is new"],
  ],
  [
    "a removed method",
    i,
    "export interface I { c(): Promise<void>; }",
    ["fits: I.c: the method is new", "breaks: I.a: the method was removed"],
  ],
  [
    "a renamed method",
    i,
    "export interface I { /** @was a */ c(b: i8): Promise<i8>; }",
    ["fits: I.c: it was called a"],
  ],
  [
    "another result",
    i,
    "export interface I { a(b: i8): Promise<void>; }",
    ["breaks: I.a: its type changed from i8 to void"],
  ],
  [
    "a new parameter",
    i,
    "export interface I { a(b: i8, c: i8): Promise<i8>; }",
    ["breaks: I.a(c): the parameter is new, and must be given: make it optional"],
  ],
  [
    "a new optional parameter",
    i,
    "export interface I { a(b: i8, c?: i8): Promise<i8>; }",
    ["fits: I.a(c): the parameter is new"],
  ],
  ["a removed parameter", i, "export interface I { a(): Promise<i8>; }", ["breaks: I.a(b): the parameter was removed"]],
  ["a renamed parameter", i, "export interface I { a(c: i8): Promise<i8>; }", ["fits: I.a(c): it was called b"]],
  [
    "a wider parameter",
    i,
    "export interface I { a(b: i16): Promise<i16>; }",
    ["fits: I.a: its type grew from i8 to i16", "fits: I.a(b): its type grew from i8 to i16"],
  ],

  [
    "a new member",
    'export type E = "a";',
    'export type E = "a" | "b";',
    ["breaks: E.b: the member is new, and peers do not expect new ones: only types that were @open can grow"],
  ],
  [
    "a new member of an open enum",
    open('export type E = "a";'),
    open('export type E = "a" | "b";'),
    ["fits: E.b: the member is new"],
  ],
  [
    "a removed member",
    open('export type E = "a" | "b";'),
    open('export type E = "a";'),
    ["breaks: E.b: the member was removed"],
  ],
  ["a renamed member", 'export type E = "a";', 'export type E = /** @was a */ "b";', ["fits: E.b: it was called a"]],
  ["opening", 'export type E = "a";', open('export type E = "a";'), ["fits: E: it is open now"]],
  [
    "opening and growing at once",
    'export type E = "a";',
    open('export type E = "a" | "b";'),
    [
      "fits: E: it is open now",
      "breaks: E.b: the member is new, and peers do not expect new ones: only types that were @open can grow",
    ],
  ],
  ["closing", open('export type E = "a";'), 'export type E = "a";', ["breaks: E: it is no longer open"]],

  [
    "a new arm",
    'export type U = { k: "a" };',
    'export type U = { k: "a" } | { k: "b" };',
    ["breaks: U.b: the arm is new, and peers do not expect new ones: only types that were @open can grow"],
  ],
  [
    "a new arm of an open union",
    open('export type U = { k: "a" };'),
    open('export type U = { k: "a" } | { k: "b" };'),
    ["fits: U.b: the arm is new"],
  ],
  [
    "a new field of an arm",
    'export type U = { k: "a" };',
    'export type U = { k: "a"; x?: i8; y: i8 };',
    ["fits: U.a.x: the field is new", "breaks: U.a.y: the field is new, and must be given: make it optional"],
  ],
])("%s", (_, before, after, expected) => {
  expect(changes(before, after)).toEqual(expected);
});

test("a declaration that comes back is new", () => {
  const gone = lockOf(link([parse("a.firefly", r)]).schema, 0);
  const removed = lockOf(link([parse("a.firefly", i)]).schema, 0, gone);
  const back = lockOf(link([parse("a.firefly", `${r}\n${i}`)]).schema, 0, removed);
  expect(changesBetween(removed, back)).toMatchObject([{ declaration: "R", breaking: false }]);
});

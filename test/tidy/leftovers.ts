// What must not be left behind in code: notes to oneself, tests switched off, holes in types, code made from text.

import type { Rule } from "./rule.ts";
import type { Expression, Handlers, PrivateIdentifier, Source } from "./source.ts";

interface SyntaxBan {
  readonly name: string;
  readonly because: string;
  readonly where: (source: Source) => boolean;
  readonly handlers: (report: (node: { start: number }, what: string) => void) => Handlers;
  readonly breaks: Rule["breaks"];
  readonly keeps: Rule["keeps"];
}

/** `a.b.c` as `["a", "b", "c"]`; nothing of what is not a plain name. */
function names(node: Expression | PrivateIdentifier): string[] {
  if (node.type === "Identifier") return [node.name];
  return node.type === "MemberExpression" ? [...names(node.object), ...names(node.property)] : [];
}

const everywhere = (): boolean => true;

const syntaxBans: readonly SyntaxBan[] = [
  {
    name: "no code is made from text",
    because: "it would break a strict content security policy, and turn data from outside into code",
    where: everywhere,
    handlers: (report) => {
      const look = (node: { callee: Expression; start: number }): void => {
        const name = names(node.callee).join(".");
        if (["eval", "Function"].includes(name.replace("globalThis.", ""))) report(node, name);
      };
      return { CallExpression: look, NewExpression: look };
    },
    breaks: [
      { "src/base/a.ts": 'eval("1");' },
      { "test/a.ts": 'new Function("1");' },
      { "src/a.ts": 'Function("1")();' },
    ],
    keeps: [{ "src/base/a.ts": 'export type F = Function; export const text = "eval(1)"; // eval(1)' }],
  },
  {
    name: "nothing is typed any",
    because: "it silences the checker for everything that it touches",
    where: (source) => !source.isTest,
    handlers: (report) => ({ TSAnyKeyword: (node) => report(node, "any") }),
    breaks: [{ "src/base/a.ts": "export const a = 1 as any;" }, { "bench/a.ts": "export let a: any[];" }],
    keeps: [{ "src/base/a.ts": 'export const any = "any"; // any' }],
  },
  {
    name: "no test is switched off or singled out",
    because: "a test that doesn't run fails nothing",
    where: (source) => source.isTest,
    handlers: (report) => ({
      MemberExpression: (node) => {
        const [subject = "", ...modifiers] = names(node);
        const modifier = modifiers.find((each) => ["only", "skip", "todo", "fails"].includes(each));
        if (["test", "it", "describe", "suite"].includes(subject) && modifier !== undefined) report(node, modifier);
      },
    }),
    breaks: [
      { "src/base/a.test.ts": 'test.only("a", () => {});' },
      { "test/a.test.ts": 'describe.skip("a", () => {});' },
      { "test/a.test.ts": 'test.concurrent.only.each([1])("a", () => {});' },
    ],
    keeps: [{ "test/a.test.ts": "cursor.skip(1); test.each([1]);" }],
  },
  {
    name: "no test waits for the clock on the wall, or puts a mock in place of a part",
    because:
      "such a test is slow when it passes and wrong when the machine is busy; a mock shows what its author believed",
    where: (source) => source.isTest,
    handlers: (report) => ({
      CallExpression: (node) => {
        const name = names(node.callee).join(".");
        if (/^(globalThis\.)?set(Timeout|Interval)$/.test(name) || /^vi\.(mock|doMock)$/.test(name)) report(node, name);
      },
      ImportDeclaration: (node) => {
        if (/^(node:)?timers(\/promises)?$/.test(node.source.value)) report(node, node.source.value);
      },
    }),
    breaks: [
      { "test/a.test.ts": "await new Promise((resolve) => setTimeout(resolve, 10));" },
      { "src/base/a.test.ts": 'import { setTimeout } from "node:timers/promises"; await setTimeout(1);' },
      { "test/a.test.ts": 'vi.mock("./b.ts");' },
    ],
    keeps: [{ "test/a.test.ts": "world.timers.after(10, done); // setTimeout(done, 10)" }],
  },
  {
    name: "a Date is made of a number, never of this moment",
    because: "dates are values that interfaces carry; what time it is, only a Clock may say",
    where: (source) => source.isProduct && !/^src\/platform\/(nodejs\/|browser\/|[^/]+$)/.test(source.path),
    handlers: (report) => ({
      CallExpression: (node) => {
        if (names(node.callee).join(".") === "Date") report(node, "Date()");
      },
      NewExpression: (node) => {
        if (names(node.callee).join(".") === "Date" && node.arguments.length === 0) report(node, "new Date()");
      },
    }),
    breaks: [{ "src/base/a.ts": "export const a = new Date();" }, { "src/mesh/a.ts": "export const a = Date();" }],
    keeps: [
      { "src/base/a.ts": "export const a = (ms: number) => new Date(ms);" },
      { "src/platform/nodejs/a.ts": "export const a = new Date();" },
    ],
  },
  {
    name: "nothing but the command line writes to the console",
    because: "the rest has no terminal: it gives its messages to whoever asked",
    where: (source) => source.isProduct && !source.path.startsWith("src/cli/"),
    handlers: (report) => ({
      MemberExpression: (node) => {
        if (names(node)[0] === "console") report(node, names(node).join("."));
      },
    }),
    breaks: [{ "src/base/a.ts": 'console.log("here");' }],
    keeps: [
      { "src/cli/a.ts": 'console.log("done");' },
      { "src/base/a.ts": "/** console.log(a) */ export const a = 1;" },
    ],
  },
];

const syntax = syntaxBans.map(
  ({ name, because, where, handlers, breaks, keeps }): Rule => ({
    name,
    because,
    *find(tree) {
      for (const source of tree.sources().filter(where)) {
        const found: string[] = [];
        source.visit(handlers((node, what) => found.push(`${source.path}:${source.lineOf(node.start)} ${what}`)));
        yield* new Set(found);
      }
    },
    breaks,
    keeps,
  }),
);

const notes: Rule = {
  name: "no note to oneself is left",
  because: "what is to be done is an issue; what is done needs no note",
  *find(tree) {
    for (const source of tree.sources()) {
      for (const { text, line } of source.comments) {
        const note = /\b(TODO|FIXME|XXX|HACK)\b/.exec(text);
        if (note !== null) yield `${source.path}:${line} ${note[0]}`;
      }
    }
  },
  breaks: [{ "src/base/a.ts": "// TODO: all of it" }, { "bench/a.ts": "/* a FIXME here */" }],
  keeps: [{ "src/base/a.ts": 'export const words = ["TODO"]; // the hacker\'s todo list' }],
};

const silencers: Rule = {
  name: "no checker is silenced without a reason",
  because: "each such line is a place where only its author has looked",
  *find(tree) {
    for (const source of tree.sources()) {
      for (const { text, line } of source.comments) {
        const order = /^\s*(@ts-\S+|(?:oxlint|eslint)-disable\S*|biome-ignore\S*)/.exec(text)?.[1];
        if (order === undefined) continue;
        const typeTest = order === "@ts-expect-error" && source.isTest;
        if (!typeTest && (order.startsWith("@ts-") || !text.includes(" -- "))) yield `${source.path}:${line} ${order}`;
      }
    }
  },
  breaks: [
    { "src/base/a.ts": "// @ts-ignore -- there is no other way\nexport const a: string = 1;" },
    { "src/base/a.ts": "// oxlint-disable-next-line no-eval\nexport const a = 1;" },
    { "src/base/a.ts": "/* eslint-disable */" },
    { "test/a.test.ts": "// @ts-nocheck" },
  ],
  keeps: [
    { "test/a.test.ts": "// @ts-expect-error a reader has no write\nreader.write();" },
    {
      "src/base/a.ts":
        "// oxlint-disable-next-line no-restricted-globals -- a value here, not a clock\nexport const a = Date;",
    },
  ],
};

const doubleCasts: Rule = {
  name: "a cast through unknown has a comment above it that says why",
  because: "it makes the checker believe anything",
  *find(tree) {
    for (const source of tree.sources().filter(({ isProduct }) => isProduct)) {
      const explained = new Set(source.comments.flatMap(({ text, line }) => lines(text).map((_, i) => line + i)));
      const found: string[] = [];
      source.visit({
        TSAsExpression: ({ expression, start }) => {
          if (expression.type !== "TSAsExpression" || expression.typeAnnotation.type !== "TSUnknownKeyword") return;
          const line = source.lineOf(start);
          if (!explained.has(line - 1) && !explained.has(line)) found.push(`${source.path}:${line}`);
        },
      });
      yield* found;
    }
  },
  breaks: [{ "src/base/a.ts": "\nexport const a = 1 as unknown as string;" }],
  keeps: [
    { "src/base/a.ts": "// The host's type is older than the host.\nexport const a = 1 as unknown as string;" },
    { "src/base/a.ts": "export const a = 1 as unknown;" },
  ],
};

function lines(text: string): string[] {
  return text.split("\n");
}

export const leftovers: readonly Rule[] = [...syntax, notes, silencers, doubleCasts];

// Rules about the project as a whole: its packages, its limits, what its documents point to, and that it can be cloned
// anywhere.

import { posix } from "node:path";
import { limitsOf } from "./limits.ts";
import type { Rule } from "./rule.ts";
import type { Tree } from "./tree.ts";

type Versions = Record<string, string>;
interface Dependencies {
  dependencies?: Versions;
  devDependencies?: Versions;
  optionalDependencies?: Versions;
}

function versions({ dependencies, devDependencies, optionalDependencies }: Dependencies): [string, string][] {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
}

const exactVersions: Rule = {
  name: "package.json names exact versions, and package-lock.json the same ones",
  because: "what was tested is what is installed",
  *find(tree) {
    const wanted = versions(JSON.parse(tree.text("package.json")) as Dependencies);
    for (const [name, version] of wanted) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) yield `package.json asks for ${name} ${version}`;
    }
    if (!tree.has("package-lock.json")) return;
    const { packages } = JSON.parse(tree.text("package-lock.json")) as { packages: { "": Dependencies } };
    const locked = new Map(versions(packages[""]));
    for (const [name, version] of wanted) {
      if (locked.get(name) !== version) yield `package-lock.json has ${name} ${locked.get(name)}, not ${version}`;
    }
    for (const name of locked.keys()) {
      if (!wanted.some(([each]) => each === name)) yield `package-lock.json has ${name}, which package.json lacks`;
    }
  },
  breaks: [
    { "package.json": '{ "imports": {}, "dependencies": { "a": "^1.0.0" } }' },
    { "package.json": '{ "imports": {}, "devDependencies": { "a": "latest" } }' },
    {
      "package.json": '{ "imports": {}, "dependencies": { "a": "1.0.1" } }',
      "package-lock.json": '{ "packages": { "": { "dependencies": { "a": "1.0.0" } } } }',
    },
    {
      "package.json": '{ "imports": {} }',
      "package-lock.json": '{ "packages": { "": { "dependencies": { "a": "1.0.0" } } } }',
    },
  ],
  keeps: [
    {
      "package.json": '{ "imports": {}, "dependencies": { "a": "1.0.0-rc.1" } }',
      "package-lock.json": '{ "packages": { "": { "dependencies": { "a": "1.0.0-rc.1" } } } }',
    },
  ],
};

/** Spelled so that this file does not break its own rule. */
const machineMarks = [
  { what: "a path of one machine", pattern: new RegExp(`(^|[^\\w.])/(${["work", "farm", "root"].join("|")})/\\w`) },
  { what: "a path of one machine", pattern: new RegExp(`(^|[^\\w.])/(${["home", "Users"].join("|")})/\\w`) },
  { what: "the host of a registry", pattern: /\bregistry\.[\w-]+\.(com|io|net|org)\b|"resolved": ?"http/ },
];

const portable: Rule = {
  name: "no file names a path of one machine or the host of a registry",
  because: "the project is the same wherever it is cloned",
  *find(tree) {
    for (const path of tree.paths()) {
      const lines = tree.text(path).split("\n");
      for (const { what, pattern } of machineMarks) {
        const line = lines.findIndex((each) => pattern.test(each));
        if (line !== -1) yield `${path}:${line + 1} ${what}`;
      }
    }
  },
  breaks: [
    { "docs/a.md": `see ${["", "work", "main"].join("/")}` },
    { "src/base/a.ts": `// ${["", "home", "ann", "glow"].join("/")}` },
    { "package-lock.json": `{ "resolved": "${["https:", "", "registry", "a"].join("/")}" }` },
    { ".npmrc": `// ${["registry", "npmjs", "org"].join(".")}` },
  ],
  keeps: [{ "docs/a.md": "at home/work: the registry of suites. It works/farms. See #/work" }],
};

const limitsHaveTests: Rule = {
  name: "every limit of src/base/limits.ts, and of what it takes in, is named in a test",
  because: "a limit that nothing has ever exceeded is a hope",
  *find(tree) {
    const tables = tree.paths().filter((path) => /^src\/base\/([a-z]+-)?limits\.ts$/.test(path));
    const tests = tree.sources().filter(({ isTest, path }) => isTest && !path.startsWith("test/tidy"));
    const said = tests.map((source) => source.code).join("\n");
    for (const limit of tables.flatMap((path) => limitsOf(tree.text(path)))) {
      if (!new RegExp(`\\b${limit.replace(".", "\\.")}\\b`).test(said)) yield limit;
    }
  },
  breaks: [
    {
      "src/base/limits.ts": "// L\nexport const aLimits = { depth: 1, sizeBytes: 2 } as const;",
      "test/a.test.ts": "aLimits.depth;",
    },
    {
      "src/base/limits.ts": "// L\nexport const aLimits = { depth: 1 } as const;",
      "test/a.test.ts": "// aLimits.depth",
    },
    { "src/base/limits.ts": "// L\nexport const aLimits = { depth: 1 } as const;", "src/a/a.ts": "aLimits.depth;" },
    { "src/base/a-limits.ts": "// L\nexport const aLimits = { depth: 1 } as const;" },
    {
      "src/base/limits.ts": "// L\nexport const aLimits = { depth: 1 } as const;",
      "test/a.test.ts": "aLimits.depths;",
    },
  ],
  keeps: [
    {
      "src/base/limits.ts": "// L\nexport const aLimits = { depth: 1 } as const;",
      "src/a/a.test.ts": 'test("aLimits.depth");',
    },
  ],
};

const links: Rule = {
  name: "documents and comments point to files that exist",
  because: "a reader who follows a dead link trusts the next one less",
  *find(tree) {
    for (const path of tree.paths().filter((each) => each.endsWith(".md"))) {
      const text = tree.text(path);
      const dead = [...linksIn(text), ...pathsIn(text)].filter(({ target }) => !reaches(tree, path, target));
      yield* new Set(dead.map(({ target, line }) => `${path}:${line} ${target}`));
    }
    for (const source of tree.sources().filter(({ path }) => !path.startsWith("test/tidy"))) {
      for (const { text, line } of source.comments) {
        for (const { target } of pathsIn(text)) if (!tree.has(target)) yield `${source.path}:${line} ${target}`;
      }
    }
  },
  breaks: [
    { "README.md": "see [the map](docs/map.md)" },
    { "docs/a.md": "see `src/base/gone.ts`" },
    { "docs/decisions/a.md": "[up](../b.md)" },
    { "src/base/a.ts": "// As src/base/gone.ts has it." },
  ],
  keeps: [
    {
      "README.md":
        "[map](docs/map.md#part) and [the net](https://example.org/a.md), `src/base/`, `src/base/a.ts`, src/*.ts",
      "docs/map.md": "[back](../README.md) [folder](../src/base) [here](#part)",
      "src/base/a.ts": "// See docs/map.md.",
    },
  ],
};

interface Pointer {
  readonly target: string;
  readonly line: number;
}

function* linksIn(text: string): Iterable<Pointer> {
  for (const { 1: target = "", index } of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    const local = target.replace(/#.*$/, "");
    if (local !== "" && !/^[a-z]+:/.test(local)) yield { target: local, line: lineAt(text, index) };
  }
}

/** Files named from the project's root in running text; `NAME` stands for any. */
function* pathsIn(text: string): Iterable<Pointer> {
  const named = /(?<![\w/.#*-])(?:src|test|docs|bench|scripts)\/[\w./-]*\.(?:ts|mjs|md|json|firefly)\b/g;
  for (const { 0: target, index } of text.matchAll(named)) {
    if (!target.includes("/NAME.")) yield { target, line: lineAt(text, index) };
  }
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function reaches(tree: Tree, from: string, target: string): boolean {
  const beside = posix.join(posix.dirname(from), target).replace(/\/$/, "");
  return tree.has(beside) || tree.has(target.replace(/\/$/, ""));
}

export const project: readonly Rule[] = [exactVersions, portable, limitsHaveTests, links];

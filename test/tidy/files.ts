// How files are named, how long they are, and how they begin.

import { posix } from "node:path";
import type { Rule } from "./rule.ts";
import type { Tree } from "./tree.ts";

const codeFolders = /^(src|test|bench|scripts)\//;
const mostLines = 700;

function codePaths(tree: Tree): string[] {
  return tree.paths().filter((path) => codeFolders.test(path) && !path.includes("/generated/"));
}

const size: Rule = {
  name: `no source file has more than ${mostLines} lines`,
  because: "what is longer holds more than one idea",
  *find(tree) {
    for (const path of codePaths(tree).filter((each) => /\.(ts|mjs|tsx|firefly)$/.test(each))) {
      const lines = tree.text(path).trimEnd().split("\n").length;
      if (lines > mostLines) yield `${path} has ${lines} lines`;
    }
  },
  breaks: [{ "src/base/a.ts": "// A\n".repeat(mostLines + 1) }, { "test/a.test.ts": "// A\n".repeat(mostLines + 1) }],
  keeps: [
    { "src/base/a.ts": "// A\n".repeat(mostLines) },
    { "src/interfaces/generated/a.ts": "// A\n".repeat(mostLines + 1) },
  ],
};

const opening: Rule = {
  name: "every source file opens with a comment",
  because: "a reader wants to know what it is and why it exists before anything else",
  *find(tree) {
    const roots = tree.paths().filter((path) => /^[^/]+\.(ts|mjs)$/.test(path));
    for (const path of [...codePaths(tree).filter((each) => /\.(ts|mjs|tsx)$/.test(each)), ...roots]) {
      const text = tree.text(path).replace(/^#!.*\n/, "");
      if (!/^(\/\/|\/\*)/.test(text)) yield path;
    }
  },
  breaks: [
    { "src/base/a.ts": "export const a = 1; // late" },
    { "scripts/a.mjs": "" },
    { "vitest.config.ts": "export {};" },
  ],
  keeps: [{ "src/base/a.ts": "// A thing.\nexport {};" }, { "src/cli/a.ts": "#!/usr/bin/env node\n/* A thing. */" }],
};

const vague = /^(utils?|utilities|helpers?|managers?|common|misc|shared|stuff)$/;
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const names: Rule = {
  name: "files and folders are named in kebab-case, and after what they hold",
  because: "a name like helpers says who uses it, and so grows with every user",
  *find(tree) {
    for (const path of codePaths(tree).filter((each) => !each.endsWith(".md"))) {
      const parts = path.split("/");
      const [name = ""] = posix.basename(path).split(".");
      for (const part of [...parts.slice(0, -1), name]) {
        if (!kebab.test(part)) yield `${path}: ${part} is not kebab-case`;
        if (part.split("-").some((word) => vague.test(word))) yield `${path}: ${part} does not say what it holds`;
      }
    }
  },
  breaks: [
    { "src/base/byteReader.ts": "" },
    { "src/base/byte_reader.ts": "" },
    { "src/mesh/string-utils.ts": "" },
    { "test/helpers/a.ts": "" },
    { "src/store/Manager.ts": "" },
  ],
  keeps: [
    {
      "src/base/x25519-key.test.ts": "",
      "src/base/universal.d.ts": "",
      "test/vectors/README.md": "",
      "docs/NAMES.md": "",
    },
  ],
};

export const files: readonly Rule[] = [size, opening, names];

// The house rules, as tests: each holds for this project, and each is shown to catch what it is for.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { boundaries } from "./tidy/boundaries.ts";
import { files } from "./tidy/files.ts";
import { leftovers } from "./tidy/leftovers.ts";
import { project } from "./tidy/project.ts";
import type { Sample } from "./tidy/rule.ts";
import { Tree } from "./tidy/tree.ts";

const root = resolve(import.meta.dirname, "..");
const ignored = readFileSync(join(root, ".gitignore"), "utf8").trim().split("\n");
const tree = Tree.read(root, [".git", ...ignored.map((line) => line.replace("/", ""))]);

function sampleTree(sample: Sample): Tree {
  return new Tree([["package.json", readFileSync(join(root, "package.json"), "utf8")], ...Object.entries(sample)]);
}

for (const { name, because, find, breaks, keeps } of [...boundaries, ...files, ...leftovers, ...project]) {
  describe(name, () => {
    test("holds here", () => {
      expect([...find(tree)], because).toEqual([]);
    });

    test("catches what breaks it", () => {
      for (const sample of breaks) expect([...find(sampleTree(sample))], JSON.stringify(sample)).not.toEqual([]);
    });

    test("lets pass what only looks like it", () => {
      for (const sample of keeps) expect([...find(sampleTree(sample))], JSON.stringify(sample)).toEqual([]);
    });
  });
}

test("the tree that is checked is the project", () => {
  expect(tree.paths()).toEqual(expect.arrayContaining(["package.json", "src/glow.ts", "src/base/limits.ts"]));
  expect(tree.paths().filter((path) => path.includes("node_modules"))).toEqual([]);
});

// What is generated and kept in the tree is what the generator makes today.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Tree } from "./tree.ts";

const root = resolve(import.meta.dirname, "../..");

function texts(folder: string): Record<string, string> {
  const tree = Tree.read(folder);
  return Object.fromEntries(tree.paths().map((path) => [path, tree.text(path)]));
}

test("src/interfaces is as `npm run gen` leaves it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "glow-generated-"));
  try {
    cpSync(join(root, "src", "interfaces"), folder, { recursive: true });
    await promisify(execFile)(process.execPath, [join("src", "cli", "main.ts"), "idl", "gen", folder], { cwd: root });
    expect(texts(folder)).toEqual(texts(join(root, "src", "interfaces")));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// The bundle: what small commands load is small, the rest is there when it is needed, and a bundle that is up to date is left
// as it is.

import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { bundleCli } from "../../../scripts/bundle-cli.mjs";

const root = join(import.meta.dirname, "../../..");

/** What a file of the bundle loads before it does anything, itself included. */
async function loadedBy(path: string, seen = new Map<string, string>()): Promise<ReadonlyMap<string, string>> {
  if (seen.has(path)) return seen;
  const text = await readFile(path, "utf8");
  seen.set(path, text);
  for (const [, target = ""] of text.matchAll(/^(?:import|export)[^"']*?(?:from )?["'](\.\/[^"']+)["'];$/gm)) {
    await loadedBy(join(dirname(path), target), seen);
  }
  return seen;
}

/** What only nodes need. */
const nodeParts = ["MemberNode", "Storage", "SpaceEngine", "SqliteIndexes", "Daemon"].map(
  (name) => new RegExp(`\\b${name} = class|\\bclass ${name}\\b`),
);

test("`--help` loads the command line's frame alone, and no command the node's parts", async () => {
  const script = await bundleCli(root);
  const folder = dirname(script);
  const main = [...(await loadedBy(script)).values()];
  expect(main.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(250_000);
  const { files } = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8")) as { files: string[] };
  const commands = files.filter((name) => /-command-\w+\.js$/.test(name));
  expect(commands.length).toBeGreaterThan(28);
  for (const name of commands) {
    const texts = [...(await loadedBy(join(folder, name))).values()].join("\n");
    const found = nodeParts.filter((part) => part.test(texts));
    if (name.startsWith("start-command")) expect(found.length).toBeGreaterThan(2);
    else expect({ name, found }).toEqual({ name, found: [] });
  }
});

test("threads' scripts lie beside what starts them", async () => {
  const folder = dirname(await bundleCli(root));
  const { files } = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8")) as { files: string[] };
  let started = 0;
  for (const name of files) {
    const text = await readFile(join(folder, name), "utf8");
    for (const [, thread = ""] of text.matchAll(/new URL\("\.\/([a-z0-9-]+\.js)", import\.meta\.url\)/g)) {
      if (thread === "x.js") continue;
      started += 1;
      expect(files).toContain(thread);
    }
    expect(text).not.toMatch(/new URL\("\.\/[a-z0-9-]+\.ts", import\.meta\.url\);/);
  }
  expect(started).toBeGreaterThan(1);
});

test("a start pays for nothing of Node's that it does not use, and for no text twice", async () => {
  const folder = dirname(await bundleCli(root));
  const { files } = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8")) as { files: string[] };
  for (const name of files) {
    const text = await readFile(join(folder, name), "utf8");
    // An import reads all that a module gives: see `withoutBuiltinImports`.
    expect({ name, imported: text.match(/^import .* from "node:.*$/gm) }).toEqual({ name, imported: null });
    // One character beyond ASCII in it, and V8 keeps the file with two bytes for each.
    expect({ name, wide: text.match(/[\u0080-\uffff]/g) }).toEqual({ name, wide: null });
  }
});

test("what is up to date is not made again", async () => {
  const script = await bundleCli(root);
  const before = await stat(script);
  await bundleCli(root);
  expect((await stat(script)).mtimeMs).toBe(before.mtimeMs);
});

#!/usr/bin/env node
// The command `glow`, as npm installs it: the bundle of the command line, under a Node that is new enough. In a checkout
// packages and bundle are brought up to date first.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleCli, bundledCli } from "./bundle-cli.mjs";
import { forwardSignals, run } from "./child.mjs";
import { nodeFlags } from "./node-flags.mjs";
import { isAtLeast, setUp, SetupError } from "./setup.mjs";

const root = join(import.meta.dirname, "..");
const words = process.argv.slice(2);

/** The Node that came with the package, for whoever runs an older one. */
function broughtNode() {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const name of Object.keys(optionalDependencies)) {
    try {
      const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
      const node = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.node);
      if (existsSync(node)) return node;
    } catch {
      // It is for another platform.
    }
  }
  throw new SetupError(`Glow needs a newer Node than ${process.versions.node}: https://nodejs.org/en/download`);
}

/** @returns {Promise<number | undefined>} nothing where it runs in this process */
async function main() {
  const isCheckout = existsSync(join(root, "src", "cli"));
  const pinned = isCheckout ? await setUp(root, (text) => console.error(`glow: ${text}`)) : undefined;
  const script = isCheckout ? await bundleCli(root) : bundledCli(root);
  const [needed = ""] = Object.values(
    JSON.parse(readFileSync(join(root, "package.json"), "utf8")).optionalDependencies,
  );
  // A node of Glow runs with flags of its own; small commands have no use for a second process.
  if (words[0] !== "start" && isAtLeast(process.versions.node, needed)) {
    await import(pathToFileURL(script).href);
    return undefined;
  }
  forwardSignals();
  return await run(pinned ?? broughtNode(), [...nodeFlags, script, ...words]);
}

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`glow: ${error.message}`);
  process.exitCode = 1;
}

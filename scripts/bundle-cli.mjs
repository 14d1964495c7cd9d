// Makes the command line fast to start: src/cli as a few files of JavaScript in dist/cli, so that `--help` loads one of them
// and not hundreds. Each command is a file of its own, loaded when it is used; threads stay scripts of their own beside them.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { bundledLicenses } from "./bundled-licenses.mjs";

/** @typedef {{ fingerprint: string, files: string[] }} Stamp */

const stampName = "bundle.json";

/** Beside the bundle: whoever passes that on passes these on with it. */
const licensesName = "licenses.md";

/** A thread's script, as sources name it: it stands beside the file that starts it. */
const threadScript = /new URL\("\.\/([a-z0-9-]+)\.ts", import\.meta\.url\)/g;

/** A module of Node, as esbuild leaves its import in what it makes. */
const builtinImport = /^import (?:\* as )?([$\w]+|\{[^}]*\}) from ("node:[a-z0-9_/]+");$/gm;

/**
 * Where the bundle is, or will be.
 * @param {string} root the folder of package.json
 */
export function bundledCli(root) {
  return join(root, "dist", "cli", "main.js");
}

/**
 * Brings dist/cli up to date. When it is, this reads the times of the sources and nothing else.
 * @param {string} root the folder of package.json
 * @returns {Promise<string>} the script to run
 */
export async function bundleCli(root) {
  const target = join(root, "dist", "cli");
  const sources = sourcesOf(join(root, "src"));
  const fingerprint = fingerprintOf(root, [...sources, join(root, "package.json"), import.meta.filename]);
  const before = readStamp(target);
  if (before?.fingerprint === fingerprint && existsSync(bundledCli(root))) return bundledCli(root);

  const threads = sources
    .flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(threadScript)].map(([, name]) => join(dirname(path), `${name}.ts`)),
    )
    .filter((path) => existsSync(path));
  const { build } = await import("esbuild");
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, "src", "cli", "main.ts"), ...new Set(threads)],
    outdir: target,
    // All in one folder: so a thread's script is beside every file, wherever the code that starts it has gone.
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node26",
    // What is small and on the way of every start stands among the packages for development, and is taken in. All others stay
    // what they are.
    external: Object.keys(dependencies),
    plugins: [{ name: "places", setup: (builder) => keepPlaces(builder, target) }],
    metafile: true,
    write: false,
    logLevel: "error",
  });
  mkdirSync(target, { recursive: true });
  const files = outputFiles.map(({ path }) => basename(path));
  // What starts it all comes last: until then the old one is whole.
  const ordered = outputFiles.toSorted((a, b) => Number(isMain(a.path)) - Number(isMain(b.path)));
  for (const { path, text } of ordered) replace(path, withoutBuiltinImports(text));
  replace(join(target, licensesName), bundledLicenses(root, Object.keys(metafile.inputs)));
  replace(join(target, stampName), JSON.stringify({ fingerprint, files }));
  for (const old of before?.files ?? []) if (!files.includes(old)) rmSync(join(target, old), { force: true });
  return bundledCli(root);
}

/**
 * Where a source stands is said in the bundle by where it stood: it may look for what lies beside it. A thread's script
 * comes with it, and ends in `.js`.
 * @param {import("esbuild").PluginBuild} builder
 * @param {string} target the folder of the bundle
 */
function keepPlaces(builder, target) {
  builder.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
    const place = JSON.stringify(`/${relative(target, dirname(path)).replaceAll("\\", "/")}`);
    const contents = readFileSync(path, "utf8")
      .replace(threadScript, 'new URL("./$1.js", import.meta.url)')
      .replaceAll("import.meta.dirname", () => `(import.meta.dirname + ${place})`);
    return { contents, loader: "ts" };
  });
}

/**
 * An import of `node:http` loads whatever it could give, `fetch` and HTTP/2 among it: 15 MB of memory in every process.
 * Asked for as an object, it loads what is used of it.
 * @param {string} text
 */
function withoutBuiltinImports(text) {
  return text.replace(builtinImport, (_, /** @type {string} */ names, /** @type {string} */ name) => {
    return `const ${names.replaceAll(" as ", ": ")} = globalThis.process.getBuiltinModule(${name});`;
  });
}

/** @param {string} path */
function isMain(path) {
  return basename(path) === "main.js";
}

/**
 * At once: somebody may be starting it.
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
function replace(path, contents) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).startsWith("web"))
    .toSorted();
}

/**
 * @param {string} root
 * @param {readonly string[]} paths
 */
function fingerprintOf(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/**
 * @param {string} target
 * @returns {Stamp | undefined}
 */
function readStamp(target) {
  try {
    return JSON.parse(readFileSync(join(target, stampName), "utf8"));
  } catch {
    return undefined;
  }
}

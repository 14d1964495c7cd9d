// Brings js-libp2p when somebody wants to be compared with it: its packages are no part of this project and live in a
// folder of their own, at the versions of a lockfile of their own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

const folder = import.meta.dirname;

/** Installs what is not there yet. No script of a package is run. Throws where it can't, with no network for example. */
export async function install(say: (text: string) => void): Promise<void> {
  if (isInstalled()) return;
  const args = ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // Without a network npm would go on trying for minutes.
  args.push("--fetch-retries=1", "--fetch-retry-mintimeout=1000");
  say(`installing packages: npm ${args.join(" ")}`);
  const npm = process.env["npm_execpath"];
  const [command, words, shell] =
    npm?.endsWith(".js") === true
      ? [process.execPath, [npm, ...args], false]
      : ["npm", args, process.platform === "win32"];
  // What this writes to its output is the report.
  const child = spawn(command, words, { cwd: folder, shell, stdio: ["ignore", 2, 2] });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0 || !isInstalled()) throw new Error(`its packages could not be installed: npm ended with code ${code}`);
}

/** npm writes down what it has installed when it is done. */
function isInstalled(): boolean {
  const present = lockedVersions(join(folder, "node_modules", ".package-lock.json"));
  return present !== undefined && isDeepStrictEqual(present, lockedVersions(join(folder, "package-lock.json")));
}

function lockedVersions(path: string): Record<string, string | undefined> | undefined {
  try {
    const { packages } = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, { integrity?: string }> };
    const entries = Object.entries(packages).filter(([name]) => name !== "");
    return Object.fromEntries(entries.map(([name, { integrity }]) => [name, integrity]));
  } catch {
    return undefined;
  }
}

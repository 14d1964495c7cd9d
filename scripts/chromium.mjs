// Finds the browser that browser tests drive, and on a Debian or Ubuntu where this runs as root, installs it.

import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { capture, run } from "./child.mjs";
import { SetupError } from "./setup-error.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Where installers put it when they don't put it on PATH. */
const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * The path of a Chromium or Chrome: `CHROMIUM_PATH` if that is set, else on PATH, in a usual place, or one that
 * Playwright has downloaded.
 * @param {readonly string[]} [places]
 * @returns {string | undefined}
 */
export function findChromium(places = usualPlaces) {
  const chosen = process.env["CHROMIUM_PATH"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const onPath = (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, ...places, ...downloadedByPlaywright()].find(isProgram);
}

/**
 * @param {(text: string) => void} say
 * @param {readonly string[]} [places]
 * @returns {Promise<string>}
 */
export async function requireChromium(say, places = usualPlaces) {
  const found = findChromium(places) ?? (await installChromium(say, places));
  if (found === undefined) {
    throw new SetupError(`The browser tests need Chromium or Chrome, and none was found. Install one:
  ${installCommand()}
or name one that is there: CHROMIUM_PATH=/path/to/chromium npm test`);
  }
  if (!isProgram(found)) {
    throw new SetupError(`CHROMIUM_PATH is ${found}, which is not a program that can be run.`);
  }
  return found;
}

/**
 * @param {(text: string) => void} say
 * @param {readonly string[]} places
 */
async function installChromium(say, places) {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return undefined;
  const install = ["install", "--yes", "--no-install-recommends", "chromium"];
  say(`the browser tests need Chromium; running: apt-get update && apt-get ${install.join(" ")}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], install]) {
    const patient = ["-o", "DPkg::Lock::Timeout=300", ...args];
    const code = await run("apt-get", patient, { stdio: ["ignore", "inherit", "inherit"], env: environment });
    if (code !== 0) throw new SetupError(`apt-get ${args[0]} ended with code ${code}; its message is above.`);
  }
  const found = findChromium(places);
  if (found === undefined) return undefined;
  // Ubuntu's package of that name is a script that asks for a snap.
  const { code } = await capture(found, ["--version"]);
  return code === 0 ? found : undefined;
}

function installCommand() {
  if (process.platform === "darwin") return "brew install --cask chromium";
  if (process.platform === "win32") return "winget install Google.Chrome";
  if (!existsSync("/etc/debian_version")) return "npx playwright-core install chromium";
  const ubuntu = existsSync("/etc/lsb-release");
  return ubuntu ? "npx playwright-core install --with-deps chromium" : "sudo apt-get install chromium";
}

/** @returns {string[]} */
function downloadedByPlaywright() {
  const cache = process.env["PLAYWRIGHT_BROWSERS_PATH"] ?? join(homedir(), ".cache", "ms-playwright");
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((folder) => /^chromium-\d+$/.test(folder))
    .flatMap((folder) => ["chrome-linux64", "chrome-linux"].map((inner) => join(cache, folder, inner, "chrome")));
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

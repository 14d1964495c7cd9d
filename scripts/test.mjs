// `npm test`: the checks, then every suite. It ends with a table of the time each suite took beside its budget, and
// with one line that programs may read: `N passed, N failed` (and `, N skipped`, if any were).

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, checkSteps } from "./check.mjs";
import { requireChromium } from "./chromium.mjs";
import { buildPage } from "./page.mjs";
import { suites, testCompileCache, totalBudgetSeconds } from "./suites.mjs";
import { verdict } from "./verdict.mjs";

/** @typedef {import("./toolchain.mjs").Toolchain} Toolchain */
/** @typedef {import("./verdict.mjs").Report} Report */

/**
 * @param {Toolchain} tools
 * @param {string[]} args for vitest; with any, only what they choose is run, without checks
 * @param {(text: string) => void} say
 * @returns {Promise<number>} the exit code
 */
export async function test(tools, args, say) {
  if ((await buildPage(tools, say)) !== 0) return 1;
  if (args.length > 0) return await tools.run([tools.tool("vitest"), "run", ...args]);

  const chromium = await requireChromium(say);
  const startMs = performance.now();
  const failedChecks = await check(tools, checkSteps(tools));
  if (failedChecks > 0) {
    say("the tests were not run, since a check failed");
    console.log(`0 passed, ${failedChecks} failed`);
    return 1;
  }
  const checkSeconds = (performance.now() - startMs) / 1000;

  const { report, code } = await runSuites(tools, chromium);
  const totalSeconds = (performance.now() - startMs) / 1000;
  const { lines, failed } = verdict({ report, code, suites, checkSeconds, totalSeconds, totalBudgetSeconds });
  console.log(lines.join("\n"));
  return failed ? 1 : 0;
}

/**
 * @param {Toolchain} tools
 * @param {string} chromium
 * @returns {Promise<{ report: Report | undefined, code: number }>}
 */
async function runSuites(tools, chromium) {
  rmSync(join(tools.root, testCompileCache), { recursive: true, force: true });
  const folder = mkdtempSync(join(tmpdir(), "glow-test-"));
  const path = join(folder, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=./scripts/suite-reporter.mjs"];
    const environment = { CHROMIUM_PATH: chromium, GLOW_SUITE_REPORT: path };
    const code = await tools.run([tools.tool("vitest"), "run", ...reporters], environment);
    return { report: readReport(path), code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} path
 * @returns {Report | undefined} nothing if vitest died before it could write one
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

// How the tests run: one vitest project per suite of scripts/suites.mjs, one suite after the other, so that what a suite
// takes can be measured and no suite of real processes runs beside one that keeps all cores busy.

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { findChromium } from "./scripts/chromium.mjs";
import { suites, testCompileCache } from "./scripts/suites.mjs";

/** Starts what browser tests talk to, and tells them where it listens. */
const browserServers = "test/runtime/browser-servers.ts";

const chromium = findChromium();

/**
 * Tests start programs hundreds of times, and workers for each file: what Node has stripped of types and compiled for one
 * of them serves all others. `npm test` begins with an empty one (scripts/test.mjs), since copies of programs in temporary
 * folders leave theirs in it.
 */
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, testCompileCache);

/** Suites whose files take turns: what they measure or wait for is real time. */
const oneByOne = ["runtime"];

/**
 * Suites whose files share processes: they touch nothing of a process but its time, and would spend up to a third of that
 * on starting it and on having the same code loaded and compiled anew.
 */
const shared = ["unit", "formats", "scenarios"];

const projects = suites.map(({ name, include, exclude = [] }, index): TestProjectInlineConfiguration => {
  const test = {
    name,
    include,
    exclude: ["**/node_modules/**", ...exclude],
    fileParallelism: !oneByOne.includes(name),
    isolate: !shared.includes(name),
    // vitest runs group 0 last if it has one worker.
    sequence: { groupOrder: index + 1 },
  };
  return name === "browser" ? browserProject(test) : { extends: true, test };
});

function browserProject(test: TestProjectInlineConfiguration["test"]): TestProjectInlineConfiguration {
  const provider = playwright({
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--js-flags=--expose-gc",
      ],
    },
  });
  return {
    extends: true,
    test: {
      ...test,
      globalSetup: existsSync(browserServers) ? [browserServers] : [],
      browser: {
        enabled: true,
        headless: true,
        ui: false,
        screenshotFailures: false,
        provider,
        instances: [{ browser: "chromium", name: "browser" }],
      },
    },
  };
}

export default defineConfig({
  test: {
    projects,
    // Processes, so that a test of memory or of a crash meets nobody else's; `gc()` is there for the former.
    pool: "forks",
    execArgv: ["--expose-gc"],
    maxWorkers: availableParallelism(),
    // Tests are let run for as long as a slow and busy machine needs; budgets are per suite.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Left to itself it is a second, in which a busy machine may not even have started a program.
    expect: { poll: { timeout: 30_000 } },
  },
});

// A vitest reporter that writes down, for each suite, how its tests ended and how long it took, for scripts/test.mjs.

import { writeFileSync } from "node:fs";

/** @typedef {import("vitest/node").TestModule} TestModule */
/** @typedef {import("./verdict.mjs").SuiteResult} SuiteResult */

export default class SuiteReporter {
  /** @type {Map<string, { startMs: number, endMs: number }>} */
  #times = new Map();

  /** @param {TestModule} module */
  onTestModuleQueued(module) {
    this.#seen(module);
  }

  /** @param {TestModule} module */
  onTestModuleEnd(module) {
    this.#seen(module);
  }

  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} errors
   */
  onTestRunEnd(modules, errors) {
    /** @type {Map<string, SuiteResult>} */
    const results = new Map();
    for (const [name, { startMs, endMs }] of this.#times) {
      results.set(name, { name, passed: 0, failed: 0, skipped: 0, seconds: (endMs - startMs) / 1000 });
    }
    for (const module of modules) {
      const result = results.get(module.project.name);
      if (result !== undefined) count(module, result);
    }
    const path = process.env["GLOW_SUITE_REPORT"];
    if (path !== undefined)
      writeFileSync(path, JSON.stringify({ suites: [...results.values()], errors: errors.length }));
  }

  /** @param {TestModule} module */
  #seen(module) {
    const now = performance.now();
    const times = this.#times.get(module.project.name);
    if (times === undefined) this.#times.set(module.project.name, { startMs: now, endMs: now });
    else times.endMs = now;
  }
}

/**
 * @param {TestModule} module
 * @param {SuiteResult} result
 */
function count(module, result) {
  // A file that can't be loaded has no tests to fail.
  result.failed += module.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === "passed") result.passed++;
    else if (state === "failed") result.failed++;
    else result.skipped++;
  }
}

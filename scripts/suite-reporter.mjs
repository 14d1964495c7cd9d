// A vitest reporter that writes down, for each suite, how its tests ended and how long it took, for scripts/test.mjs.

import { writeFileSync } from "node:fs";

/** @typedef {import("vitest/node").TestModule} TestModule */
/** @typedef {import("./verdict.mjs").SuiteResult} SuiteResult */

export default class SuiteReporter {
  /** @type {Map<string, SuiteResult>} */
  #results = new Map();
  #lastEndMs = performance.now();

  /**
   * Suites run one after the other, so a suite's time is all that passed since the one before it: with its browser, its
   * servers and its workers.
   * @param {TestModule} module
   */
  onTestModuleEnd(module) {
    const now = performance.now();
    this.#resultOf(module).seconds += (now - this.#lastEndMs) / 1000;
    this.#lastEndMs = now;
  }

  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} errors
   */
  onTestRunEnd(modules, errors) {
    for (const module of modules) count(module, this.#resultOf(module));
    const report = { suites: [...this.#results.values()], errors: errors.length };
    const path = process.env["GLOW_SUITE_REPORT"];
    if (path !== undefined) writeFileSync(path, JSON.stringify(report));
  }

  /**
   * @param {TestModule} module
   * @returns {SuiteResult}
   */
  #resultOf(module) {
    const { name } = module.project;
    const result = this.#results.get(name) ?? { name, passed: 0, failed: 0, skipped: 0, seconds: 0 };
    this.#results.set(name, result);
    return result;
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

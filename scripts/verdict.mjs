// What a run of all suites comes to: the closing lines of `npm test`, and whether it failed. Pure, so that each way to
// fail is tested.

/** @typedef {{ name: string, passed: number, failed: number, skipped: number, seconds: number }} SuiteResult */
/** @typedef {{ suites: SuiteResult[], errors: number }} Report `errors` are those outside any test */

/**
 * @param {object} run
 * @param {Report | undefined} run.report undefined if vitest died before it wrote one
 * @param {number} run.code vitest's exit code
 * @param {readonly { name: string, budgetSeconds: number }[]} run.suites
 * @param {number} run.checkSeconds
 * @param {number} run.totalSeconds
 * @param {number} run.totalBudgetSeconds
 * @returns {{ lines: string[], failed: boolean }}
 */
export function verdict({ report, code, suites, checkSeconds, totalSeconds, totalBudgetSeconds }) {
  const results = report?.suites ?? [];
  const passed = sum(results.map((suite) => suite.passed));
  const skipped = sum(results.map((suite) => suite.skipped));
  const failedTests = sum(results.map((suite) => suite.failed)) + (report?.errors ?? 0);

  /** @type {string[]} */
  const complaints = [];
  if (report === undefined) complaints.push(`FAILED: vitest ended with code ${code} before it had a result`);
  else if (passed + failedTests === 0) complaints.push("FAILED: no test was run");
  else if (code !== 0 && failedTests === 0) complaints.push(`FAILED: vitest ended with code ${code}`);

  const failed = failedTests + complaints.length;
  const rows = suites.map(({ name, budgetSeconds }) => {
    const result = results.find((suite) => suite.name === name);
    const tests = (result?.passed ?? 0) + (result?.failed ?? 0);
    return { name, tests: String(tests), seconds: result?.seconds ?? 0, budgetSeconds };
  });
  const overdue = rows.filter(({ seconds, budgetSeconds }) => seconds > budgetSeconds);
  return {
    lines: [
      "",
      line("suite", "tests", "seconds", "budget"),
      line("checks", "", checkSeconds.toFixed(1), ""),
      ...rows.map((row) => line(row.name, row.tests, row.seconds.toFixed(1), String(row.budgetSeconds))),
      line("all", String(passed + failedTests), totalSeconds.toFixed(1), String(totalBudgetSeconds)),
      "",
      ...overdue.map(
        ({ name, seconds, budgetSeconds }) =>
          `WARNING: the suite ${name} took ${seconds.toFixed(1)} s; its budget is ${budgetSeconds} s`,
      ),
      ...(totalSeconds > totalBudgetSeconds
        ? [`WARNING: all of it took ${Math.round(totalSeconds)} s; ${totalBudgetSeconds} s is what it may take`]
        : []),
      ...complaints,
      `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    ],
    failed: failed > 0,
  };
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/**
 * @param {string} name
 * @param {string} tests
 * @param {string} seconds
 * @param {string} budget
 */
function line(name, tests, seconds, budget) {
  return `${name.padEnd(12)}${tests.padStart(8)}${seconds.padStart(10)}${budget.padStart(8)}`.trimEnd();
}

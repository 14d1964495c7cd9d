// What `npm test` says at its end, for every way a run can go.

import { expect, test } from "vitest";
import { verdict } from "./verdict.mjs";

const suites = [
  { name: "unit", budgetSeconds: 60 },
  { name: "swarm", budgetSeconds: 90 },
];

const passing = { name: "unit", passed: 12, failed: 0, skipped: 0, seconds: 1.25 };

function judge(change: Partial<Parameters<typeof verdict>[0]>) {
  const run = { report: { suites: [passing], errors: 0 }, code: 0, suites, checkSeconds: 2, totalSeconds: 9 };
  const { lines, failed } = verdict({ ...run, totalBudgetSeconds: 600, ...change });
  return { failed, last: lines.at(-1), text: lines.join("\n") };
}

test("a run in which all passed", () => {
  const { failed, last, text } = judge({});
  expect({ failed, last }).toEqual({ failed: false, last: "12 passed, 0 failed" });
  expect(text).toMatch(/^unit +12 +1\.3 +60$/m);
  expect(text).toMatch(/^swarm +0 +0\.0 +90$/m);
  expect(text).toMatch(/^all +12 +9\.0 +600$/m);
  expect(text).not.toContain("WARNING");
});

test("failed and skipped tests are counted over all suites", () => {
  const other = { name: "swarm", passed: 3, failed: 2, skipped: 4, seconds: 1 };
  const { failed, last } = judge({ report: { suites: [passing, other], errors: 0 }, code: 1 });
  expect({ failed, last }).toEqual({ failed: true, last: "15 passed, 2 failed, 4 skipped" });
});

test("an error outside any test is a failure", () => {
  const { failed, last } = judge({ report: { suites: [passing], errors: 1 }, code: 1 });
  expect({ failed, last }).toEqual({ failed: true, last: "12 passed, 1 failed" });
});

test("a run without a test is a failure", () => {
  const { failed, last, text } = judge({ report: { suites: [], errors: 0 } });
  expect({ failed, last }).toEqual({ failed: true, last: "0 passed, 1 failed" });
  expect(text).toContain("no test was run");
});

test("a run in which all were skipped is a failure", () => {
  const skipped = { ...passing, passed: 0, skipped: 5 };
  const { failed, last } = judge({ report: { suites: [skipped], errors: 0 } });
  expect({ failed, last }).toEqual({ failed: true, last: "0 passed, 1 failed, 5 skipped" });
});

test("vitest dying without a result is a failure", () => {
  const { failed, last, text } = judge({ report: undefined, code: 134 });
  expect({ failed, last }).toEqual({ failed: true, last: "0 passed, 1 failed" });
  expect(text).toContain("code 134");
});

test("an exit code that no test explains is a failure", () => {
  expect(judge({ code: 1 })).toMatchObject({ failed: true, last: "12 passed, 1 failed" });
});

test("what is over its budget, a suite or all of it, is a warning: the machine may be busy", () => {
  const slow = judge({ report: { suites: [{ ...passing, seconds: 61 }], errors: 0 } });
  expect(slow).toMatchObject({ failed: false, last: "12 passed, 0 failed" });
  expect(slow.text).toContain("WARNING: the suite unit took 61.0 s; its budget is 60 s");

  const late = judge({ totalSeconds: 601 });
  expect(late).toMatchObject({ failed: false, last: "12 passed, 0 failed" });
  expect(late.text).toContain("WARNING: all of it took 601 s; 600 s is what it may take");
});

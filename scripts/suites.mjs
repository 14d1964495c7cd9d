// The suites of `npm test`, in the order in which they run, with the time each may take. vitest.config.ts makes a
// vitest project of each; scripts/test.mjs prints the time measured beside the time allowed.

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} about
 * @property {string[]} include
 * @property {string[]} [exclude]
 * @property {number} budgetSeconds More is said aloud, but fails nothing: machines are noisy.
 */

/** Where Node keeps what it has compiled for tests and for the programs they start, from the folder of package.json. */
export const testCompileCache = ".cache/test-compile";

export const browserTests = ["src/**/*.browser.test.ts", "test/**/*.browser.test.ts"];

/** They wait for no time of their own, and need not take turns. */
const programTests = [
  ...["cli", "node", "web", "hosts"].map((face) => `test/runtime/${face}/**/*.test.ts`),
  ...["bench", "cli-idl", "index-crash"].map((name) => `test/runtime/${name}.test.ts`),
];

/** They measure the memory of their process, which nobody else's leavings may grow or shrink. */
const memoryTests = [
  ...["flow-control", "hostile-memory", "long-streams", "many-capabilities"].map((name) => `firefly/${name}`),
  "resumable-memory",
].map((name) => `test/scenarios/${name}.test.ts`);

/** @type {Suite[]} */
export const suites = [
  {
    name: "tidy",
    about: "the house rules: boundaries, names, sizes, leftovers",
    include: ["test/tidy.test.ts", "test/tidy/**/*.test.ts"],
    budgetSeconds: 15,
  },
  {
    name: "unit",
    about: "one part, beside its code",
    include: ["src/**/*.test.ts", "scripts/**/*.test.ts"],
    exclude: browserTests,
    budgetSeconds: 60,
  },
  {
    name: "formats",
    about: "bytes written by earlier releases, and the vectors of the documents",
    include: ["test/formats/**/*.test.ts"],
    budgetSeconds: 20,
  },
  {
    name: "compliance",
    about: "one suite per interface, run by every implementation",
    include: ["test/compliance/**/*.test.ts"],
    exclude: browserTests,
    budgetSeconds: 60,
  },
  {
    name: "scenarios",
    about: "whole stories in the simulated world",
    include: ["test/scenarios/**/*.test.ts"],
    exclude: memoryTests,
    budgetSeconds: 90,
  },
  {
    name: "memory",
    about: "stories after which nothing may be left, each file in a process of its own",
    include: memoryTests,
    budgetSeconds: 15,
  },
  {
    name: "swarm",
    about: "the small version of `npm run swarm`",
    include: ["test/swarm/**/*.test.ts"],
    budgetSeconds: 90,
  },
  {
    name: "runtime",
    about: "real processes, sockets and files",
    include: ["test/runtime/**/*.test.ts"],
    exclude: [...browserTests, ...programTests],
    budgetSeconds: 120,
  },
  {
    name: "programs",
    about: "whole programs as people use them, two at a time",
    include: programTests,
    budgetSeconds: 120,
  },
  { name: "browser", about: "in Chromium", include: browserTests, budgetSeconds: 60 },
];

/** What all of `npm test`, checks included, may take on two cores. More is said aloud, too: whose machine is busy is not at fault. */
export const totalBudgetSeconds = 600;

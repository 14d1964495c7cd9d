// `npm run check`: everything that can be said about the code without running it. The steps run side by side; each
// says how it went and how long it took, and what it found only if it found something.

/** @typedef {import("./toolchain.mjs").Toolchain} Toolchain */
/** @typedef {{ name: string, script: string[] }} Step */

/** What the linter looks at; left to itself it would also look into packages. */
export const linted = ["src", "test", "bench", "scripts", "vitest.config.ts"];

/**
 * @param {Toolchain} tools
 * @returns {Step[]}
 */
export function checkSteps(tools) {
  const tsc = tools.tool("typescript", "tsc");
  return [
    { name: "types of the core", script: [tsc, "-p", "tsconfig.core.json"] },
    { name: "types under Node", script: [tsc, "-p", "tsconfig.node.json"] },
    { name: "types in browsers", script: [tsc, "-p", "tsconfig.browser.json"] },
    { name: "lint", script: [tools.tool("oxlint"), ...linted] },
    { name: "format", script: [tools.tool("@biomejs/biome", "biome"), "format", "."] },
  ];
}

/**
 * The house rules: they are tests, so `npm test` need not take this step.
 * @param {Toolchain} tools
 * @returns {Step}
 */
export function tidyStep(tools) {
  return { name: "boundaries and house rules", script: [tools.tool("vitest"), "run", "--project", "tidy"] };
}

/**
 * @param {Toolchain} tools
 * @param {readonly Step[]} steps
 * @returns {Promise<number>} how many failed
 */
export async function check(tools, steps) {
  const outcomes = await Promise.all(
    steps.map(async ({ name, script }) => {
      const startMs = performance.now();
      const { code, output } = await tools.capture(script);
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
      if (code !== 0) console.log(output.trimEnd());
      return code;
    }),
  );
  return outcomes.filter((code) => code !== 0).length;
}

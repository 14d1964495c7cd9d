// Proves that the lint and the core's own tsconfig refuse what they are there to refuse: each banned power is used in a
// small project that has this one's settings.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import type { Sample } from "./rule.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "glow-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const timePowers = ["performance", "Temporal"];
const turnPowers = ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"];
const machinePowers = ["process", "Buffer", "fetch", "WebSocket", "crypto", "localStorage", "document"];
const unseeded = ["FinalizationRegistry", "WeakRef", "SharedArrayBuffer", "Atomics", "globalThis"];
const powers = [...timePowers, ...turnPowers, ...machinePowers, ...unseeded];

/** One use a line, so that a line number names a power. */
const uses = powers.map((power) => `console.assert(${power});\n`).join("");

function write(sample: Sample): void {
  for (const [path, text] of Object.entries(sample)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

async function output(tool: string, args: readonly string[]): Promise<string> {
  const program = join(root, "node_modules", ".bin", tool);
  const run = promisify(execFile)(program, args, { cwd: folder, shell: process.platform === "win32" });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return stdout;
}

/** What oxlint, set as here, says of a project: `path:line rule`. */
async function lint(sample: Sample): Promise<string[]> {
  for (const file of [".oxlintrc.json", "package.json", "tsconfig.base.json", "tsconfig.node.json"]) {
    cpSync(join(root, file), join(folder, file));
  }
  write({ "tsconfig.json": '{ "extends": "./tsconfig.base.json", "include": ["src"] }', ...sample });
  const { diagnostics } = JSON.parse(await output("oxlint", ["--format=json", ...Object.keys(sample)])) as {
    diagnostics: { code: string; filename: string; labels: { span: { line: number } }[] }[];
  };
  return diagnostics.map(({ code, filename, labels }) => {
    return `${filename.replaceAll("\\", "/")}:${labels[0]?.span.line} ${code.replace(/^.*\((.*)\)$/, "$1")}`;
  });
}

test.each(["src/base", "src/firefly/codec", "src/mesh", "src/platform/simulated"])(
  "%s may use no ambient power",
  async (place) => {
    const found = await lint({ [`${place}/sample.ts`]: uses });
    const caught = powers.filter((_, i) => found.includes(`${place}/sample.ts:${i + 1} no-restricted-globals`));
    expect(caught).toEqual(powers);
  },
);

test.each(["src/platform/nodejs", "src/platform/browser"])("%s makes those powers", async (place) => {
  const found = await lint({ [`${place}/sample.ts`]: uses });
  expect(found.filter((each) => each.endsWith("no-restricted-globals"))).toEqual([]);
});

test("a parameter or a member named like a power is none", async () => {
  const code = "export const a = (crypto: { Date: number }) => crypto.Date;\n";
  expect(await lint({ "src/base/member.ts": code })).toEqual([]);
});

test("chance, the time, dropped promises, cycles, any and forgotten cases are refused", async () => {
  const found = await lint({
    "src/base/one.ts": `import { two } from "./two.ts";
export const one = two + Math.random();
export const now = Date.now();
export async function later(): Promise<void> {}
later();
export const anything: any = 1;
export function pick(x: "a" | "b"): void {
  switch (x) {
    case "a":
      break;
  }
}
`,
    "src/base/two.ts": `import { one } from "#base/one.ts";\nexport const two: number = one;\n`,
  });
  expect(found).toEqual(
    expect.arrayContaining([
      "src/base/one.ts:1 no-cycle",
      "src/base/one.ts:2 no-restricted-properties",
      "src/base/one.ts:3 no-restricted-properties",
      "src/base/one.ts:5 no-floating-promises",
      "src/base/one.ts:6 no-explicit-any",
      "src/base/one.ts:8 switch-exhaustiveness-check",
    ]),
  );
});

test("for the core's tsconfig, powers of the host do not exist", async () => {
  for (const file of ["tsconfig.base.json", "tsconfig.core.json"]) cpSync(join(root, file), join(folder, file));
  // The language has these itself: for them there is the lint.
  const ofLanguage = ["Temporal", ...unseeded];
  const names = powers.filter((power) => !ofLanguage.includes(power));
  write({
    "src/base/host.ts": names.map((name) => `export const use_${name} = ${name};\n`).join(""),
    "src/base/node.ts": 'import "node:fs";\n',
  });
  const found = await output("tsc", ["-p", "tsconfig.core.json"]);
  const caught = names.filter((_, i) => found.includes(`src/base/host.ts(${i + 1},`));
  expect(caught).toEqual(names);
  expect(found).toContain("src/base/node.ts(1,8)");
});

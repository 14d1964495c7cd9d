// What is generated from any schema is TypeScript under the strictest settings, the same each time, and no larger than
// its schema asks for.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generate, generatedPath } from "#firefly/schema/generator.ts";
import { link } from "#firefly/schema/linker.ts";
import { parse } from "#firefly/schema/parser.ts";
import type { Schema } from "#firefly/schema/schema.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { someSchema } from "../arbitraries/schema.ts";

const root = resolve(import.meta.dirname, "../..");
const crypto = new NodeCrypto();
const runtime = join(root, "src", "firefly", "runtime.ts");

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-generated-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(schema: Schema, name: string): Promise<void> {
  for (const [file, { path }] of schema.files.entries()) {
    const target = join(folder, name, generatedPath(path));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, generate(schema, file, { crypto, runtime }));
  }
}

/** What the compiler says about everything in the folder; empty if all is well. */
async function complaints(): Promise<string> {
  const config = {
    extends: join(root, "tsconfig.core.json"),
    include: [folder, join(root, "src", "base", "universal.d.ts")],
    exclude: [],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  try {
    await promisify(execFile)(process.execPath, [tsc, "-p", join(folder, "tsconfig.json")]);
    return "";
  } catch (thrown) {
    const { stdout } = thrown as { stdout: string };
    return stdout
      .split("\n")
      .filter((line) => line.includes(basename(folder)))
      .join("\n");
  }
}

test("it compiles", async () => {
  const schemas = fc.sample(someSchema, { seed: 7, numRuns: 60 });
  for (const [index, schema] of schemas.entries()) await write(schema, `schema-${index}`);
  expect(await complaints()).toBe("");
  // The compiler does look there.
  await writeFile(join(folder, "wrong.ts"), "export const wrong: string = 1;\n");
  expect(await complaints()).toContain("wrong.ts");
});

test("the same schema gives the same text", () => {
  fc.assert(
    fc.property(someSchema, (schema) => {
      for (const file of schema.files.keys()) {
        const once = generate(schema, file, { crypto });
        expect(generate(structuredClone(schema), file, { crypto })).toBe(once);
        expect(once).toMatch(/^\/\/ Generated from (one|two)\.firefly by `glow idl gen`\. Do not edit/);
      }
    }),
    { numRuns: 30 },
  );
});

test("records that hold one another many times over are no more work than they are text", () => {
  const levels = Array.from({ length: 60 }, (_, i) => `export interface R${i} { a: R${i + 1}; b: R${i + 1}; }`);
  const file = parse("a.firefly", `${levels.join("\n")}\nexport interface R60 { i: I; }\nexport interface I { get(): Promise<R0>; }`);
  const { schema } = link([file]);
  expect(file.source.problems).toEqual([]);
  expect(generate(schema, 0, { crypto }).length).toBeLessThan(100_000);
});

test("the name of a source cannot become code", () => {
  const file = parse("a/x\nexport const injected = 1;\u2028.firefly", "export interface A { a: i8; }");
  const text = generate(link([file]).schema, 0, { crypto, runtime: '"; evil(); "' });
  const [first] = text.split("\n");
  expect(first).toBe(
    "// Generated from x?export const injected = 1;?.firefly by `glow idl gen`. Do not edit: edit the source and generate again.",
  );
  expect(text).toContain('} from "\\"; evil(); \\"";');
});

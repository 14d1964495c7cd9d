// `glow idl` as real processes, as people and build scripts run it.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashOf } from "#firefly/schema/canonical.ts";
import { link } from "#firefly/schema/linker.ts";
import { parse } from "#firefly/schema/parser.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-idl-"));
});

afterEach(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `glow idl` in the folder. */
function idl(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, "idl", ...words], { cwd: folder }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function read(path: string): Promise<string> {
  return readFile(join(folder, path), "utf8");
}

const point = "export interface Point { x: i32; y: i32; }\n";
const canvas =
  'import type { Point } from "../point.firefly";\nexport interface Canvas { draw(at: Point): Promise<void>; }\n';

describe("gen", () => {
  test("writes code and locks for all files of a folder, once", async () => {
    await write({ "a/point.firefly": point, "a/b/canvas.firefly": canvas, "a/node_modules/x/y.firefly": "nonsense" });
    const first = await idl("gen", "a");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out.trim().split("\n").toSorted()).toEqual([
      "wrote a/b/canvas.firefly.lock",
      "wrote a/b/generated/canvas.ts",
      "wrote a/generated/point.ts",
      "wrote a/point.firefly.lock",
    ]);
    expect(await read("a/b/generated/canvas.ts")).toContain('} from "../../generated/point.ts";');
    expect(await read("a/generated/point.ts")).toContain('} from "#firefly/runtime.ts";');
    expect(await idl("gen", "./a/")).toEqual({ code: 0, out: "4 files were up to date\n", err: "" });
    expect((await readdir(join(folder, "a"))).toSorted()).toEqual([
      "b",
      "generated",
      "node_modules",
      "point.firefly",
      "point.firefly.lock",
    ]);
  });

  test("--check writes nothing, and says what is out of date", async () => {
    await write({ "point.firefly": point });
    const before = await idl("gen", "--check", "point.firefly");
    expect(before).toMatchObject({ code: 1, out: "" });
    expect(before.err).toContain("generated/point.ts is not what the source says");
    expect(before.err).toContain("point.firefly.lock is not what the source says");
    expect(await readdir(folder)).toEqual(["point.firefly"]);
    await idl("gen", "point.firefly");
    expect(await idl("gen", "--check", "point.firefly")).toEqual({ code: 0, out: "2 files are up to date\n", err: "" });
    await writeFile(join(folder, "generated/point.ts"), "// edited\n");
    expect(JSON.parse((await idl("gen", "--check", "--json", "point.firefly")).out)).toEqual({
      ok: false,
      outdated: ["generated/point.ts"],
    });
  });

  test("--runtime names the library", async () => {
    await write({ "point.firefly": point });
    expect(await idl("gen", "--runtime", "glow/firefly", "point.firefly")).toMatchObject({ code: 0 });
    expect(await read("generated/point.ts")).toContain('} from "glow/firefly";');
  });

  test("keeps numbers, and refuses what would break peers unless it is told to", async () => {
    await write({ "point.firefly": point });
    await idl("gen", "point.firefly");
    await write({ "point.firefly": "export interface Point { z?: i32; y: i32; x: i32; }\n" });
    expect(await idl("gen", "point.firefly")).toMatchObject({ code: 0, err: "" });
    expect(await read("point.firefly.lock")).toContain('{ "number": 2, "name": "z", "type": "i32", "optional": true }');

    const lock = await read("point.firefly.lock");
    await write({ "point.firefly": "export interface Point { y: string; }\n" });
    const refused = await idl("gen", "point.firefly");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("point.firefly: Point.y: its type changed from i32 to string (breaking)");
    expect(refused.err).toContain("point.firefly: Point.x: the field was removed (breaking)");
    expect(refused.err).toContain("Nothing was written.");
    expect(await read("point.firefly.lock")).toBe(lock);
    expect(await idl("gen", "--breaking", "point.firefly")).toMatchObject({ code: 0, err: "" });
    expect(await read("point.firefly.lock")).toContain('{ "number": 0, "name": "x" }');
  });

  test("writes nothing if there is a problem anywhere", async () => {
    await write({ "a/point.firefly": "export interface Point { x: i33; }\n", "a/b/canvas.firefly": canvas });
    const { code, out, err } = await idl("gen", "a/b/canvas.firefly");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe(`a/point.firefly:1:29: there is no type i33
  1 | export interface Point { x: i33; }
    |                             ^^^
  did you mean i32?

1 problem
`);
    expect(await readdir(join(folder, "a/b"))).toEqual(["canvas.firefly"]);
  });
});

describe("check", () => {
  test("is content with what gen left", async () => {
    await write({ "point.firefly": point });
    await idl("gen", "point.firefly");
    expect(await idl("check", "point.firefly")).toEqual({
      code: 0,
      out: "point.firefly: 1 declarations, no problems\n",
      err: "",
    });
  });

  test("fails if the lock is missing or out of date, and says what changed", async () => {
    await write({ "point.firefly": point });
    expect(await idl("check", "point.firefly")).toMatchObject({
      code: 1,
      err: expect.stringContaining("the lock is missing"),
    });
    await idl("lock", "point.firefly");
    await write({ "point.firefly": "export interface Point { x: i32; z?: i8; }\n" });
    const { code, err } = await idl("check", "point.firefly");
    expect(code).toBe(1);
    expect(err).toContain("Point.z: the field is new (compatible)");
    expect(err).toContain("Point.y: the field was removed (breaking)");
    expect(err).toContain("the lock is outdated; run `glow idl lock point.firefly`");
  });

  test("tells programs as JSON", async () => {
    await write({ "bad.firefly": "export class A {}\nexport interface B { c: D; }\n" });
    const { code, out, err } = await idl("check", "--json", "bad.firefly");
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      omitted: 0,
      problems: [
        { path: "bad.firefly", line: 1, column: 8 },
        { path: "bad.firefly", line: 2, column: 25, message: "there is no type D" },
      ],
    });
    await write({ "point.firefly": point });
    await idl("lock", "point.firefly");
    await write({ "point.firefly": "export interface Point { x: i32; }\n" });
    expect(JSON.parse((await idl("check", "--json", "point.firefly")).out)).toEqual({
      ok: false,
      files: [
        {
          path: "point.firefly",
          declarations: 1,
          lock: "outdated",
          changes: [{ declaration: "Point", member: "y", breaking: true, message: "the field was removed" }],
        },
      ],
    });
  });

  test("says how many problems it does not show", async () => {
    await write({ "bad.firefly": "export class A {}\n".repeat(30) });
    const { err } = await idl("check", "bad.firefly");
    expect(err).toContain("30 problems, the first 20 of which are shown");
  });
});

test("hash prints what peers compare", async () => {
  await write({ "point.firefly": point });
  const { schema } = link([parse("point.firefly", point)]);
  const hash = hashOf(schema, 0, new NodeCrypto());
  expect(await idl("hash", "point.firefly")).toEqual({ code: 0, out: `${hash}  Point  (point.firefly)\n`, err: "" });
  expect(JSON.parse((await idl("hash", "--json", "point.firefly")).out)).toEqual([
    { path: "point.firefly", kind: "record", name: "Point", hash },
  ]);
});

test("print prints the canonical form", async () => {
  await write({ "point.firefly": `// A comment.\n${point}` });
  const text = "export interface Point {\n  x: i32;\n  y: i32;\n}\n";
  expect(await idl("print", "point.firefly")).toEqual({ code: 0, out: text, err: "" });
  expect(JSON.parse((await idl("print", "--json", "point.firefly")).out)).toEqual([{ path: "point.firefly", text }]);
});

describe("misuse ends with 2", () => {
  test.each([
    [["check"], "missing required argument 'paths'"],
    [["check", "--no-such-option", "x"], "unknown option '--no-such-option'"],
    [["no-such-command"], "unknown command 'no-such-command'"],
    [["check", "none.firefly"], "glow: none.firefly: there is nothing of this name"],
    [["check", "."], "glow: .: there is no *.firefly file in this folder"],
    [["check", "a.txt"], "glow: a.txt: it is no interface file: their names end in .firefly"],
    [["check", "bytes.firefly"], "glow: bytes.firefly: it is not UTF-8 text"],
  ])("%j", async (words, message) => {
    await mkdir(join(folder, "empty"));
    if (!words.includes(".")) {
      await write({ "a.txt": "" });
      await writeFile(join(folder, "bytes.firefly"), Uint8Array.of(0xff));
    }
    const { code, out, err } = await idl(...words);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });
});

test("a lock that was merged badly is not written over", async () => {
  await write({ "point.firefly": point, "point.firefly.lock": "<<<<<<< ours\n" });
  const { code, err } = await idl("gen", "point.firefly");
  expect(code).toBe(1);
  expect(err).toContain("glow: point.firefly.lock: the lock cannot be read");
  expect(err).toContain("restore it from version control");
  expect(await read("point.firefly.lock")).toBe("<<<<<<< ours\n");
});

test.each(["check", "hash", "print", "lock", "gen"])("%s --help has an example", async (command) => {
  const { code, out } = await idl(command, "--help");
  expect(code).toBe(0);
  expect(out).toContain(`$ glow idl ${command} `);
});

test("the interfaces of this project are as gen leaves them, and as check wants them", async () => {
  const folders = ["src/interfaces", "test/interfaces"].map((path) => join(main, "../../..", path));
  expect(await idl("gen", "--check", ...folders)).toMatchObject({ code: 0, err: "" });
  expect(await idl("check", ...folders)).toMatchObject({ code: 0, err: "" });
});

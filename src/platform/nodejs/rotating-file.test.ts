// A file of lines that does not grow without end.

import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeLimits } from "#base/limits.ts";
import { RotatingFile } from "./rotating-file.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "glow-rotating-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("lines are added, also to what is there, for the owner alone", async () => {
  const path = join(folder, "log", "lines");
  for (const line of ["one", "two"]) {
    const file = new RotatingFile({ path, mostBytes: 100, files: 2 });
    file.add(line);
    file.close();
  }
  expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("past its size it is put aside, and the oldest goes", async () => {
  const path = join(folder, "lines");
  const file = new RotatingFile({ path, mostBytes: 10, files: 2 });
  for (let i = 0; i < 8; i++) file.add(`line${i}`);
  file.close();
  expect((await readdir(folder)).sort()).toEqual(["lines", "lines.1", "lines.2"]);
  expect(await readFile(path, "utf8")).toBe("line7\n");
  expect(await readFile(`${path}.2`, "utf8")).toBe("line5\n");
});

test("a node's log has nodeLimits.logFiles files of nodeLimits.logFileBytes beside it at most", async () => {
  const path = join(folder, "node.log");
  const file = new RotatingFile({ path, mostBytes: nodeLimits.logFileBytes, files: nodeLimits.logFiles });
  const line = "x".repeat(nodeLimits.logFileBytes / 2);
  for (let i = 0; i < 2 * nodeLimits.logFiles; i++) file.add(line);
  file.close();
  const names = await readdir(folder);
  expect(names).toHaveLength(nodeLimits.logFiles + 1);
  for (const name of names) expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(nodeLimits.logFileBytes);
});

test("where it cannot be, it says so", () => {
  expect(() => new RotatingFile({ path: join("/dev/null", "x"), mostBytes: 10, files: 1 })).toThrow(
    expect.objectContaining({ target: "/dev/null/x" }),
  );
});

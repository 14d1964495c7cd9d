// When the page is built anew.

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isFresh } from "./page.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "glow-page-"));
  write("src/web/main.tsx", 1000);
  write("vite.config.ts", 1000);
});

afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, atSeconds: number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), "");
  utimesSync(join(root, path), atSeconds, atSeconds);
}

test("a page that was never built is not fresh", () => {
  expect(isFresh(root)).toBe(false);
});

test("it is fresh until something that it is made of changes", () => {
  write("dist/web/index.html", 2000);
  expect(isFresh(root)).toBe(true);
  for (const path of ["src/web/app/a.css", "src/node/tab/a.ts", "src/mesh/a.ts", "package-lock.json"]) {
    write(path, 3000);
    expect(isFresh(root)).toBe(false);
    write(path, 1000);
    expect(isFresh(root)).toBe(true);
  }
});

test("tests, and parts that no page has, do not count", () => {
  write("dist/web/index.html", 2000);
  for (const path of ["src/web/a.test.ts", "src/cli/a.ts", "src/node/daemon.ts", "src/services/a/b.ts"])
    write(path, 3000);
  expect(isFresh(root)).toBe(true);
});

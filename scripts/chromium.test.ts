// Finding and installing the browser, with a PATH of our own and, in place of apt-get, a script that keeps a record.

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findChromium, requireChromium } from "./chromium.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "glow-chromium-"));
  vi.stubEnv("PATH", folder);
  vi.stubEnv("CHROMIUM_PATH", "");
  vi.stubEnv("PLAYWRIGHT_BROWSERS_PATH", join(folder, "downloaded"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function program(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(path, 0o755);
  return path;
}

test("PATH comes before the usual places, and CHROMIUM_PATH before both", () => {
  const usual = program("elsewhere");
  expect(findChromium([])).toBeUndefined();
  expect(findChromium([usual])).toBe(usual);
  const onPath = program("google-chrome");
  expect(findChromium([usual])).toBe(onPath);
  vi.stubEnv("CHROMIUM_PATH", usual);
  expect(findChromium([])).toBe(usual);
});

test("a CHROMIUM_PATH that leads nowhere is said to", async () => {
  vi.stubEnv("CHROMIUM_PATH", join(folder, "gone"));
  await expect(requireChromium(() => {}, [])).rejects.toThrow("not a program");
});

const maySetUp = process.getuid?.() === 0 && existsSync("/etc/debian_version");

test.runIf(maySetUp)("root on Debian installs it, and says so first", async () => {
  program(
    "apt-get",
    `echo "$@" >> ${folder}/record`,
    `case "$*" in *install*) echo '#!/bin/sh' > ${folder}/chromium; /bin/chmod +x ${folder}/chromium;; esac`,
  );
  const said: string[] = [];
  expect(await requireChromium((text) => said.push(text), [])).toBe(join(folder, "chromium"));
  expect(said.join("\n")).toContain("apt-get update && apt-get install");
  const [update = "", install = ""] = readFileSync(join(folder, "record"), "utf8").split("\n");
  expect(update).toMatch(/ update$/);
  expect(install).toMatch(/ install .* chromium$/);
});

test.runIf(maySetUp)("an apt-get that fails, or that brings only a stub, ends with what to do", async () => {
  program("apt-get", "exit 100");
  await expect(requireChromium(() => {}, [])).rejects.toThrow("apt-get update ended with code 100");
  program("apt-get", `printf '#!/bin/sh\\nexit 1\\n' > ${folder}/chromium; /bin/chmod +x ${folder}/chromium`);
  await expect(requireChromium(() => {}, [])).rejects.toThrow("CHROMIUM_PATH=");
});

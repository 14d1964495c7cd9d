// One node to a home: also against another process, and whatever became of the one before.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HomeLock } from "./home-lock.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "glow-lock-"));
});

afterEach(() => rm(home, { recursive: true }));

const take = () => HomeLock.take(home, new Date(0));

test("a second one is refused, naming who has it, until it is given back", async () => {
  const lock = take();
  expect(JSON.parse(await readFile(join(home, "node.pid"), "utf8"))).toMatchObject({ pid: process.pid });
  expect(take).toThrow(
    expect.objectContaining({ kind: "already-exists", message: expect.stringContaining(`${process.pid}`) }),
  );
  lock.release();
  lock.release();
  take().release();
});

test("a process that was killed leaves nothing in the way", async () => {
  const file = JSON.stringify(join(import.meta.dirname, "home-lock.ts"));
  const script = `import { HomeLock } from ${file};
    HomeLock.take(${JSON.stringify(home)}, new Date(0));
    console.log("has it"); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(take).toThrow(
    expect.objectContaining({ kind: "already-exists", message: expect.stringContaining(`${child.pid}`) }),
  );
  child.kill("SIGKILL");
  await once(child, "close");
  take().release();
});

test("where no file can be made, it says so", () => {
  expect(() => HomeLock.take(join(home, "none"), new Date(0))).toThrow(
    expect.objectContaining({ kind: "unavailable" }),
  );
});

// `glow start` and `glow status` as real processes, as a person or a service manager runs them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

let home: string;
const running: ChildProcess[] = [];

beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), "glow-cli-")), "home");
});

afterEach(async () => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  await rm(join(home, ".."), { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function glow(...words: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  return child;
}

async function ended(child: ChildProcess): Promise<Ended> {
  const texts = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => void (texts.out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => void (texts.err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

/** A node that has said where it listens. */
async function started(): Promise<ChildProcess> {
  const child = glow("start", "--home", home, "--json");
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  expect(JSON.parse(line.toString())).toMatchObject({ home, address: `unix:${join(home, "node.sock")}` });
  return child;
}

test("a node starts, says what it is to who asks, and stops when told to", async () => {
  const node = await started();
  const status = await ended(glow("status", "--home", home));
  expect(status).toMatchObject({ code: 0, err: "" });
  expect(status.out).toMatch(
    /^node {6}\S+\nversion {3}Glow \S+ on nodejs, Firefly 1\nrunning .*\nanswers {3}in [\d.]+ ms\n$/,
  );
  node.kill("SIGTERM");
  expect(await ended(node)).toMatchObject({ code: 0, err: "" });
});

test("the answer as JSON", async () => {
  await started();
  const { out } = await ended(glow("status", "--home", home, "--json"));
  expect(JSON.parse(out)).toMatchObject({ platform: "nodejs", protocol: 1, roundTripMs: expect.any(Number) });
});

test("a home is its owner's alone", async () => {
  await started();
  expect((await stat(home)).mode & 0o777).toBe(0o700);
  expect((await stat(join(home, "node.sock"))).mode & 0o777).toBe(0o600);
});

test("a second node in one home is refused, and the first goes on", async () => {
  await started();
  const second = await ended(glow("start", "--home", home));
  expect(second).toMatchObject({ code: 1, out: "" });
  expect(second.err).toContain("a node runs in this home already");
  expect((await ended(glow("status", "--home", home))).code).toBe(0);
});

test("a node that was killed leaves nothing in the way of the next", async () => {
  const node = await started();
  node.kill("SIGKILL");
  await once(node, "close");
  expect((await ended(glow("status", "--home", home))).err).toContain("no node runs in this home; start one with");
  await started();
  expect((await ended(glow("status", "--home", home))).code).toBe(0);
});

test("where there is no home, and where there can be none", async () => {
  const nowhere = await ended(glow("status", "--home", home));
  expect(nowhere).toMatchObject({ code: 1, out: "" });
  expect(nowhere.err).toContain("start one with `glow start`");
  const impossible = await ended(glow("start", "--home", join(main, "home")));
  expect(impossible).toMatchObject({ code: 1, out: "" });
  expect(impossible.err).toContain("give another with --home");
});

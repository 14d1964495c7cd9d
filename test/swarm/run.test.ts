// `npm run swarm` as a person runs it: in a process of its own, where a seed gives the same trace as here.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Swarm } from "#platform/simulated/swarm/swarm.ts";
import { nodeHost } from "./node-host.ts";
import { echoLog } from "./scenarios/echo-log.ts";

const folder = mkdtempSync(join(tmpdir(), "glow-swarm-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

function runSwarm(...args: string[]): Promise<Ended> {
  const script = join(import.meta.dirname, "run.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, out, said) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, said });
    });
  });
}

test("a plan gives the same trace in another process", async () => {
  const swarm = new Swarm(nodeHost, echoLog);
  const plan = swarm.planOf("a seed");
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify(plan));
  const { code, out } = await runSwarm("--plan", file, "--json");
  const here = await swarm.runPlan(plan);
  expect(JSON.parse(out)).toEqual({ traceHash: here.traceHash, events: here.events });
  expect(code).toBe(0);
});

test("a plan that fails ends with 1 and the last events", async () => {
  const plan = { ...new Swarm(nodeHost, echoLog).planOf("1"), livenessMs: 0 };
  const file = join(folder, "failing.json");
  writeFileSync(file, JSON.stringify(plan));
  const { code, said } = await runSwarm("--plan", file);
  expect(code).toBe(1);
  expect(said).toContain("failed in the liveness phase");
  expect(said).toContain("The last events:");
});

test("seeds are run one after the other, and summed up", async () => {
  const { code, out, said } = await runSwarm("--scenario", "clock-and-timers", "--seeds", "3", "--from", "5", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([{ scenario: "clock-and-timers", seeds: 3 }]);
  expect(said).toContain("all well");
});

test("help lists the scenarios; what it does not know it says so", async () => {
  expect(await runSwarm("--help")).toMatchObject({ code: 0, out: expect.stringContaining("echo-log") });
  expect(await runSwarm("--scenario", "none")).toMatchObject({
    code: 2,
    said: expect.stringContaining("there are echo-log"),
  });
  expect(await runSwarm("--seeds", "many")).toMatchObject({ code: 2, said: expect.stringContaining("whole number") });
  expect(await runSwarm("--wrong")).toMatchObject({ code: 2, said: expect.stringContaining("--help") });
  expect(await runSwarm("--plan", join(folder, "missing.json"))).toMatchObject({
    code: 2,
    said: expect.stringContaining("missing.json"),
  });
});

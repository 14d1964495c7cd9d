// Runs the benchmarks as short as can be, so that they don't rot. No figure is judged here: machines are busy.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { generate, generatedPath } from "#firefly/schema/generator.ts";
import { link } from "#firefly/schema/linker.ts";
import { parse } from "#firefly/schema/parser.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import type { Goal } from "../../bench/harness/goal.ts";
import { Sink } from "../../bench/mesh/sink.ts";
import { workloads } from "../../bench/mesh/workload.ts";
import { buildPage } from "../../scripts/page.mjs";
import { Toolchain } from "../../scripts/toolchain.mjs";

const script = resolve(import.meta.dirname, "../../bench/run.ts");
const folder = mkdtempSync(join(tmpdir(), "glow-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

async function bench(...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

// Beside each other: a node is measured for most of its time at rest.
test.concurrent("firefly is measured beside all its peers, in all workloads", { timeout: 120_000 }, async () => {
  const json = join(folder, "figures.json");
  const { code, output } = await bench("firefly", "--quick", "--json", json);
  expect(code, output).toBe(0);
  const figures = JSON.parse(readFileSync(json, "utf8")) as Record<string, object>;
  const stacks = ["hand-packed", "ws-json", "capnweb", "grpc-js", "firefly", "firefly-ws"];
  const rate = { perSecond: { median: expect.any(Number) }, cpuUs: { median: expect.any(Number) } };
  const ofAll = (names: readonly string[], figure: unknown): unknown =>
    Object.fromEntries(names.map((name) => [name, figure]));
  expect(figures).toMatchObject({
    interrupted: false,
    rates: {
      "one by one": ofAll(stacks, rate),
      "64 in flight": ofAll(stacks, rate),
      "64 on one core": ofAll(stacks, rate),
      "64 KiB arguments": ofAll(stacks, rate),
      items: ofAll(stacks, rate),
      capabilities: ofAll(["capnweb", "firefly", "firefly-ws"], rate),
    },
    lines: ofAll(stacks, { echoMs: { median: expect.any(Number) }, callBytes: { median: expect.any(Number) } }),
    codecs: ofAll(
      ["message", "entry", "listing"],
      ofAll(["hand-packed", "generated", "interpreted", "JSON", "cborg"], { bytes: expect.any(Number) }),
    ),
  });
  expect(figures["goals"]).toHaveLength(6);
  for (const stack of stacks) expect(output).toContain(stack);
});

test.runIf(process.platform === "linux")(
  "a node is measured alone, with peers, after work, and by its page",
  { timeout: 120_000, concurrent: true },
  async () => {
    await buildPage(new Toolchain(resolve(import.meta.dirname, "../.."), process.execPath), () => undefined);
    const json = join(folder, "node.json");
    const { code, output } = await bench("node", "--quick", "--only", "bare node,glow", "--json", json);
    expect(code, output).toBe(0);
    const any = { median: expect.any(Number) };
    const idle = { rssMb: any, ownMb: any, idleCpuMsPerMinute: any, wakeupsPerMinute: any };
    const page = { coldPaintMs: any, coldReadyMs: any, warmPaintMs: any, warmReadyMs: any };
    const findings = JSON.parse(readFileSync(json, "utf8")) as { goals: Goal[] };
    expect(findings).toMatchObject({
      interrupted: false,
      failures: [],
      figures: {
        "bare node, help": { helpMs: any },
        "bare node, alone": { readyMs: any, ...idle },
        "glow, help": { helpMs: any },
        "glow, alone": { readyMs: any, ...idle },
        "glow, two peers": idle,
        "glow, after work": { cpuMsPerFile: any, busyRssMb: any, ...idle },
        "page of a node": page,
        "bare page": page,
      },
    });
    expect(findings.goals).toHaveLength(6);
  },
);

test("the mesh's peers are measured directly and over relays, and every byte is checked", {
  timeout: 60_000,
}, async () => {
  const json = join(folder, "mesh.json");
  // Without libp2p, whose packages are not installed for tests.
  const { code, output } = await bench("mesh", "--quick", "--only", "node-net,node-tls", "--json", json);
  expect(code, output).toBe(0);
  const figures = JSON.parse(readFileSync(json, "utf8")) as { goals: Goal[] };
  const any = { median: expect.any(Number) };
  const measured = {
    mbPerSecond: any,
    sendMsPerMb: any,
    receiveMsPerMb: any,
    messagesPerSecond: any,
    roundTripUs: any,
  };
  const path = { "node-net": measured, "node-tls": measured };
  expect(figures).toMatchObject({
    interrupted: false,
    leftOut: [],
    paths: { direct: path, "one relay": path, "two relays": path },
  });
  expect(figures.goals).toHaveLength(11);
});

test("content is measured stage by stage, in threads, and by what a change costs", { timeout: 60_000 }, async () => {
  const json = join(folder, "content.json");
  const stages = ["cut", "seal noise", "open text", "files of noise"];
  const { code, output } = await bench("content", "--quick", "--only", stages.join(","), "--json", json);
  expect(code, output).toBe(0);
  const { figures, goals } = JSON.parse(readFileSync(json, "utf8")) as { figures: object; goals: Goal[] };
  const any = { median: expect.any(Number) };
  const change = { sentBytes: any, ms: any };
  expect(figures).toMatchObject({
    stages: Object.fromEntries(stages.map((stage) => [stage, any])),
    writing: { "this thread": { mbPerSecond: any, latestMs: any }, "two threads": { mbPerSecond: any, latestMs: any } },
    changes: { "64, 256, 1024": { depth: expect.any(Number), changes: { "1 MB overwritten": change } } },
  });
  expect(goals).toHaveLength(6);
});

test("a byte that is changed, lost, doubled or out of order does not pass for what was sent", async () => {
  const pattern = workloads.messages.pattern();
  const sent = Array.from({ length: 2000 }, (_, number) => pattern.write(number));
  const whole = Buffer.concat(sent);
  const changed = Buffer.from(whole);
  changed[150_007]! ^= 1;
  const arrives = (pieces: readonly Uint8Array[]): Promise<number> => {
    const sink = new Sink(pattern);
    for (const piece of pieces) sink.take(piece);
    return sink.arrived(whole.length);
  };
  await expect(arrives(sent)).resolves.toBeGreaterThan(0);
  await expect(arrives([whole])).resolves.toBeGreaterThan(0);
  await expect(arrives([whole.subarray(0, 12_345), whole.subarray(12_345)])).resolves.toBeGreaterThan(0);
  await expect(arrives([changed])).rejects.toThrow("from byte 0 on is not what was sent");
  await expect(arrives([whole.subarray(0, 1000), changed.subarray(1000)])).rejects.toThrow("from byte 1000 on");
  await expect(arrives(sent.toSpliced(77, 1))).rejects.toThrow("from byte 7700 on");
  await expect(arrives(sent.toSpliced(77, 0, sent[76]!))).rejects.toThrow("from byte 7700 on");
  await expect(arrives(sent.with(3, sent[4]!).with(4, sent[3]!))).rejects.toThrow("from byte 300 on");
  await expect(arrives([...sent, pattern.write(2000)])).rejects.toThrow("more than the 200000 that were sent");
});

test("the codecs that are measured are those of their schema", () => {
  const path = resolve(import.meta.dirname, "../../bench/codecs/records.firefly");
  const { schema } = link([parse(path, readFileSync(path, "utf8"))]);
  const generated = readFileSync(generatedPath(path), "utf8");
  expect(generated).toBe(generate(schema, 0, { crypto: new NodeCrypto() }));
});

test("a run that is interrupted shows what it has, and leaves no process behind", { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [script, "firefly", "--only", "hand-packed,ws-json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  // The first word of progress says that it has begun to measure.
  await once(child.stderr, "data");
  child.kill("SIGINT");
  // Closed when nobody has its output open any more, its children included.
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(130);
  expect(output).toContain("Interrupted");
});

test("a thousand calls with a capability in each leave nothing behind", async () => {
  const { code, output } = await bench("capabilities", "--count", "1000");
  expect(code, output).toBe(0);
  expect(output).toContain("nothing is left");
});

test.each([
  [["firefly", "--only", "nobody"], 'there is no stack "nobody"'],
  [["mesh", "--only", "tcp"], 'there is no contestant "tcp"'],
  [["mesh", "--rounds", "1.5"], "--rounds takes a whole number"],
  [["firefly", "--rounds", "0"], "--rounds takes a number above 0"],
  [["firefly", "--rapidly"], "Unknown option"],
  [["fire"], 'there is no benchmark "fire"'],
])("what makes no sense is refused: %j", async (args, message) => {
  const { code, output } = await bench(...args);
  expect(code).toBe(2);
  expect(output).toContain(message);
});

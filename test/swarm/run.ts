// `npm run swarm`: runs many seeds of the scenarios, or one seed or plan again, and reports what fails.

import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { GlowError } from "#base/errors.ts";
import { parsePlan } from "#platform/simulated/swarm/plan.ts";
import { formatFailure, formatFinding } from "#platform/simulated/swarm/report.ts";
import type { Run } from "#platform/simulated/swarm/run.ts";
import type { Scenario } from "#platform/simulated/swarm/scenario.ts";
import { type Finding, Swarm } from "#platform/simulated/swarm/swarm.ts";
import { watchfulHost } from "./node-host.ts";
import { scenarios } from "./scenarios/index.ts";

const help = `npm run swarm -- [options]

Runs scenarios in the simulated world, one seed after the other, until one fails. The failing plan is made small and
written to a file, with the commands that repeat it.

  --scenario NAME  one scenario; all by default
  --seeds COUNT    how many seeds of each scenario; 100 by default
  --from SEED      the first of them; 1 by default
  --seed SEED      this seed alone
  --plan FILE      a plan that was written earlier, as it is
  --check          runs each plan twice, and fails if the two runs differ
  --json           results as JSON on standard output
  --help           this text

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join("\n")}
`;

const options = readOptions();

function readOptions() {
  try {
    return parseArgs({
      options: {
        scenario: { type: "string" },
        seeds: { type: "string", default: "100" },
        from: { type: "string", default: "1" },
        seed: { type: "string" },
        plan: { type: "string" },
        check: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
    return process.exit(2);
  }
}

/** What became of one scenario. */
interface Result {
  readonly scenario: string;
  seeds: number;
  events: number;
  virtualMs: number;
  failure?: { readonly seed: string; readonly message: string; readonly planFile: string };
}

const host = watchfulHost();
let interrupted = false;
process.on("SIGINT", () => {
  if (interrupted) process.exit(130);
  interrupted = true;
});

async function main(): Promise<number> {
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  if (options.plan !== undefined) return runPlanFile(options.plan);
  const results: Result[] = [];
  for (const scenario of chosenScenarios()) {
    if (!interrupted) results.push(await runScenario(scenario));
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  if (results.some(({ failure }) => failure !== undefined)) return 1;
  return interrupted ? 130 : 0;
}

function chosenScenarios(): readonly Scenario[] {
  return options.scenario === undefined ? scenarios : [scenarioOf(options.scenario)];
}

function scenarioOf(name: string): Scenario {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario !== undefined) return scenario;
  const names = scenarios.map((each) => each.name).join(", ");
  throw new GlowError("not-found", "swarm.run", {
    target: name,
    message: `no scenario of this name; there are ${names}`,
  });
}

async function runScenario(scenario: Scenario): Promise<Result> {
  const swarm = new Swarm(host, scenario, { checkRepeats: options.check });
  const result: Result = { scenario: scenario.name, seeds: 0, events: 0, virtualMs: 0 };
  const seeds = chosenSeeds();
  const startedMs = performance.now();
  const finding = await swarm.find(untilInterrupted(seeds), (_seed, run) => {
    count(result, run);
    showProgress(
      `${scenario.name}: ${result.seeds} of ${seeds.length} seeds${run.failure ? ", shrinking a failure" : ""}`,
    );
  });
  showProgress("");
  if (finding !== undefined) result.failure = report(finding);
  const seconds = (performance.now() - startedMs) / 1000;
  process.stderr.write(`${summary(result, seconds)}${interrupted ? " (interrupted)" : ""}\n`);
  return result;
}

function chosenSeeds(): string[] {
  if (options.seed !== undefined) return [options.seed];
  const from = wholeNumber("from", options.from);
  return Array.from({ length: wholeNumber("seeds", options.seeds) }, (_, i) => String(from + i));
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new GlowError("invalid", "swarm.run", { message: `--${name} takes a whole number, not ${text}` });
}

function* untilInterrupted(seeds: readonly string[]): Generator<string> {
  for (const seed of seeds) {
    if (interrupted) return;
    yield seed;
  }
}

function count(result: Result, run: Run): void {
  result.seeds++;
  result.events += run.events;
  result.virtualMs += run.virtualMs;
}

function report(finding: Finding): NonNullable<Result["failure"]> {
  const { plan, run, scenario } = finding;
  const planFile = join(tmpdir(), `glow-swarm-${scenario.name}-${plan.seed.replaceAll(/[^\w.-]/g, "_")}.json`);
  writeFileSync(planFile, `${JSON.stringify(plan, undefined, 2)}\n`);
  process.stderr.write(`${formatFinding(finding, planFile)}\n`);
  return { seed: plan.seed, message: run.failure?.error.toString() ?? "", planFile };
}

async function runPlanFile(file: string): Promise<number> {
  const plan = parsePlan(readText(file));
  const swarm = new Swarm(host, scenarioOf(plan.scenario), { checkRepeats: options.check });
  const run = await swarm.runPlan(plan);
  if (options.json) {
    const message = run.failure?.error.toString();
    process.stdout.write(`${JSON.stringify({ traceHash: run.traceHash, events: run.events, failure: message })}\n`);
  }
  process.stderr.write(
    run.failure ? formatFailure(plan, run) : `the plan passes: ${run.events} events, trace ${run.traceHash}\n`,
  );
  return run.failure ? 1 : 0;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new GlowError("not-found", "swarm.run", { target: file, message: `${file} cannot be read`, cause });
  }
}

function summary({ scenario, seeds, events, virtualMs, failure }: Result, seconds: number): string {
  const rate = Math.round(events / seconds / 1000);
  const outcome = failure === undefined ? "all well" : `seed ${failure.seed} fails`;
  return `${scenario}: ${seeds} seeds, ${events} events in ${seconds.toFixed(1)} s (${rate} thousand/s), ${Math.round(virtualMs / 60_000)} virtual minutes: ${outcome}`;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof GlowError)) throw error;
  process.stderr.write(`${error.toString()}\n`);
  process.exitCode = 2;
}

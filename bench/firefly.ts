// Firefly beside its peers, in one run: calls, streams and bytes between two processes, a long line, codecs apart, and
// what a page has to load.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Comparison, type ComparisonSettings, type Lines, type Rates } from "./calls/comparison.ts";
import { linesReport, ratesReport, summaryReport } from "./calls/report.ts";
import { stackNames, stacks } from "./calls/stacks.ts";
import { CodecComparison, type CodecRates } from "./codecs/comparison.ts";
import { codecsReport } from "./codecs/report.ts";
import { goals } from "./goals.ts";
import { type Goal, goalRow } from "./harness/goal.ts";
import { Interruption } from "./harness/interruption.ts";
import { describeMachine, type Machine, machineLine } from "./harness/machine.ts";
import { oneCoreCommand } from "./harness/one-core.ts";
import { chosen, count, positive } from "./harness/options.ts";
import { Progress } from "./harness/progress.ts";
import { table } from "./harness/table.ts";
import { type BundleSize, bundlesReport, measureBundles } from "./size/bundles.ts";

const usage = `npm run bench -- firefly [options]

  --rounds N      measure everything N times, medians are shown       (5)
  --seconds S     time for each measurement, after as long a warm-up  (1)
  --only A,B      only these stacks: ${stackNames.join(", ")}
  --quick         as short as can be, to see that it works; the figures mean little
  --json FILE     write all figures to FILE too
`;

interface Options {
  readonly calls: ComparisonSettings;
  readonly codecSeconds: number;
  readonly json: string | undefined;
}

/** All that a run finds, and what `--json` writes. */
interface Findings {
  readonly machine: Machine;
  readonly settings: ComparisonSettings;
  readonly stacks: Readonly<Record<string, string>>;
  readonly rates: Rates;
  readonly lines: Lines;
  readonly codecs: CodecRates;
  readonly sizes: readonly BundleSize[];
  readonly goals: readonly Goal[];
  /** Ctrl-C came before the end. */
  readonly interrupted: boolean;
}

export async function benchFirefly(args: readonly string[]): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  if (options === undefined) {
    console.log(usage);
    return 0;
  }
  const findings = await measure(options);
  console.log(report(findings));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(findings, null, 2)}\n`);
  return findings.interrupted ? 130 : 0;
}

/** Undefined if help was asked for. Throws for what makes no sense. */
function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string" },
      seconds: { type: "string" },
      only: { type: "string" },
      quick: { type: "boolean" },
      json: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const quick = values.quick === true;
  const rounds = count("rounds", values.rounds, quick ? 1 : 5);
  const seconds = positive("seconds", values.seconds, quick ? 0.02 : 1);
  return {
    calls: {
      stacks: chosen("stack", values.only, stackNames),
      rounds,
      seconds,
      warmUpSeconds: seconds,
      freshPerWorkload: !quick,
      roundTripMs: quick ? 10 : 50,
      lineRounds: Math.min(rounds, 3),
      lineCalls: quick ? 3 : 21,
    },
    codecSeconds: seconds / 4,
    json: values.json,
  };
}

async function measure({ calls, codecSeconds }: Options): Promise<Findings> {
  const machine = describeMachine();
  const interruption = new Interruption();
  const steps = Comparison.steps(calls) + CodecComparison.steps(calls.rounds);
  const progress = new Progress(steps);
  try {
    const comparison = new Comparison(calls, interruption, progress);
    const rates = await comparison.rates();
    const lines = await comparison.lines();
    const codecs = await new CodecComparison(calls.rounds, codecSeconds, interruption, progress).run();
    const sizes = interruption.happened ? [] : await measureBundles();
    const interrupted = interruption.happened;
    const about = Object.fromEntries(calls.stacks.map((name) => [name, stacks[name].about]));
    const reached = goals(rates, lines, sizes);
    return { machine, settings: calls, stacks: about, rates, lines, codecs, sizes, goals: reached, interrupted };
  } finally {
    progress.clear();
    interruption.dispose();
  }
}

function report(findings: Findings): string {
  const { machine, settings, rates, lines, codecs, sizes } = findings;
  const parts = [
    `Medians of ${settings.rounds} rounds, ${settings.seconds} s each after as long a warm-up\n${machineLine(machine)}`,
    table(["stack", ""], Object.entries(findings.stacks)),
    ratesReport(rates),
    ...(Object.keys(lines).length === 0 ? [] : [linesReport(lines, settings.roundTripMs)]),
    ...(Object.keys(codecs).length === 0 ? [] : [codecsReport(codecs)]),
    ...(sizes.length === 0 ? [] : [bundlesReport(sizes)]),
    `In short, medians\n\n${summaryReport(rates, lines)}`,
    `Goals of Firefly over TCP\n\n${table(["", "target", "result", ""], findings.goals.map(goalRow))}`,
  ];
  if (oneCoreCommand === undefined) parts.push("Nothing here can keep processes on one core: calls one by one vary.");
  if (findings.interrupted) parts.push("Interrupted: what is missing was not measured.");
  return `\n${parts.join("\n\n")}\n`;
}

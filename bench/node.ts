// A node that has nothing to do, beside bare Node and Syncthing: how soon it is there, what it takes meanwhile, how soon a browser
// shows its page, and how much has to be loaded for that.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleCli } from "../scripts/bundle-cli.mjs";
import { type Goal, goalRow } from "./harness/goal.ts";
import { Interruption } from "./harness/interruption.ts";
import { describeMachine, type Machine, machineLine } from "./harness/machine.ts";
import { chosen, count } from "./harness/options.ts";
import { Progress } from "./harness/progress.ts";
import { table } from "./harness/table.ts";
import { NodeComparison, type NodeFigures, type NodeSettings } from "./node/comparison.ts";
import { isMeasurable } from "./node/process-figures.ts";
import { bareNode, type Contestant, glow, root, syncthing } from "./node/programs.ts";
import { nodeGoals, nodeReport } from "./node/report.ts";
import { measureSizes, type Size } from "./node/sizes.ts";

const contestants: Readonly<Record<string, Contestant>> = { "bare node": bareNode, glow, syncthing };
const names = Object.keys(contestants);

const usage = `npm run bench -- node [options]

  --rounds N      measure everything N times, medians are shown       (3)
  --only A,B      only these: ${names.join(", ")}
  --quick         as little as can be, to see that it works; the figures mean little
  --json FILE     write all figures to FILE too

Linux only. Syncthing is no part of this project: where it is not installed it is left out.
`;

interface Options {
  readonly settings: NodeSettings;
  readonly only: readonly string[];
  readonly json: string | undefined;
}

/** All that a run finds, and what `--json` writes. */
interface Findings {
  readonly machine: Machine;
  readonly settings: NodeSettings;
  readonly contestants: Readonly<Record<string, string>>;
  readonly leftOut: readonly string[];
  readonly failures: readonly string[];
  readonly figures: NodeFigures;
  readonly sizes: readonly Size[];
  readonly goals: readonly Goal[];
  readonly interrupted: boolean;
}

export async function benchNode(args: readonly string[]): Promise<number> {
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
  if (!isMeasurable) {
    console.error("what a process takes is read in /proc, which only Linux has");
    return 1;
  }
  await bundleCli(root);
  if (!existsSync(join(root, "dist", "web", "index.html"))) {
    console.error("the page is not built: run `npm run build` first");
    return 1;
  }
  const findings = await measure(options);
  console.log(report(findings));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(findings, null, 2)}\n`);
  if (findings.interrupted) return 130;
  return findings.failures.length === 0 ? 0 : 1;
}

/** Undefined if help was asked for. Throws for what makes no sense. */
function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string" },
      only: { type: "string" },
      quick: { type: "boolean" },
      json: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const quick = values.quick === true;
  return {
    settings: {
      rounds: count("rounds", values.rounds, quick ? 1 : 3),
      settleSeconds: quick ? 0.1 : 20,
      idleSeconds: quick ? 0.5 : 60,
      files: quick ? 20 : 10_000,
    },
    only: chosen("contestant", values.only, names),
    json: values.json,
  };
}

async function measure({ settings, only }: Options): Promise<Findings> {
  const machine = describeMachine();
  const leftOut: string[] = [];
  const ready: Record<string, Contestant> = {};
  const about: Record<string, string> = {};
  for (const name of only) {
    const each = contestants[name] as Contestant;
    try {
      about[name] = each.about();
      ready[name] = each;
    } catch (error) {
      leftOut.push(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const text of leftOut) console.error(text);
  const interruption = new Interruption();
  const progress = new Progress(NodeComparison.steps(settings, ready));
  try {
    const comparison = new NodeComparison(settings, interruption, progress);
    const figures = await comparison.run(ready);
    const failures = [...comparison.failures.values()];
    const [sizes, goals, interrupted] = [measureSizes(), nodeGoals(figures), interruption.happened];
    return { machine, settings, contestants: about, leftOut, failures, figures, sizes, goals, interrupted };
  } finally {
    progress.clear();
    interruption.dispose();
  }
}

function report({ machine, settings, leftOut, failures, figures, sizes, goals, ...rest }: Findings): string {
  const { rounds, settleSeconds, idleSeconds, files } = settings;
  const parts = [
    `Medians of ${rounds} rounds; left alone for ${settleSeconds} s, then watched for ${idleSeconds} s; work: ${files} files of 4 KiB put\n${machineLine(machine)}`,
    table(["contestant", ""], Object.entries(rest.contestants)),
    ...leftOut,
    ...failures,
    nodeReport(figures, sizes),
    `Goals of an idle node\n\n${table(["", "target", "result", ""], goals.map(goalRow))}`,
  ];
  if (rest.interrupted) parts.push("Interrupted: what is missing was not measured.");
  return `\n${parts.join("\n\n")}\n`;
}

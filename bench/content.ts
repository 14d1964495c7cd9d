// Content on its way to a pack: how fast it is cut, named, compressed, sealed and opened, what small files cost, whether
// the main thread stays free, and how much of a large file is new after a change.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ContentComparison, type ContentFigures, type ContentSettings } from "./content/comparison.ts";
import { contentGoals, contentReport } from "./content/report.ts";
import { stageNames } from "./content/stages.ts";
import { type Goal, goalRow } from "./harness/goal.ts";
import { Interruption } from "./harness/interruption.ts";
import { describeMachine, type Machine, machineLine } from "./harness/machine.ts";
import { chosen, count, positive } from "./harness/options.ts";
import { Progress } from "./harness/progress.ts";
import { table } from "./harness/table.ts";

const usage = `npm run bench -- content [options]

  --rounds N      measure everything N times, medians are shown       (5)
  --seconds S     time for each stage, after half as long a warm-up   (1)
  --only A,B      only these stages: ${stageNames.join(", ")}
  --quick         as short as can be, to see that it works; the figures mean little
  --json FILE     write all figures to FILE too
`;

interface Options {
  readonly settings: ContentSettings;
  readonly json: string | undefined;
}

/** All that a run finds, and what `--json` writes. */
interface Findings {
  readonly machine: Machine;
  readonly settings: ContentSettings;
  readonly figures: ContentFigures;
  readonly goals: readonly Goal[];
  /** Ctrl-C came before the end. */
  readonly interrupted: boolean;
}

export async function benchContent(args: readonly string[]): Promise<number> {
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
  const findings = await measure(options.settings);
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
  return {
    settings: {
      stages: chosen("stage", values.only, stageNames),
      rounds: count("rounds", values.rounds, quick ? 1 : 5),
      seconds: positive("seconds", values.seconds, quick ? 0.02 : 1),
      megabytes: quick ? 32 : 1024,
    },
    json: values.json,
  };
}

async function measure(settings: ContentSettings): Promise<Findings> {
  const machine = describeMachine();
  const interruption = new Interruption();
  const progress = new Progress(ContentComparison.steps(settings));
  try {
    const figures = await new ContentComparison(settings, interruption, progress).run();
    return { machine, settings, figures, goals: contentGoals(figures), interrupted: interruption.happened };
  } finally {
    progress.clear();
    interruption.dispose();
  }
}

function report({ machine, settings, figures, goals, interrupted }: Findings): string {
  const parts = [
    `Medians of ${settings.rounds} rounds, ${settings.seconds} s for each stage after half as long a warm-up\n${machineLine(machine)}`,
    "MB are 10^6 bytes.",
    contentReport(figures),
    `Goals of content\n\n${table(["", "target", "result", ""], goals.map(goalRow))}`,
  ];
  if (interrupted) parts.push("Interrupted: what is missing was not measured.");
  return `\n${parts.join("\n\n")}\n`;
}

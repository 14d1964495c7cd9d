// The mesh beside its peers, in one run: bytes from one process to another, directly and over one and two relays, with
// the CPU time of each process.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Goal, goalRow } from "./harness/goal.ts";
import { Interruption } from "./harness/interruption.ts";
import { describeMachine, type Machine, machineLine } from "./harness/machine.ts";
import { oneCoreCommand } from "./harness/one-core.ts";
import { chosen, count, positive } from "./harness/options.ts";
import { Progress } from "./harness/progress.ts";
import { table } from "./harness/table.ts";
import { MeshComparison, type MeshFigures, type MeshSettings } from "./mesh/comparison.ts";
import { type ContestantName, contestantNames, contestants } from "./mesh/contestants.ts";
import { meshGoals } from "./mesh/goals.ts";
import { meshReport } from "./mesh/report.ts";

const usage = `npm run bench -- mesh [options]

  --rounds N      measure everything N times, medians are shown       (5)
  --seconds S     time for each measurement, after half as long a warm-up  (1)
  --only A,B      only these: ${contestantNames.join(", ")}
  --quick         as short as can be, to see that it works; the figures mean little
  --json FILE     write all figures to FILE too

libp2p is no part of this project: its packages are installed in bench/peers/libp2p when it is measured for the first
time.
`;

interface Options {
  readonly settings: MeshSettings;
  readonly json: string | undefined;
}

/** All that a run finds, and what `--json` writes. */
interface Findings {
  readonly machine: Machine;
  readonly settings: MeshSettings;
  readonly contestants: Readonly<Record<string, string>>;
  /** Why those that are missing are missing. */
  readonly leftOut: readonly string[];
  /** What went wrong with those that were measured. */
  readonly failures: readonly string[];
  readonly paths: MeshFigures;
  readonly goals: readonly Goal[];
  /** Ctrl-C came before the end. */
  readonly interrupted: boolean;
}

export async function benchMesh(args: readonly string[]): Promise<number> {
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
  if (findings.interrupted) return 130;
  return findings.failures.length === 0 ? 0 : 1;
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
  const seconds = positive("seconds", values.seconds, quick ? 0.02 : 1);
  return {
    settings: {
      contestants: chosen("contestant", values.only, contestantNames),
      rounds: count("rounds", values.rounds, quick ? 1 : 5),
      seconds,
      warmUpSeconds: seconds / 2,
      connects: quick ? 2 : 21,
    },
    json: values.json,
  };
}

async function measure(wanted: MeshSettings): Promise<Findings> {
  const machine = describeMachine();
  const interruption = new Interruption();
  try {
    const { ready, leftOut } = await prepare(wanted.contestants);
    const settings = { ...wanted, contestants: ready };
    const about = Object.fromEntries(ready.map((name) => [name, contestants[name].about]));
    const progress = new Progress(MeshComparison.steps(settings));
    try {
      const outcome = await new MeshComparison(settings, interruption, progress).run();
      const interrupted = interruption.happened;
      return {
        machine,
        settings,
        contestants: about,
        leftOut,
        ...outcome,
        goals: meshGoals(outcome.paths),
        interrupted,
      };
    } finally {
      progress.clear();
    }
  } finally {
    interruption.dispose();
  }
}

interface Prepared {
  readonly ready: readonly ContestantName[];
  readonly leftOut: readonly string[];
}

/** Brings what contestants need. One that can't be had is left out, and the run goes on. */
async function prepare(names: readonly ContestantName[]): Promise<Prepared> {
  const ready: ContestantName[] = [];
  const leftOut: string[] = [];
  for (const name of names) {
    try {
      await contestants[name].prepare?.((text) => console.error(text));
      ready.push(name);
    } catch (error) {
      leftOut.push(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const text of leftOut) console.error(text);
  return { ready, leftOut };
}

function report(findings: Findings): string {
  const { machine, settings, leftOut, failures, paths } = findings;
  const parts = [
    `Medians of ${settings.rounds} rounds, ${settings.seconds} s each after half as long a warm-up\n${machineLine(machine)}`,
    table(["contestant", ""], Object.entries(findings.contestants)),
    ...leftOut,
    ...failures,
    "MB/s by CPU: what the busiest process of a line would reach with a core of its own. MB are 10^6 bytes.",
    meshReport(paths),
    `Goals of the mesh over TCP\n\n${table(["", "target", "result", ""], findings.goals.map(goalRow))}`,
  ];
  if (oneCoreCommand === undefined) parts.push("Nothing here can keep processes on one core: round trips vary.");
  if (findings.interrupted) parts.push("Interrupted: what is missing was not measured.");
  return `\n${parts.join("\n\n")}\n`;
}

// Folders kept the same by Glow, Syncthing and rsync, in one run: the time until a change shows on the other side, with
// the CPU time and the memory that it takes.

import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { type Goal, goalRow } from "./harness/goal.ts";
import { Interruption } from "./harness/interruption.ts";
import { describeMachine, type Machine, machineLine } from "./harness/machine.ts";
import { chosen, count } from "./harness/options.ts";
import { Progress } from "./harness/progress.ts";
import { table } from "./harness/table.ts";
import { StoreComparison, type StoreFigures, type StoreSettings } from "./store/comparison.ts";
import { glow } from "./store/glow.ts";
import { storeGoals } from "./store/goals.ts";
import { storeReport } from "./store/report.ts";
import { rsync } from "./store/rsync.ts";
import type { Synchroniser } from "./store/synchroniser.ts";
import { syncthing } from "./store/syncthing.ts";
import { fullScale, quickScale } from "./store/works.ts";

const synchronisers: Readonly<Record<string, Synchroniser>> = { glow, syncthing, rsync };
const names = Object.keys(synchronisers);

const usage = `npm run bench -- store [options]

  --rounds N      measure everything N times, medians are shown       (3)
  --only A,B      only these: ${names.join(", ")}
  --place FOLDER  make the folders in FOLDER: its disk is measured too   (the system's, for temporary files)
  --quick         as little as can be, to see that it works; the figures mean little
  --json FILE     write all figures to FILE too

syncthing and rsync are no part of this project; what is not installed is left out.
`;

/** All that a run finds, and what `--json` writes. */
interface Findings {
  readonly machine: Machine;
  readonly settings: StoreSettings;
  readonly contestants: Readonly<Record<string, string>>;
  readonly leftOut: readonly string[];
  readonly failures: readonly string[];
  readonly figures: Readonly<Record<string, StoreFigures>>;
  readonly goals: readonly Goal[];
  readonly interrupted: boolean;
}

interface Options {
  readonly settings: StoreSettings;
  readonly only: readonly string[];
  readonly json: string | undefined;
}

export async function benchStore(args: readonly string[]): Promise<number> {
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
      place: { type: "string" },
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
      scale: quick ? quickScale : fullScale,
      place: values.place ?? tmpdir(),
    },
    only: chosen("synchroniser", values.only, names),
    json: values.json,
  };
}

async function measure({ settings, only }: Options): Promise<Findings> {
  const machine = describeMachine();
  const leftOut: string[] = [];
  const ready: Record<string, Synchroniser> = {};
  for (const name of only) {
    const each = synchronisers[name] as Synchroniser;
    try {
      each.check();
      ready[name] = each;
    } catch (error) {
      leftOut.push(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const text of leftOut) console.error(text);
  const contestants = Object.fromEntries(Object.entries(ready).map(([name, each]) => [name, each.about()]));
  const interruption = new Interruption();
  const progress = new Progress(StoreComparison.steps(settings, Object.keys(ready).length));
  try {
    const comparison = new StoreComparison(settings, interruption, progress);
    const figures = await comparison.run(ready);
    const failures = [...comparison.failures.values()];
    const interrupted = interruption.happened;
    return { machine, settings, contestants, leftOut, failures, figures, goals: storeGoals(figures), interrupted };
  } finally {
    progress.clear();
    interruption.dispose();
  }
}

function report({ machine, settings, contestants, leftOut, failures, figures, goals, interrupted }: Findings): string {
  const parts = [
    `Medians of ${settings.rounds} rounds, both sides on this machine\n${machineLine(machine)}`,
    table(["synchroniser", ""], Object.entries(contestants)),
    ...leftOut,
    ...failures,
    storeReport(figures),
    `Goals of the store\n\n${table(["", "target", "result", ""], goals.map(goalRow))}`,
  ];
  if (interrupted) parts.push("Interrupted: what is missing was not measured.");
  return `\n${parts.join("\n\n")}\n`;
}

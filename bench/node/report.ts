// The figures of an idle node as tables for people, and what they are to reach.

import type { Goal } from "../harness/goal.ts";
import type { Spread } from "../harness/statistics.ts";
import { figure, table } from "../harness/table.ts";
import type { NodeFigures } from "./comparison.ts";
import type { Size } from "./sizes.ts";

export function nodeReport(figures: NodeFigures, sizes: readonly Size[]): string {
  const starts = names(figures, "readyMs", ", alone");
  const idle = Object.keys(figures).filter((name) => figures[name]?.["rssMb"] !== undefined);
  const pages = Object.keys(figures).filter((name) => figures[name]?.["coldPaintMs"] !== undefined);
  const of = (name: string, key: string) => shown(figures[name]?.[key]);
  return [
    `Starts: until help is printed; until a node that was there before answers again\n\n${table(
      ["", "help ms", "min..max", "ready ms", "min..max", "CPU ms"],
      starts.map((name) => [
        name,
        ...of(`${name}, help`, "helpMs"),
        ...of(`${name}, alone`, "readyMs"),
        of(`${name}, alone`, "readyCpuMs")[0],
      ]),
    )}`,
    `Idle: MB are 10^6 bytes; own is what is in no file, the rest are pages of the executable and of libraries\n\n${table(
      ["", "RSS MB", "min..max", "own MB", "CPU ms/min", "wake-ups/min"],
      idle.map((name) => [
        name,
        ...of(name, "rssMb"),
        of(name, "ownMb")[0],
        of(name, "idleCpuMsPerMinute")[0],
        of(name, "wakeupsPerMinute")[0],
      ]),
    )}`,
    `The page in Chromium: from the navigation to the first paint, and until it can be used\n\n${table(
      ["", "cold paint ms", "ready ms", "warm paint ms", "ready ms"],
      pages.map((name) => [
        name,
        ...["coldPaintMs", "coldReadyMs", "warmPaintMs", "warmReadyMs"].map((key) => of(name, key)[0]),
      ]),
    )}`,
    `What is loaded\n\n${table(
      ["", "bytes", "gzip -9"],
      sizes.map(({ name, bytes, gzipBytes }) => [name, String(bytes), String(gzipBytes)]),
    )}`,
  ].join("\n\n");
}

export function nodeGoals(figures: NodeFigures): Goal[] {
  const most = (goal: string, name: string, key: string, target: number): Goal => {
    return { goal, result: figures[name]?.[key]?.median, target, atLeast: false };
  };
  return [
    most("ms until `glow --help` has ended", "glow, help", "helpMs", 150),
    most("MB of an idle node", "glow, alone", "rssMb", 90),
    most("the same with two peers", "glow, two peers", "rssMb", 90),
    most("the same after work", "glow, after work", "rssMb", 120),
    most("CPU ms a minute of an idle node", "glow, alone", "idleCpuMsPerMinute", 120),
    most("CPU ms of the node for each file put", "glow, after work", "cpuMsPerFile", 2.4),
  ];
}

function names(figures: NodeFigures, key: string, ending: string): string[] {
  const found = Object.keys(figures).filter((name) => name.endsWith(ending) && figures[name]?.[key] !== undefined);
  return found.map((name) => name.slice(0, -ending.length));
}

function shown(values: Spread | undefined): [string, string] {
  if (values === undefined) return ["-", ""];
  return [figure(values.median), `${figure(values.min)}..${figure(values.max)}`];
}

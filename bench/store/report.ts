// The figures of synchronisers as a table for people: seconds, and CPU seconds of both sides.

import type { Spread } from "../harness/statistics.ts";
import { figure, table } from "../harness/table.ts";
import type { StoreFigures } from "./comparison.ts";
import { workNames } from "./works.ts";

export function storeReport(figures: Readonly<Record<string, StoreFigures>>): string {
  const names = Object.keys(figures);
  const rows = workNames.flatMap((work) =>
    names.map((name, i) => {
      const of = figures[name]?.works[work];
      return [i === 0 ? work : "", name, ...shown(of?.seconds), ...shown(of?.cpuSeconds)];
    }),
  );
  const memory = names.map((name) => {
    const peak = figures[name]?.peakRssMb;
    return [name, peak === undefined ? "-" : figure(peak.max)];
  });
  return [
    table(["", "", "seconds", "min..max", "CPU s", "min..max"], rows),
    table(["", "peak RSS, MB, of the larger process"], memory),
  ].join("\n\n");
}

function shown(values: Spread | undefined): [string, string] {
  if (values === undefined) return ["-", ""];
  return [figure(values.median), `${figure(values.min)}..${figure(values.max)}`];
}

// The figures of the calls as tables for people.

import { figure, table } from "../harness/table.ts";
import type { Spread } from "../harness/statistics.ts";
import type { LineFigures, Lines, Rate, Rates } from "./comparison.ts";
import { floorName, type StackName, stackNames } from "./stacks.ts";
import { type WorkloadName, workloadNames, workloads } from "./workload.ts";

const titles: Readonly<Record<WorkloadName, string>> = {
  "one by one": "One by one: echo of {id, name}, each call waits for the one before; client and server share a core",
  "64 in flight": "64 in flight: the same echo, from 64 loops at once",
  "64 on one core": "64 on one core: as before, with client and server on the same core",
  "64 KiB arguments": "64 KiB arguments: calls with 65,536 bytes each, 8 at a time",
  items: "Items: a stream of {id, name} from server to client, 10,000 a stream",
  capabilities:
    "Capabilities: calls with an object of the caller in each, which the server calls before it answers; 64 at a time",
};

/** All stacks in a table, medians only. */
export function summaryReport(rates: Rates, lines: Lines): string {
  const rows = stackNames.flatMap((stack) => {
    if (rates["one by one"]?.[stack] === undefined) return [];
    const perSecond = (name: WorkloadName): string => medianOf(rates[name]?.[stack]?.perSecond);
    return [
      [
        stack,
        perSecond("one by one"),
        perSecond("64 in flight"),
        medianOf(rates["64 in flight"]?.[stack]?.cpuUs),
        perSecond("64 KiB arguments"),
        perSecond("items"),
        perSecond("capabilities"),
        medianOf(lines[stack]?.callBytes),
        medianOf(lines[stack]?.dependentMs),
      ],
    ];
  });
  const calls = ["calls/s 1 by 1", "64 in flight", "CPU us/call", "64 KiB MB/s", "items/s", "with capability/s"];
  return table(["stack", ...calls, "bytes/call", "5 dependent ms"], rows);
}

function medianOf(spread: Spread | undefined): string {
  return spread === undefined ? "-" : figure(spread.median);
}

export function ratesReport(rates: Rates): string {
  const measured = workloadNames.filter((name) => rates[name] !== undefined);
  return measured.map((name) => `${titles[name]}\n\n${rateTable(name, rates[name] ?? {})}`).join("\n\n");
}

function rateTable(name: WorkloadName, ofStacks: Partial<Record<StackName, Rate>>): string {
  const { unit, operation } = workloads[name];
  const floor = ofStacks[floorName];
  const rows = stackNames.map((stack) => {
    const rate = ofStacks[stack];
    if (rate === undefined) return [stack, "-"];
    const { perSecond, cpuUs } = rate;
    return [
      stack,
      figure(perSecond.median),
      range(perSecond),
      unit === "MB" ? "" : figure(1e6 / perSecond.median),
      figure(cpuUs.median),
      range(cpuUs),
      floor === undefined ? "" : (floor.perSecond.median / perSecond.median).toFixed(2),
      floor === undefined ? "" : (cpuUs.median / floor.cpuUs.median).toFixed(2),
    ];
  });
  const heads = [
    "stack",
    `${unit}/s`,
    "min..max",
    unit === "MB" ? "" : `us/${operation}`,
    `CPU us/${operation}`,
    "min..max",
  ];
  return table([...heads, "x floor", "x CPU"], rows.filter(isMeasured));
}

function isMeasured(row: readonly string[]): boolean {
  return row.length > 2 || row[1] === "-";
}

function range({ min, max }: Spread): string {
  return `${figure(min)}..${figure(max)}`;
}

export function linesReport(lines: Lines, roundTripMs: number): string {
  const rows = stackNames.flatMap((stack) => {
    const line = lines[stack];
    return line === undefined ? [] : [[stack, ...lineCells(line)]];
  });
  const heads = ["stack", "one call ms", "five ms", "five / one", "", "bytes/call", "64 in flight", "writes/call"];
  return [
    `A long line: a proxy that delays by ${roundTripMs / 2} ms in each direction and counts. Five calls, each on the result`,
    "of the one before; bytes and writes of both directions for one echo, without TCP's and IP's own headers",
    "",
    table(heads, rows),
  ].join("\n");
}

function lineCells(line: LineFigures): string[] {
  return [
    line.echoMs.median.toFixed(1),
    line.dependentMs.median.toFixed(1),
    (line.dependentMs.median / line.echoMs.median).toFixed(2),
    line.pipelines ? "pipelined" : "in turn",
    line.callBytes.median.toFixed(0),
    line.batchedCallBytes.median.toFixed(0),
    line.callPieces.median.toFixed(1),
  ];
}

// What Firefly over TCP is to reach.

import type { Lines, Rates } from "./calls/comparison.ts";
import { floorName } from "./calls/stacks.ts";
import type { BundleSize } from "./size/bundles.ts";
import type { Goal } from "./harness/goal.ts";

export function goals(rates: Rates, lines: Lines, sizes: readonly BundleSize[]): Goal[] {
  const batched = rates["64 in flight"]?.firefly;
  const single = rates["one by one"]?.firefly?.perSecond.median;
  const floor = rates["one by one"]?.[floorName]?.perSecond.median;
  const line = lines.firefly;
  return [
    { goal: "calls/s, 64 in flight", result: batched?.perSecond.median, target: 200_000, atLeast: true },
    {
      goal: "CPU us per call of both processes, 64 in flight",
      result: batched?.cpuUs.median,
      target: 5,
      atLeast: false,
    },
    { goal: "items/s", result: rates.items?.firefly?.perSecond.median, target: 1_000_000, atLeast: true },
    {
      goal: "time of a call, one by one, in times of the floor",
      result: single === undefined || floor === undefined ? undefined : floor / single,
      target: 1.3,
      atLeast: false,
    },
    {
      goal: "five dependent calls, in round trips of one call",
      result: line === undefined ? undefined : line.dependentMs.median / line.echoMs.median,
      target: 1.05,
      atLeast: false,
    },
    {
      goal: "browser client, bytes after gzip -9",
      result: sizes.find(({ name }) => name === "firefly")?.gzipBytes,
      target: 10_000,
      atLeast: false,
    },
  ];
}

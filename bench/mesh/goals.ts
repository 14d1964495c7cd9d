// What the mesh is to reach.

import type { Goal } from "../harness/goal.ts";
import type { MeshFigures, PathFigures, PathName } from "./comparison.ts";

/** The name of Glow's own contestant. */
const glowName = "glow";

export function meshGoals(figures: MeshFigures): Goal[] {
  const of = (contestant: string, path: PathName): PathFigures | undefined => figures[path]?.[contestant];
  const glow = of(glowName, "direct");
  const relayed = of(glowName, "one relay");
  const tls = of("node-tls", "direct");
  const atLeast = (goal: string, target: number, result: number | undefined): Goal => ({
    goal,
    result,
    target,
    atLeast: true,
  });
  const atMost = (goal: string, target: number, result: number | undefined): Goal => ({
    ...atLeast(goal, target, result),
    atLeast: false,
  });
  return [
    atLeast("direct, in times of TLS", 0.6, ratio("mbPerSecond", glow, tls)),
    atLeast("the same by CPU", 0.6, ratio("cpuMbPerSecond", glow, tls)),
    atLeast("direct, in times of libp2p", 2.5, ratio("mbPerSecond", glow, of("libp2p", "direct"))),
    atLeast("one relay, in times of direct", 0.5, ratio("mbPerSecond", relayed, glow)),
    atLeast("the same by CPU", 0.5, ratio("cpuMbPerSecond", relayed, glow)),
    atLeast("one relay, in times of libp2p's", 5, ratio("mbPerSecond", relayed, of("libp2p", "one relay"))),
    atMost("CPU ms per MB of the relay", 2, relayed?.relayMsPerMb.median),
    atMost(
      "round trip that the relay adds, us",
      120,
      difference(relayed?.roundTripUs.median, glow?.roundTripUs.median),
    ),
    atLeast("messages of 100 B a second", 500_000, glow?.messagesPerSecond.median),
    atMost("ms to connect", 10, glow?.connectMs.median),
    atMost("MB of memory when idle", 90, glow?.idleRssMb.median),
  ];
}

/** Of the medians of one run. */
export function ratio(
  key: "mbPerSecond" | "cpuMbPerSecond",
  one: PathFigures | undefined,
  other: PathFigures | undefined,
): number | undefined {
  return one === undefined || other === undefined ? undefined : one[key].median / other[key].median;
}

function difference(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one - other;
}

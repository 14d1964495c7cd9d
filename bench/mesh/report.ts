// The figures of the mesh and its peers as tables for people.

import type { Spread } from "../harness/statistics.ts";
import { figure, table } from "../harness/table.ts";
import { type MeshFigures, type PathFigures, type PathName, pathNames } from "./comparison.ts";
import { ratio } from "./goals.ts";

/** What a direct path is compared with. A relayed one is compared with the direct path of the same contestant. */
const measureName = "node-tls";

export function meshReport(figures: MeshFigures): string {
  return pathNames
    .filter((path) => figures[path] !== undefined)
    .flatMap((path) => [bulkReport(figures, path), smallReport(figures, path)])
    .join("\n\n");
}

function bulkReport(figures: MeshFigures, path: PathName): string {
  const direct = path === "direct";
  const rows = Object.entries(figures[path] ?? {}).map(([contestant, each]) => {
    const other = figures.direct?.[direct ? measureName : contestant];
    return [
      contestant,
      figure(each.mbPerSecond.median),
      range(each.mbPerSecond),
      times(ratio("mbPerSecond", each, other)),
      figure(each.cpuMbPerSecond.median),
      times(ratio("cpuMbPerSecond", each, other)),
      each.sendMsPerMb.median.toFixed(2),
      each.receiveMsPerMb.median.toFixed(2),
      direct ? "" : each.relayMsPerMb.median.toFixed(2),
      figure(each.idleRssMb.median),
      figure(each.peakRssMb.median),
    ];
  });
  const than = direct ? "x TLS" : "x direct";
  const speeds = ["MB/s", "min..max", than, "MB/s by CPU", than];
  const cpu = ["ms/MB send", "receive", direct ? "" : "relay"];
  return [
    `${title(path)}: 64 KiB writes; CPU ms per MB of each process${path === "two relays" ? ", of the busier relay" : ""}`,
    "",
    table(["contestant", ...speeds, ...cpu, "MB idle", "peak"], rows),
  ].join("\n");
}

function smallReport(figures: MeshFigures, path: PathName): string {
  const rows = Object.entries(figures[path] ?? {}).map(([contestant, each]) => {
    const direct = figures.direct?.[contestant];
    return [
      contestant,
      figure(each.messagesPerSecond.median),
      range(each.messagesPerSecond),
      figure(each.messageCpuUs.median),
      figure(each.roundTripUs.median),
      range(each.roundTripUs),
      path === "direct" || direct === undefined ? "" : added(each, direct),
      each.connectMs.median.toFixed(1),
      range(each.connectMs),
    ];
  });
  const heads = ["msgs/s", "min..max", "CPU us/msg", "RTT us", "min..max", path === "direct" ? "" : "added"];
  return [
    `${title(path)}: messages of 100 B, as many as go and one at a time; connections until the first byte is back`,
    "",
    table(["contestant", ...heads, "connect ms", "min..max"], rows),
  ].join("\n");
}

function title(path: PathName): string {
  return `${path[0]?.toUpperCase()}${path.slice(1)}`;
}

function added(relayed: PathFigures, direct: PathFigures): string {
  return figure(relayed.roundTripUs.median - direct.roundTripUs.median);
}

function times(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(2);
}

function range({ min, max }: Spread): string {
  return `${figure(min)}..${figure(max)}`;
}

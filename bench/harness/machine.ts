// The machine as far as it bears on the figures; nothing that says whose it is.

import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Average over the last minute, before the run. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release().split(".").slice(0, 2).join(".")} ${arch()}`,
    node: process.version,
    load: Math.round((loadavg()[0] as number) * 100) / 100,
  };
}

export function machineLine({ processor, cores, memoryGiB, system, node, load }: Machine): string {
  return `${cores} cores of ${processor}, ${memoryGiB} GiB, ${system}, Node ${node}, load ${load}`;
}

// What a running process takes, as Linux tells it in /proc.

import { readdirSync, readFileSync } from "node:fs";

export interface Memory {
  /** All pages that are resident, those of its executable among them. */
  readonly rssMb: number;
  /** Of these, what no file has: heaps, stacks, buffers. The rest the system can drop and read again, and processes share. */
  readonly ownMb: number;
}

/** `utime` and `stime` of proc(5): the kernel's USER_HZ is 100 on all that Node runs on. */
const msPerTick = 10;

export const isMeasurable: boolean = process.platform === "linux";

/** A MB has 10^6 bytes. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kiB = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN);
  return { rssMb: (kiB("Rss") * 1024) / 1e6, ownMb: (kiB("Anonymous") * 1024) / 1e6 };
}

/** CPU time of all its threads. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** How often its threads have waited for something, and so were woken up. */
export function wakeupsOf(pid: number): number {
  let wakeups = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
    wakeups += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return wakeups;
}

// CPU time and memory of processes and all that they start, as Linux tells them in /proc. Children that have ended in
// between are known by the last look at them.

import { readdirSync, readFileSync } from "node:fs";

/** Of `utime` and `stime` (proc(5)): the kernel's USER_HZ is 100 on all that Node runs on. */
const msPerTick = 10;

interface Seen {
  cpuMs: number;
  peakRssBytes: number;
}

export class ProcessTree {
  readonly #roots: ReadonlySet<number>;
  readonly #seen = new Map<number, Seen>();
  readonly #timer: NodeJS.Timeout;

  constructor(roots: readonly number[], lookEveryMs = 1000) {
    this.#roots = new Set(roots);
    this.#look();
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** All that this process starts, for those that start processes for each piece of work, which do not live long. */
  static ofChildren(): ProcessTree {
    return new ProcessTree([process.pid], 20);
  }

  cpuSeconds(): number {
    this.#look();
    let cpuMs = 0;
    for (const [pid, seen] of this.#seen) if (pid !== process.pid) cpuMs += seen.cpuMs;
    return cpuMs / 1000;
  }

  /** Of the process with the most. */
  peakRssMb(): number {
    let most = 0;
    for (const [pid, seen] of this.#seen) if (pid !== process.pid) most = Math.max(most, seen.peakRssBytes);
    return most / 1e6;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const parents = new Map<number, number>();
    const cpuMs = new Map<number, number>();
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      const stat = readOrNothing(`/proc/${pid}/stat`);
      if (stat === undefined) continue;
      // The name of the program, in brackets, may hold anything.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      parents.set(pid, Number(fields[1]));
      cpuMs.set(pid, (Number(fields[11]) + Number(fields[12])) * msPerTick);
    }
    for (const pid of parents.keys()) {
      if (!this.#belongs(pid, parents)) continue;
      const status = readOrNothing(`/proc/${pid}/status`);
      const peak = Number(status?.match(/^VmHWM:\s+(\d+) kB/m)?.[1] ?? 0) * 1024;
      const before = this.#seen.get(pid);
      this.#seen.set(pid, {
        cpuMs: Math.max(cpuMs.get(pid) ?? 0, before?.cpuMs ?? 0),
        peakRssBytes: Math.max(peak, before?.peakRssBytes ?? 0),
      });
    }
  }

  #belongs(pid: number, parents: ReadonlyMap<number, number>): boolean {
    for (let each: number | undefined = pid; each !== undefined && each > 1; each = parents.get(each)) {
      if (this.#roots.has(each)) return true;
    }
    return false;
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // It ended between the two looks.
  }
}

// What is sent one way: large writes and small ones.

import { Pattern } from "./pattern.ts";

export interface Workload {
  readonly writeBytes: number;
  /** After so many writes the sender ends its turn, as a program does that has other things to do as well. */
  readonly writesPerTurn: number;
  pattern(): Pattern;
}

export const workloadNames = ["blast", "messages"] as const;
export type WorkloadName = (typeof workloadNames)[number];

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  blast: { writeBytes: 65_536, writesPerTurn: 16, pattern: () => new Pattern(65_536, 17 * 4096) },
  messages: { writeBytes: 100, writesPerTurn: 1000, pattern: () => new Pattern(100, 641 * 100) },
};

/** Size of what goes back and forth. */
export const echoBytes = 100;

/** The same in all processes of the machine. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

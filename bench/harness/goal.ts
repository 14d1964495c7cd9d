// A figure that is to be reached, and whether it was. Printed beside the results and never a gate: machines differ and
// are busy.

import { figure } from "./table.ts";

export interface Goal {
  readonly goal: string;
  /** Undefined where it was not measured. */
  readonly result: number | undefined;
  readonly target: number;
  readonly atLeast: boolean;
}

function isReached({ result, target, atLeast }: Goal): boolean | undefined {
  if (result === undefined) return undefined;
  return atLeast ? result >= target : result <= target;
}

export function goalRow(goal: Goal): string[] {
  const reached = isReached(goal);
  return [
    goal.goal,
    `${goal.atLeast ? "at least" : "at most"} ${figure(goal.target)}`,
    goal.result === undefined ? "-" : figure(goal.result),
    reached === undefined ? "not measured" : reached ? "reached" : "not reached",
  ];
}

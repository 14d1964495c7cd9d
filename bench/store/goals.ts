// What the store is to reach.

import type { Goal } from "../harness/goal.ts";
import type { StoreFigures } from "./comparison.ts";
import { type WorkName, workNames } from "./works.ts";

const targets: Readonly<Partial<Record<WorkName, number>>> = { "first sync, small files": 0.5 };

export function storeGoals(figures: Readonly<Record<string, StoreFigures>>): Goal[] {
  const secondsOf = (name: string, work: WorkName): number | undefined => figures[name]?.works[work]?.seconds.median;
  const inTimes = workNames.map((work): Goal => {
    const own = secondsOf("glow", work);
    const peer = secondsOf("syncthing", work);
    const result = own === undefined || peer === undefined ? undefined : own / peer;
    return { goal: `${work}, in times of Syncthing`, result, target: targets[work] ?? 1, atLeast: false };
  });
  const visible = secondsOf("glow", "one small file changed");
  const visibleMs = visible === undefined ? undefined : visible * 1000;
  return [
    ...inTimes,
    { goal: "one small file changed, ms until it shows", result: visibleMs, target: 200, atLeast: false },
  ];
}

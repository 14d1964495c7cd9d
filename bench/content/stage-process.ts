// A process that measures one stage.

import { answerParent } from "../harness/child.ts";
import { material } from "./material.ts";
import { type StageName, type Stage, stages } from "./stages.ts";

export interface StageRequest {
  readonly stage: StageName;
  readonly seconds: number;
}

export interface StageAnswer {
  /** MB (10^6 bytes) or files. */
  readonly perSecond: number;
}

const fileBytes = 4096;

answerParent<StageRequest>(({ stage, seconds }): StageAnswer => {
  const { material: kind, bytes, counts, prepare }: Stage = stages[stage];
  const work = prepare(material(kind, bytes));
  repeat(work, seconds / 2);
  return { perSecond: repeat(work, seconds) * (counts === "MB" ? bytes / 1e6 : bytes / fileBytes) };
});

/** How often a second it was done. */
function repeat(work: () => void, seconds: number): number {
  const startMs = performance.now();
  let count = 0;
  let elapsedMs = 0;
  while (elapsedMs < seconds * 1000) {
    work();
    count++;
    elapsedMs = performance.now() - startMs;
  }
  return (count / elapsedMs) * 1000;
}

// All stacks side by side: the same work for each in turn, round by round, in an order that changes from round to
// round, each time in fresh processes.

import type { Interruption } from "../harness/interruption.ts";
import type { Progress } from "../harness/progress.ts";
import { rotated, type Spread, spread } from "../harness/statistics.ts";
import { Pair } from "./pair.ts";
import type { Work } from "./requests.ts";
import type { StackName } from "./stacks.ts";
import { type WorkloadName, workloadNames, workloads } from "./workload.ts";

export interface ComparisonSettings {
  readonly stacks: readonly StackName[];
  readonly rounds: number;
  /** How long each workload is measured. */
  readonly seconds: number;
  /** How long it runs before, unmeasured. */
  readonly warmUpSeconds: number;
  /** Whether each workload gets processes of its own; else one pair runs all, which takes less time. */
  readonly freshPerWorkload: boolean;
  /** Delay of the long line, there and back together. */
  readonly roundTripMs: number;
  readonly lineRounds: number;
  /** Calls one after the other over the long line. */
  readonly lineCalls: number;
}

/** Of one stack in one workload. */
export interface Rate {
  /** Calls, items or megabytes a second. */
  readonly perSecond: Spread;
  /** Of both processes, for one call or item. */
  readonly cpuUs: Spread;
}

/** Of one stack over the long line. */
export interface LineFigures {
  readonly echoMs: Spread;
  readonly dependentMs: Spread;
  readonly pipelines: boolean;
  /** TCP payload of both directions, one call at a time. */
  readonly callBytes: Spread;
  /** The same with 64 calls on their way. */
  readonly batchedCallBytes: Spread;
  /** Writes of both sides for one call at a time, as far as a reader sees them. */
  readonly callPieces: Spread;
}

export type Rates = Partial<Record<WorkloadName, Partial<Record<StackName, Rate>>>>;
export type Lines = Partial<Record<StackName, LineFigures>>;

interface Sample {
  readonly stack: StackName;
  readonly workload: WorkloadName;
  readonly work: Work;
}

type LineSample = { readonly [Key in keyof LineFigures]: LineFigures[Key] extends Spread ? number : LineFigures[Key] };

export class Comparison {
  readonly #settings: ComparisonSettings;
  readonly #interruption: Interruption;
  readonly #progress: Progress;

  constructor(settings: ComparisonSettings, interruption: Interruption, progress: Progress) {
    this.#settings = settings;
    this.#interruption = interruption;
    this.#progress = progress;
  }

  /** Steps that `progress` will be told of. */
  static steps({ stacks, rounds, freshPerWorkload, lineRounds }: ComparisonSettings): number {
    return stacks.length * (rounds * (freshPerWorkload ? workloadNames.length : 1) + lineRounds);
  }

  async rates(): Promise<Rates> {
    const { rounds, stacks, freshPerWorkload } = this.#settings;
    const samples: Sample[] = [];
    const groups = freshPerWorkload ? workloadNames.map((name) => [name]) : [workloadNames];
    for (let round = 0; round < rounds; round++) {
      for (const group of groups) {
        for (const stack of rotated(stacks, round)) {
          const step = `round ${round + 1} of ${rounds}: ${stack}${group.length === 1 ? `, ${group[0]}` : ""}`;
          await this.#step(step, async () => void samples.push(...(await this.#measure(stack, group))));
        }
      }
    }
    return summarize(samples);
  }

  /** What is given up by an interruption is left out, and so is all that would have come after it. */
  async #step(name: string, measure: () => Promise<void>): Promise<void> {
    if (this.#interruption.happened) return;
    this.#progress.begin(name);
    try {
      await measure();
      this.#progress.end();
    } catch (error) {
      if (!this.#interruption.happened) throw error;
    }
  }

  #measure(stack: StackName, group: readonly WorkloadName[]): Promise<Sample[]> {
    const { seconds, warmUpSeconds } = this.#settings;
    const oneCore = group.every((workload) => workloads[workload].onOneCore);
    return Pair.run(this.#interruption, stack, { oneCore }, async (pair) => {
      const samples: Sample[] = [];
      for (const workload of group) {
        if (!(await pair.offers(workload))) continue;
        await pair.work(workload, warmUpSeconds);
        samples.push({ stack, workload, work: await pair.work(workload, seconds) });
      }
      return samples;
    });
  }

  async lines(): Promise<Lines> {
    const { stacks, lineRounds } = this.#settings;
    const samples = new Map<StackName, LineSample[]>();
    for (let round = 0; round < lineRounds; round++) {
      for (const stack of rotated(stacks, round)) {
        await this.#step(`long line ${round + 1} of ${lineRounds}: ${stack}`, async () => {
          const sample = await this.#measureLine(stack);
          samples.set(stack, [...(samples.get(stack) ?? []), sample]);
        });
      }
    }
    return Object.fromEntries(Array.from(samples, ([stack, list]) => [stack, summarizeLine(list)]));
  }

  #measureLine(stack: StackName): Promise<LineSample> {
    const { roundTripMs, lineCalls } = this.#settings;
    const batched = 64 * 10;
    return Pair.run(this.#interruption, stack, { oneWayMs: roundTripMs / 2 }, async (pair) => {
      await pair.echoMs(3, 1);
      await pair.dependentMs(1);
      await pair.traffic();
      const echoMs = await pair.echoMs(lineCalls, 1);
      const single = await pair.traffic();
      const dependentMs = await pair.dependentMs(Math.ceil(lineCalls / 3));
      await pair.traffic();
      await pair.echoMs(batched, 64);
      const together = await pair.traffic();
      return {
        echoMs,
        dependentMs,
        pipelines: pair.pipelines,
        callBytes: (single.toServerBytes + single.toClientBytes) / lineCalls,
        callPieces: (single.toServerPieces + single.toClientPieces) / lineCalls,
        batchedCallBytes: (together.toServerBytes + together.toClientBytes) / batched,
      };
    });
  }
}

function summarize(samples: readonly Sample[]): Rates {
  const rates: Rates = {};
  for (const [workload, ofWorkload] of Map.groupBy(samples, (sample) => sample.workload)) {
    const { unitsPerOperation } = workloads[workload];
    const perStack: Partial<Record<StackName, Rate>> = {};
    for (const [stack, list] of Map.groupBy(ofWorkload, (sample) => sample.stack)) {
      perStack[stack] = {
        perSecond: spread(list.map(({ work }) => (work.operations * unitsPerOperation) / work.seconds)),
        cpuUs: spread(list.map(({ work }) => work.cpuUs / work.operations)),
      };
    }
    rates[workload] = perStack;
  }
  return rates;
}

function summarizeLine(samples: readonly LineSample[]): LineFigures {
  const of = (key: "echoMs" | "dependentMs" | "callBytes" | "batchedCallBytes" | "callPieces"): Spread =>
    spread(samples.map((sample) => sample[key]));
  return {
    echoMs: of("echoMs"),
    dependentMs: of("dependentMs"),
    pipelines: samples.every((sample) => sample.pipelines),
    callBytes: of("callBytes"),
    batchedCallBytes: of("batchedCallBytes"),
    callPieces: of("callPieces"),
  };
}

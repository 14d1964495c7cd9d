// All that is measured of content, each figure in a fresh process, round by round in changing order.

import { join } from "node:path";
import type { ChunkSizes } from "#store/content/chunk-sizes.ts";
import { Child } from "../harness/child.ts";
import type { Interruption } from "../harness/interruption.ts";
import type { Progress } from "../harness/progress.ts";
import { rotated, type Spread, spread } from "../harness/statistics.ts";
import type { ChangeAnswer, ChangeName, ChangeRequest } from "./change-process.ts";
import type { StageAnswer, StageRequest } from "./stage-process.ts";
import type { StageName } from "./stages.ts";
import type { WritingAnswer, WritingRequest } from "./writing-process.ts";

export interface ContentSettings {
  readonly stages: readonly StageName[];
  readonly rounds: number;
  /** For each measurement of a stage, after half as long a warm-up. */
  readonly seconds: number;
  /** What is written in streams, and what a change is made in. */
  readonly megabytes: number;
}

export interface WritingFigures {
  readonly mbPerSecond: Spread;
  readonly lateMs: Spread;
  readonly latestMs: Spread;
}

export interface ChangeFigures extends Omit<ChangeAnswer, "firstMs" | "changes"> {
  readonly firstMs: Spread;
  readonly changes: Readonly<Record<ChangeName, { readonly sentBytes: Spread; readonly ms: Spread }>>;
}

export interface ContentFigures {
  /** MB or files a second. */
  readonly stages: Partial<Record<StageName, Spread>>;
  readonly writing: Partial<Record<WritingName, WritingFigures>>;
  readonly changes: Partial<Record<SizesName, ChangeFigures>>;
}

export const writings = {
  "this thread": { threads: 0, streams: 1 },
  "one thread": { threads: 1, streams: 1 },
  "two threads": { threads: 2, streams: 2 },
} as const satisfies Record<string, Omit<WritingRequest, "megabytes">>;
export type WritingName = keyof typeof writings;

const KiB = 1024;

/** Least, average and most, in KiB. The first is what a space has if it says nothing else. */
export const sizes = {
  "64, 256, 1024": { least: 64 * KiB, average: 256 * KiB, most: 1024 * KiB },
  "16, 64, 256": { least: 16 * KiB, average: 64 * KiB, most: 256 * KiB },
  "128, 256, 1024": { least: 128 * KiB, average: 256 * KiB, most: 1024 * KiB },
  "256, 1024, 4096": { least: 256 * KiB, average: 1024 * KiB, most: 4096 * KiB },
} as const satisfies Record<string, ChunkSizes>;
export type SizesName = keyof typeof sizes;

const writingNames = Object.keys(writings) as WritingName[];
const sizesNames = Object.keys(sizes) as SizesName[];

export class ContentComparison {
  readonly #settings: ContentSettings;
  readonly #interruption: Interruption;
  readonly #progress: Progress;

  constructor(settings: ContentSettings, interruption: Interruption, progress: Progress) {
    this.#settings = settings;
    this.#interruption = interruption;
    this.#progress = progress;
  }

  static steps({ rounds, stages }: ContentSettings): number {
    return rounds * (stages.length + writingNames.length + sizesNames.length);
  }

  async run(): Promise<ContentFigures> {
    const { stages, seconds, megabytes } = this.#settings;
    const ofStages = await this.#measure<StageName, StageAnswer>(stages, "stage", (stage) => {
      return { stage, seconds } satisfies StageRequest;
    });
    const ofWritings = await this.#measure<WritingName, WritingAnswer>(writingNames, "writing", (name) => {
      return { ...writings[name], megabytes } satisfies WritingRequest;
    });
    const ofChanges = await this.#measure<SizesName, ChangeAnswer>(sizesNames, "change", (name) => {
      return { megabytes, chunks: sizes[name] } satisfies ChangeRequest;
    });
    return {
      stages: summed(ofStages, (answers) => spread(answers.map(({ perSecond }) => perSecond))),
      writing: summed(ofWritings, (answers) => ({
        mbPerSecond: spread(answers.map((each) => each.mbPerSecond)),
        lateMs: spread(answers.map((each) => each.lateMs)),
        latestMs: spread(answers.map((each) => each.latestMs)),
      })),
      changes: summed(ofChanges, changeFigures),
    };
  }

  /** All answers to each of `names`, asked of `KIND-process.ts`. */
  async #measure<Name extends string, Answer>(
    names: readonly Name[],
    kind: string,
    request: (name: Name) => object,
  ): Promise<Map<Name, [Answer, ...Answer[]]>> {
    const answers = new Map<Name, [Answer, ...Answer[]]>();
    for (let round = 0; round < this.#settings.rounds; round++) {
      for (const name of rotated(names, round)) {
        if (this.#interruption.happened) break;
        this.#progress.begin(`round ${round + 1} of ${this.#settings.rounds}: ${kind}, ${name}`);
        const answer = await this.#ask<Answer>(kind, request(name));
        if (answer !== undefined) answers.set(name, [answer, ...(answers.get(name) ?? [])]);
        this.#progress.end();
      }
    }
    return answers;
  }

  /** Undefined if it was interrupted. */
  async #ask<Answer>(kind: string, request: object): Promise<Answer | undefined> {
    const child = new Child(join(import.meta.dirname, `${kind}-process.ts`));
    try {
      return await this.#interruption.withChildren([child], () => child.request<Answer>(request));
    } catch (error) {
      if (this.#interruption.happened) return undefined;
      throw error;
    }
  }
}

function summed<Name extends string, Answer, Figures>(
  answers: ReadonlyMap<Name, readonly Answer[]>,
  figures: (answers: readonly Answer[]) => Figures,
): Partial<Record<Name, Figures>> {
  const entries = Array.from(answers, ([name, each]) => [name, figures(each)] as const);
  return Object.fromEntries(entries) as Partial<Record<Name, Figures>>;
}

function changeFigures(answers: readonly ChangeAnswer[]): ChangeFigures {
  const [first] = answers as readonly [ChangeAnswer];
  const names = Object.keys(first.changes) as ChangeName[];
  const changes = names.map((name) => {
    const each = answers.map((answer) => answer.changes[name]);
    return [
      name,
      { sentBytes: spread(each.map((one) => one.sentBytes)), ms: spread(each.map((one) => one.ms)) },
    ] as const;
  });
  return {
    chunks: first.chunks,
    averageBytes: first.averageBytes,
    depth: first.depth,
    firstMs: spread(answers.map(({ firstMs }) => firstMs)),
    changes: Object.fromEntries(changes) as ChangeFigures["changes"],
  };
}

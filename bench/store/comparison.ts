// All synchronisers side by side: the same works for each in turn, round by round, each chapter in new folders and new
// processes. Where many files were deleted, ext4 without a journal makes new ones slowly for minutes (it looks at each inode that
// was freed, see recently_deleted in its ialloc.c): so folders of many files stay until all is measured.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import type { Interruption } from "../harness/interruption.ts";
import type { Progress } from "../harness/progress.ts";
import { rotated, type Spread, spread } from "../harness/statistics.ts";
import type { Places, RunningPair, Synchroniser } from "./synchroniser.ts";
import { until } from "./until.ts";
import { type Chapter, chapters, type Scale, type Work, type WorkName } from "./works.ts";

export interface StoreSettings {
  readonly rounds: number;
  readonly scale: Scale;
  /** Where folders and homes are made; what is measured is this disk too. */
  readonly place: string;
}

export interface WorkFigures {
  readonly seconds: Spread;
  /** Of both sides. */
  readonly cpuSeconds: Spread;
}

export interface StoreFigures {
  readonly works: Readonly<Partial<Record<WorkName, WorkFigures>>>;
  readonly peakRssMb?: Spread;
}

interface Sample {
  readonly work: WorkName;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const patienceMs = 240_000;
/** So few are deleted at once. */
const fewFiles = 100;
/** Work goes on after what it is for shows; what of it belongs to this work is waited for before CPU time is counted. */
const settleMs = 300;

export class StoreComparison {
  readonly #settings: StoreSettings;
  readonly #interruption: Interruption;
  readonly #progress: Progress;
  readonly #samples = new Map<string, Sample[]>();
  readonly #memory = new Map<string, number[]>();
  readonly failures = new Map<string, string>();
  readonly #leftOvers: string[] = [];

  constructor(settings: StoreSettings, interruption: Interruption, progress: Progress) {
    this.#settings = settings;
    this.#interruption = interruption;
    this.#progress = progress;
  }

  static steps(settings: StoreSettings, contestants: number): number {
    return settings.rounds * contestants * chapters(settings.scale).length;
  }

  async run(contestants: Readonly<Record<string, Synchroniser>>): Promise<Record<string, StoreFigures>> {
    try {
      await this.#runAll(contestants);
    } finally {
      for (const root of this.#leftOvers) rmSync(root, { recursive: true, force: true });
    }
    return Object.fromEntries(Object.keys(contestants).map((name) => [name, this.#figures(name)]));
  }

  async #runAll(contestants: Readonly<Record<string, Synchroniser>>): Promise<void> {
    const { rounds, scale } = this.#settings;
    for (let round = 0; round < rounds; round++) {
      for (const name of rotated(Object.keys(contestants), round)) {
        for (const chapter of chapters(scale)) {
          if (this.#interruption.happened) break;
          this.#progress.begin(`round ${round + 1} of ${rounds}: ${name}`);
          try {
            await this.#chapter(name, contestants[name] as Synchroniser, chapter);
          } catch (error) {
            this.failures.set(name, `${name} failed: ${error instanceof Error ? error.message : String(error)}`);
          }
          this.#progress.end();
        }
      }
    }
  }

  async #chapter(name: string, contestant: Synchroniser, { works, files }: Chapter): Promise<void> {
    const root = mkdtempSync(join(this.#settings.place, "glow-bench-"));
    let pair: RunningPair | undefined;
    try {
      const places = await placesIn(root);
      const outside = join(root, "outside");
      mkdirSync(outside);
      for (const work of works) work.prepare?.(outside);
      pair = await contestant.start(places);
      for (const work of works) {
        if (this.#interruption.happened) return;
        const sample = await measure(work, pair, places, outside);
        this.#samples.set(name, [...(this.#samples.get(name) ?? []), sample]);
      }
      this.#memory.set(name, [...(this.#memory.get(name) ?? []), pair.processes.peakRssMb()]);
    } finally {
      await pair?.stop();
      if (files > fewFiles) this.#leftOvers.push(root);
      else rmSync(root, { recursive: true, force: true });
    }
  }

  #figures(name: string): StoreFigures {
    const memory = this.#memory.get(name);
    const byWork = Map.groupBy(this.#samples.get(name) ?? [], ({ work }) => work);
    return {
      works: Object.fromEntries(
        Array.from(byWork, ([work, samples]) => [
          work,
          {
            seconds: spread(samples.map(({ seconds }) => seconds)),
            cpuSeconds: spread(samples.map(({ cpuSeconds }) => cpuSeconds)),
          },
        ]),
      ),
      ...(memory && { peakRssMb: spread(memory) }),
    };
  }
}

async function measure(work: Work, pair: RunningPair, places: Places, outside: string): Promise<Sample> {
  const [from, to] = places.folders;
  const cpuBefore = pair.processes.cpuSeconds();
  const startMs = performance.now();
  work.change(from, outside);
  const running = pair.changed();
  await Promise.all([running, until(`"${work.name}" shows`, patienceMs, () => work.shows(to), work.everyMs)]);
  const seconds = (performance.now() - startMs) / 1000;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const cpuSeconds = pair.processes.cpuSeconds() - cpuBefore;
  work.verify?.(from, to);
  return { work: work.name, seconds, cpuSeconds };
}

async function placesIn(root: string): Promise<Places> {
  const made = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path);
    return path;
  };
  return {
    homes: [made("home-a"), made("home-b")],
    folders: [made("a"), made("b")],
    ports: [await freePort(), await freePort(), await freePort()],
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  server.close();
  await once(server, "close");
  return address.port;
}

// A node beside bare Node and Syncthing: how soon each is there, and what each takes while it has nothing to do. Every sample has
// a home and processes of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interruption } from "../harness/interruption.ts";
import type { Progress } from "../harness/progress.ts";
import { rotated, type Spread, spread } from "../harness/statistics.ts";
import { measureBarePage, measurePage } from "./page.ts";
import { cpuMsOf, memoryOf, wakeupsOf } from "./process-figures.ts";
import { type Contestant, type Idle, putFiles, startLinked } from "./programs.ts";

export interface NodeSettings {
  readonly rounds: number;
  /** How long a program is left alone before it is looked at, and then for how long. */
  readonly settleSeconds: number;
  readonly idleSeconds: number;
  /** Put into a drive, and then the node is left alone. */
  readonly files: number;
}

/** Each by the name of what was measured, then by that of the figure. */
export type NodeFigures = Readonly<Record<string, Readonly<Record<string, Spread>>>>;

type Sample = Readonly<Record<string, number>>;

interface Task {
  readonly name: string;
  run(folder: string): Promise<Sample>;
}

export class NodeComparison {
  readonly #settings: NodeSettings;
  readonly #interruption: Interruption;
  readonly #progress: Progress;
  readonly failures = new Map<string, string>();

  constructor(settings: NodeSettings, interruption: Interruption, progress: Progress) {
    this.#settings = settings;
    this.#interruption = interruption;
    this.#progress = progress;
  }

  static steps(settings: NodeSettings, contestants: Readonly<Record<string, Contestant>>): number {
    return settings.rounds * tasks(settings, contestants).length;
  }

  async run(contestants: Readonly<Record<string, Contestant>>): Promise<NodeFigures> {
    const { rounds } = this.#settings;
    const all = tasks(this.#settings, contestants);
    const samples = new Map<string, Sample[]>();
    for (let round = 0; round < rounds; round++) {
      for (const task of rotated(all, round)) {
        if (this.#interruption.happened) break;
        this.#progress.begin(`round ${round + 1} of ${rounds}: ${task.name}`);
        try {
          samples.set(task.name, [...(samples.get(task.name) ?? []), await inFolder((folder) => task.run(folder))]);
        } catch (error) {
          this.failures.set(
            task.name,
            `${task.name} failed: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
        this.#progress.end();
      }
    }
    const measured = all.filter(({ name }) => samples.has(name));
    return Object.fromEntries(measured.map(({ name }) => [name, spreads(samples.get(name) ?? [])]));
  }
}

function tasks(settings: NodeSettings, contestants: Readonly<Record<string, Contestant>>): Task[] {
  const each = Object.entries(contestants).flatMap(([name, contestant]): Task[] => [
    { name: `${name}, help`, run: () => help(contestant) },
    { name: `${name}, alone`, run: (folder) => alone(contestant, folder, settings) },
  ]);
  if (contestants["glow"] === undefined) return each;
  return [
    ...each,
    { name: "glow, two peers", run: (folder) => withPeers(folder, settings) },
    { name: "glow, after work", run: (folder) => afterWork(contestants["glow"] as Contestant, folder, settings) },
    { name: "page of a node", run: measurePage },
    { name: "bare page", run: measureBarePage },
  ];
}

/** From the start of a program to its end, when it has printed its help. */
async function help({ help: [command, ...words] }: Contestant): Promise<Sample> {
  const startMs = performance.now();
  const child = spawn(command, words, { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ${words.join(" ")} ended with ${code}`);
  return { helpMs: performance.now() - startMs };
}

async function alone(contestant: Contestant, home: string, settings: NodeSettings): Promise<Sample> {
  // The first start makes keys; what people wait for is every other one.
  await (await contestant.start(home)).stop();
  const startMs = performance.now();
  const program = await contestant.start(home);
  const readyMs = performance.now() - startMs;
  const readyCpuMs = cpuMsOf(program.pid);
  return await stopping([program], async () => ({ readyMs, readyCpuMs, ...(await idle(program, settings)) }));
}

async function withPeers(folder: string, settings: NodeSettings): Promise<Sample> {
  const homes = ["a", "b", "c"].map((name) => join(folder, name));
  for (const home of homes) mkdirSync(home);
  const programs = await startLinked(homes);
  return await stopping(programs, () => idle(programs[0] as Idle, settings));
}

async function afterWork(contestant: Contestant, folder: string, settings: NodeSettings): Promise<Sample> {
  const home = join(folder, "home");
  mkdirSync(home);
  const program = await contestant.start(home);
  return await stopping([program], async () => {
    const cpuBeforeMs = cpuMsOf(program.pid);
    await putFiles(home, join(folder, "outside"), settings.files);
    const cpuMsPerFile = (cpuMsOf(program.pid) - cpuBeforeMs) / settings.files;
    const { rssMb: busyRssMb } = memoryOf(program.pid);
    return { cpuMsPerFile, busyRssMb, ...(await idle(program, settings)) };
  });
}

async function idle({ pid }: Idle, { settleSeconds, idleSeconds }: NodeSettings): Promise<Sample> {
  await pause(settleSeconds);
  const [cpuMs, wakeups] = [cpuMsOf(pid), wakeupsOf(pid)];
  await pause(idleSeconds);
  const perMinute = 60 / idleSeconds;
  return {
    ...memoryOf(pid),
    idleCpuMsPerMinute: (cpuMsOf(pid) - cpuMs) * perMinute,
    wakeupsPerMinute: (wakeupsOf(pid) - wakeups) * perMinute,
  };
}

async function stopping<Result>(programs: readonly Idle[], work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
  }
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "glow-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function spreads(samples: readonly Sample[]): Record<string, Spread> {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, spread(samples.map((sample) => sample[name] as number))]));
}

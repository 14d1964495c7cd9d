// All contestants side by side, directly and over relays: the same work for each in turn, round by round, in an order
// that changes from round to round, each time in fresh processes.

import type { Interruption } from "../harness/interruption.ts";
import type { Progress } from "../harness/progress.ts";
import { rotated, type Spread, spread } from "../harness/statistics.ts";
import { type ContestantName, contestants } from "./contestants.ts";
import { Line, type Transfer } from "./line.ts";
import { workloads } from "./workload.ts";

/** By the number of relays. */
export const pathNames = ["direct", "one relay", "two relays"] as const;
export type PathName = (typeof pathNames)[number];

export interface MeshSettings {
  readonly contestants: readonly ContestantName[];
  readonly rounds: number;
  /** How long each workload is measured. */
  readonly seconds: number;
  /** How long it runs before, unmeasured. */
  readonly warmUpSeconds: number;
  /** Connections in a round. */
  readonly connects: number;
}

interface Contest {
  readonly contestant: ContestantName;
  readonly relays: number;
}

/** Of one contestant on one path. A megabyte has a million bytes. */
interface Sample {
  readonly contest: Contest;
  /** Large writes. */
  readonly mbPerSecond: number;
  /** CPU time for each megabyte, of each process. */
  readonly sendMsPerMb: number;
  readonly receiveMsPerMb: number;
  /** Of the busiest relay; 0 where there is none. */
  readonly relayMsPerMb: number;
  /** What the busiest process would reach with a core of its own: on two cores three processes get in each other's way. */
  readonly cpuMbPerSecond: number;
  readonly messagesPerSecond: number;
  /** CPU time of all processes for each message. */
  readonly messageCpuUs: number;
  readonly roundTripUs: number;
  readonly connectMs: number;
  /** Of the process with the most, when it is connected, and at its worst. */
  readonly idleRssMb: number;
  readonly peakRssMb: number;
}

export type PathFigures = { readonly [Key in Exclude<keyof Sample, "contest">]: Spread };
/** By contestant. */
export type MeshFigures = Partial<Record<PathName, Readonly<Record<string, PathFigures>>>>;

export interface MeshOutcome {
  readonly paths: MeshFigures;
  /** Of contestants that did not get their bytes through, one text each; they have no figures on that path. */
  readonly failures: readonly string[];
}

type Throughput = Omit<Sample, "contest" | "roundTripUs" | "connectMs">;
type Latency = Pick<Sample, "roundTripUs" | "connectMs">;

export class MeshComparison {
  readonly #settings: MeshSettings;
  readonly #interruption: Interruption;
  readonly #progress: Progress;

  constructor(settings: MeshSettings, interruption: Interruption, progress: Progress) {
    this.#settings = settings;
    this.#interruption = interruption;
    this.#progress = progress;
  }

  /** Steps that `progress` will be told of. */
  static steps(settings: MeshSettings): number {
    return settings.rounds * contests(settings).length;
  }

  async run(): Promise<MeshOutcome> {
    const samples: Sample[] = [];
    const failures = new Map<Contest, string>();
    const all = contests(this.#settings);
    for (let round = 0; round < this.#settings.rounds; round++) {
      for (const contest of rotated(all, round)) {
        if (this.#interruption.happened) break;
        this.#progress.begin(`round ${round + 1} of ${this.#settings.rounds}: ${nameOf(contest)}`);
        try {
          if (!failures.has(contest)) samples.push(await this.#measure(contest));
        } catch (error) {
          if (this.#interruption.happened) break;
          failures.set(contest, `${nameOf(contest)} failed: ${reasonsOf(error)}`);
        }
        this.#progress.end();
      }
    }
    const sound = samples.filter(({ contest }) => !failures.has(contest));
    return { paths: summarize(sound), failures: [...failures.values()] };
  }

  async #measure(contest: Contest): Promise<Sample> {
    return { contest, ...(await this.#throughput(contest)), ...(await this.#latency(contest)) };
  }

  #throughput({ contestant, relays }: Contest): Promise<Throughput> {
    const { seconds, warmUpSeconds } = this.#settings;
    return Line.run(this.#interruption, contestant, { relays, oneCore: false }, async (line) => {
      const idle = await line.memory();
      await line.transfer("blast", warmUpSeconds);
      const blast = await line.transfer("blast", seconds);
      await line.transfer("messages", warmUpSeconds);
      const messages = await line.transfer("messages", seconds);
      const peak = await line.memory();
      return {
        ...blastFigures(blast),
        ...messageFigures(messages),
        idleRssMb: idle.rssBytes / 1e6,
        peakRssMb: peak.peakRssBytes / 1e6,
      };
    });
  }

  /** On one core: processes that wake each other up take up to three times as long on two, and which they get is luck. */
  #latency({ contestant, relays }: Contest): Promise<Latency> {
    const { seconds, warmUpSeconds, connects } = this.#settings;
    return Line.run(this.#interruption, contestant, { relays, oneCore: true }, async (line) => {
      await line.roundTripMs(warmUpSeconds);
      const roundTripUs = 1000 * (await line.roundTripMs(seconds));
      await line.connectMs(Math.ceil(connects / 4));
      const connectMs = await line.connectMs(connects);
      if (relays > 0 && !(await line.isRelayed())) throw new Error("bytes found a way around the relays");
      return { roundTripUs, connectMs };
    });
  }
}

function contests(settings: MeshSettings): Contest[] {
  return settings.contestants.flatMap((contestant) =>
    Array.from({ length: contestants[contestant].mostRelays + 1 }, (_, relays) => ({ contestant, relays })),
  );
}

function nameOf({ contestant, relays }: Contest): string {
  return `${contestant}, ${pathNames[relays]}`;
}

function reasonsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonsOf(error.cause)}`;
}

function blastFigures({ bytes, seconds, senderCpuUs, receiverCpuUs, relayCpuUs }: Transfer) {
  // Microseconds for a byte are as many as seconds for a megabyte.
  const msPerMb = (cpuUs: number): number => (cpuUs / bytes) * 1000;
  const relayUs = Math.max(0, ...relayCpuUs);
  return {
    mbPerSecond: bytes / seconds / 1e6,
    sendMsPerMb: msPerMb(senderCpuUs),
    receiveMsPerMb: msPerMb(receiverCpuUs),
    relayMsPerMb: msPerMb(relayUs),
    cpuMbPerSecond: 1000 / msPerMb(Math.max(senderCpuUs, receiverCpuUs, relayUs)),
  };
}

function messageFigures({ bytes, seconds, senderCpuUs, receiverCpuUs, relayCpuUs }: Transfer) {
  const count = bytes / workloads.messages.writeBytes;
  const cpuUs = relayCpuUs.reduce((total, each) => total + each, senderCpuUs + receiverCpuUs);
  return { messagesPerSecond: count / seconds, messageCpuUs: cpuUs / count };
}

function summarize(samples: readonly Sample[]): MeshFigures {
  const figures: MeshFigures = {};
  for (const [relays, ofPath] of Map.groupBy(samples, ({ contest }) => contest.relays)) {
    const byContestant = Map.groupBy(ofPath, ({ contest }) => contest.contestant);
    figures[pathNames[relays] as PathName] = Object.fromEntries(
      Array.from(byContestant, ([name, list]) => [name, spreads(list)]),
    );
  }
  return figures;
}

function spreads(samples: readonly Sample[]): PathFigures {
  const of = (key: keyof PathFigures): Spread => spread(samples.map((sample) => sample[key]));
  return {
    mbPerSecond: of("mbPerSecond"),
    sendMsPerMb: of("sendMsPerMb"),
    receiveMsPerMb: of("receiveMsPerMb"),
    relayMsPerMb: of("relayMsPerMb"),
    cpuMbPerSecond: of("cpuMbPerSecond"),
    messagesPerSecond: of("messagesPerSecond"),
    messageCpuUs: of("messageCpuUs"),
    roundTripUs: of("roundTripUs"),
    connectMs: of("connectMs"),
    idleRssMb: of("idleRssMb"),
    peakRssMb: of("peakRssMb"),
  };
}

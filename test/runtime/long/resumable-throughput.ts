// What a resumable pipe costs over the pipe it runs on: the same bytes over TCP with and without it, in two processes, in
// turns, several rounds, medians. Run with `node test/runtime/long/resumable-throughput.ts [rounds]`.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { Address, Pipe } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";

const MiB = 1024 * 1024;
const loads = [
  { name: "64 KiB packets", packetBytes: 64 * 1024, totalBytes: 1024 * MiB, perTurn: 16 },
  { name: "256 KiB packets", packetBytes: 256 * 1024, totalBytes: 1024 * MiB, perTurn: 4 },
  { name: "100 B packets, 500 a turn", packetBytes: 100, totalBytes: 100 * MiB, perTurn: 500 },
] as const;
type Load = (typeof loads)[number];
type Way = "plain" | "resumable";

interface Result {
  readonly MBps: number;
  /** Of both processes, in ms for each MB. */
  readonly cpu: number;
}

const clock = new NodeClock();
const powers = { clock, timers: new NodeTimers(), random: new NodeRandom() };
const network = new NodeNetwork();

if (process.send === undefined) await measureAll(Number(process.argv[2] ?? 5));
else await receive(process.argv[2] as Way);

async function measureAll(rounds: number): Promise<void> {
  for (const load of loads) {
    const results = { plain: [] as Result[], resumable: [] as Result[] };
    for (let round = 0; round < rounds; round++) {
      const ways: Way[] = round % 2 === 0 ? ["plain", "resumable"] : ["resumable", "plain"];
      for (const way of ways) results[way].push(await measure(way, load));
    }
    const [plain, resumable] = [median(results.plain), median(results.resumable)];
    const say = ({ MBps, cpu }: Result) => `${MBps.toFixed(0)} MB/s, ${cpu.toFixed(2)} ms CPU/MB`;
    const ratio = `${(resumable.MBps / plain.MBps).toFixed(2)} of the speed, ${(resumable.cpu / plain.cpu).toFixed(2)} of the CPU`;
    console.log(`${load.name}: TCP ${say(plain)}; resumable ${say(resumable)}; ${ratio}`);
  }
}

async function measure(way: Way, load: Load): Promise<Result> {
  const child = fork(import.meta.filename, [way]);
  const [address] = (await once(child, "message")) as [Address];
  const dial = (signal?: AbortSignal) => network.dial(address, signal);
  const pipe = way === "plain" ? await dial() : await dialResumable({ ...powers, dial });
  const beganMs = clock.monotonicMs();
  const cpuBefore = process.cpuUsage();
  const childCpuMs = await sendAll(pipe, load, child);
  const tookMs = clock.monotonicMs() - beganMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  pipe.close();
  child.disconnect();
  const megabytes = load.totalBytes / 1e6;
  return { MBps: (megabytes * 1000) / tookMs, cpu: ((user + system) / 1000 + childCpuMs) / megabytes };
}

/** Resolves, with the CPU time of the receiver in ms, when it has got everything. */
async function sendAll(pipe: Pipe, load: Load, child: ChildProcess): Promise<number> {
  let left = Math.floor(load.totalBytes / load.packetBytes);
  const done = once(child, "message") as Promise<[number]>;
  child.send(left);
  const sendTurn = (): void => {
    let room = true;
    for (let i = 0; i < load.perTurn && left > 0 && room; i++, left--) {
      room = pipe.send([new Uint8Array(load.packetBytes)]);
    }
    if (room && left > 0) setImmediate(sendTurn);
  };
  pipe.attach({ packet: () => undefined, drained: sendTurn, closed: () => undefined });
  sendTurn();
  return (await done)[0];
}

async function receive(way: Way): Promise<void> {
  let awaited = Number.POSITIVE_INFINITY;
  let packets = 0;
  let cpuBefore = process.cpuUsage();
  process.on("message", (count: number) => {
    awaited = count;
    cpuBefore = process.cpuUsage();
  });
  process.on("disconnect", () => process.exit());
  const accept = (pipe: Pipe): void => {
    pipe.attach({
      packet: () => {
        if (++packets !== awaited) return;
        const { user, system } = process.cpuUsage(cpuBefore);
        process.send?.((user + system) / 1000);
      },
      drained: () => undefined,
      closed: () => undefined,
    });
  };
  const acceptor = new ResumableAcceptor({ ...powers, accept });
  const take = way === "plain" ? accept : (pipe: Pipe) => acceptor.take(pipe);
  const listener = await network.listen("tcp://127.0.0.1:0" as Address, take);
  process.send?.(listener.address);
}

function median(results: readonly Result[]): Result {
  const middle = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
  return { MBps: middle(results.map(({ MBps }) => MBps)), cpu: middle(results.map(({ cpu }) => cpu)) };
}

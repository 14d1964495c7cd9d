// The process at the beginning of a line, which connects and sends.

import { answerParent } from "../harness/child.ts";
import { spread } from "../harness/statistics.ts";
import type { Channel } from "./contestant.ts";
import { type ContestantName, contestants } from "./contestants.ts";
import { Echoes } from "./echoes.ts";
import type { SenderRequest, Sent } from "./requests.ts";
import { usage } from "./usage.ts";
import { clockMs, echoBytes, type WorkloadName, workloads } from "./workload.ts";

/** Where `connect` has led, and how to get there again. */
interface Connected {
  readonly contestant: ContestantName;
  readonly address: string;
  readonly channel: Channel;
  readonly echoes: Echoes;
}

let current: Connected | undefined;

function connected(): Connected {
  if (current === undefined) throw new Error("not connected");
  return current;
}

answerParent<SenderRequest>(async (request) => {
  switch (request.do) {
    case "usage":
      return usage();
    case "connect":
      current = await connect(request.contestant, request.address);
      return undefined;
    case "send":
      return send(request.workload, request.seconds);
    case "round-trips":
      return roundTrips(request.seconds);
    case "connects":
      return connects(request.count);
  }
});

async function connect(contestant: ContestantName, address: string): Promise<Connected> {
  const echoes = new Echoes();
  const loaded = await contestants[contestant].load();
  const channel = await loaded.connect(address, (piece) => echoes.take(piece));
  return { contestant, address, channel, echoes };
}

async function send(workload: WorkloadName, seconds: number): Promise<Sent> {
  const { channel } = connected();
  const { writeBytes, writesPerTurn, pattern } = workloads[workload];
  const writes = pattern();
  const startMs = clockMs();
  const endMs = startMs + seconds * 1000;
  let count = 0;
  do {
    for (let i = 0; i < writesPerTurn; i++) {
      if (!channel.write(writes.write(count++))) await channel.drained();
    }
    await new Promise(setImmediate);
  } while (clockMs() < endMs);
  return { bytes: count * writeBytes, startMs };
}

async function roundTrips(seconds: number): Promise<number> {
  const { channel, echoes } = connected();
  const timesMs: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  do {
    const startMs = performance.now();
    await echoes.next(channel, echoBytes);
    timesMs.push(performance.now() - startMs);
  } while (performance.now() < endMs);
  return spread(timesMs).median;
}

async function connects(count: number): Promise<number> {
  const timesMs: number[] = [];
  while (timesMs.length < count) {
    const { contestant, address, channel } = connected();
    await channel.close();
    const startMs = performance.now();
    current = await connect(contestant, address);
    await current.echoes.next(current.channel, 1);
    timesMs.push(performance.now() - startMs);
  }
  return spread(timesMs).median;
}

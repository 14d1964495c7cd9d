// The calling process of a measurement.

import { answerParent } from "../harness/child.ts";
import { spread } from "../harness/statistics.ts";
import type { ClientRequest, Connected, Timed, Work } from "./requests.ts";
import type { Client } from "./stack.ts";
import { stacks } from "./stacks.ts";
import { type WorkloadName, workloads } from "./workload.ts";

let connected: Client | undefined;

function client(): Client {
  if (connected === undefined) throw new Error("not connected");
  return connected;
}

answerParent<ClientRequest>(async (request) => {
  switch (request.do) {
    case "connect":
      connected = await (await stacks[request.stack].load()).connect(request.port);
      return { pipelines: connected.pipelines } satisfies Connected;
    case "offers":
      return workloads[request.workload].isOffered(client());
    case "run":
      return run(request.workload, request.seconds);
    case "echo":
      return timed(request.count, request.lanes, echoOnce);
    case "dependent":
      return timed(request.count, 1, dependentOnce);
  }
});

async function run(workload: WorkloadName, seconds: number): Promise<Work> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const operations = await workloads[workload].run(client(), seconds);
  const { user, system } = process.cpuUsage(startCpu);
  return { operations, seconds: (performance.now() - startMs) / 1000, cpuUs: user + system };
}

async function timed(count: number, lanes: number, operation: () => Promise<void>): Promise<Timed> {
  const timesMs: number[] = [];
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < count) {
      begun++;
      const startMs = performance.now();
      await operation();
      timesMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { medianMs: spread(timesMs).median };
}

async function echoOnce(): Promise<void> {
  const reply = await client().echo({ id: 42, name: "hello world" });
  if (reply.id !== 42) throw new Error(`echo 42 came back as ${reply.id}`);
}

async function dependentOnce(): Promise<void> {
  const steps = await client().dependent();
  if (steps !== 3) throw new Error(`five dependent calls gave ${steps} instead of 3`);
}

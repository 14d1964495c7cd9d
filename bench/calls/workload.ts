// What is measured of a stack, each for some time with as many operations as fit. Every answer is checked, so that a
// stack that loses or mixes up messages gives no figure.

import { performance } from "node:perf_hooks";
import type { Client } from "./stack.ts";

export const workloadNames = [
  "one by one",
  "64 in flight",
  "64 on one core",
  "64 KiB arguments",
  "items",
  "capabilities",
] as const;
export type WorkloadName = (typeof workloadNames)[number];

export interface Workload {
  /** What its rate counts. */
  readonly unit: "calls" | "MB" | "items";
  /** How many of these one operation is. */
  readonly unitsPerOperation: number;
  /** What CPU time is given for. */
  readonly operation: "call" | "item";
  /** Client and server share a core: see harness/one-core.ts. */
  readonly onOneCore: boolean;
  isOffered(client: Client): boolean;
  /** Goes on for `seconds` or little longer; returns the number of operations. */
  run(client: Client, seconds: number): Promise<number>;
}

const argument = new Uint8Array(64 * 1024).fill(7);
/** Small enough for the slowest stack to end in time, large enough to make nothing of the stream's beginning. */
const itemsPerStream = 10_000;

const calls = {
  unit: "calls",
  unitsPerOperation: 1,
  operation: "call",
  onOneCore: false,
  isOffered: () => true,
} as const;

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  "one by one": {
    ...calls,
    onOneCore: true,
    run: (client, seconds) => inFlight(1, seconds, (count) => echo(client, count)),
  },
  "64 in flight": { ...calls, run: echoes },
  // With two cores, a stack that spends less on a call gets fewer of them into a packet, and pays for more writes: they
  // come out more alike than they are. On one core each side finds all that the other has sent.
  "64 on one core": { ...calls, onOneCore: true, run: echoes },
  "64 KiB arguments": {
    ...calls,
    unit: "MB",
    unitsPerOperation: argument.length / 1e6,
    run: (client, seconds) => inFlight(8, seconds, () => put(client)),
  },
  items: { ...calls, unit: "items", operation: "item", run: streamItems },
  capabilities: {
    ...calls,
    isOffered: (client) => client.callBack !== undefined,
    run: (client, seconds) => inFlight(64, seconds, (count) => callBack(client, count)),
  },
};

/** `lanes` loops side by side, each with one call on its way. */
async function inFlight(lanes: number, seconds: number, call: (count: number) => Promise<void>): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  let count = 0;
  let over = false;
  const lane = async (): Promise<void> => {
    while (!over) {
      await call(count++);
      // Looking at the clock at every call would be a part of what is measured.
      if (count % 16 === 0) over = performance.now() >= endMs;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return count;
}

function echoes(client: Client, seconds: number): Promise<number> {
  return inFlight(64, seconds, (count) => echo(client, count));
}

async function echo(client: Client, count: number): Promise<void> {
  const id = count % 1000;
  const reply = await client.echo({ id, name: "hello world" });
  if (reply.id !== id || reply.name !== "hello world")
    throw new Error(`echo ${id} came back as ${JSON.stringify(reply)}`);
}

async function put(client: Client): Promise<void> {
  const sizeBytes = await client.put(argument);
  if (sizeBytes !== argument.length) throw new Error(`of ${argument.length} bytes ${sizeBytes} arrived`);
}

async function callBack(client: Client, count: number): Promise<void> {
  const text = `hello ${count % 1000}`;
  const answer = await client.callBack?.(text);
  if (answer !== text) throw new Error(`"${text}" was answered by ${JSON.stringify(answer)}`);
}

async function streamItems(client: Client, seconds: number): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  let count = 0;
  do {
    let next = 0;
    await client.items(itemsPerStream, ({ id }) => {
      if (id !== next) throw new Error(`item ${next} came as ${id}`);
      next++;
    });
    if (next !== itemsPerStream) throw new Error(`of ${itemsPerStream} items ${next} came`);
    count += next;
  } while (performance.now() < endMs);
  return count;
}

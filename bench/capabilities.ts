// A million calls with an object in each, as argument or as result: afterwards the tables of both sides are empty, and
// the heap is what it was. Both sides live in this process, over TCP, so that its heap is that of both.

import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FireflySession, type SessionSizes } from "#firefly/session/session.ts";
import type { Address, Network } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { type Echo, EchoInterface, EchoStub, type ListenerStub } from "../test/interfaces/generated/sample.ts";
import { Chain } from "./calls/stack.ts";
import { describeMachine, machineLine } from "./harness/machine.ts";
import { figure } from "./harness/table.ts";

const usage = `npm run bench -- capabilities [--count N]

  --count N       how many calls  (1000000)
`;

/** Calls under way at a time. */
const lanes = 64;
/** What the heap may grow by and still count as flat: what the engine itself moves about is a few hundred KB. */
const flatBytes = 1024 * 1024;

export interface CapabilityRun {
  readonly callsPerSecond: number;
  /** After a full garbage collection, before the calls (with everything warm) and after them. */
  readonly heapBeforeBytes: number;
  readonly heapAfterBytes: number;
  /** Of the caller and of the host. */
  readonly sizes: readonly SessionSizes[];
}

/** Whether nothing was left behind. */
export function isClean({ heapBeforeBytes, heapAfterBytes, sizes }: CapabilityRun): boolean {
  const isEmpty = sizes.every((each) => Object.values(each).every((size) => size === 0));
  return isEmpty && heapAfterBytes - heapBeforeBytes <= flatBytes;
}

export async function benchCapabilities(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { count: { type: "string" }, help: { type: "boolean" } } });
  const count = Number(values.count ?? 1_000_000);
  if (values.help === true || !(Number.isInteger(count) && count > 0)) {
    console.log(usage);
    return values.help === true ? 0 : 2;
  }
  console.log(machineLine(describeMachine()));
  const run = await runCapabilities(count);
  console.log(`${count} calls with a capability in each: ${figure(run.callsPerSecond)} calls/s`);
  console.log(`heap before ${run.heapBeforeBytes} bytes, after ${run.heapAfterBytes} bytes`);
  for (const [side, sizes] of [["caller", run.sizes[0]] as const, ["host", run.sizes[1]] as const]) {
    console.log(`tables of the ${side}: ${JSON.stringify(sizes)}`);
  }
  console.log(isClean(run) ? "nothing is left" : "SOMETHING IS LEFT");
  return isClean(run) ? 0 : 1;
}

class EchoService implements Pick<Echo, "call"> {
  call(listener: ListenerStub, text: string): Promise<string> {
    return listener.heard(text);
  }

  give(): Chain {
    return new Chain();
  }
}

/** Makes the calls, after a tenth as many for warmth. */
export async function runCapabilities(count: number): Promise<CapabilityRun> {
  const collect = garbageCollector();
  const { caller, host, close } = await connectSessions();
  const root = caller.root(EchoStub);
  await makeCalls(root, Math.ceil(count / 10));
  collect();
  const heapBeforeBytes = process.memoryUsage().heapUsed;
  const startMs = performance.now();
  await makeCalls(root, count);
  const seconds = (performance.now() - startMs) / 1000;
  collect();
  const heapAfterBytes = process.memoryUsage().heapUsed;
  root[Symbol.dispose]();
  const sizes = [caller.sizes, host.sizes];
  await close();
  return { callsPerSecond: count / seconds, heapBeforeBytes, heapAfterBytes, sizes };
}

async function connectSessions(): Promise<{ caller: FireflySession; host: FireflySession; close(): Promise<void> }> {
  const time = { clock: new NodeClock(), timers: new NodeTimers() };
  const network: Network = new NodeNetwork();
  const accepted = Promise.withResolvers<FireflySession>();
  const listener = await network.listen("tcp://127.0.0.1:0" as Address, (pipe) => {
    accepted.resolve(new FireflySession(pipe, { ...time, root: { type: EchoInterface, object: new EchoService() } }));
  });
  const caller = new FireflySession(await network.dial(listener.address), time);
  const host = await accepted.promise;
  return {
    caller,
    host,
    async close() {
      caller.close();
      await host.closed;
      await listener.close();
    },
  };
}

async function makeCalls(root: EchoStub, count: number): Promise<void> {
  let made = 0;
  const lane = async (): Promise<void> => {
    while (made < count) {
      made++;
      if (made % 2 === 0) await lend(root, String(made));
      else await take(root);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  // What was released last is under way in front of this call, and has arrived when it is answered.
  await take(root);
  await lend(root, "last");
}

async function lend(root: EchoStub, text: string): Promise<void> {
  const heard = await root.call({ heard: (each) => each }, text);
  if (heard !== text) throw new Error(`"${text}" was answered by "${heard}"`);
}

async function take(root: EchoStub): Promise<void> {
  using chain = root.give();
  const steps = await chain.value();
  if (steps !== 0) throw new Error(`a new object is ${steps} steps from itself`);
}

/** A full collection on demand, with or without `--expose-gc` on the command line. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

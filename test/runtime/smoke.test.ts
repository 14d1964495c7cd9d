// The smoke suite in Node, with the host in a process of its own where there is a wire.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll } from "vitest";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { MessagePortPipe } from "#firefly/pipes/message-port.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address, Pipe } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { NodeRandom } from "#platform/nodejs/random.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { EchoInterface } from "../interfaces/generated/sample.ts";
import { SampleEcho } from "../interfaces/sample-echo.ts";
import { type SmokeSubject, smokeSuite } from "./smoke.ts";

const timers = new NodeTimers();
const clock = new NodeClock();
const network = new NodeNetwork();

/** Host and caller in this process, at the two ends of a pipe. */
function within(near: Pipe, far: Pipe): SmokeSubject {
  const root = { type: EchoInterface, object: new SampleEcho(timers) };
  const host = new FireflySession(far, { timers, clock, root });
  const session = new FireflySession(near, { timers, clock });
  return {
    session,
    end: async () => {
      session.close();
      await host.closed;
    },
  };
}

smokeSuite("memory", async () => within(...memoryPipes(timers)));

smokeSuite("MessagePort", async () => {
  const { port1, port2 } = new MessageChannel();
  return within(new MessagePortPipe(port1, timers), new MessagePortPipe(port2, timers));
});

const folder = await mkdtemp(join(tmpdir(), "glow-smoke-"));
const wanted = ["tcp://127.0.0.1:0", `unix:${join(folder, "host.sock")}`, "ws://127.0.0.1:0/firefly"];
const host = fork(join(import.meta.dirname, "smoke-host.ts"), wanted);
let addresses: Address[] = [];

beforeAll(async () => {
  [addresses] = (await once(host, "message")) as [Address[]];
});

afterAll(async () => {
  host.disconnect();
  await once(host, "exit");
  await rm(folder, { recursive: true });
});

/** A caller whose host is elsewhere. */
async function to(pipe: Promise<Pipe>): Promise<SmokeSubject> {
  const session = new FireflySession(await pipe, { timers, clock });
  return {
    session,
    end: async () => {
      session.close();
      await session.closed;
    },
  };
}

for (const [index, name] of ["TCP", "a unix socket", "WebSocket"].entries()) {
  smokeSuite(`${name}, to another process`, () => to(network.dial(addresses[index] as Address)));
}

smokeSuite("a resumable pipe, to another process", () => {
  const dial = (): Promise<Pipe> => network.dial(addresses.at(-1) as Address);
  return to(dialResumable({ dial, timers, clock, random: new NodeRandom() }));
});

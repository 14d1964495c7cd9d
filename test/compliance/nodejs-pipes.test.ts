// Node's pipes against the contract of Pipe, from the end that dialled and from the end that accepted.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address, Pipe } from "#glow";
import { NodeNetwork } from "#platform/nodejs/network.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import type { NodeNetworkOptions } from "#platform/nodejs/transport.ts";
import { type ConnectPipes, pipeCompliance } from "./pipe.ts";

const timers = new NodeTimers();

function over(freshAddress: () => Promise<Address>, options?: NodeNetworkOptions): ConnectPipes {
  return async (near, far) => {
    const network = new NodeNetwork(options);
    const accepted = Promise.withResolvers<void>();
    const listener = await network.listen(await freshAddress(), (pipe: Pipe) => {
      far(pipe);
      accepted.resolve();
    });
    near(await network.dial(listener.address));
    await accepted.promise;
    return { thing: { timers }, dispose: () => listener.close() };
  };
}

function bothWays(name: string, connect: ConnectPipes): void {
  pipeCompliance(`${name}, dialled`, connect);
  pipeCompliance(`${name}, accepted`, (near, far) => connect(far, near));
}

bothWays(
  "TcpPipe",
  over(async () => "tcp://127.0.0.1:0" as Address),
);
bothWays(
  "WebSocketPipe",
  over(async () => "ws://127.0.0.1:0/" as Address),
);
pipeCompliance(
  "WebSocketPipe, zero mask",
  over(async () => "ws://127.0.0.1:0/" as Address, { zeroMask: true }),
);

pipeCompliance("TcpPipe, Unix socket", async (near, far) => {
  const folder = await mkdtemp(join(tmpdir(), "glow-unix-"));
  const { dispose, ...subject } = await over(async () => `unix:${folder}/socket` as Address)(near, far);
  return {
    ...subject,
    dispose: async () => {
      await dispose?.();
      await rm(folder, { recursive: true });
    },
  };
});

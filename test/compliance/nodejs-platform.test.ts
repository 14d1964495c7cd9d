// Node's clock, timers, randomness, disk, indexes and network against the contracts.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "#glow";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { clockCompliance } from "./clock.ts";
import { diskCompliance } from "./disk.ts";
import { indexesCompliance } from "./indexes.ts";
import { networkCompliance } from "./network.ts";
import { randomCompliance } from "./random.ts";
import { timersCompliance } from "./timers.ts";

const { clock, timers, random, network } = nodePlatform({ diskRoot: join(tmpdir(), "glow-disk-unused") });

clockCompliance("Node", async () => ({ thing: { clock, timers } }));
timersCompliance("Node", async () => ({ thing: { clock, timers, reactionChain: 1000 } }));
randomCompliance("Node", async () => ({ thing: random }));

diskCompliance("Node", async () => {
  const root = await mkdtemp(join(tmpdir(), "glow-disk-"));
  return { thing: nodePlatform({ diskRoot: root }).disk, dispose: () => rm(root, { recursive: true }) };
});

indexesCompliance("SQLite", async () => {
  const root = await mkdtemp(join(tmpdir(), "glow-index-"));
  return { thing: nodePlatform({ diskRoot: root }).indexes, dispose: () => rm(root, { recursive: true }) };
});

networkCompliance("Node, tcp:", async () => ({
  thing: {
    network,
    timers,
    freshAddress: () => "tcp://127.0.0.1:0" as Address,
    malformed: [
      "tcp:",
      "tcp://",
      "tcp://127.0.0.1",
      "tcp://:80",
      "tcp://127.0.0.1:65536",
      "tcp://127.0.0.1:x",
      "tcp://127.0.0.1:1/path",
      "tcp://user@127.0.0.1:1",
      "tcp://127.0.0.1:1#x",
      "tcp://[::1:1",
    ] as Address[],
  },
}));

networkCompliance("Node, unix:", async () => {
  const folder = await mkdtemp(join(tmpdir(), "glow-unix-"));
  let count = 0;
  return {
    thing: {
      network,
      timers,
      freshAddress: () => `unix:${folder}/${count++}` as Address,
      malformed: ["unix:", "unix:relative", "unix:/nul\0", `unix:/${"x".repeat(107)}`] as Address[],
    },
    dispose: () => rm(folder, { recursive: true }),
  };
});

networkCompliance("Node, ws:", async () => ({
  thing: {
    network,
    timers,
    freshAddress: () => "ws://127.0.0.1:0/glow" as Address,
    malformed: [
      "ws:",
      "ws://",
      "ws://:80",
      "ws://127.0.0.1:65536",
      "ws://user:x@127.0.0.1:1/",
      "ws://127.0.0.1:1/#x",
    ] as Address[],
  },
}));

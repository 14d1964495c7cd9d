// The platforms that the suites of the log and of the packs run on under Node.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Platform } from "#glow";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../swarm/node-host.ts";
import type { StoreGround } from "./blob-store-ground.ts";
import type { Subject } from "./subject.ts";

export async function simulatedGround(): Promise<Subject<StoreGround>> {
  const world = new World(nodeHost, { seed: "compliance" });
  const node = world.addNode("node", { boot: (platform) => platform });
  await world.run({ untilMs: 1 });
  return { thing: node.handle as Platform, drive: (work) => world.finish(work) };
}

export async function nodeGround(): Promise<Subject<StoreGround>> {
  const diskRoot = await mkdtemp(join(tmpdir(), "glow-store-"));
  return { thing: nodePlatform({ diskRoot }), dispose: () => rm(diskRoot, { recursive: true }) };
}

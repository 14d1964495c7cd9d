// The device key: made once, durable before it is used, and never replaced by what only looks like none.

import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import { SeededRandom, integerBelow } from "#base/random.ts";
import type { Disk, Platform } from "#glow";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../test/swarm/node-host.ts";
import { openDeviceKey } from "./device-key.ts";
import type { NodeIdentity } from "./node-identity.ts";

interface Machine {
  readonly world: World;
  readonly node: SimulatedNode<Platform>;
}

async function machine(seed = 1): Promise<Machine> {
  const world = new World(nodeHost, { seed });
  const node = world.addNode("node", { boot: (platform) => platform });
  await world.run({ untilMs: 1 });
  return { world, node };
}

function platformOf({ node }: Machine): Platform {
  if (node.handle === undefined) throw new Error("the node is down");
  return node.handle;
}

async function restart({ world, node }: Machine, manner: "kill" | "power"): Promise<void> {
  node.crash(manner);
  node.start();
  await world.run({ untilMs: world.nowMs + 1 });
}

function open(on: Machine): Promise<NodeIdentity> {
  return on.world.finish(openDeviceKey(platformOf(on)));
}

async function change(disk: Disk, path: string, edit: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  const file = await disk.open(path);
  const bytes = edit(await file.read(0, 10_000));
  await file.truncate(0);
  await file.write(0, bytes);
  await file.close();
}

test("is the same after a restart and after a power loss", async () => {
  const on = await machine();
  const { id } = await open(on);
  for (const manner of ["kill", "power"] as const) {
    await restart(on, manner);
    expect((await open(on)).id).toBe(id);
  }
});

test("two machines have different keys", async () => {
  expect((await open(await machine(1))).id).not.toBe((await open(await machine(2))).id);
});

test("starts at once get the same key, whichever makes it", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const on = await machine(seed);
    const opened = await on.world.finish(Promise.all([1, 2, 3].map(() => openDeviceKey(platformOf(on)))));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect((await open(on)).id).toBe(opened[0]?.id);
  }
});

test("a crash at any moment of the first start leaves no key or the whole one", async () => {
  const outcomes = new Set<boolean>();
  for (let seed = 0; seed < 60; seed++) {
    const on = await machine(seed);
    let used: NodeIdentity | undefined;
    void openDeviceKey(platformOf(on)).then((identity) => {
      used = identity;
    });
    await on.world.run({ untilMs: on.world.nowMs + integerBelow(new SeededRandom(seed), 80) / 10 });
    await restart(on, "power");
    const { id } = await open(on);
    outcomes.add(used !== undefined);
    if (used !== undefined) expect(id).toBe(used.id);
  }
  expect(outcomes.size, "some crashes came before the key was there, some after").toBe(2);
});

describe("a damaged file", () => {
  const damages: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ["is empty", () => new Uint8Array()],
    ["is torn", (bytes) => bytes.slice(0, bytes.length / 2)],
    ["has a flipped bit", (bytes) => bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte))],
    ["holds something else", () => new TextEncoder().encode("-----BEGIN PRIVATE KEY-----")],
    ["is longer than deviceKeyBytes", () => new Uint8Array(identityLimits.deviceKeyBytes + 1)],
  ];
  for (const [what, edit] of damages) {
    test(`that ${what} is an error that says what to do, and no new identity`, async () => {
      const on = await machine();
      await open(on);
      const { disk } = platformOf(on);
      await on.world.finish(change(disk, "identity/device-key", edit));
      for (let i = 0; i < 2; i++) {
        const error = await open(on).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(GlowError);
        expect(error).toMatchObject({ kind: "corrupt", target: "identity/device-key" });
        expect((error as GlowError).message).toMatch(/Restore the file from a backup/);
      }
    });
  }
});

test("an unfinished key that a crash left behind is made again after deviceKeyWaitMs", async () => {
  const on = await machine();
  const { disk, clock } = platformOf(on);
  await on.world.finish(disk.makeFolder("identity"));
  await on.world.finish(disk.open("identity/device-key.new", "always-new"));
  const beginMs = clock.monotonicMs();
  await open(on);
  expect(clock.monotonicMs() - beginMs).toBeGreaterThanOrEqual(identityLimits.deviceKeyWaitMs);
  const names = await on.world.finish(disk.list("identity"));
  expect(names.map(({ name }) => name)).toEqual(["device-key"]);
});

test("on a real disk nobody else may read it, and starts at once get the same", async () => {
  const root = await mkdtemp(join(tmpdir(), "glow-key-"));
  try {
    const starts = [1, 2, 3, 4].map(() => openDeviceKey(nodePlatform({ diskRoot: root })));
    const opened = await Promise.all(starts);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    const { mode } = await stat(join(root, "identity", "device-key"));
    if (process.platform !== "win32") expect(mode & 0o777).toBe(0o600);
  } finally {
    await rm(root, { recursive: true });
  }
});

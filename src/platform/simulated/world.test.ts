// The promise of the world: one seed, one run; and that it carries whole clusters. (That a run is the same in another
// process too is shown in test/swarm/run.test.ts.)

import { expect, test } from "vitest";
import { randomBytes } from "#base/random.ts";
import type { Address, Pipe, Platform } from "#glow";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { World, type WorldHost } from "./world.ts";

const eventLoopHost: WorldHost = { ...nodeHost, drain: () => new Promise((resolve) => setImmediate(resolve)) };

/** Every node keeps dialling others at random and passing on what it hears, with disks and crashes in between. */
async function gossip(host: WorldHost, seed: number, nodes: number, events: number): Promise<World> {
  const world = new World(host, { seed });
  for (let i = 0; i < nodes; i++) world.addNode(`n${i}`, { boot: (platform) => gossiper(platform, i, nodes) });
  for (let i = 0; i < nodes; i += 7) {
    world.after(100 + i, () => world.node(`n${i}`).crash(i % 2 === 0 ? "kill" : "power"));
    world.after(150 + i, () => world.node(`n${i}`).start());
  }
  await world.run({ stop: () => world.timeline.events >= events });
  return world;
}

async function gossiper({ network, timers, random, disk }: Platform, self: number, nodes: number): Promise<void> {
  const file = await disk.open("heard", "if-missing");
  const pipes = new Set<Pipe>();
  const attach = (pipe: Pipe) => {
    pipes.add(pipe);
    pipe.attach({
      packet: (bytes, start, end) => {
        void file.write(0, bytes.slice(start, end)).then(() => file.sync());
        const [other] = [...pipes].slice((end - start) % pipes.size);
        if (end - start < 20) other?.send([new Uint8Array(end - start + 1)]);
      },
      drained: () => undefined,
      closed: () => pipes.delete(pipe),
    });
  };
  await network.listen(`sim://n${self}:1` as Address, attach);
  const dial = (): void => {
    const [drawn = 0] = randomBytes(random, 1);
    const address = `sim://n${(self + 1 + drawn) % nodes}:1` as Address;
    network.dial(address).then(attach, () => undefined);
    for (const pipe of pipes) pipe.send([new Uint8Array(drawn % 20)]);
    timers.after(20 + drawn, dial);
  };
  timers.after(1, dial);
}

function outcome(world: World): unknown {
  const { timeline, nowMs } = world;
  return { events: timeline.events, nowMs, hash: world.traceHash(), counts: [...timeline.trace.counts] };
}

test("the same seed gives the same run, however promise reactions are drained", async () => {
  const first = outcome(await gossip(nodeHost, 7, 30, 5000));
  expect(outcome(await gossip(nodeHost, 7, 30, 5000))).toEqual(first);
  expect(outcome(await gossip(eventLoopHost, 7, 30, 5000))).toEqual(first);
});

test("different seeds give different runs", async () => {
  const hashes = new Set<string>();
  for (let seed = 0; seed < 20; seed++) hashes.add((await gossip(nodeHost, seed, 5, 200)).traceHash());
  expect(hashes.size).toBe(20);
});

test("worlds in one process do not touch one another", async () => {
  const alone = await gossip(nodeHost, 3, 10, 2000);
  const [together] = await Promise.all([gossip(eventLoopHost, 3, 10, 2000), gossip(eventLoopHost, 4, 10, 2000)]);
  expect(outcome(together)).toEqual(outcome(alone));
});

test("a seed is a number or a text, the same either way", async () => {
  const world = (seed: number | string) => new World(nodeHost, { seed }).network.wire("a", "b").conditions;
  expect(world("12")).toEqual(world(12));
  expect(world("a word")).not.toEqual(world(12));
});

test("draws of whoever builds the world disturb nothing inside", async () => {
  const hashAfter = async (draws: number) => {
    const world = new World(nodeHost, { seed: 1 });
    randomBytes(world.random, draws);
    world.addNode("n0", { boot: (platform) => gossiper(platform, 0, 1) });
    await world.run({ untilMs: 1000 });
    return world.traceHash();
  };
  expect(await hashAfter(100)).toBe(await hashAfter(0));
});

test("300 nodes run in one process", async () => {
  const world = await gossip(nodeHost, 1, 300, 20_000);
  expect(world.nodes.length).toBe(300);
  expect(world.timeline.trace.counts.get("connect")).toBeGreaterThan(300);
});

test("`finish` waits for work, and says so where it never ends", async () => {
  const world = new World(nodeHost, { seed: 1 });
  const node = world.addNode("node", { boot: (platform) => platform });
  await world.run();
  const { timers } = node.handle as Platform;
  expect(await world.finish(new Promise((resolve) => timers.after(5000, () => resolve("done"))))).toBe("done");
  expect(world.nowMs).toBeCloseTo(5000, -1);
  await expect(world.finish(Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  await expect(world.finish(new Promise(() => undefined))).rejects.toMatchObject({ kind: "deadline" });
});

test("a node has one name, and is found by it", () => {
  const world = new World(nodeHost, { seed: 1 });
  const node = world.addNode("node", { boot: () => undefined });
  expect(world.node("node")).toBe(node);
  expect(() => world.addNode("node", { boot: () => undefined })).toThrow(
    expect.objectContaining({ kind: "already-exists" }),
  );
  expect(() => world.node("other")).toThrow(expect.objectContaining({ kind: "not-found" }));
});

test("healing ends barriers, sick disks and bad lines, and starts what is down", async () => {
  const world = new World(nodeHost, { seed: 1 });
  for (const name of ["a", "b"]) world.addNode(name, { boot: () => undefined });
  const usual = world.network.wire("a", "b").conditions;
  world.network.partition(["a"], ["b"]);
  world.network.disturb("a", "b", { latencyMs: 1234 });
  world.node("a").disk.disturb({ errorChance: 1 });
  world.node("b").crash("power");
  expect(world.network.passes("a", "b")).toBe(false);
  world.healAll();
  await world.run();
  expect(world.network.passes("a", "b")).toBe(true);
  expect(world.network.wire("a", "b").conditions).toEqual(usual);
  expect(world.node("a").disk.conditions.errorChance).toBe(0);
  expect(world.node("b").up).toBe(true);
});

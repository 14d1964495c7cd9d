// Holders whose positions do not tell what they lack: authors with two pasts, and holes in a log.

import { expect, test } from "vitest";
import type { BatchHeader } from "#glow";
import { type Holder, ReplicaWorld } from "./replica-world.ts";

async function write(world: ReplicaWorld, holder: Holder, count: number): Promise<BatchHeader[]> {
  const headers: BatchHeader[] = [];
  for (let at = 0; at < count; at++) headers.push(await world.finish(holder.write([], `${holder.name} ${at}`)));
  return headers;
}

test("both pasts of a device whose key is in two places reach everybody", async () => {
  const names = ["a", "b", "twin", "c"];
  const links: [string, string][] = [
    ["b", "a"],
    ["twin", "c"],
    ["a", "c"],
  ];
  const world = new ReplicaWorld(names, links, { twins: { twin: "b" } });
  const a = await world.start("a");
  const before = (holder: Holder) => holder.takeAll(a);
  const b = await world.start("b", { before });
  const twin = await world.start("twin", { before });
  await world.start("c", { before });
  world.world.network.partition(["a"], ["b", "c"]);
  world.world.network.partition(["c"], ["twin", "a"]);
  await write(world, b, 5);
  await write(world, twin, 3);
  world.world.network.healAll();
  await world.until(() => ["a", "c"].every((name) => world.holder(name).space.forks().length === 3), 10_000);
  await world.untilSame(names);
  expect(world.defects).toEqual([]);
});

test("a fork that shows later, at a place that both sides had passed, is told of at once", async () => {
  const world = new ReplicaWorld(
    ["a", "b", "twin", "c"],
    [
      ["a", "c"],
      ["twin", "a"],
    ],
    { twins: { twin: "b" } },
  );
  const a = await world.start("a");
  const before = (holder: Holder) => holder.takeAll(a);
  // Nobody is linked to it.
  const b = await world.start("b", { before });
  await write(world, b, 4);
  const twin = await world.start("twin", { before });
  world.world.network.partition(["twin"], ["a"]);
  await write(world, twin, 2);
  await world.finish(a.takeAll(b));
  await world.start("c", { before: (holder) => holder.takeAll(b) });
  await world.untilAlike(["a", "c"]);
  await world.run(1000);
  world.world.network.healAll();
  await world.until(() => world.holder("c").space.forks().length === 2, 10_000);
  await world.untilSame(["a", "c", "twin"]);
});

test("a fork that others know of is told to who comes later, and knows one side of it", async () => {
  const links: [string, string][] = [["a", "c"]];
  const world = new ReplicaWorld(["a", "b", "twin", "c"], links, { twins: { twin: "b" } });
  const a = await world.start("a");
  const before = (holder: Holder) => holder.takeAll(a);
  const b = await world.start("b", { before });
  const twin = await world.start("twin", { before });
  await write(world, b, 4);
  await write(world, twin, 2);
  await world.finish(a.takeAll(b));
  await world.finish(a.takeAll(twin));
  // It lacks what lies before the position that it has.
  const c = await world.start("c", { before: (holder) => holder.takeAll(b) });
  expect(c.positions()).toBe(a.positions());
  await world.until(() => c.space.forks().length === 2, 10_000);
  await world.untilSame(["a", "c"]);
});

test("batches that the medium has damaged come back from whoever has them", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  await world.start("b");
  await write(world, a, 30);
  await world.untilAlike(["a", "b"]);
  const before = await world.finish(a.hashes());
  world.node("b").crash("power");
  const { disk } = world.node("b");
  const { random } = world.world;
  for (let at = 0; at < 3; at++) disk.rot(random, "unreadable", "store/log/00000001.log");
  // Without the index, what the log has lost is lost.
  world.node("b").indexes.damage(random);
  world.node("b").start();
  await world.until(() => world.node("b").handle !== undefined);
  const lost = await world.finish(world.holder("b").hashes());
  expect(lost.length).toBeLessThan(before.length);
  await world.untilSame(["a", "b"]);
});

test("batches that the index knows of and the log has lost come back too", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  const b = await world.start("b");
  await write(world, a, 30);
  await world.untilAlike(["a", "b"]);
  const before = await world.finish(a.hashes());
  const { disk } = world.node("b");
  for (let at = 0; at < 3; at++) disk.rot(world.world.random, "unreadable", "store/log/00000001.log");
  // Whoever reads all of them finds what is damaged.
  await world.finish(Array.fromAsync(b.space.after([])));
  await world.run(1000);
  const lost = await world.finish(b.hashes());
  expect(lost.length).toBeLessThan(before.length);
  await world.untilSame(["a", "b"]);
});

test("a log with holes is a good holder of what it has, and who needs the rest gets it elsewhere", async () => {
  const links: [string, string][] = [
    ["b", "c"],
    ["a", "c"],
  ];
  const world = new ReplicaWorld(["a", "b", "c"], links);
  const a = await world.start("a");
  const b = await world.start("b");
  await write(world, a, 30);
  await world.finish(b.takeAll(a));
  const { disk } = world.node("b");
  for (let at = 0; at < 3; at++) disk.rot(world.world.random, "unreadable", "store/log/00000001.log");
  world.world.network.partition(["a"], ["c"]);
  const c = await world.start("c");
  await world.run(5000);
  expect((await world.finish(c.hashes())).length).toBeGreaterThan(1);
  expect(c.positions()).not.toBe(a.positions());
  world.world.network.healAll();
  await world.untilSame(["a", "b", "c"]);
  const problems = (await world.finish(c.replicator.progress())).peers.map(({ problem }) => problem);
  expect(problems.filter((problem) => problem !== undefined && problem.kind !== "protocol")).toEqual([]);
});

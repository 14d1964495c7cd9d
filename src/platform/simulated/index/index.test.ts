// What a simulated index survives, and how: the contract of Index is tested by its compliance suite.

import { describe, expect, test } from "vitest";
import type { Index, Platform } from "#glow";
import { failure } from "../../../../test/compliance/subject.ts";
import { nodeHost } from "../../../../test/swarm/node-host.ts";
import type { CrashManner, SimulatedNode } from "../node.ts";
import { World } from "../world.ts";

interface Subject {
  readonly world: World;
  readonly node: SimulatedNode<Platform>;
}

async function start(seed: number): Promise<Subject> {
  const world = new World(nodeHost, { seed });
  const node = world.addNode("node", { boot: (platform: Platform) => platform });
  await world.run({ untilMs: 1 });
  return { world, node };
}

async function open({ world, node }: Subject): Promise<Index> {
  return world.finish((node.handle as Platform).indexes.open("store"));
}

async function restart(subject: Subject, manner: CrashManner): Promise<Index> {
  subject.node.crash(manner);
  subject.node.start();
  await subject.world.run({ untilMs: subject.world.nowMs + 1 });
  return open(subject);
}

/** Each write counts up, and adds a row: so what is found tells which writes are in, and whether they are whole. */
function write(index: Index, number: number): Promise<void> {
  return index.write([
    { key: Uint8Array.of(0), value: Uint8Array.of(255) },
    { key: Uint8Array.of(0), value: Uint8Array.of(number) },
    { key: Uint8Array.of(1, number), value: Uint8Array.of(number) },
    { key: Uint8Array.of(1, number - 3), value: null },
  ]);
}

/** How many writes are in; fails unless the rows are those after just these. */
async function writesIn({ world }: Subject, index: Index): Promise<number> {
  const rows = await world.finish(index.range(Uint8Array.of(0), Uint8Array.of(2), 100));
  const count = rows[0]?.[1][0] ?? 0;
  const expected = [count - 2, count - 1, count].filter((number) => number > 0);
  expect(rows.slice(1).map(([key]) => key[1])).toEqual(expected);
  return count;
}

describe.each(["kill", "power"] as const)("a crash by %s", (manner) => {
  test("leaves what was there after a write that was under way; without power, after some earlier one", async () => {
    const found = new Set<number>();
    for (let seed = 1; seed <= 200; seed++) {
      const subject = await start(seed);
      const index = await open(subject);
      for (let number = 1; number <= 4; number++) await subject.world.finish(write(index, number));
      void write(index, 5);
      void write(index, 6);
      const again = await restart(subject, manner);
      if (!again.wasReset) found.add(await writesIn(subject, again));
    }
    expect([...found].sort((a, b) => a - b)).toEqual(manner === "kill" ? [4, 5, 6] : [0, 1, 2, 3, 4, 5, 6]);
  });

  test("loses nothing that was written before a close, nor what is long past", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const subject = await start(seed);
      const first = await open(subject);
      await subject.world.finish(write(first, 1));
      await subject.world.finish(first.close());
      const second = await restart(subject, manner);
      if (second.wasReset) continue;
      expect(await writesIn(subject, second)).toBe(1);
      for (let number = 2; number <= 100; number++) await subject.world.finish(write(second, number));
      const third = await restart(subject, manner);
      if (!third.wasReset) expect(await writesIn(subject, third)).toBeGreaterThanOrEqual(36);
    }
  });

  test("without power a clear may be lost like any write", async () => {
    const found = new Set<number>();
    for (let seed = 1; seed <= 40; seed++) {
      const subject = await start(seed);
      const index = await open(subject);
      await subject.world.finish(write(index, 1));
      await subject.world.finish(index.close());
      const again = await open(subject);
      await subject.world.finish(again.clear());
      const found1 = await restart(subject, manner);
      if (!found1.wasReset) found.add(await writesIn(subject, found1));
    }
    expect([...found].sort((a, b) => a - b)).toEqual(manner === "kill" ? [0] : [0, 1]);
  });
});

test("after a loss of power an index may be found damaged, and is then empty; after a kill never", async () => {
  const resets = { kill: 0, power: 0 };
  for (let seed = 1; seed <= 100; seed++) {
    for (const manner of ["kill", "power"] as const) {
      const subject = await start(seed);
      const index = await open(subject);
      await subject.world.finish(write(index, 1));
      await subject.world.finish(index.close());
      const again = await restart(subject, manner);
      if (again.wasReset) resets[manner]++;
      expect(await writesIn(subject, again)).toBe(again.wasReset ? 0 : 1);
    }
  }
  expect(resets.kill).toBe(0);
  expect(resets.power).toBeGreaterThan(0);
});

test("damage is told of by every operation, and ends with an empty index", async () => {
  const subject = await start(1);
  const { world, node } = subject;
  expect(node.indexes.damage(world.random)).toBeUndefined();
  const index = await open(subject);
  await world.finish(write(index, 1));
  expect(node.indexes.damage(world.random, "other")).toBeUndefined();
  expect(node.indexes.damage(world.random)).toBe("store");
  const work = async () => {
    await failure(write(index, 2), "corrupt");
    await failure(index.read([Uint8Array.of(0)]), "corrupt");
    await failure(index.range(Uint8Array.of(0), Uint8Array.of(1), 1), "corrupt");
    await failure(index.clear(), "corrupt");
    await index.close();
  };
  await world.finish(work());
  const again = await open(subject);
  expect(again.wasReset).toBe(true);
  expect(await writesIn(subject, again)).toBe(0);
});

test("a full disk refuses writes, and nothing else, until it is healed", async () => {
  const subject = await start(1);
  const { world, node } = subject;
  const index = await open(subject);
  await world.finish(write(index, 1));
  node.indexes.disturb({ full: true });
  await world.finish(failure(write(index, 2), "exhausted"));
  expect(await writesIn(subject, index)).toBe(1);
  world.healAll();
  await world.finish(write(index, 2));
  expect(await writesIn(subject, index)).toBe(2);
});

test("a medium that fails does so now and then, and a write that failed is not in", async () => {
  const subject = await start(1);
  const index = await open(subject);
  subject.node.indexes.disturb({ errorChance: 0.5 });
  let failed = 0;
  let written = 0;
  for (let i = 0; i < 50; i++) {
    const work = write(index, written + 1).then(
      () => written++,
      (error: unknown) => {
        expect(error).toMatchObject({ kind: "corrupt" });
        failed++;
      },
    );
    await subject.world.finish(work);
  }
  subject.node.indexes.heal();
  expect(failed).toBeGreaterThan(10);
  expect(await writesIn(subject, index)).toBe(written);
});

test("nothing of a dead program is written, and its index can be opened again", async () => {
  const subject = await start(1);
  const ghost = await open(subject);
  const ghostIndexes = (subject.node.handle as Platform).indexes;
  const index = await restart(subject, "kill");
  void write(ghost, 9);
  void ghost.close();
  void ghostIndexes.remove("store");
  await subject.world.run({ untilMs: subject.world.nowMs + 100 });
  expect(await writesIn(subject, index)).toBe(0);
  await subject.world.finish(write(index, 1));
  expect(await writesIn(subject, index)).toBe(1);
});

test("operations take virtual time, and the same seed gives the same run", async () => {
  const hashes = new Set<string>();
  for (let run = 0; run < 2; run++) {
    const subject = await start(7);
    const index = await open(subject);
    const beganMs = subject.world.nowMs;
    for (let number = 1; number <= 20; number++) await subject.world.finish(write(index, number));
    expect(subject.world.nowMs - beganMs).toBeGreaterThan(1);
    await writesIn(subject, await restart(subject, "power"));
    hashes.add(subject.world.traceHash());
  }
  expect(hashes.size).toBe(1);
});

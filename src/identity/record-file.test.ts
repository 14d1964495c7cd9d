// A file of records under crashes, failures and damage.

import { expect, test } from "vitest";
import { concatBytes, utf8Decode, utf8Encode } from "#base/bytes.ts";
import { integerBelow, SeededRandom } from "#base/random.ts";
import type { Platform } from "#glow";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../test/swarm/node-host.ts";
import { RecordFile } from "./record-file.ts";

const path = "a/b/log";

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

async function restart({ world, node }: Machine): Promise<void> {
  node.crash("power");
  node.start();
  await world.run({ untilMs: world.nowMs + 1 });
}

function open({ world, node }: Machine, fileBytes = 1_000_000): Promise<RecordFile> {
  const { disk, crypto } = node.handle as Platform;
  return world.finish(RecordFile.open({ disk, crypto, path, recordBytes: 2000, fileBytes }));
}

function textsOf(file: RecordFile): string[] {
  return file.records.map((record) => utf8Decode(record));
}

async function edit(on: Machine, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  const { disk } = on.node.handle as Platform;
  const work = async () => {
    const file = await disk.open(path);
    const bytes = change(await file.read(0, await file.sizeBytes()));
    await file.truncate(0);
    await file.write(0, bytes);
    await file.sync();
  };
  await on.world.finish(work());
}

async function written(on: Machine): Promise<void> {
  const file = await open(on);
  for (const text of ["one", "two", "three"]) await on.world.finish(file.append([utf8Encode(text)]));
}

test("keeps the order, whole records and empty ones", async () => {
  const on = await machine();
  const file = await open(on);
  await on.world.finish(file.append([utf8Encode("a"), new Uint8Array(), utf8Encode("b")]));
  expect(textsOf(await open(on))).toEqual(["a", "", "b"]);
});

test("what was appended survives any power loss, and a torn end is cut off", async () => {
  let torn = 0;
  for (let seed = 0; seed < 100; seed++) {
    const on = await machine(seed);
    const random = new SeededRandom(seed);
    const file = await open(on);
    const durable: string[] = [];
    const append = async () => {
      for (let i = 0; i < 20; i++) {
        const text = `${i} `.padEnd(integerBelow(random, 1500), "x");
        await file.append([utf8Encode(text)]);
        durable.push(text);
      }
    };
    void append();
    await on.world.run({ untilMs: on.world.nowMs + integerBelow(random, 250) / 10 });
    await restart(on);
    const sizeBytes = async () => (await (on.node.handle as Platform).disk.open(path)).sizeBytes();
    const before = await on.world.finish(sizeBytes().catch(() => 0));
    const again = await open(on);
    expect(textsOf(again).slice(0, durable.length)).toEqual(durable);
    expect(again.records.length).toBeLessThanOrEqual(durable.length + 1);
    if (again.sizeBytes < before) torn++;
    await on.world.finish(again.append([utf8Encode("more")]));
    expect(textsOf(await open(on)).at(-1)).toBe("more");
  }
  expect(torn).toBeGreaterThan(3);
});

test("damage in the middle is passed over and counted, and comes to an end", async () => {
  const on = await machine();
  await written(on);
  await edit(on, (bytes) => bytes.map((byte, i) => (i === 19 + 18 ? byte ^ 1 : byte)));
  const file = await open(on);
  expect(textsOf(file)).toEqual(["one", "three"]);
  expect(file.damagedBytes).toBe(19);
  await on.world.finish(file.append([utf8Encode("four")]));
  expect(textsOf(await open(on))).toEqual(["one", "three", "four"]);
});

test("damage at the end is a torn end, wherever it is cut", async () => {
  for (let length = 0; length < 56; length++) {
    const on = await machine();
    await written(on);
    await edit(on, (bytes) => bytes.slice(0, length));
    const file = await open(on);
    expect(textsOf(file)).toEqual(["one", "two", "three"].slice(0, length < 19 ? 0 : length < 38 ? 1 : 2));
    expect(file.damagedBytes).toBe(0);
  }
});

test("an append that failed leaves nothing, and the next one is whole", async () => {
  const on = await machine();
  const file = await open(on);
  await on.world.finish(file.append([utf8Encode("one")]));
  const trouble = on.node.disk.disturb({ errorChance: 1 });
  await expect(on.world.finish(file.append([utf8Encode("a long one that fails")]))).rejects.toMatchObject({
    kind: "corrupt",
  });
  trouble.heal();
  await on.world.finish(file.append([utf8Encode("two")]));
  expect(textsOf(await open(on))).toEqual(["one", "two"]);
});

test("a rewrite is whole or has not happened", async () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const on = await machine(seed);
    await written(on);
    const file = await open(on);
    void file.rewrite([utf8Encode("new")]).then(() => file.append([utf8Encode("newer")]));
    await on.world.run({ untilMs: on.world.nowMs + integerBelow(new SeededRandom(seed), 80) / 10 });
    await restart(on);
    const found = textsOf(await open(on)).join(" ");
    expect(["one two three", "new", "new newer"]).toContain(found);
    seen.add(found);
  }
  expect(seen.size).toBe(3);
});

test("too long a record is refused, too long a file is not read", async () => {
  const on = await machine();
  const file = await open(on);
  await expect(file.append([new Uint8Array(2001)])).rejects.toMatchObject({ kind: "too-large" });
  await on.world.finish(file.append([new Uint8Array(2000)]));
  await expect(open(on, 1000)).rejects.toMatchObject({ kind: "too-large", target: path });
});

test("a marker that is no record costs nothing and stops nothing", async () => {
  const on = await machine();
  await written(on);
  await edit(on, (bytes) => concatBytes([utf8Encode("glw1glw1glw1"), bytes]));
  const file = await open(on);
  expect(textsOf(file)).toEqual(["one", "two", "three"]);
  expect(file.damagedBytes).toBe(12);
});

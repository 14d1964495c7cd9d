// A user's log on a disk: what resolved is there after any crash, what is shown was durable, damage heals by a merge.

import { describe, expect, test } from "vitest";
import { idText } from "#base/ids.ts";
import { integerBelow, SeededRandom } from "#base/random.ts";
import type { Platform, UserId } from "#glow";
import type { SimulatedNode } from "#platform/simulated/node.ts";
import { World } from "#platform/simulated/world.ts";
import { Actor, identityOf, nowMs, Story, texts } from "../../../test/identity/cast.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { DiskUserLog } from "./disk-user-log.ts";
import { readStatement } from "./statement.ts";

const phone = identityOf("phone");
const laptop = new Actor("laptop");
const tablet = new Actor("tablet");

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

function create(on: Machine): Promise<DiskUserLog> {
  return on.world.finish(DiskUserLog.create(platformOf(on), phone, { name: "Ann", device: "phone" }));
}

function open(on: Machine, user: UserId): Promise<DiskUserLog> {
  return on.world.finish(DiskUserLog.open(platformOf(on), phone, user));
}

function names(log: DiskUserLog): string[] {
  return [...log.state(nowMs).devices.values()].map(({ name }) => name).sort();
}

test("creates, appends, and finds it all again", async () => {
  const on = await machine();
  const log = await create(on);
  expect([log.state(nowMs).name, names(log)]).toEqual(["Ann", ["phone"]]);
  const changes: string[] = [];
  const watching = log.watch(() => changes.push(names(log).join(" ")));
  await on.world.finish(log.append({ type: "add", key: laptop.identity.publicKey, name: "laptop", role: "device" }));
  watching.stop();
  await on.world.finish(log.append({ type: "promote", device: laptop.id }));
  expect(changes).toEqual(["laptop phone"]);
  const again = await open(on, log.user);
  expect(again.state(nowMs)).toEqual(log.state(nowMs));
  expect(texts(again.heads())).toEqual(texts(log.heads()));
  expect([again.knows(log.heads()), again.knows([])]).toEqual([true, true]);
  expect(again.knows([...log.heads(), new Story().genesis.hash])).toBe(false);
});

test("what one may not say is denied, and leaves nothing behind", async () => {
  const on = await machine();
  const log = await create(on);
  const stranger = await on.world.finish(DiskUserLog.open(platformOf(on), laptop.identity, log.user));
  const change = { type: "rename", name: "x" } as const;
  await expect(on.world.finish(stranger.append(change))).rejects.toMatchObject({ kind: "denied" });
  expect(stranger.state(nowMs).name).toBe("Ann");
});

test("a log of which nothing is here yet says so, and fills by a merge", async () => {
  const [here, there] = [await machine(1), await machine(2)];
  const log = await create(there);
  const joining = await here.world.finish(DiskUserLog.open(platformOf(here), laptop.identity, log.user));
  await expect(here.world.finish(joining.append({ type: "rename", name: "x" }))).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(names(joining)).toEqual([]);
  await here.world.finish(joining.merge(log.missing(joining.heads())));
  expect(joining.state(nowMs)).toEqual(log.state(nowMs));
});

test("two devices that were apart come together, and a revocation accepts what is known unless told otherwise", async () => {
  const [one, two] = [await machine(1), await machine(2)];
  const phoneLog = await create(one);
  const { user } = phoneLog;
  await one.world.finish(
    phoneLog.append({ type: "add", key: laptop.identity.publicKey, name: "laptop", role: "admin" }),
  );
  const laptopLog = await two.world.finish(DiskUserLog.open(platformOf(two), laptop.identity, user));
  await two.world.finish(laptopLog.merge(phoneLog.missing([])));
  await two.world.finish(
    laptopLog.append({ type: "add", key: tablet.identity.publicKey, name: "tablet", role: "device" }),
  );
  await one.world.finish(phoneLog.append({ type: "rename", name: "Ann B." }));
  await one.world.finish(phoneLog.merge(laptopLog.missing(phoneLog.heads())));
  await one.world.finish(phoneLog.append({ type: "revoke", device: laptop.id, batches: new Map() }));
  await two.world.finish(laptopLog.merge(phoneLog.missing(laptopLog.heads())));
  expect(names(laptopLog)).toEqual(["phone", "tablet"]);
  expect(laptopLog.state(nowMs)).toEqual(phoneLog.state(nowMs));
  expect(phoneLog.missing(laptopLog.heads())).toEqual([]);
});

test("an author with more heads than a statement may name stays on its own line", async () => {
  const on = await machine();
  const story = new Story(new Actor("phone"));
  const others = Array.from({ length: 20 }, (_, i) => new Actor(`device ${i}`));
  for (const other of others) story.add(story.first, other);
  const before = story.heads();
  for (const other of others) story.rename(other, "x", other, { knows: before });
  story.rename(story.first, "Ann", undefined, { knows: before });
  const log = await open(on, story.user);
  await on.world.finish(log.merge(story.told.map(({ bytes }) => bytes)));
  expect(log.heads()).toHaveLength(21);
  for (const heads of [6, 1]) {
    await on.world.finish(log.append({ type: "rename", name: "Ann" }));
    expect(log.heads()).toHaveLength(heads);
  }
  expect(log.state(nowMs).forks).toEqual([]);
});

describe("a crash", () => {
  test("at any time takes nothing that resolved, and leaves no fork", async () => {
    let cut = 0;
    for (let seed = 0; seed < 60; seed++) {
      const on = await machine(seed);
      const log = await create(on);
      const durable: string[] = [];
      const shown: string[] = [];
      const work = async () => {
        for (let i = 0; i < 12; i++) {
          const appending = log.append({ type: "rename", name: `name ${i}` });
          shown.push(...texts(log.heads()));
          durable.push(idText(await appending));
        }
      };
      void work();
      await on.world.run({ untilMs: on.world.nowMs + integerBelow(new SeededRandom(seed), 200) / 10 });
      on.node.crash("power");
      on.node.start();
      await on.world.run({ untilMs: on.world.nowMs + 1 });
      const again = await open(on, log.user);
      const known = new Set(again.missing([]).map((bytes) => idText(identified(bytes, on))));
      for (const hash of [...durable, ...shown]) expect(known.has(hash)).toBe(true);
      if (durable.length < 12) cut++;
      await on.world.finish(again.append({ type: "rename", name: "after" }));
      expect(again.state(nowMs)).toMatchObject({ name: "after", forks: [] });
    }
    expect(cut).toBeGreaterThan(10);
  });

  test("a write that fails shows nothing, and the next one goes on from there", async () => {
    const on = await machine();
    const log = await create(on);
    const heads = texts(log.heads());
    const trouble = on.node.disk.disturb({ errorChance: 1 });
    await expect(on.world.finish(log.append({ type: "rename", name: "lost" }))).rejects.toMatchObject({
      kind: "corrupt",
    });
    trouble.heal();
    expect([texts(log.heads()), log.state(nowMs).name]).toEqual([heads, "Ann"]);
    await on.world.finish(log.append({ type: "rename", name: "kept" }));
    const again = await open(on, log.user);
    expect(again.state(nowMs)).toMatchObject({ name: "kept", forks: [] });
  });
});

function identified(bytes: Uint8Array, on: Machine): Uint8Array {
  return readStatement(platformOf(on).crypto, bytes).hash;
}

test("of a damaged file what verifies is kept, it is reported, and a merge with another device heals it", async () => {
  const on = await machine();
  const log = await create(on);
  for (const name of ["a", "b", "c"]) await on.world.finish(log.append({ type: "rename", name }));
  const whole = log.missing([]);
  const { disk } = platformOf(on);
  const path = `identity/users/${log.user}`;
  const flip = async () => {
    const file = await disk.open(path);
    const at = (whole[0]?.length ?? 0) + 16 + 60;
    const [byte = 0] = await file.read(at, 1);
    await file.write(at, Uint8Array.of(byte ^ 1));
    await file.sync();
  };
  await on.world.finish(flip());
  const damaged = await open(on, log.user);
  expect(damaged.damagedBytes).toBe((whole[1]?.length ?? 0) + 16);
  expect(damaged.missing([])).toHaveLength(1);
  const merged = await on.world.finish(damaged.merge([whole[1] as Uint8Array]));
  expect(merged).toEqual({ taken: 3, refused: [], wanted: [] });
  expect(damaged.state(nowMs)).toEqual(log.state(nowMs));
  expect((await open(on, log.user)).state(nowMs)).toEqual(log.state(nowMs));
});

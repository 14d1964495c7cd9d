// Whose batches count: tabs whose certificates run out, devices that were revoked and backdate what they write, keys that
// come late, devices that were restored from a backup.

import { describe, expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { Hash } from "#glow";
import { signBatch } from "#store/space/signed-batch.ts";
import { crypto, nowMs } from "../../identity/cast.ts";
import { entryOf, objectOf } from "../../store/register-store.ts";
import { type Device, filesIn, seen, SpaceWorld } from "../../store/space-world.ts";

const register = (object: number) => `${objectOf(object)}.0`;

async function reasons(on: SpaceWorld, device: Device): Promise<string[]> {
  return (await on.finish(device.space().quarantined())).map(({ reason }) => reason.message);
}

describe("a tab", () => {
  async function start(untilMs: number): Promise<SpaceWorld> {
    const on = new SpaceWorld();
    on.story.add(on.story.first, on.actor("laptop"));
    on.story.certify(on.story.first, on.actor("tab"), untilMs);
    for (const name of ["phone", "laptop", "tab"]) await on.start(name);
    await on.create();
    await on.give("phone", "tab");
    return on;
  }

  test("writes, and a device builds on it in a while, so that it counts when the certificate has run out", async () => {
    const on = await start(nowMs + 600_000);
    await on.finish(on.device("tab").write([entryOf(1, "from the tab")]));
    await on.give("tab", "phone");
    expect(await on.state("phone")).toEqual({ [register(1)]: "from the tab" });
    await on.run(spaceLimits.coverDelayMs + 1000);
    const own = on
      .device("phone")
      .space()
      .positions()
      .find(({ author }) => author === on.actor("phone").id);
    expect(own?.sequence).toBe(2);
    await on.run(2_000_000);
    await on.give("phone", "laptop");
    for (const name of ["phone", "laptop"]) {
      expect(await on.state(name)).toEqual({ [register(1)]: "from the tab" });
      expect(await reasons(on, on.device(name))).toEqual([]);
    }
    await expect(on.finish(on.device("tab").write([]))).rejects.toMatchObject({ kind: "denied" });
  });

  test("whose batch comes too late waits for a device that had it, and then counts", async () => {
    const on = await start(nowMs + 600_000);
    await on.finish(on.device("tab").write([entryOf(1, "from the tab")]));
    await on.run(2_000_000);
    await on.give("tab", "laptop");
    expect(await on.state("laptop")).toEqual({});
    expect(await reasons(on, on.device("laptop"))).toEqual([expect.stringContaining("certificate has run out")]);
    await on.finish(on.device("laptop").write([entryOf(2, "from the laptop")]));
    // The phone's clock is wrong: to it the certificate holds still.
    on.node("phone").stepClock(-2_000_000);
    await on.run(1);
    const phone = await on.restart("phone");
    await on.give("laptop", "phone");
    expect(await on.finish(phone.state())).toMatchObject({ [register(1)]: "from the tab" });
    await on.finish(phone.write([entryOf(3, "builds on it")]));
    await on.give("phone", "laptop");
    expect(await on.state("laptop")).toEqual({
      [register(1)]: "from the tab",
      [register(2)]: "from the laptop",
      [register(3)]: "builds on it",
    });
    expect(await reasons(on, on.device("laptop"))).toEqual([]);
  });

  test("of which nobody has heard in time counts for nobody who holds it, when its time is over", async () => {
    const on = await start(nowMs + 10_000);
    await on.finish(on.device("tab").write([entryOf(1, "from the tab")]));
    on.device("tab");
    // A host without rights takes it while it is valid: it cannot build on it.
    await on.run(2_000_000);
    expect(await on.state("tab")).toEqual({});
    expect(await reasons(on, on.device("tab"))).toEqual([expect.stringContaining("certificate has run out")]);
  });
});

describe("a device that was revoked", () => {
  async function start(): Promise<SpaceWorld> {
    const on = new SpaceWorld();
    for (const name of ["laptop", "tablet"]) on.story.add(on.story.first, on.actor(name));
    for (const name of ["phone", "laptop", "tablet"]) await on.start(name);
    const space = await on.create();
    await on.meet();
    for (let i = 1; i <= 3; i++) await on.finish(on.device("laptop").write([entryOf(i, `laptop ${i}`)]));
    await on.give("laptop", "phone");
    on.story.revoke(on.story.first, on.actor("laptop"), { batches: [[space.id, 3]] });
    await on.tell("phone");
    return on;
  }

  test("keeps what was accepted, on a device that hears of it last too", async () => {
    const on = await start();
    await on.finish(on.device("laptop").write([entryOf(1, "too late")]));
    await on.give("laptop", "tablet");
    expect(await on.state("tablet")).toMatchObject({ [register(1)]: "too late" });
    await on.tell("tablet");
    expect(await on.state("tablet")).toMatchObject({ [register(1)]: "laptop 1" });
    await on.meet(["phone", "tablet"]);
    const expected = await on.finish(seen(on.device("phone")));
    expect(await on.finish(seen(on.device("tablet")))).toEqual(expected);
    expect(expected).toMatchObject({ state: { [register(1)]: "laptop 1", [register(3)]: "laptop 3" } });
  });

  test("cannot add to its past by a fork, or by another incarnation", async () => {
    const on = await start();
    const phone = on.device("phone");
    const thief = on.actor("laptop");
    const last = phone
      .space()
      .positions()
      .find(({ author }) => author === thief.id);
    const [held] = await on.finish(collect(phone.space().batches([last?.hash as Hash])));
    const { parents, stamp } = (held as { header: { parents: readonly Hash[]; stamp: number } }).header;
    const common = { space: phone.space().id, author: thief.id, timeMs: 1, members: phone.parts.user.heads() };
    const fork = signBatch(crypto, thief.identity, { ...common, incarnation: 0, sequence: 3, parents, stamp }, []);
    const other = signBatch(
      crypto,
      thief.identity,
      { ...common, incarnation: 1, sequence: 1, parents: [last?.hash as Hash], stamp: stamp + 1 },
      [],
    );
    for (const { bytes } of [fork, other]) {
      expect(await on.finish(phone.space().take(bytes))).toBe("quarantined");
    }
    expect(await reasons(on, phone)).toEqual(Array(2).fill(expect.stringContaining("no batch of another device")));
    expect(phone.space().forks()).toHaveLength(1);
    // Not even after the honest have gone on writing.
    await on.finish(phone.write([entryOf(9, "phone")]));
    expect(await reasons(on, phone)).toHaveLength(2);
  });

  test("is found to be so by one who was off, before it writes", async () => {
    const on = await start();
    await on.finish(on.device("laptop").write([entryOf(2, "too late")]));
    await on.give("laptop", "tablet");
    on.node("tablet").crash("power");
    on.node("tablet").indexes.damage(on.world.random);
    const tablet = await on.start("tablet");
    await on.tell("tablet");
    expect(await on.finish(tablet.state())).toMatchObject({ [register(2)]: "laptop 2" });
    expect(await reasons(on, tablet)).toHaveLength(1);
  });
});

describe("a key", () => {
  test("that comes late makes what was passed be applied, in its place", async () => {
    const on = new SpaceWorld();
    for (const name of ["laptop", "tablet"]) on.story.add(on.story.first, on.actor(name));
    for (const name of ["phone", "laptop", "tablet"]) await on.start(name);
    const space = await on.create();
    await on.meet();
    // The laptop goes, and with it the key; meanwhile the phone does not know that there is a new device.
    on.story.revoke(on.story.first, on.actor("laptop"), { batches: [[space.id, 1]] });
    await on.tell("phone");
    await on.run(3000);
    await on.finish(on.device("phone").write([entryOf(1, "sealed by the new key")]));
    on.story.add(on.story.first, on.actor("new"));
    await on.tell("tablet");
    const fresh = await on.start("new");
    await on.give("tablet", "new");
    // It has the first key only, and writes.
    await on.run(4000);
    await on.give("tablet", "new");
    expect(fresh.space().readable).toBe(true);
    await on.finish(fresh.write([entryOf(2, "new")]));
    expect(await on.give("phone", "new")).toContain("waiting");
    expect(await on.finish(fresh.state())).toEqual({ [register(2)]: "new" });
    expect(fresh.space().waiting().batches).toBe(1);
    await on.tell("phone");
    await on.meet(["phone", "tablet", "new"]);
    expect(await on.finish(fresh.state())).toEqual({ [register(1)]: "sealed by the new key", [register(2)]: "new" });
    expect(await on.finish(seen(fresh))).toEqual(await on.finish(seen(on.device("phone"))));
  });
});

describe("a device that was restored from a backup", () => {
  async function start(): Promise<{ on: SpaceWorld; files: Map<string, Uint8Array> }> {
    const on = new SpaceWorld();
    on.story.add(on.story.first, on.actor("laptop"));
    for (const name of ["phone", "laptop"]) await on.start(name);
    await on.create();
    await on.give("phone", "laptop");
    for (let i = 1; i <= 2; i++) await on.finish(on.device("laptop").write([entryOf(i, `laptop ${i}`)]));
    const files = await on.finish(filesIn(on.device("laptop").parts.platform.disk));
    for (let i = 3; i <= 5; i++) await on.finish(on.device("laptop").write([entryOf(i, `laptop ${i}`)]));
    await on.give("laptop", "phone");
    on.node("laptop").crash("power");
    return { on, files };
  }

  test("goes on in a new incarnation when it hears of what it has lost", async () => {
    const { on, files } = await start();
    const again = await on.start("restored", { actor: on.actor("laptop"), files });
    expect(Object.keys(await on.finish(again.state()))).toHaveLength(2);
    expect(await on.give("phone", "restored")).toEqual(["taken", "taken", "taken"]);
    const header = await on.finish(again.write([entryOf(6, "restored")]));
    expect([header.incarnation, header.sequence]).toEqual([1, 1]);
    // It is not forgotten with the index.
    on.node("restored").crash("power");
    on.node("restored").indexes.damage(on.world.random);
    const later = await on.start("restored");
    const next = await on.finish(later.write([entryOf(7, "restored")]));
    expect([next.incarnation, next.sequence]).toEqual([1, 2]);
    await on.give("restored", "phone");
    expect(on.device("phone").space().forks()).toEqual([]);
    expect(Object.keys(await on.state("phone"))).toHaveLength(7);
  });

  test("that writes before it hears of it makes a fork: both branches count, and it is shown", async () => {
    const { on, files } = await start();
    const again = await on.start("restored", { actor: on.actor("laptop"), files });
    const header = await on.finish(again.write([entryOf(6, "restored")]));
    expect([header.incarnation, header.sequence]).toEqual([0, 3]);
    const fork = await on.finish(
      collect(
        on
          .device("phone")
          .space()
          .batches(await on.finish(on.device("phone").space().hashes())),
      ),
    );
    for (const { bytes } of fork) await on.finish(again.space().take(bytes));
    const next = await on.finish(again.write([entryOf(7, "restored")]));
    expect([next.incarnation, next.sequence]).toEqual([1, 1]);
    const own = await on.finish(collect(again.space().batches(await on.finish(again.space().hashes()))));
    for (const { bytes } of own) await on.finish(on.device("phone").space().take(bytes));
    for (const device of [again, on.device("phone")]) {
      expect(Object.keys(await on.finish(device.state()))).toHaveLength(7);
      expect(
        device
          .space()
          .forks()
          .map(({ incarnation, sequence, batches }) => [incarnation, sequence, batches.length]),
      ).toEqual([[0, 3, 2]]);
    }
    expect(next.parents.map(toHex)).toContain(toHex(header.hash));
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

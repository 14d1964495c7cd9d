// Spaces of one user on several devices: written, given from one to another, granted, revoked.

import { expect, test } from "vitest";
import { spaceLimits } from "#base/limits.ts";
import { Actor } from "../../identity/cast.ts";
import { entryOf, objectOf } from "../../store/register-store.ts";
import { seen, SpaceWorld } from "../../store/space-world.ts";

test("what one device writes another one sees", async () => {
  const on = new SpaceWorld();
  on.story.add(on.story.first, on.actor("laptop"));
  const phone = await on.start("phone");
  await on.start("laptop");
  const space = await on.create();
  expect([space.type, space.readable, space.positions().length]).toEqual(["registers", true, 1]);
  await on.finish(phone.write([entryOf(1, "one"), entryOf(2, "two")]));
  expect(await on.give("phone", "laptop")).toEqual(["taken", "taken"]);
  expect(await on.state("laptop")).toEqual({ [`${objectOf(1)}.0`]: "one", [`${objectOf(2)}.0`]: "two" });
  await on.finish(on.device("laptop").write([entryOf(1, "changed")]));
  expect(await on.give("laptop", "phone")).toEqual(["taken"]);
  expect(await on.state("phone")).toEqual(await on.state("laptop"));
  expect(await on.finish(seen(phone))).toEqual(await on.finish(seen(on.device("laptop"))));
});

test("a device that comes later is granted the keys, and sees what was there before", async () => {
  const on = new SpaceWorld();
  const phone = await on.start("phone");
  const space = await on.create();
  await on.finish(phone.write([entryOf(1, "one")]));
  on.story.add(on.story.first, on.actor("laptop"));
  await on.tell("phone");
  const laptop = await on.start("laptop");
  await on.give("phone", "laptop");
  expect([laptop.space().readable, await on.state("laptop")]).toEqual([false, {}]);
  await on.run(spaceLimits.grantDelayMs + 1000);
  expect(space.positions()[0]?.sequence).toBe(3);
  expect(await on.give("phone", "laptop")).toEqual(["taken"]);
  expect(laptop.space().readable).toBe(true);
  expect(await on.state("laptop")).toEqual({ [`${objectOf(1)}.0`]: "one" });
  await on.run(60_000);
  expect(space.positions()[0]?.sequence, "it is granted once").toBe(3);
  expect(await on.finish(seen(phone))).toEqual(await on.finish(seen(laptop)));
});

test("what was written is there after a restart, and after the index was lost", async () => {
  const on = new SpaceWorld();
  on.story.add(on.story.first, on.actor("laptop"));
  const phone = await on.start("phone");
  await on.start("laptop");
  await on.create();
  for (let i = 0; i < 20; i++) await on.finish(phone.write([entryOf(i, `value ${i}`)]));
  await on.give("phone", "laptop");
  await on.finish(on.device("laptop").write([entryOf(3, "changed")]));
  await on.give("laptop", "phone");
  const before = await on.finish(seen(phone));
  const again = await on.restart("phone");
  expect(await on.finish(seen(again))).toEqual(before);
  on.node("phone").crash("power");
  on.node("phone").indexes.damage(on.world.random);
  const rebuilt = await on.start("phone");
  expect(await on.finish(seen(rebuilt))).toEqual(before);
  await on.finish(rebuilt.write([entryOf(50, "more")]));
  expect(
    rebuilt
      .space()
      .positions()
      .map(({ incarnation, sequence }) => [incarnation, sequence]),
  ).toEqual([
    [0, 22],
    [0, 1],
  ]);
});

test("after a revocation what was accepted counts, what came later is shown and does not, and a new key is used", async () => {
  const on = new SpaceWorld();
  for (const name of ["laptop", "tablet"]) on.story.add(on.story.first, on.actor(name));
  for (const name of ["phone", "laptop", "tablet"]) await on.start(name);
  const space = await on.create();
  await on.meet();
  const firstKey = space.keys?.current.id;
  await on.finish(on.device("laptop").write([entryOf(1, "accepted")]));
  await on.give("laptop", "phone");
  await on.finish(on.device("laptop").write([entryOf(1, "too late")]));
  await on.give("laptop", "tablet");
  await on.finish(on.device("tablet").write([entryOf(2, "honest")]));
  expect(await on.state("tablet")).toMatchObject({ [`${objectOf(1)}.0`]: "too late" });

  on.story.revoke(on.story.first, on.actor("laptop"), { batches: [[space.id, 1]] });
  await on.tell("phone");
  await on.tell("tablet");
  await on.meet(["phone", "tablet"]);
  const [phone, tablet] = [await on.finish(seen(on.device("phone"))), await on.finish(seen(on.device("tablet")))];
  expect(phone).toEqual(tablet);
  expect(phone).toMatchObject({ state: { [`${objectOf(1)}.0`]: "accepted", [`${objectOf(2)}.0`]: "honest" } });
  expect((phone as { quarantined: unknown[] }).quarantined).toHaveLength(1);
  expect(space.keys?.current.id).not.toEqual(firstKey);
  expect(space.holders.has(on.actor("laptop").id)).toBe(false);
});

test("what a full disk has kept from being granted is granted when there is room", async () => {
  const on = new SpaceWorld();
  const phone = await on.start("phone");
  const space = await on.create();
  on.story.add(on.story.first, on.actor("laptop"));
  await on.tell("phone");
  const full = on.node("phone").disk.disturb({ capacityBytes: 1 });
  await on.run(spaceLimits.grantDelayMs + 1000);
  expect(space.positions()[0]?.sequence).toBe(1);
  await expect(on.finish(phone.write([entryOf(1, "no room")]))).rejects.toMatchObject({ kind: "exhausted" });
  full.heal();
  await on.run(spaceLimits.dutyRetryMs + 1000);
  expect(space.positions()[0]?.sequence).toBe(2);
  await on.start("laptop");
  await on.give("phone", "laptop");
  expect(on.device("laptop").space().readable).toBe(true);
});

test("of two devices that could grant a key one does, if they hear of it in time", async () => {
  const on = new SpaceWorld();
  for (const name of ["laptop", "tablet"]) on.story.add(on.story.first, on.actor(name));
  for (const name of ["phone", "laptop", "tablet"]) await on.start(name);
  const space = await on.create();
  await on.meet();
  on.story.add(on.story.first, on.actor("new"));
  for (const name of ["phone", "laptop", "tablet"]) await on.tell(name);
  const before = space.positions().reduce((sum, { sequence }) => sum + sequence, 0);
  for (let ms = 0; ms <= spaceLimits.grantDelayMs; ms += 20) {
    await on.run(20);
    for (const from of ["phone", "laptop", "tablet"]) {
      for (const to of ["phone", "laptop", "tablet"]) if (from !== to) await on.give(from, to);
    }
  }
  expect(space.positions().reduce((sum, { sequence }) => sum + sequence, 0)).toBe(before + 1);
});

test("a device whose key changes is granted the keys anew", async () => {
  const on = new SpaceWorld();
  on.story.add(on.story.first, on.actor("laptop"));
  for (const name of ["phone", "laptop"]) await on.start(name);
  await on.create();
  await on.finish(on.device("phone").write([entryOf(1, "one")]));
  await on.give("phone", "laptop");
  const renewed = new Actor("renewed key");
  on.story.rotate(on.story.first, on.actor("laptop"), renewed);
  await on.tell("phone");
  await on.run(spaceLimits.grantDelayMs + 1000);
  const again = await on.start("laptop again", { actor: Object.assign(renewed, { id: on.actor("laptop").id }) });
  await on.give("phone", "laptop again");
  expect(await on.finish(again.state())).toEqual({ [`${objectOf(1)}.0`]: "one" });
  await on.finish(again.write([entryOf(2, "two")]));
  await on.give("laptop again", "phone");
  expect(await on.state("phone")).toMatchObject({ [`${objectOf(2)}.0`]: "two" });
});

test("spaces of one node are listed, told of, joined once, and closed", async () => {
  const on = new SpaceWorld();
  const phone = await on.start("phone");
  const added: string[] = [];
  const watching = phone.spaces.watch(({ id }) => added.push(id));
  const [first, second] = [await on.create(), await on.create()];
  expect(first.id).not.toBe(second.id);
  expect(phone.spaces.list().map(({ id }) => id)).toEqual([first.id, second.id]);
  expect(phone.spaces.get(second.id)).toBe(second);
  expect(added).toEqual([first.id, second.id]);
  watching.stop();
  const tablet = await on.start("tablet");
  const joining = [tablet.spaces.join(first.id), tablet.spaces.join(first.id)];
  const [one, other] = await on.finish(Promise.all(joining));
  expect(one).toBe(other);
  expect([one?.type, one?.settings, one?.keys, one?.positions()]).toEqual(["", undefined, undefined, []]);
  await expect(
    on.finish((one as typeof first).write(() => ({ entries: [], placements: [], blobs: [] }))),
  ).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(() => tablet.spaces.get(second.id)).toThrow(expect.objectContaining({ kind: "not-found" }));
  const denied = tablet.spaces.create({ type: "registers", user: on.story.user });
  await expect(on.finish(denied)).rejects.toMatchObject({ kind: "denied" });
  await on.finish(phone.spaces.close());
  await expect(on.finish(phone.write([]))).rejects.toMatchObject({ kind: "released" });
  await expect(on.finish(phone.spaces.create({ type: "registers", user: on.story.user }))).rejects.toMatchObject({
    kind: "released",
  });
});

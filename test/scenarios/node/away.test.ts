// A laptop that is away for more than a day, while things are done on it and at home: when it is back, everything is the
// same within seconds, and what both have edited is in conflict until one decides for all.

import { expect, test } from "vitest";
import { GlowWorld } from "./glow-world.ts";

const awayMs = 26 * 3600 * 1000;
const soonMs = 10_000;

test("who was away for a day and more is found again, and has the same as all others seconds later", async () => {
  const world = await GlowWorld.user(["desk", "laptop"]);
  const [desk, laptop] = [await world.drive("desk"), await world.come("laptop")];
  const here = async (drive: typeof desk) => (await drive.list("")).map(({ name }) => name).toSorted();
  for (const name of ["both", "kept", "moved", "removed"]) await world.write(desk, name, `${name} before`);
  await world.untilAsync(async () => (await here(laptop)).length === 4 && (await laptop.info()).missingBlobs === 0);

  const cut = world.world.network.partition(["desk"], ["laptop"]);
  await world.run(awayMs / 2);
  expect(world.isOnline("desk", "laptop")).toBe(false);
  await world.write(desk, "both", "as the desk has it");
  await world.finish(desk.makeFolder("box"));
  await world.finish(desk.move("moved", "box/moved"));
  await world.write(desk, "on the desk", "new");
  await world.write(laptop, "both", "as the laptop has it");
  await world.write(laptop, "moved", "edited on the laptop");
  await world.finish(laptop.remove(["removed"]));
  await world.run(awayMs / 2);

  cut.heal();
  // Its lid was closed: its clock has gone on, and its program has not.
  world.simulated("laptop").stepClock(60_000);
  const backMs = world.world.nowMs;
  const wanted = ["both", "box", "kept", "on the desk"];
  const isSame = async (drive: typeof desk) =>
    (await here(drive)).join() === wanted.join() &&
    (await drive.conflicts()).length === 1 &&
    (await drive.info()).missingBlobs === 0;
  await world.untilAsync(async () => (await isSame(desk)) && isSame(laptop));
  expect(world.world.nowMs - backMs).toBeLessThan(soonMs);
  for (const drive of [desk, laptop]) {
    expect(await world.read(drive, "box/moved")).toBe("edited on the laptop");
    const [conflict] = await world.finish(drive.conflicts());
    expect(conflict).toMatchObject({ path: "both", reason: "versions" });
    expect(new Set(conflict?.versions.filter(({ head }) => head).map(({ author }) => author))).toEqual(
      new Set(["desk", "laptop"]),
    );
  }

  const [conflict] = await world.finish(laptop.conflicts());
  const chosen = conflict?.versions.find(({ author }) => author === "desk");
  await world.finish(laptop.resolve(conflict?.object ?? "", chosen?.id));
  const resolvedMs = world.world.nowMs;
  await world.untilAsync(async () => (await desk.conflicts()).length === 0);
  expect(world.world.nowMs - resolvedMs).toBeLessThan(soonMs);
  for (const drive of [desk, laptop]) expect(await world.read(drive, "both")).toBe("as the desk has it");
});

test("who asks for a device that was out of reach for long has it at once, though the next try was not due", async () => {
  const world = await GlowWorld.user(["desk", "laptop"]);
  const cut = world.world.network.partition(["desk"], ["laptop"]);
  await world.run(2 * 3600 * 1000);
  await expect(world.finish(world.node("desk").reach("laptop"))).rejects.toThrow("there is no way to it just now");
  cut.heal();
  const askedMs = world.world.nowMs;
  const laptop = await world.finish(world.node("desk").reach("laptop"));
  expect((await world.finish(laptop.info())).name).toBe("laptop");
  expect(world.world.nowMs - askedMs).toBeLessThan(4000);
});

test("who reads from one device for long has another, which is away, dialled hardly more often than without that", async () => {
  const world = await GlowWorld.user(["home", "laptop"]);
  await world.add("desk", { content: () => "names" });
  await world.join("desk", "home");
  const home = await world.drive("home");
  const names = Array.from({ length: 100 }, (_, at) => `part ${at}`);
  for (const name of names) await world.write(home, name, name);
  const desk = await world.come("desk");
  await world.untilAsync(async () => (await desk.list("")).length === names.length);
  world.simulated("laptop").crash("kill");
  await world.run(15 * 60_000);

  const dials = () => world.world.timeline.trace.counts.get("dial") ?? 0;
  const lengthMs = 1500 * names.length;
  const before = dials();
  await world.run(lengthMs);
  const without = dials() - before;
  for (const name of names) {
    expect(await world.read(desk, name)).toBe(name);
    await world.run(lengthMs / names.length);
  }
  const meanwhile = dials() - before - without;
  expect(without).toBeGreaterThan(0);
  expect(meanwhile).toBeLessThan(without + names.length / 4);
});

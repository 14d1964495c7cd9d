// Drives in real spaces: signed, sealed, on simulated disks that lose their power and indexes that are lost.

import { expect, test } from "vitest";
import type { DriveStep } from "#glow";
import { shortMarkOf } from "#store/drive/file-name.ts";
import { contentOf } from "../../store/drive-devices.ts";
import { type DriveHolder, DriveWorld, give } from "../../store/drive-world.ts";

async function write({ drive }: DriveHolder, path: string, text: string): Promise<void> {
  const { content, chunks } = contentOf(text);
  const found = await drive.find(path);
  const object = found?.object ?? drive.newObject("file");
  const slash = path.lastIndexOf("/");
  const parent = (await drive.find(path.slice(0, Math.max(slash, 0))))?.object ?? drive.root;
  const steps: DriveStep[] =
    found === undefined ? [{ type: "create", object, parent, name: path.slice(slash + 1) }] : [];
  await drive.change(() => ({ steps: [...steps, { type: "content", object, content, modifiedNs: 1n }], chunks }));
}

async function make({ drive }: DriveHolder, name: string): Promise<void> {
  const step: DriveStep = { type: "create", object: drive.newObject("folder"), parent: drive.root, name };
  await drive.change(() => ({ steps: [step], chunks: [] }));
}

async function meet(world: DriveWorld, a: DriveHolder, b: DriveHolder): Promise<void> {
  await world.finish(give(a, b));
  await world.finish(give(b, a));
  await world.finish(give(a, b));
}

async function begin(seed: number): Promise<{ world: DriveWorld; phone: DriveHolder; laptop: DriveHolder }> {
  const world = new DriveWorld(seed, ["phone", "laptop"]);
  const [phone, laptop] = [await world.start("phone"), await world.start("laptop")];
  await world.finish(phone.spaces.create({ type: "drive", user: phone.user }));
  await world.finish(make(phone, "work"));
  await world.finish(write(phone, "work/plan", "first"));
  await meet(world, phone, laptop);
  return { world, phone, laptop };
}

test("two devices work apart and meet: the same tree, and what was removed and edited comes back", async () => {
  const { world, phone, laptop } = await begin(1);
  expect(await world.finish(laptop.paths())).toEqual(await world.finish(phone.paths()));
  await world.finish(make(phone, "photos"));
  await world.finish(write(phone, "photos/a", "phone"));
  await world.finish(write(phone, "work/plan", "edited"));
  await world.finish(make(laptop, "photos"));
  await world.finish(write(laptop, "photos/a", "laptop's"));
  const [work] = await world.finish(laptop.drive.list(laptop.drive.root, "photos", 1));
  await world.finish(
    laptop.drive.change(() => ({ steps: [{ type: "remove", object: work?.object ?? laptop.drive.root }], chunks: [] })),
  );
  await meet(world, phone, laptop);
  expect(await world.finish(laptop.drive.rescue())).toBe(0);
  expect(await world.finish(phone.drive.rescue())).toBe(1);
  await meet(world, phone, laptop);
  const paths = await world.finish(phone.paths());
  expect(await world.finish(laptop.paths())).toEqual(paths);
  const marked = paths.map((path) => path.split(" ")).find(([path]) => path?.startsWith("photos/a~"));
  expect(marked?.[0]).toBe(`photos/a~${shortMarkOf(marked?.[1] as typeof phone.drive.root)}`);
  expect(paths.map((path) => path.split(" ")[0])).toEqual(["photos", "photos/a", marked?.[0], "work", "work/plan"]);
});

test("a drive is as it was after the power was cut, and when its index was lost", async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const { world, phone, laptop } = await begin(seed);
    for (let i = 0; i < 20; i++)
      await world.finish(write(i % 2 === 0 ? phone : laptop, `work/file ${i % 5}`, `${seed} ${i}`));
    await meet(world, phone, laptop);
    const paths = await world.finish(phone.paths());
    const conflicts = await world.finish(phone.drive.conflicts(100));
    for (const losesIndex of [false, true]) {
      const again = await world.restart("phone", losesIndex);
      expect(await world.finish(again.paths())).toEqual(paths);
      expect(await world.finish(again.drive.conflicts(100))).toEqual(conflicts);
      await world.finish(write(again, `work/new ${losesIndex}`, "new"));
      await meet(world, again, laptop);
      paths.splice(0, paths.length, ...(await world.finish(again.paths())));
      expect(await world.finish(laptop.paths())).toEqual(paths);
    }
  }
});

test("whoever watches is told of batches of others, and not before they can be read", async () => {
  const { world, phone, laptop } = await begin(7);
  const told: Promise<(string | undefined)[]>[] = [];
  phone.drive.watch((objects) => void told.push(Promise.all(objects.map((object) => phone.drive.path(object)))));
  await world.finish(write(laptop, "work/new", "new"));
  await meet(world, phone, laptop);
  expect(await world.finish(Promise.all(told))).toEqual([["work/new"]]);
});

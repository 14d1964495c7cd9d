// What goes wrong with one file is told of, tried again, and holds up no other.

import { describe, expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";
import { noise, prose } from "../../store/content-fixture.ts";

const both = ["phone", "laptop"];

function problemsOf(world: BindingWorld, name: string): Record<string, string> {
  const { problems } = world.binding(name).status();
  return Object.fromEntries(problems.map(({ path, error }) => [path, error.kind]));
}

test("a file that may not be read is listed, and taken when it may", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  phone.write("locked", text("secret"));
  phone.lock("locked");
  phone.write("open", text("open"));
  await world.settle();
  expect(tree(world, "laptop")).toEqual({ open: "open" });
  expect(problemsOf(world, "phone")).toEqual({ locked: "denied" });
  phone.save("locked", text("no longer"));
  await world.until(() => tree(world, "laptop")["locked"] === "no longer");
  expect(problemsOf(world, "phone")).toEqual({});
});

describe("a full disk", () => {
  test("of the node that reads: nothing is lost, and it goes on when there is room", async () => {
    const world = await boundWorld(both);
    const { disk } = world.node("phone");
    const full = disk.disturb({ capacityBytes: disk.usedBytes + 50_000 });
    const phone = world.folder("phone").user;
    for (let i = 0; i < 20; i++) phone.write(`file ${i}`, noise(i, 10_000));
    await world.run(3000);
    expect(problemsOf(world, "phone")).toMatchObject({ "": "exhausted" });
    full.heal();
    await world.settle();
    for (let i = 0; i < 20; i++) expect(world.folder("laptop").user.read(`file ${i}`)).toEqual(noise(i, 10_000));
    expect(problemsOf(world, "phone")).toEqual({});
  });

  test("of the folder that is written: the other files arrive, and these when there is room", async () => {
    const world = await boundWorld(both);
    const folder = world.folder("laptop");
    folder.capacityBytes = folder.usedBytes + 25_000;
    const phone = world.folder("phone").user;
    for (let i = 0; i < 4; i++) phone.write(`file ${i}`, prose(i, 10_000));
    await world.run(3000);
    phone.write("small", text("small"));
    await world.run(3000);
    expect(tree(world, "laptop")["small"]).toBe("small");
    const refused = Object.entries(problemsOf(world, "laptop"));
    expect(refused.length).toBe(2);
    for (const [, kind] of refused) expect(kind).toBe("exhausted");
    folder.capacityBytes = 2 ** 40;
    await world.until(() => Object.keys(tree(world, "laptop")).length === 5);
    await world.until(() => Object.keys(problemsOf(world, "laptop")).length === 0);
  });
});

test("a file whose content is on no device in reach waits, and others pass it", async () => {
  const world = await boundWorld(["phone", "laptop", "tablet"]);
  world.leave("tablet");
  world.folder("phone").user.write("file", noise("file", 50_000));
  await world.settle(["phone", "laptop"]);
  // The laptop tells the tablet of a file whose content it has lost.
  const { blobs, drive } = world.device("laptop");
  const lose = async () => {
    const entry = await drive.find("file");
    const [version] = await drive.versions(entry?.object as never);
    const placed = await drive.placements(version?.content?.chunks.map(({ name }) => name) ?? []);
    await blobs.remove(placed.filter((blob) => blob !== undefined));
  };
  world.leave("phone");
  await world.finish(lose());
  world.back("tablet");
  world.folder("laptop").user.write("other", text("other"));
  await world.until(() => tree(world, "tablet")["other"] === "other");
  await world.run(bindingLimits.patienceMs + 5000);
  expect(problemsOf(world, "tablet")).toEqual({ file: "unavailable" });
  world.back("phone");
  await world.until(() => world.folder("tablet").user.has("file"));
  expect(world.folder("tablet").user.read("file")).toEqual(noise("file", 50_000));
  await world.until(() => Object.keys(problemsOf(world, "tablet")).length === 0);
});

test("an overflow of what tells of changes costs a scan", async () => {
  const world = await boundWorld(both);
  const folder = world.folder("phone");
  const watchers = folder.changed;
  // Nobody hears of anything.
  folder.changed = () => undefined;
  folder.user.makeFolder("a");
  folder.user.write("a/b", text("unheard of"));
  await world.run(2000);
  expect(tree(world, "laptop")).toEqual({});
  folder.changed = watchers;
  folder.overflow();
  await world.until(() => tree(world, "laptop")["a/b"] === "unheard of");
});

test("more problems than are listed are counted", async () => {
  const world = await boundWorld(["phone"]);
  const { user } = world.folder("phone");
  for (let i = 0; i < bindingLimits.problems + 5; i++) user.makeSpecial(`pipe ${i}`, "other");
  await world.settle();
  const status = world.binding("phone").status();
  expect(status.problems).toHaveLength(bindingLimits.problems);
  expect(status.furtherProblems).toBeGreaterThan(0);
});

test("somebody else puts something in the way at the very moment: neither is lost", async () => {
  const world = await boundWorld(both);
  const laptop = world.folder("laptop");
  let interfered = false;
  laptop.interference = {
    changing: (path) => {
      if (path !== "file" || interfered) return;
      interfered = true;
      laptop.user.write("file", text("in the way"));
    },
  };
  world.folder("phone").user.write("file", text("from the phone"));
  await world.settle();
  expect(interfered).toBe(true);
  const { drive } = world.device("phone");
  const entry = await world.finish(drive.find("file"));
  expect(await world.finish(drive.versions(entry?.object as never))).toHaveLength(2);
  expect(tree(world, "phone")).toEqual(tree(world, "laptop"));
  expect(await driveTree(world, world.device("phone"))).toEqual(tree(world, "phone"));
});

test("a file that is edited while the drive replaces it keeps both contents", async () => {
  const world = await boundWorld(both);
  const laptop = world.folder("laptop");
  laptop.user.write("file", text("first"));
  await world.settle();
  let edits = 0;
  laptop.interference = {
    changing: (path) => {
      if (path === "file" && edits++ < 3) laptop.user.write("file", text(`edit ${edits}`));
    },
  };
  world.folder("phone").user.write("file", text("from the phone"));
  await world.settle();
  expect(edits).toBeGreaterThan(0);
  const { drive } = world.device("phone");
  const entry = await world.finish(drive.find("file"));
  const history = await world.finish(drive.history(entry?.object as never, 100));
  expect(history.length).toBeGreaterThan(2);
  expect(tree(world, "phone")).toEqual(tree(world, "laptop"));
});

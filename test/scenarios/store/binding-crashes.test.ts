// A device is killed, or loses its power, at each instant of taking changes over, from its folder or into it, and when it comes
// back the files have changed once more. Where only one side has changed a file, nothing may end as a conflict, and nothing
// undone; what a loss of power takes back may become a conflict, but no content may be lost.

import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { bindingLimits } from "#base/limits.ts";
import type { Index } from "#glow";
import type { FolderUser } from "#platform/simulated/folder/folder-user.ts";
import type { CrashManner } from "#platform/simulated/node.ts";
import { BindingWorld } from "../../store/binding-world.ts";
import { driveTree, everyText, text, tree } from "../../store/bound-folders.ts";
import { noise } from "../../store/content-fixture.ts";

const both = ["phone", "laptop"] as const;
type Device = (typeof both)[number];
const secondNs = 1_000_000_000n;

/** The index counts its writes, and the folder its changes of names: at the given one the device crashes. */
class Fuse {
  readonly world: BindingWorld;
  readonly #device: string;
  readonly #manner: CrashManner;
  #left = Number.POSITIVE_INFINITY;
  isBurnt = false;

  constructor(device: string, options: { readonly at: "before" | "after"; readonly manner?: CrashManner }) {
    this.#device = device;
    this.#manner = options.manner ?? "kill";
    this.world = new BindingWorld(both, {
      index: (index, name) => (name === device ? this.#watched(index, options.at) : index),
    });
  }

  async bind(): Promise<void> {
    for (const name of both) {
      await this.world.start(name);
      await this.world.bind(name);
    }
  }

  light(steps: number): void {
    this.#left = steps;
    this.world.folder(this.#device).interference = { changing: () => this.#burn() };
  }

  /** Long enough for all that is to be done, if the fuse is too long. */
  async burn(): Promise<void> {
    for (let ms = 0; ms < 5000 && !this.isBurnt; ms += 10) await this.world.run(10);
    this.#left = Number.POSITIVE_INFINITY;
  }

  #watched(index: Index, at: "before" | "after"): Index {
    return {
      wasReset: index.wasReset,
      write: async (changes) => {
        if (at === "before") this.#burn();
        await index.write(changes);
        if (at === "after") this.#burn();
      },
      read: (keys) => index.read(keys),
      range: (from, to, limit, backwards) => index.range(from, to, limit, backwards),
      clear: () => index.clear(),
      close: () => index.close(),
    };
  }

  #burn(): void {
    this.#left--;
    if (this.#left > 0 || this.isBurnt) return;
    this.isBurnt = true;
    this.world.crash(this.#device, this.#manner);
  }
}

/** What somebody does, in a folder of the bound one. */
class Play {
  readonly #user: FolderUser;
  readonly #in: string;

  constructor(user: FolderUser, folder: string) {
    this.#user = user;
    this.#in = folder;
  }

  begin(): void {
    this.#user.makeFolder(this.#in);
    for (const name of ["edited", "moved", "touched", "removed", "moved and edited"]) this.#write(name, name);
    for (const name of ["folder", "emptied", "other"]) this.#user.makeFolder(this.#at(name));
    for (const name of ["folder/inside", "emptied/1", "emptied/2"]) this.#write(name, name);
  }

  once(): void {
    this.#write("edited", "edited once");
    this.#move("moved", "moved once");
    this.#user.setModified(this.#at("touched"), 1_700_000_000n * secondNs);
    this.#user.remove(this.#at("removed"));
    this.#move("moved and edited", "other/moved");
    this.#write("other/moved", "moved and edited once");
    this.#write("new", "new");
    this.#move("folder", "other/folder");
    this.#user.remove(this.#at("emptied"));
  }

  again(): void {
    this.#write("edited", "edited again");
    this.#move("moved once", "moved again");
    this.#user.setModified(this.#at("touched"), 1_800_000_000n * secondNs);
    this.#write("removed", "made again");
    this.#move("other/moved", "moved and edited again");
    this.#write("moved and edited again", "moved and edited again");
    this.#write("new", "new and edited");
    this.#move("other/folder", "folder again");
    this.#user.makeFolder(this.#at("emptied"));
  }

  get outcome(): Record<string, string> {
    const outcome = Object.entries({
      edited: "edited again",
      emptied: "/",
      "folder again": "/",
      "folder again/inside": `folder/inside of ${this.#in}`,
      "moved again": "moved",
      "moved and edited again": "moved and edited again",
      new: "new and edited",
      other: "/",
      removed: "made again",
      touched: "touched",
    });
    const held = (value: string): string =>
      value === "/" || value.includes(" of ") ? value : `${value} of ${this.#in}`;
    return { [this.#in]: "/", ...Object.fromEntries(outcome.map(([path, value]) => [this.#at(path), held(value)])) };
  }

  expectTouched(user: FolderUser): void {
    expect(user.tree().get(this.#at("touched"))?.modifiedNs).toBe(1_800_000_000n * secondNs);
  }

  #at(name: string): string {
    return `${this.#in}/${name}`;
  }

  #write(name: string, value: string): void {
    this.#user.write(this.#at(name), text(`${value} of ${this.#in}`));
  }

  #move(from: string, to: string): void {
    this.#user.move(this.#at(from), this.#at(to));
  }
}

interface Trial {
  readonly crashed: Device;
  readonly at: "before" | "after";
  /** Whose people work, each in a folder of their own. */
  readonly working: readonly Device[];
}

/** Whether the fuse was short enough. */
async function killed({ crashed, at, working }: Trial, steps: number): Promise<boolean> {
  const fuse = new Fuse(crashed, { at });
  const { world } = fuse;
  await fuse.bind();
  const plays = working.map((name) => new Play(world.folder(name).user, `of the ${name}`));
  for (const play of plays) play.begin();
  await world.settle();
  fuse.light(steps);
  for (const play of plays) play.once();
  await fuse.burn();
  for (const play of plays) play.again();
  if (!working.includes(crashed)) await world.run(1000);
  if (fuse.isBurnt) await world.start(crashed);
  await world.settle();
  const outcome = Object.assign({}, ...plays.map((play) => play.outcome));
  for (const name of both) {
    expect(tree(world, name), name).toEqual(outcome);
    expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(outcome);
    for (const play of plays) play.expectTouched(world.folder(name).user);
  }
  const conflicts = await world.finish(world.device("phone").drive.conflicts(10));
  expect(conflicts.map(({ versions }) => versions.length)).toEqual([]);
  return fuse.isBurnt;
}

const trials = {
  "a kill of the device whose folder changes": { crashed: "phone", working: ["phone"] },
  "a kill of the device that follows": { crashed: "laptop", working: ["phone"] },
  "a kill of a device while both folders change": { crashed: "phone", working: both },
} as const;

for (const [name, trial] of Object.entries(trials)) {
  describe(name, () => {
    for (const at of ["before", "after"] as const) {
      test(`${at} its steps`, async () => {
        // Before one step is nearly what after the one before it is: each half takes every other.
        let steps = at === "before" ? 1 : 2;
        while (await killed({ ...trial, at }, steps)) steps += 2;
        expect(steps).toBeGreaterThan(5);
      });
    }
  });
}

/** The phone does something and takes it back; the laptop is killed while it follows, and finds only what is as it was. */
async function takenBack(at: "before" | "after", steps: number): Promise<boolean> {
  const fuse = new Fuse("laptop", { at });
  const { world } = fuse;
  await fuse.bind();
  const { user } = world.folder("phone");
  const { drive } = world.device("phone");
  for (const name of ["folder", "other", "emptied"]) user.makeFolder(name);
  for (const name of ["moved", "mode", "touched", "removed", "folder/inside", "emptied/file"])
    user.write(name, text(name));
  user.setModified("touched", secondNs);
  await world.settle();
  const expected = tree(world, "phone");
  const before = user.tree();
  fuse.light(steps);
  user.move("moved", "other/moved once");
  user.move("folder", "other/folder");
  user.setMode("mode", 0o600);
  user.setModified("touched", 2n * secondNs);
  for (const name of ["removed", "emptied"]) user.remove(name);
  await fuse.burn();
  await world.run(1000);
  user.move("other/moved once", "moved");
  user.move("other/folder", "folder");
  user.setMode("mode", 0o644);
  user.setModified("touched", secondNs);
  const removed = await world.finish(drive.removed(undefined, 10));
  expect(removed.length).toBe(2);
  await world.finish(drive.restore(removed.map(({ object }) => object)));
  await world.run(1000);
  if (fuse.isBurnt) await world.start("laptop");
  await world.settle();
  for (const name of both) {
    const seen = world.folder(name).user.tree();
    expect(tree(world, name), name).toEqual(expected);
    for (const path of Object.keys(expected)) expect(seen.get(path)?.mode, path).toBe(before.get(path)?.mode);
    expect(seen.get("touched")?.modifiedNs).toBe(secondNs);
  }
  return fuse.isBurnt;
}

for (const at of ["before", "after"] as const) {
  test(`a kill of the laptop ${at} its steps, and what it followed is taken back before it starts`, async () => {
    let steps = at === "before" ? 1 : 2;
    while (await takenBack(at, steps)) steps += 2;
    expect(steps).toBeGreaterThan(5);
  });
}

/** What is in the folder when it comes back is what somebody could see there; all of it is kept, and all that was before. */
async function losesPower(crashed: Device, steps: number): Promise<boolean> {
  const fuse = new Fuse(crashed, { at: "after", manner: "power" });
  const { world } = fuse;
  await fuse.bind();
  const plays = both.map((name) => new Play(world.folder(name).user, `of the ${name}`));
  for (const play of plays) play.begin();
  await world.settle();
  const owed = new Set(Object.values(tree(world, "phone")));
  fuse.light(steps);
  for (const play of plays) play.once();
  await fuse.burn();
  if (!fuse.isBurnt) return false;
  for (const name of both) for (const held of Object.values(tree(world, name))) owed.add(held);
  await world.run(1000);
  await world.start(crashed);
  await world.settle();
  const seen = tree(world, "phone");
  expect(tree(world, "laptop")).toEqual(seen);
  for (const name of both) expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(seen);
  const known = await everyText(world, world.device(crashed));
  expect([...owed].filter((held) => held !== "/" && !known.has(held))).toEqual([]);
  return true;
}

for (const crashed of both) {
  test(`a loss of power of the ${crashed} while both folders change, after every other of its steps`, async () => {
    let steps = 1;
    while (await losesPower(crashed, steps)) steps += 2;
    expect(steps).toBeGreaterThan(5);
  });
}

const largeBytes = bindingLimits.largeBytes + 100_000;
const contents = ["first", "second", "third"].map((name, i) => {
  const content = noise("large", largeBytes);
  content.set(noise(name, 10_000), i * 1_000_000);
  return content;
});

async function killedWithLarge(crashed: Device, steps: number): Promise<boolean> {
  const fuse = new Fuse(crashed, { at: "after" });
  const { world } = fuse;
  await fuse.bind();
  const [first, second = first, third = first] = contents as [Uint8Array, ...Uint8Array[]];
  const { user } = world.folder("phone");
  user.write("large", first);
  await world.settle();
  fuse.light(steps);
  user.write("large", second);
  await fuse.burn();
  user.write("large", third);
  if (crashed === "laptop") await world.run(1000);
  if (fuse.isBurnt) await world.start(crashed);
  await world.settle();
  for (const name of both) {
    const found = world.folder(name).user.read("large");
    expect(
      contents.findIndex((each) => equalBytes(each, found)),
      name,
    ).toBe(2);
  }
  const conflicts = await world.finish(world.device("phone").drive.conflicts(10));
  expect(conflicts.map(({ versions }) => versions.length)).toEqual([]);
  return fuse.isBurnt;
}

for (const crashed of both) {
  test(`a kill of the ${crashed} while a large file changes, after each of its steps`, async () => {
    let steps = 1;
    while (await killedWithLarge(crashed, steps)) steps++;
    expect(steps).toBeGreaterThan(3);
  });
}

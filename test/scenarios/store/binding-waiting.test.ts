// What a binding waits for, and what it says meanwhile: nothing is forgotten, no problem stays that is over, and it is idle when,
// and only when, there is nothing more to be done.

import { describe, expect, test } from "vitest";
import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import { bindingLimits } from "#base/limits.ts";
import type { Index, LocalRoot, ObjectId } from "#glow";
import { rowKeyBytes } from "#store/binding/binding-rows.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];

function problemsOf(world: BindingWorld, name: string): Record<string, string> {
  const { problems } = world.binding(name).status();
  return Object.fromEntries(problems.map(({ path, error }) => [path, error.kind]));
}

async function expectEverywhere(world: BindingWorld, expected: Record<string, string>): Promise<void> {
  for (const name of both) {
    expect(tree(world, name), name).toEqual(expected);
    expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(expected);
    expect(problemsOf(world, name), name).toEqual({});
    expect([...world.folder(name).user.tree().keys()].filter((path) => path.includes(".glow-aside-"))).toEqual([]);
  }
}

function asideIn(world: BindingWorld, name: string): string | undefined {
  return [...world.folder(name).user.tree().keys()].find((path) => path.startsWith(".glow-aside-"));
}

describe("a file that is written into a folder while that makes way for another", () => {
  for (const isPlugged of [true, false]) {
    test(isPlugged ? "is taken" : "is taken when its disk is back", async () => {
      const world = await boundWorld(both);
      const { user } = world.folder("phone");
      for (const name of ["a", "b"]) {
        user.makeFolder(name);
        user.write(`${name}/file`, text(`in ${name}`));
      }
      await world.settle();
      const laptop = world.folder("laptop");
      let late: string | undefined;
      laptop.interference = {
        changing: () => {
          const aside = asideIn(world, "laptop");
          if (aside === undefined || late !== undefined) return;
          late = `${aside}/late`;
          laptop.user.write(late, text("late"));
          if (!isPlugged) laptop.plug(false);
        },
      };
      user.move("a", "c");
      user.move("b", "a");
      user.move("c", "b");
      await world.until(() => late !== undefined);
      await world.run(5000);
      laptop.plug(true);
      await world.settle();
      const found = tree(world, "phone");
      expect(found).toMatchObject({ a: "/", "a/file": "in b", b: "/", "b/file": "in a" });
      expect(Object.values(found).sort()).toEqual(["/", "/", "in a", "in b", "late"]);
      await expectEverywhere(world, found);
    });
  }
});

describe("a file that changes whenever it is read", () => {
  /** Until it is told of as a problem. */
  async function restlessFile(): Promise<BindingWorld> {
    const world = await boundWorld(both);
    const folder = world.folder("phone");
    folder.user.makeFolder("folder");
    await world.settle();
    let edits = 0;
    folder.interference = {
      reading: (path) => {
        if (path.endsWith("file")) folder.user.write(path, text(`edit ${edits++}`));
      },
    };
    folder.user.write("folder/file", text("first"));
    await world.until(() => problemsOf(world, "phone")["folder/file"] === "conflict", 2 * bindingLimits.restlessMs);
    expect(world.binding("phone").status().state).toBe("working");
    return world;
  }

  test("is a problem, which is over when it is left alone", async () => {
    const world = await restlessFile();
    world.folder("phone").interference = {};
    world.folder("phone").user.write("folder/file", text("last"));
    await world.settle();
    await expectEverywhere(world, { folder: "/", "folder/file": "last" });
  });

  test("is taken from where its folder went meanwhile", async () => {
    const world = await restlessFile();
    world.folder("laptop").user.move("folder", "renamed");
    await world.until(() => world.folder("phone").user.has("renamed/file"));
    await world.run(2000);
    world.folder("phone").interference = {};
    await world.settle();
    const last = tree(world, "phone")["renamed/file"] ?? "";
    expect(last).toMatch(/^edit/);
    await expectEverywhere(world, { renamed: "/", "renamed/file": last });
  });

  test("that is removed is a problem no longer", async () => {
    const world = await restlessFile();
    world.folder("phone").user.remove("folder");
    await world.settle();
    await expectEverywhere(world, {});
  });
});

describe("what cannot be taken of a folder", () => {
  async function withPipe(): Promise<BindingWorld> {
    const world = await boundWorld(both);
    const { user } = world.folder("laptop");
    for (const path of ["folder", "folder/inner"]) user.makeFolder(path);
    user.write("folder/file", text("file"));
    user.makeSpecial("folder/inner/pipe", "other");
    await world.settle();
    expect(problemsOf(world, "laptop")).toEqual({ "folder/inner/pipe": "unsupported" });
    return world;
  }

  test("is told of under the name that others gave the folder", async () => {
    const world = await withPipe();
    world.folder("phone").user.move("folder", "renamed");
    await world.settle();
    expect(world.folder("laptop").user.has("renamed/inner/pipe")).toBe(true);
    expect(problemsOf(world, "laptop")).toEqual({ "renamed/inner/pipe": "unsupported" });
  });

  test("is told of no longer when the folder is gone, or is ignored", async () => {
    for (const isRemoved of [true, false]) {
      const world = await withPipe();
      const { user } = world.folder("laptop");
      if (isRemoved) user.remove("folder");
      else user.write(".glowignore", text("folder/\n"));
      await world.settle();
      expect(problemsOf(world, "laptop")).toEqual({});
    }
  });

  test("keeps the folder, when others remove it, and nothing waits for that", async () => {
    const world = await withPipe();
    world.folder("phone").user.remove("folder");
    await world.settle();
    expect(tree(world, "phone")).toEqual({});
    expect(tree(world, "laptop")).toMatchObject({ folder: "/", "folder/inner": "/" });
    expect(world.folder("laptop").user.has("folder/file")).toBe(false);
    expect(problemsOf(world, "laptop")).toEqual({ "folder/inner/pipe": "unsupported" });
    world.folder("laptop").user.remove("folder/inner/pipe");
    await world.until(() => !world.folder("laptop").user.has("folder"), 2 * bindingLimits.lastRetryMs);
    await world.settle();
    await expectEverywhere(world, {});
  });
});

test("a folder that was gone for a moment while it was listed is listed again", async () => {
  let refusals = 0;
  const refusing = (root: LocalRoot): LocalRoot => ({
    caseSensitive: root.caseSensitive,
    windowsNames: root.windowsNames,
    enter: () => {
      const folder = root.enter();
      const list = folder.list.bind(folder);
      folder.list = (path) => {
        if (path !== "folder" || refusals-- <= 0) return list(path);
        throw new GlowError(refusals === 0 ? "not-found" : "conflict", "folder.list", { message: "it is elsewhere" });
      };
      return folder;
    },
  });
  const world = await boundWorld(both, { root: (root, name) => (name === "phone" ? refusing(root) : root) });
  const { user } = world.folder("phone");
  user.makeFolder("folder");
  await world.settle();
  refusals = 2;
  user.write("folder/file", text("file"));
  await world.settle();
  expect(refusals).toBe(-1);
  await expectEverywhere(world, { folder: "/", "folder/file": "file" });
});

describe("what is in the way in the folder", () => {
  test("is told of, holds up nothing else, and is waited for", async () => {
    const world = await boundWorld(both);
    const laptop = world.folder("laptop").user;
    for (const name of ["file", "folder"]) laptop.makeSpecial(name, "other");
    await world.settle();
    const phone = world.folder("phone").user;
    phone.makeFolder("folder");
    phone.makeFolder("other");
    for (const path of ["file", "folder/inside", "other/inside", "beside"]) phone.write(path, text(path));
    await world.until(() => Object.keys(tree(world, "laptop")).length === 5, 2000);
    expect(tree(world, "laptop")).toMatchObject({ other: "/", "other/inside": "other/inside", beside: "beside" });
    expect(world.binding("laptop").status().state).toBe("working");
    await world.settle();
    const { problems } = world.binding("laptop").status();
    const inTheWay = problems.filter(({ error }) => error.kind === "already-exists");
    expect(new Set(inTheWay.map(({ path }) => path))).toEqual(new Set(["file", "folder"]));
    for (const name of ["file", "folder"]) laptop.remove(name);
    await world.until(() => laptop.has("folder/inside") && laptop.has("file"), 2 * bindingLimits.lastRetryMs);
    await world.settle();
    await expectEverywhere(world, tree(world, "phone"));
  });

  test("may be a file that was locked since it came", async () => {
    const world = await boundWorld(both);
    const laptop = world.folder("laptop").user;
    world.folder("phone").user.write("file", text("first"));
    await world.settle();
    laptop.lock("file");
    laptop.setMode("file", 0o600);
    await world.settle();
    world.folder("phone").user.write("file", text("second"));
    await world.settle();
    const { problems } = world.binding("laptop").status();
    const kinds = problems.map(({ path, error }) => `${path} ${error.kind}`);
    expect(kinds.sort()).toEqual(["file already-exists", "file denied"]);
    expect(tree(world, "laptop")).toEqual({ file: "first" });
    laptop.save("file", text("first"));
    await world.until(() => Object.keys(problemsOf(world, "laptop")).length === 0, 2 * bindingLimits.lastRetryMs);
    await world.settle();
    await expectEverywhere(world, tree(world, "phone"));
  });
});

test("files that found no room and are gone by now are no problem any more", async () => {
  const world = await boundWorld(both);
  const { disk } = world.node("phone");
  const full = disk.disturb({ capacityBytes: disk.usedBytes + 1000 });
  const { user } = world.folder("phone");
  for (let i = 0; i < 5; i++) user.write(`file ${i}`, text(`${i}`.repeat(5000)));
  await world.until(() => problemsOf(world, "phone")[""] === "exhausted");
  for (let i = 0; i < 5; i++) user.remove(`file ${i}`);
  await world.until(() => Object.keys(problemsOf(world, "phone")).length === 0);
  full.heal();
  await world.settle();
  await expectEverywhere(world, {});
});

test("a folder in which somebody never stops working is kept the same when its disk is back", async () => {
  const world = await boundWorld(both);
  const { user } = world.folder("laptop");
  world.folder("laptop").plug(false);
  await world.until(() => world.binding("laptop").status().state === "held");
  world.folder("phone").user.write("file", text("file"));
  world.folder("laptop").plug(true);
  for (let i = 0; i < 1000 && !user.has("file"); i++) {
    user.write("log", text(`line ${i}`));
    await world.run(10);
  }
  expect(user.has("file")).toBe(true);
});

test("folders of many files come while all that may be under way is", async () => {
  const world = await boundWorld(both);
  world.leave("laptop");
  const { user } = world.folder("phone");
  for (let folder = 0; folder < 20; folder++) {
    user.makeFolder(`folder ${folder}`);
    for (let file = 0; file < 100; file++) user.write(`folder ${folder}/${file}`, text(`${folder} ${file}`));
  }
  await world.settle(["phone"]);
  world.back("laptop");
  await world.settle();
  expect(tree(world, "laptop")).toEqual(tree(world, "phone"));
});

test("a folder goes with what was put into it at the moment in which it was to go", async () => {
  const gate = new RemovalGate();
  const world = await boundWorld(both, { index: (index, name) => (name === "laptop" ? gate.before(index) : index) });
  const laptop = world.folder("laptop");
  laptop.watch(() => {
    if (laptop.user.has("folder/file")) gate.placed();
  });
  const phone = world.folder("phone").user;
  phone.makeFolder("folder");
  await world.settle();
  const folder = await objectOf(world, "folder");
  gate.folder = folder;
  world.device("laptop").drive.watch((objects) => {
    if (gate.isHeld && objects.includes(folder)) gate.isRemoved = true;
  });
  phone.write("folder/file", text("file"));
  await world.until(() => gate.isHeld);
  phone.remove("folder");
  await world.until(() => gate.isRemoved);
  await world.settle();
  expect(gate.wasPassed).toBe(true);
  await expectEverywhere(world, {});
});

test("a file that is renamed here just as it goes because others have removed it stays, as the file that it was", async () => {
  let isRemoving = false;
  const onRemoval = (index: Index): Index => ({
    wasReset: index.wasReset,
    write: async (changes) => {
      const isNote = changes.some(({ key, value }) => isOf(key, 7) && value?.length === 0);
      if (isNote && !isRemoving) {
        isRemoving = true;
        laptop.move("file", "renamed");
      }
      await index.write(changes);
    },
    read: (keys) => index.read(keys),
    range: (from, to, limit, backwards) => index.range(from, to, limit, backwards),
    clear: () => index.clear(),
    close: () => index.close(),
  });
  const world = await boundWorld(both, { index: (index, name) => (name === "laptop" ? onRemoval(index) : index) });
  const phone = world.folder("phone").user;
  const laptop = world.folder("laptop").user;
  phone.write("file", text("file"));
  await world.settle();
  const object = await objectOf(world, "file");
  phone.remove("file");
  await world.until(() => isRemoving);
  await world.settle();
  await expectEverywhere(world, { renamed: "file" });
  expect(await objectOf(world, "renamed")).toBe(object);
});

async function objectOf(world: BindingWorld, name: string): Promise<ObjectId> {
  const { drive } = world.device("laptop");
  const entries = await world.finish(drive.list(drive.root, undefined, 100));
  return entries.find((entry) => entry.name === name)?.object as ObjectId;
}

/**
 * Holds up the writing of a file into a folder until the folder is about to be removed, and that removal until the file
 * is there: the note on the file before it is written, and the second look at the folder's row after what is in it was asked for.
 */
class RemovalGate {
  folder: ObjectId | undefined;
  isHeld = false;
  isRemoved = false;
  wasPassed = false;
  #isEmptySeen = false;
  readonly #opened = Promise.withResolvers<void>();
  readonly #placed = Promise.withResolvers<void>();

  /** The file is there. */
  placed(): void {
    this.#placed.resolve();
  }

  before(index: Index): Index {
    return {
      wasReset: index.wasReset,
      write: async (changes) => {
        const isNote = changes.some(({ key, value }) => isOf(key, 7) && value !== null);
        if (this.folder !== undefined && isNote) {
          this.isHeld = true;
          await this.#opened.promise;
        }
        await index.write(changes);
      },
      read: async (keys) => {
        if (this.#isEmptySeen && keys.some((key) => this.#isFolder(key, 2))) {
          this.#isEmptySeen = false;
          this.wasPassed = true;
          this.#opened.resolve();
          await this.#placed.promise;
        }
        return index.read(keys);
      },
      range: async (from, to, limit, backwards) => {
        const found = await index.range(from, to, limit, backwards);
        if (this.isRemoved && !this.wasPassed && this.#isFolder(from, 1)) this.#isEmptySeen = true;
        return found;
      },
      clear: () => index.clear(),
      close: () => index.close(),
    };
  }

  #isFolder(key: Uint8Array, family: number): boolean {
    const { folder } = this;
    if (folder === undefined || !isOf(key, family)) return false;
    const id = idBytes(folder);
    return equalBytes(key.subarray(rowKeyBytes, rowKeyBytes + id.length), id);
  }
}

/** Whether it is a row of a binding, of this family (binding-rows.ts). */
function isOf(key: Uint8Array, family: number): boolean {
  return key[0] === 5 && key[rowKeyBytes - 1] === family;
}

test("it is idle only when what it began is done", async () => {
  const world = await boundWorld(both);
  for (let i = 0; i < 20; i++) {
    world.folder("phone").user.write(`file ${i}`, text(`${i}`));
    const began = { phone: false, laptop: false };
    await world.until(() => {
      for (const name of ["phone", "laptop"] as const) {
        const isIdle = world.binding(name).status().state === "idle";
        began[name] ||= !isIdle;
        const isDone = name === "laptop" ? world.folder("laptop").user.has(`file ${i}`) : arrived(world, i);
        if (began[name] && !isDone) expect(isIdle, `${name}, file ${i}`).toBe(false);
      }
      return world.folder("laptop").user.has(`file ${i}`);
    });
    await world.settle();
  }
});

/** The phone has written it into the drive: there is nothing else in it that would count up. */
function arrived(world: BindingWorld, file: number): boolean {
  return world.binding("phone").status().progress.intoDrive.doneFiles > file;
}

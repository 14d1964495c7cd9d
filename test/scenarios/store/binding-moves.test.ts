// What is renamed in a bound folder is renamed in the drive and in other folders: its objects, and so their histories, stay.
// What programs do to save a file safely is an edit of that file, however they rename.

import { describe, expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import type { ObjectId } from "#glow";
import type { FolderCrew } from "#store/folder/folder-jobs.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];

/** What the drive calls by these paths, by the object's id. */
async function objects(world: BindingWorld, ...paths: string[]): Promise<ObjectId[]> {
  const { drive } = world.device("phone");
  const found = await world.finish(Promise.all(paths.map((path) => drive.find(path))));
  return found.map((entry, i) => {
    if (entry === undefined) throw new Error(`there is no ${paths[i]} in the drive`);
    return entry.object;
  });
}

async function versions(world: BindingWorld, path: string): Promise<number> {
  const { drive } = world.device("phone");
  const entry = await world.finish(drive.find(path));
  return entry === undefined ? 0 : (await world.finish(drive.history(entry.object, 100))).length;
}

function batches(world: BindingWorld): number {
  return world
    .device("phone")
    .space.positions()
    .reduce((sum, { sequence }) => sum + sequence, 0);
}

async function expectEverywhere(world: BindingWorld, expected: Record<string, string>): Promise<void> {
  await world.settle();
  for (const name of both) {
    expect(tree(world, name), name).toEqual(expected);
    expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(expected);
  }
}

async function withFiles(...names: string[]): Promise<BindingWorld> {
  const world = await boundWorld(both);
  for (const name of names) world.folder("phone").user.write(name, text(name));
  await world.settle();
  return world;
}

describe("a person renames", () => {
  test("a folder of 2,000 files: one step, and one rename on the other device", async () => {
    const world = await boundWorld(both);
    const phone = world.folder("phone").user;
    phone.makeFolder("big");
    phone.makeFolder("elsewhere");
    for (let i = 0; i < 2000; i++) phone.write(`big/${i}`, text(String(i)));
    await world.settle();
    const before = await objects(world, "big", "big/7", "big/1999");
    const [inode] = [world.folder("laptop").user.tree().get("big/7")?.modifiedNs];
    const written = batches(world);
    phone.move("big", "elsewhere/large");
    const tookMs = await world.until(() => tree(world, "laptop")["elsewhere/large/7"] === "7");
    expect(tookMs).toBeLessThan(200);
    await world.settle();
    expect(batches(world) - written).toBe(1);
    expect(await objects(world, "elsewhere/large", "elsewhere/large/7", "elsewhere/large/1999")).toEqual(before);
    expect(world.folder("laptop").user.tree().get("elsewhere/large/7")?.modifiedNs).toBe(inode);
    expect(tree(world, "laptop")).toEqual(tree(world, "phone"));
  });

  test("files, within a folder and between folders, with an edit right behind", async () => {
    const world = await withFiles("a", "b");
    const phone = world.folder("phone").user;
    const [a, b] = await objects(world, "a", "b");
    phone.makeFolder("folder");
    phone.move("a", "folder/a2");
    phone.move("b", "c");
    await world.run(100);
    phone.write("c", text("edited"));
    await expectEverywhere(world, { folder: "/", "folder/a2": "a", c: "edited" });
    expect(await objects(world, "folder/a2", "c")).toEqual([a, b]);
  });

  test("two files to one another's names, and three in a circle", async () => {
    const world = await withFiles("a", "b", "x", "y", "z");
    const phone = world.folder("phone").user;
    const before = await objects(world, "a", "b", "x", "y", "z");
    const rename = (...pairs: [string, string][]) => {
      for (const [from] of pairs) phone.move(from, `temporary ${from}`);
      for (const [from, to] of pairs) phone.move(`temporary ${from}`, to);
    };
    rename(["a", "b"], ["b", "a"]);
    rename(["x", "y"], ["y", "z"], ["z", "x"]);
    await expectEverywhere(world, { a: "b", b: "a", x: "z", y: "x", z: "y" });
    expect(await objects(world, "b", "a", "y", "z", "x")).toEqual(before);
  });

  test("a folder to another's name, and that one into it", async () => {
    const world = await boundWorld(both);
    const phone = world.folder("phone").user;
    for (const name of ["a", "b"]) {
      phone.makeFolder(name);
      phone.write(`${name}/file`, text(name));
    }
    await world.settle();
    const before = await objects(world, "a", "b");
    phone.move("a", "temporary");
    phone.move("b", "a");
    phone.move("temporary", "a/b");
    await expectEverywhere(world, { a: "/", "a/file": "b", "a/b": "/", "a/b/file": "a" });
    expect(await objects(world, "a/b", "a")).toEqual(before);
  });

  const turned = { outer: "outer/inner", "outer/inner": "inner", "outer/inner/deep": "deep" };
  for (const [way, moves] of Object.entries({
    "a folder out of another one, and that one into it": [
      ["outer/inner", "inner"],
      ["outer", "inner/outer"],
    ],
    "folders inside out, three of them": [
      ["outer/inner/deep", "deep"],
      ["outer/inner", "deep/inner"],
      ["outer", "deep/inner/outer"],
    ],
    "a folder into what is deep in it, past what is between": [
      ["outer/inner/deep", "deep"],
      ["outer", "deep/outer"],
    ],
  })) {
    for (const isRunning of [true, false]) {
      test(`${way}${isRunning ? "" : ", while the program does not run"}`, async () => {
        const world = await boundWorld(both);
        const phone = world.folder("phone").user;
        for (const [path, name] of Object.entries(turned)) {
          phone.makeFolder(path);
          phone.write(`${path}/file`, text(name));
        }
        await world.settle();
        const before = (await objects(world, ...Object.keys(turned))).sort();
        if (!isRunning) await world.shutDown("phone");
        for (const [from = "", to = ""] of moves) phone.move(from, to);
        const after = tree(world, "phone");
        if (!isRunning) await world.start("phone");
        await expectEverywhere(world, after);
        const folders = Object.keys(after).filter((path) => after[path] === "/");
        expect((await objects(world, ...folders)).sort()).toEqual(before);
      });
    }
  }

  test("a folder into what was in it, before the drive has heard of what came before", async () => {
    const held = new HeldSealing();
    const world = await boundWorld(both, { crew: (crew, name) => (name === "phone" ? held.before(crew) : crew) });
    const phone = world.folder("phone").user;
    phone.makeFolder("outer");
    phone.makeFolder("outer/inner");
    await world.settle();
    const before = await objects(world, "outer", "outer/inner");
    await world.shutDown("phone");
    phone.move("outer/inner", "inner");
    // What is found together waits for what has to be read.
    phone.write("new", text("new"));
    await world.run(1000);
    held.isHolding = true;
    await world.start("phone");
    await world.until(() => held.isWaiting);
    phone.move("outer", "inner/outer");
    await world.run(500);
    expect(tree(world, "phone")).toEqual({ inner: "/", "inner/outer": "/", new: "new" });
    held.release();
    await expectEverywhere(world, { inner: "/", "inner/outer": "/", new: "new" });
    expect(await objects(world, "inner/outer", "inner")).toEqual(before);
  });

  test("a folder, and edits and removes what is in it before the drive has heard of that", async () => {
    const held = new HeldSealing();
    const world = await boundWorld(both, { crew: (crew, name) => (name === "phone" ? held.before(crew) : crew) });
    const phone = world.folder("phone").user;
    phone.makeFolder("before");
    for (const name of ["edited", "removed", "left"]) phone.write(`before/${name}`, text(name));
    await world.settle();
    const before = await objects(world, "before", "before/edited", "before/left");
    await world.shutDown("phone");
    phone.move("before", "after");
    phone.write("new", text("new"));
    await world.run(1000);
    held.isHolding = true;
    await world.start("phone");
    await world.until(() => held.isWaiting);
    phone.write("after/edited", text("edited again"));
    phone.remove("after/removed");
    phone.makeFolder("before");
    phone.write("before/edited", text("another"));
    await world.run(500);
    held.release();
    const after = { after: "/", "after/edited": "edited again", "after/left": "left", new: "new" };
    await expectEverywhere(world, { ...after, before: "/", "before/edited": "another" });
    expect(await objects(world, "after", "after/edited", "after/left")).toEqual(before);
  });

  test("a folder and a file, and back before the drive has heard of that", async () => {
    const held = new HeldSealing();
    const world = await boundWorld(both, { crew: (crew, name) => (name === "phone" ? held.before(crew) : crew) });
    const phone = world.folder("phone").user;
    phone.makeFolder("folder");
    for (const name of ["folder/inside", "file"]) phone.write(name, text(name));
    await world.settle();
    await world.shutDown("phone");
    for (const name of ["folder", "file"]) phone.move(name, `${name} elsewhere`);
    phone.write("new", text("new"));
    await world.run(1000);
    held.isHolding = true;
    await world.start("phone");
    await world.until(() => held.isWaiting);
    for (const name of ["folder", "file"]) phone.move(`${name} elsewhere`, name);
    await world.run(500);
    held.release();
    await expectEverywhere(world, { file: "file", folder: "/", "folder/inside": "folder/inside", new: "new" });
  });

  test("a folder, and makes a new one of the old name", async () => {
    const world = await boundWorld(both);
    const phone = world.folder("phone").user;
    phone.makeFolder("a");
    phone.write("a/old", text("old"));
    await world.settle();
    const [before] = await objects(world, "a");
    phone.move("a", "b");
    phone.makeFolder("a");
    phone.write("a/new", text("new"));
    await expectEverywhere(world, { a: "/", "a/new": "new", b: "/", "b/old": "old" });
    expect(await objects(world, "b")).toEqual([before]);
  });

  test("while the program does not run", async () => {
    const world = await withFiles("a", "b");
    const phone = world.folder("phone").user;
    phone.makeFolder("folder");
    phone.write("folder/file", text("in it"));
    await world.settle();
    const before = await objects(world, "a", "folder", "folder/file");
    await world.shutDown("phone");
    phone.makeFolder("new");
    phone.move("folder", "new/folder");
    phone.move("a", "new/folder/a");
    phone.remove("b");
    await world.start("phone");
    await expectEverywhere(world, { new: "/", "new/folder": "/", "new/folder/a": "a", "new/folder/file": "in it" });
    expect(await objects(world, "new/folder/a", "new/folder", "new/folder/file")).toEqual(before);
  });

  test("a file over another: it goes on as that one", async () => {
    const world = await withFiles("a", "b");
    const [, b] = await objects(world, "a", "b");
    world.folder("phone").user.move("a", "b");
    await expectEverywhere(world, { b: "a" });
    expect(await objects(world, "b")).toEqual([b]);
  });

  test("nothing: what is made after something was removed has its identity, and is something else", async () => {
    const world = await boundWorld(both, { folders: { phone: { reusesFiles: true } } });
    const phone = world.folder("phone").user;
    phone.makeLink("link", "there");
    phone.write("file", text("gone"));
    await world.settle();
    for (const name of ["link", "file"]) phone.remove(name);
    phone.write("another file", text("made"));
    phone.makeLink("another link", "where");
    await expectEverywhere(world, { "another file": "made", "another link": "-> where" });
  });

  test("what has got the identity of something that was removed: it stays what it is", async () => {
    const world = await boundWorld(both, { folders: { phone: { reusesFiles: true } } });
    const phone = world.folder("phone").user;
    phone.write("gone", text("gone"));
    await world.settle();
    phone.remove("gone");
    phone.write("a", text("made"));
    await world.settle();
    const [a] = await objects(world, "a");
    phone.move("a", "b");
    await expectEverywhere(world, { b: "made" });
    expect(await objects(world, "b")).toEqual([a]);
  });

  test("a file, and makes a folder of its name", async () => {
    const world = await withFiles("a");
    const [a] = await objects(world, "a");
    const phone = world.folder("phone").user;
    phone.move("a", "b");
    phone.makeFolder("a");
    await expectEverywhere(world, { a: "/", b: "a" });
    expect(await objects(world, "b")).toEqual([a]);
  });

  test("a file away, with a folder of its name in the place", async () => {
    const world = await withFiles("a");
    const phone = world.folder("phone").user;
    phone.remove("a");
    phone.makeFolder("a");
    phone.write("a/file", text("in it"));
    await expectEverywhere(world, { a: "/", "a/file": "in it" });
  });
});

describe("the drive renames", () => {
  test("in circles, and folders through one another", async () => {
    const world = await withFiles("a", "b", "c");
    const phone = world.folder("phone").user;
    for (const name of ["one", "two"]) {
      phone.makeFolder(name);
      phone.write(`${name}/file`, text(name));
    }
    await world.settle();
    const before = await objects(world, "a", "b", "c", "one", "two");
    world.leave("laptop");
    const { drive } = world.device("phone");
    const [a, b, c, one, two] = before as [ObjectId, ObjectId, ObjectId, ObjectId, ObjectId];
    const move = (object: ObjectId, parent: ObjectId, name: string) =>
      ({ type: "move", object, parent, name }) as const;
    await world.finish(
      drive.change(() => ({
        steps: [
          move(a, drive.root, "temporary"),
          move(b, drive.root, "a"),
          move(c, drive.root, "b"),
          move(a, drive.root, "c"),
          move(one, drive.root, "temporary"),
          move(two, drive.root, "one"),
          move(one, two, "two"),
        ],
        chunks: [],
      })),
    );
    world.back("laptop");
    await expectEverywhere(world, {
      a: "b",
      b: "c",
      c: "a",
      one: "/",
      "one/file": "two",
      "one/two": "/",
      "one/two/file": "one",
    });
    expect(await objects(world, "c", "a", "b", "one/two", "one")).toEqual(before);
  });

  test("what others have open here: a file that was edited moves with its edit", async () => {
    const world = await withFiles("a");
    world.leave("laptop");
    world.folder("phone").user.move("a", "b");
    await world.run(1000);
    world.folder("laptop").user.write("a", text("edited"));
    world.back("laptop");
    await expectEverywhere(world, { b: "edited" });
  });
});

describe("an editor saves", () => {
  async function editing(save: (world: BindingWorld) => Promise<void>): Promise<BindingWorld> {
    const world = await withFiles("file");
    const [before] = await objects(world, "file");
    await save(world);
    await world.settle();
    expect(await objects(world, "file")).toEqual([before]);
    expect(await versions(world, "file")).toBe(2);
    return world;
  }

  test("into the file", async () => {
    const world = await editing(async ({ folders }) => folders.get("phone")?.user.write("file", text("new")));
    await expectEverywhere(world, { file: "new" });
  });

  test("beside it, and puts that in its place at once, or after a while", async () => {
    for (const waitMs of [0, 10, 100, 400]) {
      const world = await editing(async (each) => {
        const { user } = each.folder("phone");
        user.write(".file.tmp", text("new"));
        await each.run(waitMs);
        user.move(".file.tmp", "file");
      });
      await expectEverywhere(world, { file: "new" });
    }
  });

  test("after it renamed the old one away, which it keeps or removes", async () => {
    for (const keep of [true, false]) {
      for (const waitMs of [0, 5, 15]) {
        const world = await editing(async (each) => {
          const { user } = each.folder("phone");
          user.move("file", "file~");
          await each.run(waitMs);
          user.write("file", text("new"));
          if (!keep) user.remove("file~");
        });
        await expectEverywhere(world, keep ? { file: "new", "file~": "file" } : { file: "new" });
      }
    }
  });

  test("slowly, piece by piece: no half of it is taken", async () => {
    const world = await withFiles("file");
    const { user } = world.folder("phone");
    let content = "";
    for (let i = 0; i < 100; i++) {
      content += `line ${i}\n`;
      user.write("file", text(content));
      await world.run(8);
    }
    await expectEverywhere(world, { file: content });
    expect(await versions(world, "file")).toBe(2);
  });

  test("without end: when it has gone on for long, it is tried, and taken when it stands still for a moment", async () => {
    const world = await withFiles("file");
    const { user } = world.folder("phone");
    const write = async (forMs: number, everyMs: number) => {
      for (let atMs = 0; atMs < forMs; atMs += everyMs) {
        user.write("file", text(`state at ${world.world.nowMs}`));
        await world.run(everyMs);
      }
    };
    await write(1000, 100);
    const before = await versions(world, "file");
    expect(before, "the longer it goes on, the longer it is waited").toBeLessThan(5);
    await write(bindingLimits.restlessMs - 1500, 100);
    expect(await versions(world, "file")).toBe(before);
    await write(1500, 100);
    expect(await versions(world, "file")).toBeGreaterThan(before);
  });
});

/** Reads no files until it is told to. */
class HeldSealing {
  isHolding = false;
  isWaiting = false;
  readonly #released = Promise.withResolvers<void>();

  release(): void {
    this.isHolding = false;
    this.#released.resolve();
  }

  before(crew: FolderCrew): FolderCrew {
    return {
      hands: crew.hands,
      run: async (job, argument, signal) => {
        if (job === "seal" && this.isHolding) {
          this.isWaiting = true;
          await this.#released.promise;
        }
        return crew.run(job, argument, signal);
      },
      close: () => crew.close(),
    };
  }
}

// What is looked at when a system says what in a folder has changed: that, with what belongs to it, and nothing else. When it
// says less, the folder is looked at, or all.

import { describe, expect, test } from "vitest";
import type { Index, LocalRoot, ObjectId } from "#glow";
import { bindingPace } from "#store/binding/pace.ts";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];
const many = 500;
/** Far less than all, and enough for one change with all that is looked up for it. */
const few = 150;

/** What devices have read of their index and listed of their folders. */
class Effort {
  rows = 0;
  entries = 0;

  begin(): void {
    this.rows = 0;
    this.entries = 0;
  }

  index(index: Index): Index {
    return {
      wasReset: index.wasReset,
      write: (changes) => index.write(changes),
      read: (keys) => {
        this.rows += keys.length;
        return index.read(keys);
      },
      range: async (from, to, limit, backwards) => {
        const found = await index.range(from, to, limit, backwards);
        this.rows += found.length;
        return found;
      },
      clear: () => index.clear(),
      close: () => index.close(),
    };
  }

  root(root: LocalRoot): LocalRoot {
    return {
      caseSensitive: root.caseSensitive,
      windowsNames: root.windowsNames,
      enter: () => {
        const folder = root.enter();
        const list = folder.list.bind(folder);
        folder.list = (path, names) => {
          const page = list(path, names);
          this.entries += page.entries.length;
          return page;
        };
        return folder;
      },
    };
  }
}

interface Crowd {
  readonly world: BindingWorld;
  readonly effort: Effort;
}

/** Two devices with one folder of very many files. */
async function crowd(laptop: { caseSensitive?: boolean } = {}): Promise<Crowd> {
  const effort = new Effort();
  const world = await boundWorld(both, {
    index: (index) => effort.index(index),
    root: (root) => effort.root(root),
    folders: { laptop },
  });
  const { user } = world.folder("phone");
  user.makeFolder("many");
  for (let i = 0; i < many; i++) user.write(`many/${i}`, text(`${i}`));
  await world.settle();
  await world.run(5000);
  effort.begin();
  return { world, effort };
}

async function expectAlike(
  world: BindingWorld,
  expected: Record<string, string> = tree(world, "phone"),
): Promise<void> {
  await world.settle();
  for (const name of both) {
    expect(tree(world, name), name).toEqual(expected);
    expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(expected);
    expect(world.binding(name).status().problems).toEqual([]);
  }
}

async function objects(world: BindingWorld, ...paths: string[]): Promise<(ObjectId | undefined)[]> {
  const { drive } = world.device("phone");
  const found = await world.finish(Promise.all(paths.map((path) => drive.find(path))));
  return found.map((entry) => entry?.object);
}

describe("a small change among very many files", () => {
  test("is seen by looking at few, here and there", async () => {
    const { world, effort } = await crowd();
    world.folder("phone").user.write("many/7", text("edited"));
    await world.settle();
    expect(tree(world, "laptop")["many/7"]).toBe("edited");
    expect(effort.entries).toBeGreaterThan(0);
    expect(effort.entries).toBeLessThan(few);
    expect(effort.rows).toBeLessThan(few);
  });

  test("so are a new file, a save by rename, a rename, a removal, and a mode", async () => {
    const { world, effort } = await crowd();
    const [seven] = await objects(world, "many/7");
    const { user } = world.folder("phone");
    const acts = [
      () => user.write("many/new", text("new")),
      () => user.save("many/8", text("saved")),
      () => user.move("many/7", "many/seven"),
      () => user.remove("many/9"),
      () => user.setMode("many/10", 0o600),
    ];
    for (const act of acts) {
      act();
      effort.begin();
      await world.settle();
      expect(
        [effort.entries, effort.rows].every((each) => each < few),
        `${act}: ${effort.entries}, ${effort.rows}`,
      ).toBe(true);
    }
    expect(await objects(world, "many/seven", "many/7", "many/9")).toEqual([seven, undefined, undefined]);
    expect(world.folder("laptop").user.tree().get("many/10")?.mode).toBe(0o600);
    await expectAlike(world);
  });

  test("the folder is looked at where names are not told, are too many, or are not what is shown", async () => {
    for (const [why, act] of Object.entries({
      "not told": ({ folders }: BindingWorld) => {
        const phone = folders.get("phone");
        if (phone !== undefined) phone.tellsNames = () => false;
        phone?.user.write("many/7", text("edited"));
      },
      "too many": ({ folders }: BindingWorld) => {
        for (let i = 0; i <= bindingPace.namesPerFolder; i++)
          folders.get("phone")?.user.write(`many/${i}`, text("edited"));
      },
      "another form": ({ folders }: BindingWorld) => folders.get("phone")?.user.write("many/\u00fc", text("edited")),
    })) {
      const { world, effort } = await crowd();
      act(world);
      await world.settle();
      expect(effort.entries, why).toBeGreaterThan(many);
      expect(Object.values(tree(world, "laptop")), why).toContain("edited");
      await expectAlike(world);
    }
  });

  test("where case does not count, the folder is looked at, and the name that is shown counts", async () => {
    const { world, effort } = await crowd({ caseSensitive: false });
    const laptop = world.folder("laptop").user;
    laptop.write("many/name", text("name"));
    await world.settle();
    laptop.move("many/name", "many/NAME");
    await world.settle();
    expect(effort.entries).toBeGreaterThan(many);
    expect(tree(world, "phone")).toMatchObject({ "many/NAME": "name" });
    expect(tree(world, "phone")).not.toHaveProperty(["many/name"]);
    world.folder("phone").user.write("many/Name", text("clashes"));
    await world.settle();
    expect(await driveTree(world, world.device("laptop"))).toMatchObject({
      "many/NAME": "name",
      "many/Name": "clashes",
    });
  });

  test("an overflow has everything looked at", async () => {
    const { world, effort } = await crowd();
    const folder = world.folder("phone");
    const tell = folder.changed;
    folder.changed = () => undefined;
    folder.user.write("many/7", text("unheard of"));
    folder.changed = tell;
    folder.overflow();
    await world.settle();
    expect(effort.entries).toBeGreaterThan(many);
    expect(tree(world, "laptop")["many/7"]).toBe("unheard of");
  });
});

describe("names that are told one after the other", () => {
  /** Does it, and has the system say only these of it for now. */
  function telling(world: BindingWorld, act: () => void, ...paths: [folder: string, name: string][]): void {
    const folder = world.folder("phone");
    const tell = folder.changed;
    folder.changed = () => undefined;
    act();
    folder.changed = tell;
    for (const [path, name] of paths) folder.changed(path, name);
  }

  async function withFiles(...names: string[]): Promise<BindingWorld> {
    const world = await boundWorld(both);
    for (const name of ["here", "there"]) world.folder("phone").user.makeFolder(name);
    for (const name of names) world.folder("phone").user.write(name, text(name));
    await world.settle();
    return world;
  }

  test("files that exchanged their names are known by one of them", async () => {
    const world = await withFiles("here/a", "here/b", "here/x", "here/y", "here/z");
    const { user } = world.folder("phone");
    const before = await objects(world, "here/a", "here/b", "here/x", "here/y", "here/z");
    telling(
      world,
      () => {
        for (const name of ["a", "b", "x", "y", "z"]) user.move(`here/${name}`, `here/_${name}`);
        for (const [from, to] of ["ab", "ba", "xy", "yz", "zx"]) user.move(`here/_${from}`, `here/${to}`);
      },
      ["here", "a"],
      ["here", "x"],
    );
    await expectAlike(world);
    expect(await objects(world, "here/b", "here/a", "here/y", "here/z", "here/x")).toEqual(before);
  });

  test("a longer chain of renames than is looked at by name has the folder looked at", async () => {
    const length = bindingPace.namesPerFolder + 10;
    const names = Array.from({ length }, (_, i) => `here/${i}`);
    const world = await withFiles(...names);
    const { user } = world.folder("phone");
    const before = await objects(world, ...names);
    telling(world, () => {
      user.move("here/0", "here/first");
      for (let i = 1; i < length; i++) user.move(`here/${i}`, `here/${i - 1}`);
      user.move("here/first", `here/${length - 1}`);
    }, ["here", "0"]);
    await expectAlike(world);
    expect(await objects(world, ...names)).toEqual([...before.slice(1), before[0]]);
  });

  test("a file that went to another folder is the same, whichever name is told first", async () => {
    for (const order of [0, 1]) {
      const world = await withFiles("here/a", "here/b");
      const { user } = world.folder("phone");
      const before = await objects(world, "here/a");
      const told: [string, string][] = [
        ["here", "a"],
        ["there", "a"],
      ];
      telling(world, () => user.move("here/a", "there/a"), told[order] as [string, string]);
      await world.run(20);
      telling(world, () => undefined, told[1 - order] as [string, string]);
      await expectAlike(world, { here: "/", "here/b": "here/b", there: "/", "there/a": "here/a" });
      expect(await objects(world, "there/a")).toEqual(before);
    }
  });

  test("removed and made again", async () => {
    const world = await withFiles("here/a", "here/b");
    const { user } = world.folder("phone");
    user.remove("here/a");
    await world.run(10);
    user.write("here/a", text("again"));
    user.remove("here/b");
    user.makeFolder("here/b");
    user.write("here/b/in it", text("in it"));
    await expectAlike(world, { here: "/", "here/a": "again", "here/b": "/", "here/b/in it": "in it", there: "/" });
    user.remove("here/b");
    user.write("here/b", text("a file again"));
    await expectAlike(world, { here: "/", "here/a": "again", "here/b": "a file again", there: "/" });
  });

  test("in a folder that nobody has heard of", async () => {
    const world = await withFiles();
    const { user } = world.folder("phone");
    telling(world, () => {
      user.makeFolder("here/new");
      user.makeFolder("here/new/inner");
      user.write("here/new/inner/file", text("file"));
      user.write("here/new/beside", text("beside"));
    }, ["here/new/inner", "file"]);
    await expectAlike(world);
    expect(tree(world, "laptop")).toMatchObject({ "here/new/beside": "beside", "here/new/inner/file": "file" });
  });
});

test("a folder that others removed goes when the last of what was left in it does", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  phone.write(".glowignore", text("*.own\n"));
  phone.makeFolder("folder");
  phone.write("folder/file", text("file"));
  phone.write("folder/a.own", text("own"));
  phone.write("folder/b.own", text("own"));
  await world.settle();
  world.folder("laptop").user.remove("folder");
  await world.settle();
  phone.remove("folder/a.own");
  await world.settle();
  expect(phone.has("folder")).toBe(true);
  phone.remove("folder/b.own");
  await world.settle();
  expect(phone.has("folder")).toBe(false);
});

test("what no drive can hold is a problem for as long as it is there, whatever else is", async () => {
  const world = await boundWorld(both);
  const { user } = world.folder("phone");
  const problems = (): string[] =>
    world
      .binding("phone")
      .status()
      .problems.map(({ path }) => path)
      .sort();
  user.makeFolder("folder");
  user.write("folder/file", text("file"));
  await world.settle();
  user.makeSpecial("folder/pipe", "other");
  user.makeSpecial("folder/disk", "mount");
  await world.run(1000);
  expect(problems()).toEqual(["folder/disk", "folder/pipe"]);
  user.write("folder/file", text("edited"));
  user.remove("folder/pipe");
  await world.run(1000);
  expect(problems()).toEqual(["folder/disk"]);
  expect(tree(world, "laptop")).toEqual({ folder: "/", "folder/file": "edited" });
});

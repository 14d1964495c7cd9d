// How a binding begins: with something on both sides, after a crash, with a folder that is not there, is another one, or is
// empty all of a sudden. Nothing of that removes anything.

import { describe, expect, test } from "vitest";
import { BindingWorld, boundPath } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];

async function expectEverywhere(world: BindingWorld, expected: Record<string, string>): Promise<void> {
  await world.settle();
  for (const name of both) {
    expect(tree(world, name), name).toEqual(expected);
    expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(expected);
  }
}

describe("both sides have something", () => {
  test("what only one has the other gets; what is the same stays, and is not sent; what differs becomes versions", async () => {
    const world = new BindingWorld(both);
    for (const name of both) {
      await world.start(name);
      const { user } = world.folder(name);
      user.makeFolder("folder");
      user.write("folder/same", text("the same"), 0o600);
      user.write("folder/other", text(`by the ${name}`));
      user.write(`only on the ${name}`, text(name));
      user.makeFolder(`of the ${name}`);
      user.write(`of the ${name}/file`, text(name));
      user.makeLink("link", "folder/same");
    }
    await world.bind("phone");
    await world.settle(["phone"]);
    const before = await world.finish(world.device("laptop").blobs.usage());
    await world.bind("laptop");
    await world.settle();
    const shown = tree(world, "phone")["folder/other"] as string;
    expect(["by the phone", "by the laptop"]).toContain(shown);
    await expectEverywhere(world, {
      folder: "/",
      "folder/other": shown,
      "folder/same": "the same",
      link: "-> folder/same",
      "of the laptop": "/",
      "of the laptop/file": "laptop",
      "of the phone": "/",
      "of the phone/file": "phone",
      "only on the laptop": "laptop",
      "only on the phone": "phone",
    });
    const { drive } = world.device("laptop");
    const conflicts = await world.finish(drive.conflicts(10));
    expect(conflicts.map(({ versions }) => versions.length)).toEqual([2]);
    const same = await world.finish(drive.find("folder/same"));
    expect(await world.finish(drive.history(same?.object as never, 10))).toHaveLength(1);
    expect(before.blobs).toBeGreaterThan(0);
  });

  test("a file where the other has a folder gets a name of its own", async () => {
    const world = new BindingWorld(both);
    for (const name of both) await world.start(name);
    world.folder("phone").user.makeFolder("thing");
    world.folder("phone").user.write("thing/inside", text("inside"));
    world.folder("laptop").user.write("thing", text("a file"));
    for (const name of both) await world.bind(name);
    await world.settle();
    const seen = tree(world, "phone");
    expect(seen["thing"]).toBe("/");
    expect(Object.values(seen).sort()).toEqual(["/", "a file", "inside"]);
    await expectEverywhere(world, seen);
  });

  test("a folder of the drive alone is bound: what lies beside it stays out", async () => {
    const world = await boundWorld(both);
    const { user } = world.folder("phone");
    user.makeFolder("inner");
    user.write("inner/file", text("inner"));
    user.write("beside", text("beside"));
    await world.settle();
    const { bindings, drive } = world.device("laptop");
    await world.finish(bindings.remove(world.binding("laptop")));
    const other = world.folder("laptop").user;
    expect(other.has(".glow-folder")).toBe(false);
    for (const path of ["inner", "beside"]) other.remove(path);
    const inner = await world.finish(drive.find("inner"));
    await world.bind("laptop", inner?.object);
    await world.settle();
    expect(tree(world, "laptop")).toEqual({ file: "inner" });
    other.write("new", text("from the laptop"));
    user.move("beside", "inner/beside");
    await world.settle();
    expect(tree(world, "laptop")).toEqual({ beside: "beside", file: "inner", new: "from the laptop" });
    user.move("inner/file", "file");
    await world.settle();
    expect(tree(world, "laptop")).toEqual({ beside: "beside", new: "from the laptop" });
    expect(tree(world, "phone")).toMatchObject({ file: "inner", "inner/new": "from the laptop" });
  });
});

describe("after a restart", () => {
  test("what changed on both sides meanwhile is found", async () => {
    const world = await boundWorld(both);
    const phone = world.folder("phone").user;
    const laptop = world.folder("laptop").user;
    for (const name of ["a", "b", "c", "d"]) phone.write(name, text(name));
    await world.settle();
    await world.shutDown("laptop");
    laptop.write("a", text("edited on the laptop"));
    laptop.remove("b");
    laptop.write("new on the laptop", text("new"));
    phone.write("c", text("edited on the phone"));
    phone.remove("d");
    phone.makeFolder("folder");
    phone.write("folder/file", text("in it"));
    await world.settle(["phone"]);
    await world.start("laptop");
    await expectEverywhere(world, {
      a: "edited on the laptop",
      c: "edited on the phone",
      folder: "/",
      "folder/file": "in it",
      "new on the laptop": "new",
    });
  });

  test("an index that was lost costs a comparison, and nothing else", async () => {
    const world = await boundWorld(both);
    world.folder("phone").user.makeFolder("folder");
    for (let i = 0; i < 10; i++) world.folder("phone").user.write(`folder/${i}`, text(String(i)));
    await world.settle();
    const expected = tree(world, "phone");
    const batches = world.device("phone").space.positions();
    world.crash("laptop", "power");
    world.node("laptop").indexes.damage(world.world.random, "store");
    await world.start("laptop");
    await expectEverywhere(world, expected);
    expect(world.device("phone").space.positions()).toEqual(batches);
  });
});

describe("the folder", () => {
  async function filled(): Promise<BindingWorld> {
    const world = await boundWorld(both);
    const { user } = world.folder("phone");
    user.makeFolder("folder");
    for (const name of ["a", "folder/b", "folder/c"]) user.write(name, text(name));
    await world.settle();
    return world;
  }
  const full = { a: "a", folder: "/", "folder/b": "folder/b", "folder/c": "folder/c" };

  test("whose disk is taken out is left alone, and goes on when it is put in again", async () => {
    const world = await filled();
    world.folder("laptop").plug(false);
    await world.until(() => world.binding("laptop").status().state === "held");
    expect(world.binding("laptop").status().error).toMatchObject({ kind: "unavailable" });
    world.folder("phone").user.write("a", text("edited"));
    await world.run(10_000);
    world.folder("laptop").plug(true);
    await expectEverywhere(world, { ...full, a: "edited" });
  });

  test("that is another one is left alone until it is bound anew, which removes nothing", async () => {
    const world = await filled();
    const { user } = world.folder("laptop");
    await world.shutDown("laptop");
    for (const path of ["a", "folder", ".glow-folder"]) user.remove(path);
    user.write("of the other folder", text("other"));
    await world.start("laptop");
    await world.until(() => world.binding("laptop").status().state === "held");
    expect(String(world.binding("laptop").status().error)).toContain("bind it anew");
    await world.run(10_000);
    expect(tree(world, "laptop")).toEqual({ "of the other folder": "other" });
    expect(tree(world, "phone")).toEqual(full);
    await world.finish(world.binding("laptop").rebind());
    await expectEverywhere(world, { ...full, "of the other folder": "other" });
  });

  test("that was emptied while nobody looked empties the drive only when somebody says so", async () => {
    const world = await filled();
    const { user } = world.folder("laptop");
    await world.shutDown("laptop");
    for (const path of ["a", "folder"]) user.remove(path);
    await world.start("laptop");
    await world.until(() => world.binding("laptop").status().state === "held");
    expect(world.binding("laptop").status().error).toMatchObject({ op: "binding.empty" });
    await world.run(20_000);
    expect(tree(world, "phone")).toEqual(full);
    world.binding("laptop").confirmEmpty();
    await expectEverywhere(world, {});
  });

  test("that was emptied is filled from the drive, if that is what is wanted", async () => {
    const world = await filled();
    const { user } = world.folder("laptop");
    await world.shutDown("laptop");
    for (const path of ["a", "folder"]) user.remove(path);
    await world.start("laptop");
    await world.until(() => world.binding("laptop").status().state === "held");
    await world.finish(world.binding("laptop").rebind());
    await expectEverywhere(world, full);
  });

  test("that is emptied before our eyes empties the drive", async () => {
    const world = await filled();
    const { user } = world.folder("laptop");
    for (const path of ["a", "folder"]) user.remove(path);
    await expectEverywhere(world, {});
    const { drive } = world.device("phone");
    expect(await world.finish(drive.removed(undefined, 10))).toHaveLength(2);
  });
});

describe("bindings", () => {
  test("are paused and taken up again, also over a restart", async () => {
    const world = await boundWorld(both);
    await world.finish(world.binding("laptop").pause());
    world.folder("phone").user.write("a", text("a"));
    world.folder("laptop").user.write("b", text("b"));
    await world.run(5000);
    expect(tree(world, "laptop")).toEqual({ b: "b" });
    await world.restart("laptop");
    await world.run(5000);
    expect(world.binding("laptop").status().state).toBe("paused");
    expect(tree(world, "laptop")).toEqual({ b: "b" });
    await world.finish(world.binding("laptop").resume());
    await expectEverywhere(world, { a: "a", b: "b" });
  });

  test("are refused where one lies in the other, for what is no folder, and for a folder that is bound", async () => {
    const world = await boundWorld(["phone"]);
    const { bindings, drive } = world.device("phone");
    const create = (path: string, object = drive.root) => world.finish(bindings.create(drive, object, path));
    for (const path of [boundPath, `${boundPath}/inner`, "/home"]) {
      await expect(create(path)).rejects.toMatchObject({ kind: "already-exists" });
    }
    await expect(create("/elsewhere", drive.newObject("folder"))).rejects.toMatchObject({ kind: "not-found" });
    // The one folder there is bears the mark of a bound one.
    await expect(create("/elsewhere")).rejects.toMatchObject({ kind: "already-exists" });
  });

  test("that are ended leave both sides as they are", async () => {
    const world = await boundWorld(both);
    world.folder("phone").user.write("a", text("a"));
    await world.settle();
    const { bindings } = world.device("laptop");
    await world.finish(bindings.remove(world.binding("laptop")));
    world.folder("laptop").user.remove("a");
    await world.run(5000);
    expect(tree(world, "phone")).toEqual({ a: "a" });
    await world.restart("laptop");
    expect(world.device("laptop").bindings.list()).toEqual([]);
  });
});

// What `.glowignore` names stays where it is, on both sides.

import { expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];

test("nothing that is ignored leaves its folder, and the rules go along as a file", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  phone.write(".glowignore", text("*.o\n/build/\n!keep.o\n"));
  await world.settle();
  phone.write("a.c", text("source"));
  phone.write("a.o", text("object"));
  phone.write("keep.o", text("kept"));
  phone.makeFolder("build");
  phone.write("build/out", text("out"));
  phone.makeFolder("src");
  phone.makeFolder("src/build");
  phone.write("src/build/file", text("not at the top"));
  phone.write(".DS_Store", text("left by a file manager"));
  phone.write(".file.swp", text("left by an editor"));
  await world.settle();
  const shared = {
    ".glowignore": "*.o\n/build/\n!keep.o\n",
    "a.c": "source",
    "keep.o": "kept",
    src: "/",
    "src/build": "/",
    "src/build/file": "not at the top",
  };
  expect(tree(world, "laptop")).toEqual(shared);
  expect(await driveTree(world, world.device("laptop"))).toEqual(shared);
  world.folder("laptop").user.write("b.o", text("object of the laptop"));
  world.folder("laptop").user.makeFolder("build");
  await world.settle();
  expect(tree(world, "phone")).not.toHaveProperty("b.o");
  expect(tree(world, "phone")["build/out"]).toBe("out");
});

test("what comes to be ignored is left alone on both sides; what no longer is comes together again", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  const laptop = world.folder("laptop").user;
  phone.makeFolder("folder");
  for (const name of ["a", "b"]) phone.write(`folder/${name}`, text(name));
  await world.settle();
  phone.write(".glowignore", text("folder\n"));
  await world.settle();
  phone.write("folder/a", text("changed on the phone"));
  phone.remove("folder/b");
  laptop.write("folder/new", text("new on the laptop"));
  await world.settle();
  expect(tree(world, "laptop")).toMatchObject({ "folder/a": "a", "folder/b": "b", "folder/new": "new on the laptop" });
  expect(await driveTree(world, world.device("phone"))).toMatchObject({ "folder/a": "a", "folder/b": "b" });
  laptop.remove(".glowignore");
  await world.settle();
  const expected = { folder: "/", "folder/b": "b", "folder/new": "new on the laptop" };
  for (const name of both) expect(tree(world, name)).toMatchObject(expected);
  expect(tree(world, "phone")).toEqual(tree(world, "laptop"));
});

test("a new device gets the rules first", async () => {
  const world = await boundWorld(["phone"]);
  const later = new BindingWorld(both);
  expect(later.names).toEqual(both);
  await later.start("phone");
  await later.bind("phone");
  later.folder("phone").user.write(".glowignore", text("secret\n"));
  await later.settle(["phone"]);
  await later.start("laptop");
  later.folder("laptop").user.write("secret", text("not for others"));
  later.folder("laptop").user.write("open", text("for all"));
  await later.bind("laptop");
  await later.settle();
  expect(tree(later, "phone")).toEqual({ ".glowignore": "secret\n", open: "for all" });
  expect(await driveTree(later, later.device("laptop"))).not.toHaveProperty("secret");
  expect(world.binding("phone").status().state).toBe("idle");
});

test("a folder that is removed elsewhere stays here for what is ignored in it, and does not come back", async () => {
  const world = await boundWorld(both);
  const laptop = world.folder("laptop").user;
  laptop.write(".glowignore", text("*.o\n"));
  laptop.makeFolder("folder");
  laptop.write("folder/a", text("a"));
  laptop.write("folder/a.o", text("object"));
  await world.settle();
  world.folder("phone").user.remove("folder");
  await world.settle();
  await world.shutDown("laptop");
  await world.start("laptop");
  await world.settle();
  expect(tree(world, "phone")).toEqual({ ".glowignore": "*.o\n" });
  expect(tree(world, "laptop")).toEqual({ ".glowignore": "*.o\n", folder: "/", "folder/a.o": "object" });
  laptop.write("folder/new", text("new"));
  await world.settle();
  expect(tree(world, "phone")).toEqual({ ".glowignore": "*.o\n", folder: "/", "folder/new": "new" });
});

test("rules that are too long are told of, and those from before hold", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  phone.write(".glowignore", text("ignored\n"));
  await world.settle();
  for (const rules of ["x\n".repeat(bindingLimits.ignorePatterns + 1), "x".repeat(bindingLimits.ignoreBytes + 1)]) {
    phone.write(".glowignore", text(rules));
    phone.write("ignored", text("still"));
    await world.settle();
    expect(tree(world, "laptop")).not.toHaveProperty("ignored");
    expect(world.binding("phone").status().problems).toMatchObject([
      { path: ".glowignore", error: { kind: "too-large" } },
    ]);
  }
  phone.write(".glowignore", text(""));
  await world.settle();
  expect(world.binding("phone").status().problems).toEqual([]);
  expect(tree(world, "laptop")["ignored"]).toBe("still");
});

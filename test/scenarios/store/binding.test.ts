// A bound folder and its drive, between two devices: what a person does on one arrives on the other.

import { describe, expect, test } from "vitest";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];

/** On both devices and in the drive. */
async function expectEverywhere(world: BindingWorld, expected: Record<string, string>): Promise<void> {
  await world.settle();
  for (const name of both) {
    expect(tree(world, name), name).toEqual(expected);
    expect(await driveTree(world, world.device(name)), `the drive on ${name}`).toEqual(expected);
    expect(world.binding(name).status().problems).toEqual([]);
  }
}

/** How often something was written to the drive since then. */
function batches(world: BindingWorld): number {
  return world
    .device("phone")
    .space.positions()
    .reduce((sum, { sequence }) => sum + sequence, 0);
}

test("a file that is written on one device is on the other within a tenth of a second", async () => {
  const world = await boundWorld(both);
  world.folder("phone").user.write("note.txt", text("hello"));
  const tookMs = await world.until(() => tree(world, "laptop")["note.txt"] === "hello");
  expect(tookMs).toBeLessThan(100);
  await expectEverywhere(world, { "note.txt": "hello" });
});

test("files, folders, links, modes and times arrive as they are, in both directions", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  const laptop = world.folder("laptop").user;
  phone.makeFolder("a", 0o750);
  phone.makeFolder("a/b");
  phone.write("a/b/tool", text("#!"), 0o755);
  phone.setModified("a/b/tool", 1_234_567_890_123_456_789n);
  phone.makeLink("a/link", "b/tool");
  phone.write("empty", text(""));
  await world.settle();
  laptop.write("a/more", text("from the laptop"), 0o600);
  await expectEverywhere(world, {
    a: "/",
    "a/b": "/",
    "a/b/tool": "#!",
    "a/link": "-> b/tool",
    "a/more": "from the laptop",
    empty: "",
  });
  const seen = laptop.tree();
  expect(seen.get("a")?.mode).toBe(0o750);
  expect(seen.get("a/b/tool")).toMatchObject({ mode: 0o755, modifiedNs: 1_234_567_890_123_456_789n });
  expect(phone.tree().get("a/more")).toMatchObject({ mode: 0o600 });
});

test("edits, modes, times and removals follow", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  const laptop = world.folder("laptop").user;
  phone.makeFolder("folder");
  for (const name of ["a", "b", "c"]) phone.write(`folder/${name}`, text(name));
  await world.settle();
  laptop.write("folder/a", text("changed in place"));
  laptop.save("folder/b", text("saved as editors do"));
  laptop.setMode("folder/c", 0o400);
  laptop.setModified("folder/c", 1_000_000_000n);
  laptop.setMode("folder", 0o700);
  await expectEverywhere(world, {
    folder: "/",
    "folder/a": "changed in place",
    "folder/b": "saved as editors do",
    "folder/c": "c",
  });
  expect(phone.tree().get("folder/c")).toMatchObject({ mode: 0o400, modifiedNs: 1_000_000_000n });
  expect(phone.tree().get("folder")?.mode).toBe(0o700);
  phone.remove("folder/a");
  await expectEverywhere(world, { folder: "/", "folder/b": "saved as editors do", "folder/c": "c" });
  const before = batches(world);
  laptop.remove("folder");
  await expectEverywhere(world, {});
  expect(batches(world) - before, "a folder goes in one step").toBe(1);
});

test("what comes from another device is not written back", async () => {
  const world = await boundWorld(both);
  for (let i = 0; i < 20; i++) world.folder("phone").user.write(`file ${i}`, text(String(i)));
  await world.settle();
  const before = batches(world);
  await world.run(10_000);
  for (const name of both) await world.restart(name);
  await world.settle();
  expect(batches(world)).toBe(before);
});

describe("both devices change the same, while apart", () => {
  async function apart(change: (world: BindingWorld) => void): Promise<BindingWorld> {
    const world = await boundWorld(both);
    const phone = world.folder("phone").user;
    phone.makeFolder("folder");
    phone.write("folder/file", text("as it was"));
    phone.write("other", text("other"));
    await world.settle();
    world.leave("laptop");
    change(world);
    await world.run(2000);
    world.back("laptop");
    await world.settle();
    return world;
  }

  test("two contents become two versions, and both folders show the same one", async () => {
    const world = await apart(({ folders }) => {
      folders.get("phone")?.user.write("folder/file", text("by the phone"));
      folders.get("laptop")?.user.write("folder/file", text("by the laptop"));
    });
    const shown = tree(world, "phone")["folder/file"];
    expect(["by the phone", "by the laptop"]).toContain(shown);
    await expectEverywhere(world, { folder: "/", "folder/file": shown as string, other: "other" });
    const { drive } = world.device("phone");
    const [conflict] = await world.finish(drive.conflicts(10));
    expect(conflict?.versions).toHaveLength(2);
  });

  test("the same content is no conflict", async () => {
    const world = await apart(({ folders }) => {
      for (const folder of folders.values()) folder.user.write("folder/file", text("the same"));
    });
    await expectEverywhere(world, { folder: "/", "folder/file": "the same", other: "other" });
  });

  test("an edit outlives a removal", async () => {
    const world = await apart(({ folders }) => {
      folders.get("phone")?.user.remove("folder");
      folders.get("laptop")?.user.write("folder/file", text("edited"));
    });
    for (const name of both) await world.finish(world.device(name).drive.rescue());
    await expectEverywhere(world, { folder: "/", "folder/file": "edited", other: "other" });
  });

  test("a rename and an edit come together", async () => {
    const world = await apart(({ folders }) => {
      folders.get("phone")?.user.move("folder", "renamed");
      folders.get("laptop")?.user.write("folder/file", text("edited"));
    });
    await expectEverywhere(world, { renamed: "/", "renamed/file": "edited", other: "other" });
  });

  test("folders that are moved into one another stay whole", async () => {
    const world = await boundWorld(both);
    const phone = world.folder("phone").user;
    for (const name of ["a", "b"]) {
      phone.makeFolder(name);
      phone.write(`${name}/file`, text(name));
    }
    await world.settle();
    world.leave("laptop");
    phone.move("a", "b/a");
    world.folder("laptop").user.move("b", "a/b");
    await world.run(2000);
    world.back("laptop");
    await world.settle();
    expect(tree(world, "phone")).toEqual(tree(world, "laptop"));
    const files = Object.entries(tree(world, "phone")).filter(([path]) => path.endsWith("file"));
    expect(files.map(([, content]) => content).sort()).toEqual(["a", "b"]);
  });

  test("two folders of one name become one", async () => {
    const world = await apart(({ folders }) => {
      for (const [name, { user }] of folders) {
        user.makeFolder("new");
        user.makeFolder("new/inner");
        user.write(`new/inner/${name}`, text(name));
      }
    });
    await expectEverywhere(world, {
      folder: "/",
      "folder/file": "as it was",
      other: "other",
      new: "/",
      "new/inner": "/",
      "new/inner/phone": "phone",
      "new/inner/laptop": "laptop",
    });
  });

  test("two files of one name get names of their own", async () => {
    const world = await apart(({ folders }) => {
      for (const [name, { user }] of folders) user.write("new", text(name));
    });
    await world.settle();
    const contents = Object.values(tree(world, "phone"));
    expect(contents).toEqual(expect.arrayContaining(["phone", "laptop"]));
    await expectEverywhere(world, tree(world, "phone"));
  });
});

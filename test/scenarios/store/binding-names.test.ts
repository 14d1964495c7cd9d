// Names that a system cannot bear, or takes for one another, get another one there alone: the drive keeps its own, and so do
// all other devices.

import { expect, test } from "vitest";
import type { BindingWorld } from "../../store/binding-world.ts";
import { boundWorld, driveTree, text, tree } from "../../store/bound-folders.ts";

const both = ["phone", "laptop"];

async function expectDrive(world: BindingWorld, expected: Record<string, string>): Promise<void> {
  await world.settle();
  expect(await driveTree(world, world.device("phone"))).toEqual(expected);
}

/** The phone takes all names; the laptop is as given. */
function worldWith(laptop: {
  caseSensitive?: boolean;
  normalises?: boolean;
  windowsNames?: boolean;
}): Promise<BindingWorld> {
  return boundWorld(both, { folders: { laptop } });
}

test("upper and lower case: one of two gets another name, and both can be worked with", async () => {
  const world = await worldWith({ caseSensitive: false });
  const phone = world.folder("phone").user;
  const laptop = world.folder("laptop").user;
  phone.write("Readme", text("upper"));
  phone.write("README", text("all upper"));
  phone.makeFolder("Folder");
  phone.makeFolder("folder");
  phone.write("Folder/a", text("a"));
  phone.write("folder/b", text("b"));
  await world.settle();
  const drive = { Folder: "/", "Folder/a": "a", README: "all upper", Readme: "upper", folder: "/", "folder/b": "b" };
  await expectDrive(world, drive);
  const seen = tree(world, "laptop");
  expect(new Set(Object.values(seen))).toEqual(new Set(Object.values(drive)));
  const alias = Object.keys(seen).find((path) => /^readme~/i.test(path)) as string;
  const [plain, edited] = /^readme$/i.test(alias) ? [] : [seen[alias], alias];
  laptop.write(edited as string, text("edited on the laptop"));
  await world.settle();
  const changed = plain === "upper" ? { Readme: "edited on the laptop" } : { README: "edited on the laptop" };
  await expectDrive(world, { ...drive, ...changed });
  expect(tree(world, "phone")).toEqual({ ...drive, ...changed });
});

test("a rename that only changes case is one", async () => {
  const world = await worldWith({ caseSensitive: false });
  const laptop = world.folder("laptop").user;
  laptop.write("readme", text("text"));
  laptop.makeFolder("folder");
  laptop.write("folder/file", text("file"));
  await world.settle();
  laptop.move("readme", "README");
  laptop.move("folder", "Folder");
  await world.settle();
  expect(tree(world, "phone")).toEqual({ Folder: "/", "Folder/file": "file", README: "text" });
  world.folder("phone").user.move("README", "ReadMe");
  await world.settle();
  expect(tree(world, "laptop")).toEqual({ Folder: "/", "Folder/file": "file", ReadMe: "text" });
});

test("a system that spells names its own way changes none in the drive", async () => {
  for (const caseSensitive of [true, false]) {
    const world = await worldWith({ caseSensitive, normalises: true });
    const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
    world.folder("phone").user.write(composed, text("coffee"));
    world.folder("phone").user.makeFolder(`${composed} folder`);
    world.folder("phone").user.write(`${composed} folder/file`, text("in it"));
    await world.settle();
    expect(Object.keys(tree(world, "laptop"))).toContain(decomposed);
    const drive = { [composed]: "coffee", [`${composed} folder`]: "/", [`${composed} folder/file`]: "in it" };
    await expectDrive(world, drive);
    world.folder("laptop").user.write(decomposed, text("edited"));
    await world.restart("laptop");
    await world.run(2000);
    await expectDrive(world, { ...drive, [composed]: "edited" });
    expect(tree(world, "phone")).toEqual({ ...drive, [composed]: "edited" });
  }
});

test("two files here that are one to the drive: one gets a mark there", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  phone.write("caf\u00e9", text("composed"));
  phone.write("cafe\u0301", text("decomposed"));
  await world.settle();
  expect(Object.values(tree(world, "laptop")).sort()).toEqual(["composed", "decomposed"]);
  expect(Object.values(tree(world, "phone")).sort()).toEqual(["composed", "decomposed"]);
});

test("names that Windows reserves", async () => {
  const world = await worldWith({ caseSensitive: false, windowsNames: true });
  const phone = world.folder("phone").user;
  const names = ["CON", "aux.txt", "a:b", "what?", "dot.", "space ", "back\\slash", "fine.txt"];
  for (const name of names) phone.write(name, text(name));
  phone.makeFolder("nul");
  phone.write("nul/inner|file", text("inner"));
  await world.settle();
  const drive = Object.fromEntries([...names.map((name) => [name, name]), ["nul", "/"], ["nul/inner|file", "inner"]]);
  await expectDrive(world, drive);
  const seen = tree(world, "laptop");
  expect(new Set(Object.values(seen))).toEqual(new Set(Object.values(drive)));
  const [alias] = Object.entries(seen).find(([, content]) => content === "a:b") as [string, string];
  world.folder("laptop").user.write(alias, text("edited"));
  await world.settle();
  expect(tree(world, "phone")["a:b"]).toBe("edited");
  expect(world.binding("laptop").status().problems).toEqual([]);
});

test("what no drive can hold is listed, and holds up nothing else", async () => {
  const world = await boundWorld(both);
  const phone = world.folder("phone").user;
  phone.write("new\nline", text("odd"));
  phone.makeSpecial("pipe", "other");
  phone.makeSpecial("mounted", "mount");
  phone.write("fine", text("fine"));
  await world.settle();
  expect(tree(world, "laptop")).toEqual({ fine: "fine" });
  const { problems } = world.binding("phone").status();
  expect(problems.map(({ path }) => path).sort()).toEqual(["mounted", "new\nline", "pipe"]);
  for (const { cure } of problems) expect(cure.length).toBeGreaterThan(5);
  phone.move("new\nline", "renamed");
  await world.settle();
  expect(tree(world, "laptop")).toEqual({ fine: "fine", renamed: "odd" });
  expect(world.binding("phone").status().problems).toHaveLength(2);
});

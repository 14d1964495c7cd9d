// A home whose node comes to belong to another user, and is stopped anywhere on the way.

import { mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { abandonJoining, beginJoining, checkApart, dataFolder, finishJoining, mendHome } from "./home.ts";

let home: string;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "glow-home-")));
});

afterEach(() => rm(home, { recursive: true }));

async function fill(folder: string, text: string): Promise<void> {
  await mkdir(join(home, folder));
  await writeFile(join(home, folder, "who"), text);
}

const who = () => readFile(join(dataFolder(home), "who"), "utf8");

test("the other takes its place as a whole", async () => {
  await fill("data", "before");
  await fill("joining", "left over");
  expect(await beginJoining(home)).toBe(join(home, "joining"));
  await fill("joining", "after");
  await finishJoining(home);
  expect([await who(), await readdir(home)]).toEqual(["after", ["data"]]);
});

test("given up, nothing has happened", async () => {
  await fill("data", "before");
  await fill("joining", "after");
  await abandonJoining(home);
  expect([await who(), await readdir(home)]).toEqual(["before", ["data"]]);
});

test.each([
  ["before it had joined", ["data", "joining"], "data"],
  ["between the two renames", ["given-up", "joining"], "joining"],
  ["before what was given up is gone", ["data", "given-up"], "data"],
  ["after a rename that was undone", ["given-up"], "given-up"],
  ["with nothing under way", ["data"], "data"],
])("stopped %s, it is one or the other when it begins again", async (_, folders, survivor) => {
  for (const folder of folders) await fill(folder, folder);
  await mendHome(home);
  expect([await who(), await readdir(home)]).toEqual([survivor, ["data"]]);
});

test("a new home has nothing to be mended", async () => {
  await mendHome(home);
  expect(await readdir(home)).toEqual([]);
});

test("what holds the home, or lies in it, is no folder to be bound, by whatever name", async () => {
  await mkdir(join(home, "glow", "data"), { recursive: true });
  await mkdir(join(home, "glow-files"));
  await symlink(join(home, "glow"), join(home, "way"));
  const own = join(home, "glow");
  for (const path of [own, home, "/", join(own, "data"), join(own, "none"), join(home, "way", "data")]) {
    await expect(checkApart(own, path), path).rejects.toMatchObject({ kind: "invalid", target: path });
  }
  await checkApart(own, join(home, "glow-files"));
  await checkApart(own, join(home, "none"));
});

// Drives by the commands alone: what a device keeps of one, and one that is put away and brought back.

import { mkdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { GlowHome } from "./glow-home.ts";

interface Drive {
  readonly id: string;
  readonly name: string;
  readonly content: string;
}

test("what is kept of a drive is said for that one alone, and holds after a new start", async () => {
  await using glow = await GlowHome.make();
  for (const name of ["films", "papers"]) await glow.run("drives", "create", name);
  expect(await glow.run("drives", "hold", "films", "names")).toMatchObject({
    code: 0,
    out: "films: names alone; what is opened is fetched\n",
  });
  expect(await glow.run("drives", "hold", "films", "some")).toMatchObject({ code: 2 });
  expect(await glow.run("drives", "hold", "none", "names")).toMatchObject({ code: 1 });
  await glow.run("stop");
  await glow.start();
  const kept = (await glow.json<Drive[]>("drives")).map(({ name, content }) => [name, content]);
  expect(kept).toEqual([
    ["films", "names"],
    ["papers", "all"],
  ]);
  expect((await glow.run("drives")).out).toContain("names alone");
});

test("a bind that fails leaves no drive behind, nor one that was put away", async () => {
  await using glow = await GlowHome.make();
  await mkdir(glow.path("bound"));
  const tooLong = "x".repeat(300);
  for (const path of [`fresh/${tooLong}`, `fresh/inner/${tooLong}`]) {
    expect(await glow.run("bind", "--create", glow.path("bound"), path)).toMatchObject({ code: 1, out: "" });
    for (const words of [["drives"], ["drives", "removed"]]) expect(await glow.json<Drive[]>(...words)).toEqual([]);
  }
  expect(await glow.run("bind", "--create", glow.path("bound"), "fresh")).toMatchObject({ code: 0 });
});

test("a drive that is removed is asked for, hidden, safe, and back when it is wanted", async () => {
  await using glow = await GlowHome.make();
  await glow.runWith({ input: "words" }, "drives", "create", "papers");
  await glow.runWith({ input: "words" }, "put", "-", "papers/a.txt");
  const asked = await glow.run("drives", "remove", "papers");
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining("--yes") });

  await mkdir(glow.path("bound"));
  await glow.run("bind", glow.path("bound"), "papers");
  const refused = await glow.run("drives", "remove", "papers", "--yes");
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("unbind it first") });
  await glow.run("unbind", glow.path("bound"));

  const removed = await glow.run("drives", "remove", "papers", "--yes");
  expect(removed).toMatchObject({ code: 0, out: expect.stringContaining("glow drives restore papers") });
  expect(await glow.json<Drive[]>("drives")).toEqual([]);
  expect(await glow.run("cat", "papers/a.txt")).toMatchObject({ code: 1 });
  expect(await glow.run("drives", "remove", "papers", "--yes")).toMatchObject({ code: 1 });
  expect((await glow.json<Drive[]>("drives", "removed")).map(({ name }) => name)).toEqual(["papers"]);
  expect(await glow.run("drives", "restore", "papers")).toMatchObject({ code: 0, out: "/me/drives/papers\n" });
  expect(await glow.run("cat", "papers/a.txt")).toMatchObject({ code: 0, out: "words" });
});

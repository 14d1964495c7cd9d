// What a person does wrong, or a machine has none of: each is said so, with the next step.

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GlowHome } from "./glow-home.ts";
import { canMount, mountSmall, unmount } from "./mounts.ts";

const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;

/** Only root may be others, and those have to find Node and this checkout. */
function canBeNobody(): boolean {
  const [setpriv, ...asWhom] = asNobody;
  const files = join(import.meta.dirname, "mounts.ts");
  return spawnSync(setpriv, [...asWhom, process.execPath, "--import", files, "--eval", "0"]).status === 0;
}

test.runIf(canBeNobody())("another user of the machine gets nothing from a node, and is told why", async () => {
  await using glow = await GlowHome.make();
  await chmod(glow.folder, 0o755);
  await using stranger = await GlowHome.make({ running: false, on: (command) => [...asNobody, ...command] });
  await chmod(stranger.folder, 0o755);
  for (const words of [["ls"], ["status"], ["stop"]]) {
    const { code, out, err } = await stranger.run(...words, "--home", glow.home);
    expect({ words, code, out, err }).toEqual({
      words,
      code: 1,
      out: "",
      err: expect.stringContaining("this home is another user's"),
    });
  }
  const start = await stranger.run("start", "--home", glow.home);
  expect(start).toMatchObject({
    code: 1,
    err: expect.stringContaining("may be another one's; give your own with --home"),
  });
  const doctor = await stranger.run("doctor", "--home", glow.home);
  expect(doctor).toMatchObject({
    code: 1,
    out: expect.stringContaining("-> ask as that user, or for a home of your own"),
  });
  expect(await glow.run("status")).toMatchObject({ code: 0 });
});

test("a home where none can be is refused, saying what to do", async () => {
  await using glow = await GlowHome.make({ running: false });
  await writeFile(glow.path("file"), "");
  for (const home of [glow.path("file"), glow.path("file", "below"), "/proc/none/below"]) {
    const { code, err } = await glow.run("start", "--home", home);
    expect({ home, code }).toEqual({ home, code: 1 });
    expect(err).toMatch(/this folder cannot be made \(E\w+\); give another with --home/);
  }
  await using other = await GlowHome.make();
  const { code: invitation } = await other.json<{ code: string }>("invite");
  const joined = await glow.run("join", invitation, "--home", glow.path("file"));
  expect(joined).toMatchObject({ code: 1, err: expect.stringContaining("`glow start` says why") });
});

test("codes that are none, used, or of another user while this home has files are refused, each saying why", async () => {
  await using first = await GlowHome.make();
  await using second = await GlowHome.make();
  await using third = await GlowHome.make({ user: false });
  const { code } = await first.json<{ code: string }>("invite");
  for (const text of ["hello", "https://example.org/", code.slice(0, 40)]) {
    const { code: ending, err } = await third.run("join", text);
    expect(ending).toBe(2);
    expect(err).toMatch(
      /this is no invitation: it does not begin with glow1|mistyped or cut short: copy all of it again/,
    );
  }
  await second.run("drives", "create", "docs");
  await second.runWith({ input: "mine" }, "put", "-", "docs/mine");
  const owned = await second.run("join", code);
  expect(owned).toMatchObject({ code: 1, err: expect.stringContaining("join from another home") });
  expect((await second.run("cat", "docs/mine")).out).toBe("mine");
  // It was not spent on that.
  expect(await third.run("join", code)).toMatchObject({ code: 0 });
  await using fourth = await GlowHome.make({ user: false });
  expect(await fourth.run("join", code)).toMatchObject({
    code: 1,
    err: expect.stringContaining("used already, by another device"),
  });
});

test.runIf(await canMount())(
  "a disk that is full keeps no node from saying so, nor what is there from staying",
  async () => {
    await using glow = await GlowHome.make({ running: false });
    const disk = glow.path("home");
    expect(await mountSmall(disk, 4)).toBe(true);
    try {
      const node = await glow.start();
      await glow.run("drives", "create", "docs");
      await glow.runWith({ input: "before" }, "put", "-", "docs/before");
      await writeFile(glow.path("large.bin"), randomBytes(8_000_000));
      const put = await glow.run("put", "large.bin", "docs");
      expect(put).toMatchObject({ code: 1, out: "" });
      expect(put.err).toMatch(/large\.bin: the disk is full; make room/);
      expect((await glow.run("doctor")).out).toMatch(/wrong +disk: .*\n +-> make room there/);
      expect((await glow.run("cat", "docs/before")).out).toBe("before");
      expect(await glow.run("ls", "docs/large.bin")).toMatchObject({ code: 1 });
      const over = new Promise((resolve) => node.once("close", resolve));
      await glow.run("stop");
      await over;
      await fill(disk);
      const start = await glow.run("start");
      expect(start).toMatchObject({
        code: 1,
        err: expect.stringContaining("the disk is full: make room there, and start the node again"),
      });
    } finally {
      unmount(disk);
    }
  },
);

/** Until not a byte goes in. */
async function fill(folder: string): Promise<void> {
  for (const sizeBytes of [100_000, 4096, 1]) {
    for (let i = 0; ; i += 1) {
      const isFull = await writeFile(join(folder, `fill-${sizeBytes}-${i}`), randomBytes(sizeBytes)).then(
        () => false,
        () => true,
      );
      if (isFull) break;
    }
  }
  expect((await readdir(folder)).length).toBeGreaterThan(1);
  expect((await readFile(join(folder, "fill-100000-0"))).length).toBe(100_000);
}

// `glow put` and `glow get`: whole folders, times and modes, what is left out, what was broken off.

import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, ended, GlowHome } from "./glow-home.ts";
import { canMount, mountSmall, unmount } from "./mounts.ts";

let glow: GlowHome;

beforeAll(async () => {
  glow = await GlowHome.make();
  await glow.run("drives", "create", "docs");
});

afterAll(() => glow[Symbol.asyncDispose]());

/** A folder of some files, with a link and an empty one. */
async function makeTree(name: string): Promise<void> {
  await mkdir(glow.path(name, "sub", "empty"), { recursive: true });
  await writeFile(glow.path(name, "a.txt"), "a");
  await writeFile(glow.path(name, "sub", "run.sh"), "#!/bin/sh\n");
  await chmod(glow.path(name, "sub", "run.sh"), 0o755);
  await utimes(glow.path(name, "a.txt"), 1_600_000_000.123, 1_600_000_000.123);
  await symlink("sub/run.sh", glow.path(name, "link"));
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("a folder goes up and comes back the same, with times, modes and links; the second time nothing is sent", async () => {
  await makeTree("tree");
  expect(await glow.json("put", "tree", "docs")).toMatchObject({
    files: 2,
    folders: 3,
    links: 1,
    unchanged: 0,
    failed: [],
  });
  expect(await glow.json("put", "tree", "docs/")).toMatchObject({ files: 0, folders: 0, links: 0, unchanged: 3 });
  expect(await glow.json("get", "docs/tree", "--to", "back")).toMatchObject({ files: 2, links: 1, failed: [] });
  expect((await readdir(glow.path("back"), { recursive: true })).toSorted()).toEqual(
    ["a.txt", "link", "sub", "sub/empty", "sub/run.sh"].toSorted(),
  );
  expect((await stat(glow.path("back", "a.txt"))).mtimeMs).toBeCloseTo(1_600_000_000_123, 0);
  expect((await stat(glow.path("back", "sub", "run.sh"))).mode & 0o777).toBe(0o755);
  expect(await glow.json("get", "docs/tree/", "--to", "back")).toMatchObject({ files: 2 });
  expect(await readdir(glow.path("back", "tree"))).toEqual(["a.txt", "link", "sub"]);
  expect(await glow.json("get", "docs/tree", "./back")).toMatchObject({ files: 0, unchanged: 3 });
});

test("files go into folders that are there, else to the path", async () => {
  await writeFile(glow.path("one.txt"), "one");
  await writeFile(glow.path("two.txt"), "two");
  await glow.run("mkdir", "docs/box");
  await glow.run("put", "one.txt", "two.txt", "docs/box");
  await glow.run("put", "one.txt", "docs/box/three.txt");
  expect((await glow.run("ls", "docs/box")).out).toBe("one.txt\nthree.txt\ntwo.txt\n");
  expect(await glow.run("put", "one.txt", "two.txt", "docs/nowhere")).toMatchObject({ code: 2 });
  await glow.run("get", "docs/box/one.txt", "docs/box/two.txt", "./");
  await glow.run("get", "docs/box/three.txt", "./renamed.txt");
  expect(await readFile(glow.path("renamed.txt"), "utf8")).toBe("one");
  expect(await glow.run("get", "docs/box/one.txt", "./no/where")).toMatchObject({ code: 1 });
});

test("a file of the machine that differs is replaced only where that is asked for", async () => {
  await glow.runWith({ input: "of the drive" }, "put", "-", "docs/mine.txt");
  await writeFile(glow.path("mine.txt"), "of the machine");
  const refused = await glow.run("get", "docs/mine.txt");
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("--force") });
  expect(await readFile(glow.path("mine.txt"), "utf8")).toBe("of the machine");
  expect(await glow.run("get", "--force", "docs/mine.txt")).toMatchObject({ code: 0 });
  expect(await readFile(glow.path("mine.txt"), "utf8")).toBe("of the drive");
});

const largeBytes = 96 * 1024 * 1024;
const farBytes = 8 * 1024 * 1024;
/** Fewer are sent the second time. */
const restBytes = largeBytes - farBytes / 2;

/** Waits until it is far enough, and sends Ctrl-C. */
async function interrupt(child: ChildProcess, isFarEnough: () => Promise<boolean>): Promise<number | null> {
  const over = ended(child);
  await expect.poll(isFarEnough, { interval: 2, timeout: 30_000 }).toBe(true);
  child.kill("SIGINT");
  const { code, err } = await over;
  if (code === 130) expect(err).toContain("what is done is kept; the same command goes on from there");
  return code;
}

/** That what was there before was not sent again, as is said. */
function expectRest({ code, out, err }: Ended, name: string): void {
  const done = JSON.parse(out) as { readonly bytes: number; readonly resumedBytes: number };
  expect({ code, ...done }).toMatchObject({ code: 0, files: 1, failed: [] });
  expect(done.bytes).toBeLessThan(restBytes);
  expect(done.bytes + done.resumedBytes).toBe(largeBytes);
  expect(err).toMatch(new RegExp(`${name} was broken off; it goes on at [\\d.]+ MB of [\\d.]+ MB`));
}

/** Begins until one was broken off before it was done: on a busy machine, the first may be too fast. */
async function brokenOff(begin: (round: number) => Promise<number | null>): Promise<number> {
  for (let round = 0; round < 6; round += 1) {
    const code = await begin(round);
    if (code === 130) return round;
    expect(code).toBe(0);
  }
  throw new Error("each was done before it could be broken off");
}

test("what Ctrl-C has broken off is gone on with, on the way up", async () => {
  let content = randomBytes(0);
  const round = await brokenOff(async (each) => {
    content = randomBytes(largeBytes);
    await writeFile(glow.path(`up${each}.bin`), content);
    const up = glow.spawn("put", `up${each}.bin`, "docs");
    return interrupt(up, async () => (await uploadedBytes(glow)) > farBytes);
  });
  expect((await glow.run("ls", `docs/up${round}.bin`)).code).toBe(1);
  expectRest(await glow.run("put", `up${round}.bin`, "docs", "--json"), `up${round}.bin`);
  await glow.run("get", `docs/up${round}.bin`, "./back.bin");
  expect(hash(await readFile(glow.path("back.bin")))).toBe(hash(content));
});

test("what Ctrl-C has broken off is gone on with, on the way down", async () => {
  const content = randomBytes(largeBytes);
  await writeFile(glow.path("large.bin"), content);
  await glow.run("put", "large.bin", "docs");
  const partBytes = async (folder: string): Promise<number> => {
    const [part] = (await readdir(glow.path(folder))).filter((name) => name.endsWith(".glow-part"));
    return part === undefined ? 0 : (await stat(glow.path(folder, part))).size;
  };
  const round = await brokenOff(async (each) => {
    await mkdir(glow.path(`down${each}`));
    const down = glow.spawn("get", "docs/large.bin", `./down${each}`);
    return interrupt(
      down,
      async () =>
        (await readdir(glow.path(`down${each}`))).includes("large.bin") || (await partBytes(`down${each}`)) > farBytes,
    );
  });
  const folder = `down${round}`;
  expect(await partBytes(folder)).toBeLessThan(largeBytes);
  expectRest(await glow.run("get", "docs/large.bin", `./${folder}`, "--json"), "large.bin");
  expect(await readdir(glow.path(folder))).toEqual(["large.bin"]);
  expect(hash(await readFile(glow.path(folder, "large.bin")))).toBe(hash(content));
});

/** Of all uploads that a node keeps. */
async function uploadedBytes({ home }: GlowHome): Promise<number> {
  const entries = await readdir(home, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /upload/.test(entry.parentPath));
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) => stat(`${parentPath}/${name}`).catch(() => undefined)),
  );
  return Math.max(0, ...sizes.map((each) => each?.size ?? 0));
}

test("a folder that was broken off keeps its name for when it is whole", async () => {
  await mkdir(glow.path("many"));
  for (let index = 0; index < 3; index += 1) {
    await writeFile(glow.path("many", `${index}.bin`), randomBytes(16 * 1024 * 1024));
  }
  await glow.run("put", "many", "docs");
  const round = await brokenOff((each) => {
    const down = glow.spawn("get", "docs/many", `./copy${each}`);
    return interrupt(down, async () => (await readdir(glow.folder)).some((name) => name.startsWith(`copy${each}`)));
  });
  const copy = `copy${round}`;
  expect(await readdir(glow.folder)).not.toContain(copy);
  expect(await glow.run("get", "docs/many", `./${copy}`)).toMatchObject({ code: 0 });
  expect(await readdir(glow.path(copy))).toEqual(["0.bin", "1.bin", "2.bin"]);
  expect(await readdir(glow.folder)).not.toContain(`${copy}.glow-part`);
});

test("a node that goes in the middle is said so, nothing is half there, and it goes on from there", async () => {
  await using other = await GlowHome.make({ running: false });
  let node = await other.start();
  await other.run("drives", "create", "docs");
  const round = await brokenOff(async (each) => {
    await writeFile(other.path(`large${each}.bin`), randomBytes(largeBytes));
    const over = ended(other.spawn("put", `large${each}.bin`, "docs"));
    await expect.poll(async () => (await uploadedBytes(other)) > farBytes, { interval: 2, timeout: 30_000 }).toBe(true);
    const gone = once(node, "close");
    node.kill("SIGKILL");
    await gone;
    const { code, err } = await over;
    node = await other.start();
    if (code === 0) return 0;
    expect(code).toBe(1);
    expect(err).toContain("once the node runs again (`glow start`), the same command goes on from there");
    return 130;
  });
  const name = `large${round}.bin`;
  expect((await other.run("ls", `docs/${name}`)).code).toBe(1);
  expectRest(await other.run("put", name, "docs", "--json"), name);
  await other.run("get", `docs/${name}`, "./back.bin");
  expect(hash(await readFile(other.path("back.bin")))).toBe(hash(await readFile(other.path(name))));
});

test.runIf(await canMount())("a full disk is told, and what was there stays", async () => {
  expect(await mountSmall(glow.path("small"), 4)).toBe(true);
  try {
    await writeFile(glow.path("small", "before"), "before");
    await writeFile(glow.path("big.bin"), randomBytes(8 * 1024 * 1024));
    await glow.run("put", "big.bin", "docs");
    const { code, err } = await glow.run("get", "docs/big.bin", "./small");
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("the disk is full; make room") });
    expect(await readdir(glow.path("small"))).not.toContain("big.bin");
    expect(await readFile(glow.path("small", "before"), "utf8")).toBe("before");
  } finally {
    unmount(glow.path("small"));
  }
});

// What somebody new to Glow stumbles over first: nothing typed wrong leaves something behind, help tells all, and what is empty says so.

import { access, mkdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GlowHome } from "./glow-home.ts";

let glow: GlowHome;

beforeAll(async () => {
  glow = await GlowHome.make();
  await glow.run("drives", "create", "docs");
});

afterAll(() => glow[Symbol.asyncDispose]());

interface Named {
  readonly name: string;
}

test("a folder that cannot be bound leaves no new drive, and none in the trash", async () => {
  const before = await glow.json<Named[]>("drives");
  await mkdir(glow.path("bound", "inner"), { recursive: true });
  const cases: readonly (readonly [string, RegExp])[] = [
    [glow.home, /cannot be bound/],
    [glow.path("none"), /there is no folder to bind: make it/],
  ];
  for (const [folder, told] of cases) {
    const { code, err } = await glow.run("bind", folder, "fresh/place", "--create");
    expect({ folder, code, err }).toEqual({ folder, code: 1, err: expect.stringMatching(told) });
  }
  expect(await glow.run("bind", glow.path("bound"), "docs/bound")).toMatchObject({ code: 0 });
  expect(await glow.run("bind", glow.path("bound", "inner"), "fresh", "--create")).toMatchObject({ code: 1 });
  expect(await glow.run("bind", glow.path("none"), "docs/other/place")).toMatchObject({ code: 1 });
  expect(await glow.json("drives")).toMatchObject(before.map(({ name }) => ({ name })));
  expect(await glow.json("drives", "removed")).toEqual([]);
  expect((await glow.json<Named[]>("ls", "docs")).map(({ name }) => name)).toEqual(["bound"]);

  await mkdir(glow.path("good"));
  expect(await glow.run("bind", glow.path("good"), "fresh", "--create")).toMatchObject({ code: 0 });
  expect((await glow.json<Named[]>("drives")).map(({ name }) => name)).toEqual(["docs", "fresh"]);
});

test("`glow join` without a code, or with nonsense, says what to do and starts nothing", async () => {
  await using none = await GlowHome.make({ running: false });
  const { code: real } = await glow.json<{ code: string }>("invite");
  for (const words of [["nonsense"], [real.slice(0, -3)], ["http://127.0.0.1:4569/#join=%E0%A4%A"], []]) {
    const { code, out, err } = await none.run("join", ...words);
    expect({ words, code, out }).toEqual({ words, code: 2, out: "" });
    expect(err).toContain("type `glow invite` on a device of yours that runs Glow");
    expect(err).not.toContain("starting");
  }
  await expect(access(none.home)).rejects.toThrow("ENOENT");
});

test("a node that was started to join, and could not, is stopped again", async () => {
  await using late = await GlowHome.make({ running: false });
  const { code, id } = await glow.json<{ code: string; id: string }>("invite");
  await glow.run("invite", "cancel", id);
  const joined = await late.run("join", code);
  expect(joined).toMatchObject({ code: 1, out: "", err: expect.stringContaining("is stopped again") });
  await expect.poll(async () => (await late.run("status")).err).toContain("no node runs in this home");
});

test("the help of a command that has others tells what it takes without them", async () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["page", ["--for <time>", "--rights <rights>", "--network", "--qr"]],
    ["invite", ["--for <time>", "--tab", "--name <name>", "--no-qr"]],
    ["devices", ["--all"]],
    ["trash", ["of this drive alone"]],
  ];
  for (const [name, told] of cases) {
    const { code, out } = await glow.run(name, "--help");
    expect(code).toBe(0);
    for (const each of told) expect(out).toContain(each);
    expect(out).toMatch(/\nExamples?:\n {2}\$ glow /);
  }
});

test("what lists nothing says so in a line, and as JSON is an empty list", async () => {
  await using fresh = await GlowHome.make();
  const lists = [
    "trash",
    "drives",
    "drives removed",
    "folders",
    "conflicts",
    "invite list",
    "page list",
    "links",
    "settings history",
    "log --level error",
  ];
  for (const each of lists) {
    const { code, out, err } = await fresh.run(...each.split(" "));
    expect({ each, code, out }).toEqual({ each, code: 0, out: "" });
    expect(err).toMatch(/^[^\n]+\n$/);
    const asJson = await fresh.run(...each.split(" "), "--json");
    expect({ each, err: asJson.err }).toEqual({ each, err: "" });
  }
  await fresh.run("drives", "create", "docs");
  expect(await fresh.run("ls", "docs")).toEqual({ code: 0, out: "", err: "docs is empty\n" });
  expect(await fresh.run("ls", "docs", "--json")).toEqual({ code: 0, out: "[]\n", err: "" });
});

test("earlier settings read as settings do", async () => {
  await glow.run("settings", "set", "logLevel", "debug");
  await glow.run("settings", "set", "discovery", "off", "logLevel", "info");
  expect((await glow.run("settings", "set", "pageGuestBytes", "2.5GB")).out).toMatch(/^pageGuestBytes +2\.5 GB$/m);
  expect((await glow.run("settings", "get", "pageGuestBytes")).out).toBe("2500000000\n");
  const { out, err } = await glow.run("settings", "history");
  expect(out).toMatch(/^revision 1 {2}\d{4}-\d\d-\d\d \d\d:\d\d\n {2}logLevel {2}debug\n/m);
  expect(out).not.toMatch(/[{}"]/);
  expect(err).toContain("glow settings restore REVISION");
});

test("`glow stat` tells times of this place, and a size once", async () => {
  await glow.runWith({ input: "Buy milk\n" }, "put", "-", "docs/list.txt");
  const [{ modifiedNs } = { modifiedNs: "0" }] = await glow.json<{ modifiedNs: string }[]>("stat", "docs/list.txt");
  const at = new Date(Number(BigInt(modifiedNs) / 1_000_000n) + 5.5 * 3_600_000);
  const { out } = await glow.runWith({ env: { TZ: "Asia/Kolkata" } }, "stat", "docs/list.txt");
  expect(out).toContain(`modified   ${at.toISOString().slice(0, 19).replace("T", " ")} (UTC+05:30)\n`);
  expect(out).toMatch(/^size +9 B$/m);
});

test("a QR code at the start says what it is", async () => {
  await using other = await GlowHome.make({ running: false });
  const node = other.spawn("start", "--qr", "--no-discovery", "--listen", "tcp://127.0.0.1:0");
  let out = "";
  for await (const chunk of node.stdout ?? []) {
    out += String(chunk);
    if (out.includes("Ctrl-C stops it")) break;
  }
  expect(out).toMatch(/\n {2}glow join glow1[a-z0-9]+\n\nThat code, for a camera:\n[ █▀▄]+\n/);
});

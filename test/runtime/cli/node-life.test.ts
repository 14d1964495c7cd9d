// `glow start`, `status`, `stop`, `doctor`, `settings` and `log` as real processes, as a person or a service manager runs
// them.

import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ended, GlowHome } from "./glow-home.ts";

test("a node starts, stops when told to, and can be started right behind", async () => {
  await using glow = await GlowHome.make({ running: false });
  const over = ended(await glow.start());
  expect(await glow.run("stop")).toEqual({ code: 0, out: "stopped\n", err: "" });
  expect(await over).toMatchObject({ code: 0, err: "" });
  const second = await glow.start();
  const secondOver = ended(second);
  second.kill("SIGTERM");
  expect(await secondOver).toMatchObject({ code: 0, err: "" });
});

test("a node that was killed leaves nothing in the way of the next", async () => {
  await using glow = await GlowHome.make({ running: false });
  const node = await glow.start();
  node.kill("SIGKILL");
  await once(node, "close");
  expect((await glow.run("status")).err).toContain("no node runs in this home; start one with `glow start`");
  await glow.start();
  expect(await glow.run("status")).toMatchObject({ code: 0 });
});

test("a start says name, page link and invitation, with QR codes where they are wanted, and obeys nothing in names", async () => {
  await using glow = await GlowHome.make({ running: false });
  const home = glow.path("a\x1b[2Jb");
  const words = ["start", "--no-discovery", "--listen", "tcp://127.0.0.1:0", "--home", home];
  for (const wanted of [true, false]) {
    const node = glow.spawn(...words, ...(wanted ? ["--qr", "--log", "info"] : []));
    const over = ended(node);
    await expect.poll(async () => (await glow.run("status", "--home", home)).code, { timeout: 30_000 }).toBe(0);
    await glow.run("stop", "--home", home);
    const { code, out, err } = await over;
    expect(code).toBe(0);
    expect(out).toMatch(/^Glow \S+: node \S+ is running; its home is \S+\/a\\x1b\[2Jb\n/);
    expect(out).toMatch(/^ {2}http:\/\/127\.0\.0\.1:\d+\/#join=glow1[a-z0-9]+$/m);
    expect(out).toMatch(/^ {2}glow join glow1[a-z0-9]+$/m);
    const rows = out.split("\n").filter((line) => /[█▀▄]/.test(line));
    expect(rows.length > 20).toBe(wanted);
    expect(rows.every((row) => row.length < 80)).toBe(true);
    expect(out + err).not.toContain("\x1b");
    if (wanted) expect(err).toMatch(/info +node: started .* home=\S+\/a\\x1b\[2Jb\n/);
  }
});

test("what is asked of a home without a node says how to start one", async () => {
  await using glow = await GlowHome.make({ running: false });
  for (const words of [["ls"], ["stop"], ["drives"], ["invite"]]) {
    const { code, out, err } = await glow.run(...words);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("start one with `glow start`");
  }
  const { err } = await glow.run("ls", "--json");
  expect(JSON.parse(err)).toMatchObject({ error: { kind: "unavailable", target: glow.home } });
  const doctor = await glow.run("doctor", "--json");
  expect(doctor.code).toBe(1);
  expect(JSON.parse(doctor.out)).toMatchObject({
    ok: false,
    findings: [{ check: "node", verdict: "bad", cure: expect.stringContaining("glow start") }, { check: "disk" }],
  });
});

describe("of a node that runs", () => {
  let glow: GlowHome;

  beforeAll(async () => {
    glow = await GlowHome.make();
  });

  afterAll(() => glow[Symbol.asyncDispose]());

  test("the status is said to people and to programs", async () => {
    const status = await glow.run("status");
    expect(status).toMatchObject({ code: 0, err: "" });
    expect(status.out).toMatch(
      /^node {6}\S+\nversion {3}Glow \S+ on nodejs, Firefly 1\nrunning .*\nanswers {3}in [\d.]+ ms\n/,
    );
    expect(await glow.json("status")).toMatchObject({
      platform: "nodejs",
      protocol: 1,
      home: glow.home,
      roundTripMs: expect.any(Number),
      drives: [],
      folders: [],
      links: { links: [] },
    });
    const watching = glow.spawn("status", "--watch", "--json");
    await once(watching.stdout as NodeJS.ReadableStream, "data");
    watching.kill("SIGINT");
    expect(await ended(watching)).toMatchObject({ code: 130 });
  });

  test("the home is its owner's alone", async () => {
    expect((await stat(glow.home)).mode & 0o777).toBe(0o700);
    expect((await stat(join(glow.home, "node.sock"))).mode & 0o777).toBe(0o600);
  });

  test("a second one in its home is refused, saying which process has it", async () => {
    const second = await glow.run("start");
    expect(second).toMatchObject({ code: 1, out: "" });
    const { pid } = await glow.json<{ pid: number }>("status");
    expect(second.err).toContain(`process ${pid}`);
  });

  test("the doctor finds it well, and says what it has looked at", async () => {
    await glow.run("drives", "create", "docs");
    const { ok, findings } = await glow.json<{ ok: boolean; findings: { check: string }[] }>("doctor");
    expect(ok).toBe(true);
    const checks = findings.map(({ check }) => check);
    expect(checks).toEqual(expect.arrayContaining(["node", "version", "disk", "ports", "drive docs"]));
  });

  test("settings are seen, changed, kept, and refused where they make no sense", async () => {
    await glow.run("settings", "set", "logLevel", "warning");
    await glow.run("settings", "set", "logLevel", "debug", "name", "desk");
    expect(await glow.json("settings", "get", "logLevel")).toBe("debug");
    expect((await glow.run("status")).out).toMatch(/^node {6}desk\n/);
    expect(await glow.run("settings", "set", "logLevel", "loud")).toMatchObject({ code: 2 });
    expect(await glow.run("settings", "set", "logLevel")).toMatchObject({ code: 2 });
    expect((await glow.run("settings", "set", "nothing", "1")).err).toContain("there are name, listen");
    const [past] = await glow.json<{ revision: number }[]>("settings", "history");
    const restored = await glow.json("settings", "restore", String(past?.revision));
    expect(restored).toMatchObject({ logLevel: "warning", name: expect.not.stringMatching(/^desk$/) });
    expect(await glow.run("settings", "restore", "999")).toMatchObject({ code: 1, err: /no revision 999/ });
    expect(await glow.run("settings", "restore", "last")).toMatchObject({ code: 2 });
  });

  test("a device that holds drives is not made one that holds nothing", async () => {
    await glow.run("drives", "create", "held");
    const refused = await glow.run("settings", "set", "content", "nothing");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("glow join CODE --relay") });
  });

  test("the log tells of its start", async () => {
    const { out } = await glow.run("log", "--level", "info");
    expect(out).toMatch(/^\d\d:\d\d:\d\d info {4}node started/m);
  });
});

// Two homes that become devices of one user, by the commands alone.

import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ended, GlowHome } from "./glow-home.ts";

interface Device {
  readonly name: string;
  readonly id: string;
  readonly node?: string;
  readonly isThis: boolean;
  readonly online: boolean;
  readonly revoked: boolean;
}

async function invited(glow: GlowHome, ...options: readonly string[]): Promise<string> {
  const { code } = await glow.json<{ code: string }>("invite", ...options);
  return code;
}

test("a second home joins by a code, sees the drives, is pinged, named and put out", async () => {
  await using first = await GlowHome.make();
  await using second = await GlowHome.make();
  await second.run("settings", "set", "name", "second");
  await first.run("drives", "create", "docs");
  await writeFile(first.path("a.txt"), "of the first");
  await first.run("put", "a.txt", "docs");

  const following = second.spawn("log", "--follow", "--json", "--lines", "0");
  const line = once(following.stdout as NodeJS.ReadableStream, "data");
  const joined = await second.run("join", await invited(first, "--name", "for the second"));
  expect(joined).toMatchObject({ code: 0, err: "" });
  expect(joined.out).toContain("this machine is second of");
  const [told = ""] = String((await line)[0]).split("\n");
  expect(JSON.parse(told)).toMatchObject({ level: "info", source: "node", text: expect.stringContaining("joins") });
  following.kill("SIGINT");
  expect(await ended(following)).toMatchObject({ code: 130 });

  const devices = await second.json<Device[]>("nodes");
  const other = devices.find(({ isThis }) => !isThis);
  expect(devices.map(({ name }) => name)).toContain("second");
  expect(other).toMatchObject({ online: true, revoked: false });
  expect(await first.json("ping", "second")).toMatchObject({ round: 1, hops: [{ name: "second" }], isPartial: false });
  const pings = await first.run("ping", "-c", "2", "-i", "1", "second");
  expect(pings.out).toMatch(/^second: [\d.]+ ms, directly\nsecond: [\d.]+ ms, directly\n2 of 2 answered;/);
  expect((await first.run("links")).out).toMatch(/^second .* active .* ms {2}local/);
  expect((await first.run("ls", "/me/nodes")).out).toContain("second");
  expect((await first.run("ls", "/me/nodes/second/drives")).code).toBe(0);

  // For people the log has names, for programs ids.
  expect((await first.run("log")).out).toContain("node=second");
  const lines = (await first.run("log", "--json")).out.trimEnd().split("\n");
  const ids = lines.map((each) => (JSON.parse(each) as { fields: { node?: string } }).fields.node);
  expect(ids).toContain((await first.json<Device[]>("nodes")).find(({ name }) => name === "second")?.node);

  // Content arrives by itself; whoever reads waits for it.
  await expect.poll(async () => (await second.run("cat", "docs/a.txt")).out, { timeout: 30_000 }).toBe("of the first");
  const far = "/me/nodes/second/drives/docs";
  expect((await first.run("cat", `${far}/a.txt`)).out).toBe("of the first");
  expect(await first.run("cp", "docs/a.txt", `${far}/b.txt`)).toMatchObject({ code: 0, err: "" });
  expect((await second.run("cat", "docs/b.txt")).out).toBe("of the first");
  const doctor = await first.json<{ findings: { check: string; verdict: string }[] }>("doctor");
  expect(doctor.findings).toContainEqual(expect.objectContaining({ check: "clock", verdict: "good" }));

  await first.run("devices", "rename", "second", "attic");
  expect(await first.run("devices", "revoke", "attic")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--yes"),
  });
  expect(await first.run("devices", "revoke", "cellar", "--yes")).toMatchObject({
    code: 1,
    err: expect.stringContaining("attic"),
  });
  expect(await first.run("devices", "revoke", "attic", "--yes")).toMatchObject({ code: 0 });
  expect(await first.json<Device[]>("nodes", "--all")).toContainEqual(
    expect.objectContaining({ name: "attic", isThis: false, revoked: true }),
  );
});

test("`glow join` starts a node where none runs, and that one can be stopped", async () => {
  await using first = await GlowHome.make();
  await using second = await GlowHome.make({ running: false });
  const joined = await second.run("join", await invited(first));
  expect(joined.err).toContain("starting one");
  expect(joined.code).toBe(0);
  expect((await first.json<Device[]>("nodes")).length).toBe(2);
  expect(await second.run("stop")).toMatchObject({ code: 0 });
});

test("a name that was set before a node belonged to anybody is the device's", async () => {
  await using first = await GlowHome.make();
  await using second = await GlowHome.make({ user: false });
  expect(await second.run("settings", "set", "name", "attic")).toMatchObject({ code: 0 });
  expect(await second.run("join", await invited(first))).toMatchObject({ code: 0, out: /this machine is attic of/ });
  expect((await first.json<Device[]>("nodes")).map(({ name }) => name)).toContain("attic");
});

test("codes that are mistyped, taken back or used are refused, each saying so", async () => {
  await using first = await GlowHome.make();
  await using second = await GlowHome.make({ user: false });
  const code = await invited(first, "--for", "15m");
  const mistyped = await second.run("join", `${code.slice(0, -2)}zz`);
  expect(mistyped).toMatchObject({ code: 2, out: "" });
  const [{ id } = { id: "" }] = await first.json<{ id: string }[]>("invite", "list");
  expect(await first.run("invite", "cancel", id.slice(0, 8))).toMatchObject({ code: 0 });
  expect(await second.run("join", code)).toMatchObject({ code: 1, out: "" });
  expect((await first.run("invite", "list")).out).toContain("cancelled");
  expect(await first.run("invite", "--for", "soon")).toMatchObject({ code: 2 });
  const without = await second.run("join");
  expect(without).toMatchObject({ code: 2, err: expect.stringContaining("glow invite") });
});

test("an invitation shows its code, a QR code where that is asked for, and how long it holds", async () => {
  await using glow = await GlowHome.make();
  const { out, err } = await glow.run("invite", "--for", "2h", "--qr");
  const lines = out.trimEnd().split("\n");
  expect(lines.at(-1)).toMatch(/^glow1[a-z0-9]+$/);
  expect(lines.slice(0, -1).every((line) => /^[ █▀▄]+$/.test(line))).toBe(true);
  expect(err).toMatch(/holds for 2 h/);
  expect((await glow.run("invite")).out.split("\n").length).toBe(2);
});

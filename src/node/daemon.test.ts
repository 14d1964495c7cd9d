// A whole node at a real socket: what one gets who connects, who comes when it is full, and a home that is its alone.

import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeLimits } from "#base/limits.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address } from "#glow";
import { NodeStub } from "#interfaces/generated/node.ts";
import { nodeAddress } from "#platform/nodejs/home.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { Daemon, type DaemonOptions } from "./daemon.ts";

let home: string;
let daemon: Daemon;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "glow-"));
  daemon = await start();
});

afterEach(async () => {
  await daemon.stop();
  await rm(home, { recursive: true });
});

function start(options: Partial<DaemonOptions> = {}): Promise<Daemon> {
  const listen = ["tcp://127.0.0.1:0" as Address];
  return Daemon.start({ home, version: "1.2.3", firstUser: "Ann", listen, discovery: false, ...options });
}

async function connect(): Promise<FireflySession> {
  const { network, clock, timers } = nodePlatform({ diskRoot: home });
  return new FireflySession(await network.dial(nodeAddress(home)), { clock, timers });
}

test("who connects learns what the node is, and that it answers", async () => {
  using session = await connect();
  using node = session.root(NodeStub);
  const info = await node.info();
  expect(info).toMatchObject({ version: "1.2.3", platform: "nodejs", protocol: 1, user: "Ann", role: "admin" });
  expect(info).toMatchObject({ home, pid: process.pid, rights: ["read", "write", "folders", "invite", "administer"] });
  expect(Math.abs(info.startedAt.getTime() - (await node.time()).getTime())).toBeLessThan(60_000);
  expect(await node.ping(new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([1, 2, 3]));
});

test("only its user can connect", async () => {
  expect((await stat(join(home, "node.sock"))).mode & 0o777).toBe(0o600);
});

test("a second node in the home is refused, and the first goes on", async () => {
  await expect(start()).rejects.toMatchObject({
    kind: "already-exists",
    message: expect.stringContaining(`${process.pid}`),
  });
  using session = await connect();
  expect((await session.root(NodeStub).info()).version).toBe("1.2.3");
});

test("stopping ends its sessions, and frees the home", async () => {
  const session = await connect();
  const { id } = await session.root(NodeStub).info();
  await daemon.stop();
  expect((await session.closed).kind).toBe("disconnected");
  await expect(connect()).rejects.toMatchObject({ kind: "unavailable" });
  daemon = await start();
  using again = await connect();
  expect((await again.root(NodeStub).info()).id).toBe(id);
});

test("whoever holds it can have it stop, and hears that it will", async () => {
  using session = await connect();
  await session.root(NodeStub).stop();
  await daemon.stopRequested;
});

test("sessions above nodeLimits.sessions are turned away, and the others go on", async () => {
  const sessions: FireflySession[] = [];
  for (let i = 0; i < nodeLimits.sessions; i++) sessions.push(await connect());
  await (sessions.at(-1) as FireflySession).root(NodeStub).info();
  const one = await connect();
  expect(await one.closed).toMatchObject({ kind: "exhausted" });
  expect((await (sessions[0] as FireflySession).root(NodeStub).info()).version).toBe("1.2.3");
  for (const session of sessions) session.close();
  await Promise.all(sessions.map((session) => session.closed));
});

test("its log is in its home, and is offered", async () => {
  const lines = (await readFile(join(home, "log", "node.log"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).text)).toEqual(["starting", "started"]);
  using session = await connect();
  const recent = await session.root(NodeStub).log().recent(10);
  expect(recent.map(({ text }) => text)).toEqual(["starting", "started"]);
  expect(recent[1]?.fields.get("home")).toBe(home);
});

test("settings count at once where they can, and the device is called as the node", async () => {
  using session = await connect();
  const node = session.root(NodeStub);
  expect(await node.settings().set({ name: "lamp", logLevel: "error" })).toMatchObject({ name: "lamp", revision: 1 });
  expect(daemon.log.level).toBe("error");
  for await (const { devices } of await node.user().watch()) if (devices[0]?.name === "lamp") break;
  expect(await node.info()).toMatchObject({ name: "lamp" });
});

test("a port is chosen once, and another one taken while it is somebody else's", async () => {
  await daemon.stop();
  const { network } = nodePlatform({ diskRoot: home });
  const { listen: _, ...rest } = { home, version: "1", firstUser: "Ann", discovery: false, listen: undefined };
  daemon = await Daemon.start(rest);
  const { listen } = daemon.settings.values;
  expect(listen).toEqual([expect.stringMatching(/^tcp:\/\/0\.0\.0\.0:\d+$/)]);
  expect(daemon.settings.get().pending).toEqual([]);
  await daemon.stop();
  const other = await network.listen(listen[0] as Address, (pipe) => pipe.close());
  daemon = await Daemon.start(rest);
  expect(daemon.settings.values.listen).toEqual(listen);
  expect(daemon.log.recent().map(({ text }) => text)).toContainEqual(expect.stringContaining("it listens elsewhere"));
  await other.close();
});

test("the node's own home is no folder to be bound, and none that is named from somewhere", async () => {
  await daemon.whole().drives().create("files");
  const folders = daemon.whole().folders();
  for (const path of [home, join(home, "log"), join(home, ".."), "log", ""]) {
    await expect(Promise.resolve(folders.bind(path, "files", "")), path).rejects.toMatchObject({ kind: "invalid" });
  }
  expect(await folders.list()).toEqual([]);
});

test("a home that cannot be begun with says so, and is left free", async () => {
  await daemon.stop();
  await writeFile(join(home, "settings.json"), "{");
  await expect(start()).rejects.toMatchObject({ kind: "invalid", target: join(home, "settings.json") });
  await rm(join(home, "settings.json"));
  daemon = await start();
});

test("without a user it waits for an invitation, and gives up an empty one of its own for another", async () => {
  const guestHome = await mkdtemp(join(tmpdir(), "glow-guest-"));
  const guest = await start({ home: guestHome });
  try {
    const session = await connect();
    const { code } = await session.root(NodeStub).user().invite("device", 60);
    session.close();
    const before = guest.whole().info().id;
    const joined = await guest.whole().user().join(code);
    expect(joined.name).toBe("Ann");
    expect(joined.devices.map(({ role }) => role).sort()).toEqual(["admin", "device"]);
    expect(guest.whole().info().id).not.toBe(before);
    for await (const { devices } of daemon.node.user().watch()) {
      if (devices.every(({ online }) => online)) break;
    }
    const again = daemon.whole().user().invite("device", 60);
    await expect(
      guest
        .whole()
        .user()
        .join((await again).code),
    ).rejects.toMatchObject({ kind: "already-exists" });
  } finally {
    await guest.stop();
    await rm(guestHome, { recursive: true });
  }
});

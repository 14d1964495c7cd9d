// A whole node at a real socket: what one gets who connects, and who comes when it is full.

import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeLimits } from "#base/limits.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address } from "#glow";
import { NodeStub } from "#interfaces/generated/node.ts";
import { nodeAddress } from "#platform/nodejs/home.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { Daemon } from "./daemon.ts";

let home: string;
let address: Address;
let daemon: Daemon;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "glow-"));
  address = nodeAddress(home);
  daemon = await start();
});

afterEach(async () => {
  await daemon.stop();
  await rm(home, { recursive: true });
});

function start(): Promise<Daemon> {
  return Daemon.start(nodePlatform({ diskRoot: home }), { address, name: "test", version: "1.2.3" });
}

async function connect(): Promise<FireflySession> {
  const { network, clock, timers } = nodePlatform({ diskRoot: home });
  return new FireflySession(await network.dial(address), { clock, timers });
}

test("who connects learns what the node is, and that it answers", async () => {
  using session = await connect();
  using node = session.root(NodeStub);
  const info = await node.info();
  expect(info).toMatchObject({ name: "test", version: "1.2.3", platform: "nodejs", protocol: 1 });
  expect(Math.abs(info.startedAt.getTime() - (await node.time()).getTime())).toBeLessThan(60_000);
  expect(await node.ping(new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([1, 2, 3]));
});

test("only its user can connect", async () => {
  expect((await stat(join(home, "node.sock"))).mode & 0o777).toBe(0o600);
});

test("a second node at the same address is refused, and the first goes on", async () => {
  await expect(start()).rejects.toMatchObject({ kind: "already-exists" });
  using session = await connect();
  expect((await session.root(NodeStub).info()).name).toBe("test");
});

test("stopping ends its sessions, and frees the address", async () => {
  const session = await connect();
  await session.root(NodeStub).info();
  await daemon.stop();
  expect((await session.closed).kind).toBe("disconnected");
  await expect(connect()).rejects.toMatchObject({ kind: "unavailable" });
  daemon = await start();
});

test("sessions above nodeLimits.sessions are turned away, and the others go on", async () => {
  const sessions: FireflySession[] = [];
  for (let i = 0; i < nodeLimits.sessions; i++) sessions.push(await connect());
  await (sessions.at(-1) as FireflySession).root(NodeStub).info();
  const one = await connect();
  expect(await one.closed).toMatchObject({ kind: "exhausted" });
  expect((await (sessions[0] as FireflySession).root(NodeStub).info()).name).toBe("test");
  for (const session of sessions) session.close();
  await Promise.all(sessions.map((session) => session.closed));
});

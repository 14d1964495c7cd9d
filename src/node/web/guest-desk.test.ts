// How many guests there is room for, and for how long one may stand in the door.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { webLimits } from "#base/limits.ts";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { FireflySession } from "#firefly/session/session.ts";
import { GuestDoorStub } from "#interfaces/generated/guest.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { GuestDesk } from "./guest-desk.ts";
import { GuestPasses } from "./guest-passes.ts";

let home: string;
let time: VirtualTime;
let passes: GuestPasses;
let desk: GuestDesk;

const none = (): never => {
  throw new TypeError("nobody asks for this here");
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "glow-guests-"));
  time = new VirtualTime();
  const platform = { ...nodePlatform({ diskRoot: home }), clock: time.clock, timers: time.timers };
  passes = await GuestPasses.open(platform, (id) => desk.dismiss(id));
  const node = () => ({ describe: none, drives: none });
  desk = new GuestDesk({ platform, passes, node, pages: none, problem: none });
});

afterEach(async () => {
  desk.close();
  await passes.close();
  await rm(home, { recursive: true });
});

function arrive(): FireflySession {
  const [near, far] = memoryPipes(time.timers);
  desk.accept(far, "10.0.0.7");
  return new FireflySession(near, time);
}

test("who is not let in within webLimits.guestEntryMs is sent away", async () => {
  const session = arrive();
  await time.until(webLimits.guestEntryMs - 100);
  expect(desk.sessionCount).toBe(1);
  await time.until(webLimits.guestEntryMs + 100);
  expect(await session.closed).toMatchObject({ kind: "deadline" });
  expect(desk.sessionCount).toBe(0);
});

test("there is room for webLimits.guestSessions at once", async () => {
  const sessions = Array.from({ length: webLimits.guestSessions }, arrive);
  const late = arrive();
  await time.until(10);
  expect(await late.closed).toMatchObject({ kind: "exhausted" });
  expect(desk.sessionCount).toBe(webLimits.guestSessions);
  sessions[0]?.close();
  await time.until(20);
  expect(desk.sessionCount).toBe(webLimits.guestSessions - 1);
});

test("a pass that has expired lets nobody in, and makes room for others", async () => {
  const asked = { name: "", places: [{ drive: "d", path: "" }], write: false };
  const { token } = await passes.issue(asked, 1000);
  for (let i = 1; i < webLimits.guests; i++) await passes.issue(asked, 1000);
  await expect(passes.issue(asked, 1000)).rejects.toMatchObject({ kind: "exhausted" });
  await time.until(1001);
  await expect(passes.enter(token, "10.0.0.7", "")).rejects.toMatchObject({ kind: "denied" });
  expect(passes.list()).toEqual([]);
  await passes.issue(asked, 1000);
  expect(passes.list()).toHaveLength(1);
  const door = arrive().root(GuestDoorStub);
  await expect(time.play(Promise.resolve(door.resume(token).info()))).rejects.toMatchObject({ kind: "denied" });
});

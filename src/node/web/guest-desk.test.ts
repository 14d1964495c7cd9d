// How many guests there is room for, and for how long one may stand in the door.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { FireflySession } from "#firefly/session/session.ts";
import { GuestDoorStub } from "#interfaces/generated/guest.ts";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { takeEntries } from "#services/guest/guest-allowance.ts";
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
  desk = new GuestDesk({ platform, passes, node, mostBytes: () => 0, pages: none, problem: none });
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

test("a guest writes no more than webLimits.guestBytes in all, of which a start forgets nothing", async () => {
  const asked = { name: "", places: [{ drive: "d", path: "" }], write: true };
  const { pass } = await passes.issue(asked, 1000);
  const most = () => webLimits.guestBytes;
  passes.allowance(pass.id, most).take(webLimits.guestBytes - 2 * webLimits.guestEntryBytes);
  await passes.close();
  const disk = nodePlatform({ diskRoot: home });
  passes = await GuestPasses.open({ ...disk, clock: time.clock }, () => undefined);
  const left = passes.allowance(pass.id, most);
  left.check(2 * webLimits.guestEntryBytes);
  takeEntries(left);
  expect(() => takeEntries(left, 2)).toThrow(
    /a guest may write \d+ bytes in all, and 1024 are left: ask for another link/,
  );
  takeEntries(left);
  expect(() => left.take(1)).toThrow(GlowError);
  await passes.end(pass.id);
  expect(() => left.take(0)).toThrow(GlowError);
});

test("what a guest writes is saved each webLimits.guestUnsavedBytes, so that little is forgotten in a crash", async () => {
  const asked = { name: "", places: [{ drive: "d", path: "" }], write: true };
  const { pass } = await passes.issue(asked, 1000);
  passes.allowance(pass.id, () => webLimits.guestBytes).take(webLimits.guestUnsavedBytes);
  // Behind the save, in turn; then another reads the file as after a crash.
  await passes.issue(asked, 1000);
  const disk = nodePlatform({ diskRoot: home });
  const crashed = await GuestPasses.open({ ...disk, clock: time.clock }, () => undefined);
  expect(crashed.list()[0]?.writtenBytes).toBe(webLimits.guestUnsavedBytes);
  await crashed.close();
});

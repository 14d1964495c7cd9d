// Who may do what: other devices by their roles, and whoever was lent a node for a while.

import { expect, test } from "vitest";
import { nodeLimits } from "#base/limits.ts";
import type { Node } from "#interfaces/generated/node.ts";
import { GlowWorld } from "./glow-world.ts";

/** What is asked of a node, and the right that it takes. */
const asked: readonly (readonly [string, (node: Node) => unknown])[] = [
  ["", async (node) => (await node.user()).info()],
  ["", async (node) => (await node.links()).state()],
  ["", async (node) => (await node.names()).list("/me")],
  ["read", async (node) => (await node.drives()).list()],
  ["read", async (node) => (await (await node.drives()).open("files")).list("")],
  ["read", async (node) => (await node.names()).list("/me/drives")],
  ["read", async (node) => (await node.names()).find("/me/drives/files/f")],
  ["write", async (node) => (await node.drives()).create("another")],
  ["write", async (node) => (await (await node.drives()).open("files")).makeFolder("in", true)],
  ["folders", async (node) => void (await node.folders())],
  ["invite", async (node) => (await node.user()).invite("tab", 60)],
  ["administer", async (node) => (await node.user()).invite("device", 60)],
  ["administer", async (node) => (await node.user()).revoke("b")],
  ["administer", async (node) => (await node.user()).join("CODE")],
  ["administer", async (node) => (await node.log()).recent(10)],
  ["administer", async (node) => (await node.settings()).get()],
  ["administer", (node) => node.stop()],
];

test.each([
  ["a device", "device" as const, ["read", "write", "invite"]],
  ["a tab", "tab" as const, ["read", "write"]],
])("%s may do at another device what its role is for", async (_, role, rights) => {
  const world = await GlowWorld.user(["a"]);
  await world.drive("a");
  await world.write(await world.drive("a"), "f", "text");
  await world.add("b");
  await world.join("b", "a", role);
  const node = await world.reached("b", "a");
  expect(await world.finish(node.info())).toMatchObject({ name: "a", role: "admin", rights });
  expect((await world.finish(node.info())).home).toBeUndefined();
  for (const [right, ask] of asked) {
    const isAllowed = right === "" || rights.includes(right);
    expect(`${ask}: ${await world.failure(() => ask(node))}`).toBe(`${ask}: ${isAllowed ? "none" : "denied"}`);
  }
});

test("what is lent has the rights that were named, of those that there are", async () => {
  const world = await GlowWorld.user(["a"]);
  await world.write(await world.drive("a"), "f", "text");
  const lent = await world.finish(world.whole("a").lend(["read", "invite"], 60));
  for (const [right, ask] of asked) {
    const isAllowed = ["", "read", "invite"].includes(right);
    expect(`${ask}: ${await world.failure(() => ask(lent))}`).toBe(`${ask}: ${isAllowed ? "none" : "denied"}`);
  }
  const again = await world.finish(lent.lend(["read", "administer"], 60));
  expect((await world.finish(again.info())).rights).toEqual(["read"]);
});

test("what is lent ends in time, with all that was got through it", async () => {
  const world = await GlowWorld.user(["a"]);
  await world.write(await world.drive("a"), "f", "text");
  const lent = await world.finish(world.whole("a").lend(["read"], 60));
  const further = await world.finish(lent.lend(["read"], nodeLimits.lentMs / 1000));
  const drive = await world.finish((await world.finish(lent.drives())).open("files"));
  const stream = (await world.finish(drive.watch())) as AsyncIterable<unknown>;
  const changes = stream[Symbol.asyncIterator]();
  await world.finish(changes.next());
  const last = changes.next();
  expect((await world.finish(lent.info())).expiresAt?.getTime()).toBeGreaterThan(0);
  await world.run(61_000);
  expect(await world.finish(last)).toEqual({ done: true, value: undefined });
  expect(await world.failure(() => drive.stat("f"))).toBe("denied");
  expect(await world.failure(() => lent.info())).toBe("denied");
  expect(await world.failure(() => further.time())).toBe("denied");
  expect(await world.failure(() => lent.lend(["read"], 60))).toBe("denied");
});

test("only so long can a node be lent", async () => {
  const world = await GlowWorld.user(["a"]);
  for (const seconds of [0, nodeLimits.lentMs / 1000 + 1]) {
    expect(await world.failure(() => world.whole("a").lend(["read"], seconds))).toBe("invalid");
  }
});

test("there is a limit to what is lent at once, and what nobody holds any more does not count", async () => {
  const world = await GlowWorld.user(["a"]);
  const whole = world.node("a").whole();
  const lent = await world.finish(whole.lend(["read"], 60));
  for (let i = 1; i < nodeLimits.lent; i++) await whole.lend(["read"], 60);
  expect(await world.failure(() => whole.lend(["read"], 60))).toBe("exhausted");
  lent[Symbol.dispose]();
  expect(await world.failure(() => lent.info())).toBe("denied");
  expect(await world.failure(() => whole.lend(["read"], 60))).toBe("none");
  whole[Symbol.dispose]();
  expect(await world.failure(() => whole.info())).toBe("denied");
  expect(await world.failure(() => world.whole("a").info())).toBe("none");
});

test("whoever is let in to certain drives sees no others, and no other node", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  await world.drive("a", "open");
  await world.drive("a", "closed");
  const lent = await world.finish(world.whole("a").lend(["read", "write"], 60, ["open"]));
  const drives = await world.finish(lent.drives());
  expect((await world.finish(drives.list())).map(({ name }) => name)).toEqual(["open"]);
  expect(await world.failure(() => drives.open("closed"))).toBe("not-found");
  expect(await world.failure(() => drives.create("another"))).toBe("denied");
  await world.finish(drives.rename("open", "renamed"));
  const names = await world.finish(lent.names());
  expect((await world.finish(names.list("/me/drives"))).map(({ name }) => name)).toEqual(["renamed"]);
  expect(await world.failure(() => names.find("/me/drives/closed/f"))).toBe("not-found");
  expect(await world.failure(() => lent.reach("b"))).toBe("denied");
  expect(await world.failure(() => world.whole("a").lend(["read"], 60, ["none"]))).toBe("not-found");
});

test("through another node nobody can do more than here", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  await world.drive("a");
  await world.come("b");
  const lent = await world.finish(world.whole("a").lend(["read"], 60));
  const other = await world.finish(lent.reach("b"));
  const drive = await world.finish((await world.finish(other.drives())).open("files"));
  expect(await world.failure(() => drive.makeFolder("in"))).toBe("denied");
  expect(await world.finish(drive.list(""))).toEqual([]);
  await world.run(61_000);
  expect(await world.failure(() => drive.list(""))).toBe("denied");
});

test("who is revoked has nothing any more", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  const drives = await world.finish((await world.reached("b", "a")).drives());
  await world.finish(world.node("a").user().revoke("b"));
  await world.run(1000);
  expect(await world.failure(() => drives.list())).not.toBe("none");
  expect(await world.failure(() => world.node("b").reach("a"))).not.toBe("none");
});

test("a ping has at most nodeLimits.pingBytes", async () => {
  const world = await GlowWorld.user(["a"]);
  expect(await world.failure(() => world.whole("a").ping(new Uint8Array(nodeLimits.pingBytes + 1)))).toBe("too-large");
  expect(await world.finish(world.whole("a").ping(Uint8Array.of(1, 2)))).toEqual(Uint8Array.of(1, 2));
});

// Users, their devices, the ways between them, and the tree of names.

import { expect, test } from "vitest";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { Address } from "#glow";
import type { UserInfo } from "#interfaces/generated/user.ts";
import { GlowWorld } from "./glow-world.ts";

test("a node that belongs to nobody says what to do", async () => {
  const world = new GlowWorld();
  await world.add("a");
  const node = world.whole("a");
  expect(await world.finish((await world.finish(node.user())).info())).toEqual({ devices: [] });
  expect(await world.failure(() => node.drives())).toBe("unavailable");
  expect(await world.failure(() => node.reach("b"))).toBe("unavailable");
  expect(await world.failure(async () => (await node.user()).invite("device", 60))).toBe("unavailable");
  expect(await world.failure(() => node.pages())).toBe("unavailable");
  expect(await world.failure(() => node.settings())).toBe("unavailable");
  expect(await world.failure(() => node.folders())).toBe("unavailable");
  const info = await world.finish((await world.finish(node.user())).create("Ann"));
  expect(info).toMatchObject({ name: "Ann", devices: [{ name: "a", role: "admin", isThis: true, online: true }] });
  expect(await world.failure(async () => (await node.user()).create("Bob"))).toBe("already-exists");
});

test("devices have names of their own, and are there or not", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  const user = world.node("a").user();
  const b = user.devices().find(({ name }) => name === "b");
  expect(b).toMatchObject({ online: true, role: "device", revoked: false });
  await world.finish(user.renameDevice("b", "a"));
  await world.until(() =>
    world
      .node("b")
      .user()
      .devices()
      .every(({ name }) => name.startsWith("a")),
  );
  const names = world
    .node("a")
    .user()
    .devices()
    .map(({ name }) => name);
  expect(names).toEqual(
    world
      .node("b")
      .user()
      .devices()
      .map(({ name }) => name),
  );
  expect(names[1]).toMatch(/^a \([a-z2-7]{4}\)$/);
  await world.finish(user.rename("Anna"));
  await world.until(() => world.node("b").user().info().name === "Anna");
  world.world.network.partition(["a"], ["b"]);
  await world.until(() =>
    world
      .node("a")
      .user()
      .devices()
      .some(({ online }) => !online),
  );
  expect(
    world
      .node("a")
      .user()
      .devices()
      .find(({ id }) => id === b?.id)?.since,
  ).toBeInstanceOf(Date);
  expect(await world.failure(() => world.node("a").reach(b?.id ?? ""))).toBe("unavailable");
});

test.each([
  ["no time", 0, ""],
  ["more than a week", identityLimits.invitationMs / 1000 + 1, ""],
  ["too long a name", 60, "x".repeat(identityLimits.nameBytes + 1)],
  ["a name that is a path", 60, "a/b"],
])("an invitation for %s is refused", async (_, seconds, name) => {
  const world = await GlowWorld.user(["a"]);
  expect(await world.failure(() => world.node("a").user().invite("device", seconds, name))).toBe("invalid");
});

test("invitations are listed, and can be taken back", async () => {
  const world = await GlowWorld.user(["a"]);
  const user = world.node("a").user();
  const { id, code } = await world.finish(user.invite("device", 60, "phone"));
  expect(user.invitations()).toMatchObject([{ id, role: "device", name: "phone", state: "open" }]);
  await world.finish(user.cancelInvitation(id));
  expect(user.invitations()).toMatchObject([{ id, state: "cancelled" }]);
  await world.add("b");
  expect(await world.failure(() => world.node("b").user().join(code))).toBe("denied");
  expect(
    await world.failure(() =>
      world
        .node("b")
        .user()
        .join("x".repeat(nodeLimits.textLength + 1)),
    ),
  ).toBe("invalid");
  expect(world.node("b").hasUser).toBe(false);
});

test("who has files or other devices does not give them up for another user", async () => {
  const world = await GlowWorld.user(["a"]);
  await world.add("b");
  await world.finish(world.node("b").createUser("Bob"));
  expect(await world.finish(world.node("b").isEmpty())).toBe(true);
  await world.finish((await world.drive("b")).makeFolder("in"));
  expect(await world.finish(world.node("b").isEmpty())).toBe(false);
  const { code } = await world.finish(world.node("a").user().invite("device", 60));
  expect(await world.failure(() => world.node("b").user().join(code))).toBe("already-exists");
  await world.finish((await world.drive("b")).remove(["in"]));
  expect(await world.finish(world.node("b").isEmpty())).toBe(false);
});

test("the user is told of whenever it changes, and of many changes the last", async () => {
  const world = await GlowWorld.user(["a"]);
  const stream = world.node("a").user().watch()[Symbol.asyncIterator]();
  expect((await world.finish(stream.next())).value).toMatchObject({ name: "Ann" });
  for (const name of ["B", "C", "D"]) await world.finish(world.node("a").user().rename(name));
  let last: UserInfo | undefined;
  let items = 0;
  for (; last?.name !== "D"; items++) last = (await world.finish(stream.next())).value as UserInfo;
  expect(items).toBeLessThan(3);
  await world.finish(stream.return?.());
});

test("links and routes have the names of devices, and the way to one is asked hop by hop", async () => {
  const world = await GlowWorld.user(["a", "b", "c"]);
  world.world.network.partition(["a"], ["c"]);
  const links = world.node("a").links();
  await world.until(() => links.state().routes.some(({ name, hops }) => name === "c" && hops === 2));
  await world.until(() => links.state().links.every(({ name }) => name === "b"));
  const { self, links: all } = links.state();
  expect(self).toBe(world.node("a").member.id);
  expect(all).toMatchObject([{ name: "b", active: true, scope: "local" }]);
  expect(all[0]?.sentBytes).toBeGreaterThan(100);
  expect(all[0]?.receivedBytes).toBeGreaterThan(100);
  const [there] = world
    .node("b")
    .links()
    .state()
    .links.filter(({ name }) => name === "a");
  expect(new Set([all[0]?.direction, there?.direction])).toEqual(new Set(["accepted", "dialled"]));
  expect([all[0]?.transport, there?.transport]).toEqual(["sim", "sim"]);
  expect(links.route("c")).toMatchObject({ name: "c", nextName: "b", hops: 2 });
  const path = await world.finish(links.probe("c"));
  expect(path.hops.map(({ name }) => name)).toEqual(["b", "c"]);
  expect(path.isPartial).toBe(false);
  expect(path.hops[0]?.roundTripMs).toBeLessThan(path.hops[1]?.roundTripMs ?? 0);
  expect(path.roundTripMs).toBe(path.hops[1]?.roundTripMs);
  expect(await world.failure(() => links.probe("a"))).toBe("invalid");
  expect(await world.failure(() => links.probe("none"))).toBe("not-found");
  world.world.network.partition(["a"], ["b"]);
  await world.until(() => !world.isOnline("a", "c"));
  expect(await world.failure(() => links.probe("c"))).toBe("unavailable");
});

test("at most nodeLimits.listenAddresses are taken of a node that is to be linked with", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  const links = world.node("a").links();
  const addresses = Array<string>(nodeLimits.listenAddresses + 1).fill("sim://b:1");
  expect(await world.failure(() => links.keep("b", addresses))).toBe("too-large");
  expect(await world.failure(() => links.keep("b", ["sim://b:1"]))).toBe("none");
});

test("those who were linked once find each other again after a start", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  await world.run(3000);
  for (const name of ["a", "b"]) {
    world.simulated(name).crash("kill");
    world.simulated(name).start();
  }
  await world.until(() => ["a", "b"].every((name) => world.simulated(name).handle !== undefined));
  await world.until(() => world.isOnline("a", "b") && world.isOnline("b", "a"));
});

test("neighbours of the local network are told of by name, and no devices of the user", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  for (const name of ["c", "d", "silent"]) await world.add(name);
  await world.finish(world.node("c").createUser("Cid"));
  const { book } = world.node("a").member.mesh;
  for (const name of ["b", "c", "d", "silent"])
    book.add(world.node(name).member.id, `sim://${name}:1` as Address, "discovery");
  const silent = world.node("silent").member.id;
  world.simulated("silent").crash("kill");
  const nearby = await world.finish(world.node("a").user().neighbours());
  const names = new Map(nearby.map(({ node, name }) => [node, name]));
  expect(names.get(world.node("c").member.id)).toBe("c");
  expect(names.get(world.node("d").member.id)).toBe("d");
  expect([names.size, names.has(silent), names.get(silent)]).toEqual([3, true, undefined]);
  await world.run(1000);
  expect(
    world
      .node("a")
      .links()
      .state()
      .links.map(({ name }) => name),
  ).toEqual(["b"]);
  // Nor is it in the way of joining, which they are shown for.
  const { code } = await world.finish(world.node("a").user().invite("device", 60));
  await world.finish(world.node("d").user().join(code));
  await world.until(() => world.isOnline("a", "d"));
});

test("no more than nodeLimits.greeted of them are asked at once", async () => {
  const world = await GlowWorld.user(["a"]);
  const { book } = world.node("a").member.mesh;
  for (let i = 0; i <= nodeLimits.greeted; i++) {
    const name = `n${i}`;
    await world.add(name);
    book.add(world.node(name).member.id, `sim://${name}:1` as Address, "discovery");
  }
  const nearby = await world.finish(world.node("a").user().neighbours());
  expect(nearby).toHaveLength(nodeLimits.greeted + 1);
  expect(nearby.filter(({ name }) => name !== undefined)).toHaveLength(nodeLimits.greeted);
});

test("all that has a name is in one tree", async () => {
  const world = await GlowWorld.user(["a", "b"]);
  await world.write(await world.drive("a"), "letters/one", "text", { parents: true });
  const names = world.node("a").whole().names();
  const list = async (path: string, after?: string, limit?: number) =>
    (await world.finish(names.list(path, after, limit))).map(({ name }) => name).join();
  expect(await list("/")).toBe("me");
  expect(await list("/me")).toBe("drives,nodes");
  expect(await list("/me/nodes")).toBe("a,b");
  expect(await list("/me/nodes", "a")).toBe("b");
  expect(await list("/me/nodes", undefined, 1)).toBe("a");
  expect(await list("/me/drives/")).toBe("files");
  expect(await list("/me/drives/files")).toBe("letters");
  expect(await list("/me/drives/files/letters")).toBe("one");
  const found = await world.finish(names.find("/me/drives/files/letters/one"));
  expect(found).toMatchObject({ kind: "file", driveName: "files", path: "letters/one", entry: { sizeBytes: 4 } });
  expect(await world.finish(names.find("/me/drives/files/new"))).toMatchObject({ kind: "file", path: "new" });
  expect(await world.finish(names.find("/me/nodes/b"))).toMatchObject({ kind: "node", device: { name: "b" } });
  expect(await world.finish(names.find("/me/drives"))).toEqual({ kind: "directory", path: "/me/drives" });
  for (const path of ["/you", "/me/things", "/me/nodes/c", "/me/nodes/b/c", "/me/drives/none/f"]) {
    expect(`${path} ${await world.failure(() => names.find(path))}`).toBe(`${path} not-found`);
  }
  for (const path of ["", "me", `/${"x".repeat(nodeLimits.pathLength)}`]) {
    expect(await world.failure(() => names.find(path))).toBe("invalid");
  }
});

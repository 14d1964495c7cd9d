// A device joins that reaches only a device between it and the one that invited it; and devices that hold nothing.

import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import type { GlowError } from "#base/errors.ts";
import { idBytes } from "#base/ids.ts";
import { nodeLimits } from "#base/limits.ts";
import type { PipeReceiver, Stream } from "#glow";
import { readInvitation } from "#identity/invitation/invitation-code.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { GlowWorld } from "./glow-world.ts";

/** Devices a and b of one user, and c, which reaches b alone. */
async function line(): Promise<GlowWorld> {
  const world = await GlowWorld.user(["a", "b"]);
  await world.add("c");
  world.world.network.partition(["a"], ["c"]);
  return world;
}

async function invite(world: GlowWorld): Promise<string> {
  const { code } = await world.finish(world.node("a").user().invite("device", 600));
  return code;
}

/** What becomes of an introduction that c asks b for: what it receives, and how it ends. */
class Asked implements PipeReceiver {
  received = 0;
  end: GlowError | undefined;
  readonly stream: Stream;

  constructor(stream: Stream, target: Uint8Array) {
    this.stream = stream;
    stream.attach(this);
    stream.send([target]);
  }

  packet(_bytes: Uint8Array, start: number, end: number): void {
    this.received += end - start;
  }

  drained(): void {}

  closed(reason: GlowError): void {
    this.end = reason;
  }
}

/** c asks b, as a stranger may. */
async function ask(world: GlowWorld, target: Uint8Array): Promise<Asked> {
  const { mesh } = world.node("c").member;
  const b = world.node("b").member.id;
  if (!mesh.router.isNeighbour(b)) await world.finish(mesh.dial("sim://b:1" as never));
  const session = await world.finish(mesh.router.session(b));
  return new Asked(session.open("glow introduction 1", "interactive"), target);
}

test("the code leads over a device between to the one that gave it, and from then on that relays", async () => {
  const world = await line();
  const code = await invite(world);
  const { addresses, relays } = readInvitation(new NodeCrypto(), code);
  expect({ addresses, relays }).toEqual({ addresses: ["sim://a:1"], relays: ["sim://b:1"] });
  await world.finish(world.node("c").user().join(code));
  await world.until(() => world.isOnline("a", "c") && world.isOnline("c", "a") && world.isOnline("b", "c"));
  const links = (name: string) =>
    world
      .node(name)
      .links()
      .state()
      .links.map((link) => [link.name, link.transport]);
  expect(links("a")).toEqual([["b", "sim"]]);
  expect(links("c")).toEqual([["b", "sim"]]);
  expect(world.node("c").links().route("a")).toMatchObject({ hops: 2, nextName: "b" });
  // It is spent.
  await world.add("d");
  world.world.network.partition(["a"], ["d"]);
  await expect(world.finish(world.node("d").user().join(code))).rejects.toThrow(/used already/);
  // And what it came by is known after a start.
  await world.run(3000);
  world.simulated("c").crash("kill");
  world.simulated("c").start();
  await world.until(() => world.simulated("c").handle !== undefined);
  await world.until(() => world.isOnline("a", "c"));
});

test("who lies between and does not reach the issuer either says so, and the code stays good", async () => {
  const world = await line();
  const code = await invite(world);
  const cut = world.world.network.partition(["a"], ["b"]);
  await world.until(() => !world.isOnline("b", "a"));
  await expect(world.finish(world.node("c").user().join(code))).rejects.toThrow(/over sim:\/\/b:1: .*either/);
  expect(world.node("c").hasUser).toBe(false);
  cut.heal();
  await world.until(() => world.isOnline("b", "a"));
  await world.finish(world.node("c").user().join(code));
});

test("nobody is brought to who is no device, nor without an invitation", async () => {
  const world = await line();
  const nobody = await ask(world, idBytes(world.node("c").member.id));
  const nonsense = await ask(world, Uint8Array.of(1, 2, 3));
  await world.until(() => nobody.end !== undefined && nonsense.end !== undefined);
  expect([nobody.end?.kind, nonsense.end?.kind]).toEqual(["unavailable", "unavailable"]);
  const a = world.node("a").member.id;
  const { member } = world.node("c");
  const bare = member.connect(a, "glow membership 1");
  expect(await world.failure(() => bare)).toBe("not-found");
  const asked = await ask(world, idBytes(a));
  await world.until(() => asked.received === 1);
  // What is no handshake ends it at the issuer; and two of one breath do before that.
  asked.stream.send([new Uint8Array(200)]);
  await world.until(() => asked.end !== undefined);
  const hasty = await ask(world, idBytes(a));
  hasty.stream.send([new Uint8Array(200)]);
  await world.until(() => hasty.end !== undefined);
  expect(hasty.end?.kind).toBe("protocol");
  expect(world.node("a").member.mesh.router.isNeighbour(member.id)).toBe(false);
});

test("no more than nodeLimits.introductions are under way, each for nodeLimits.strangerMs at most", async () => {
  const world = await line();
  const a = idBytes(world.node("a").member.id);
  const many: Asked[] = [];
  for (let i = 0; i < nodeLimits.introductions; i++) many.push(await ask(world, a));
  await world.until(() => many.every(({ received }) => received === 1));
  const over = await ask(world, a);
  await world.until(() => over.end !== undefined);
  expect(over.end?.kind).toBe("exhausted");
  await world.run(nodeLimits.strangerMs + 1000);
  expect(many.every(({ end }) => end !== undefined)).toBe(true);
  const later = await ask(world, a);
  await world.until(() => later.received === 1);
});

test("no more than nodeLimits.introductionBytes pass", async () => {
  const world = await line();
  const asked = await ask(world, idBytes(world.node("a").member.id));
  await world.until(() => asked.received === 1);
  const packet = new Uint8Array(nodeLimits.introductionBytes + 1);
  asked.stream.send([packet]);
  await world.until(() => asked.end !== undefined);
  expect(asked.end?.kind).toBe("too-large");
});

test("a stranger brings nobody", async () => {
  const world = await line();
  const { mesh } = world.node("c").member;
  const a = world.node("a").member.id;
  world.world.healAll();
  await world.finish(mesh.dial("sim://a:1" as never));
  const session = await world.finish(mesh.router.session(a));
  const asked = new Asked(session.open("glow introduced 1", "interactive"), concatBytes([Uint8Array.of(1)]));
  await world.until(() => asked.end !== undefined);
  expect(asked.end?.kind).toBe("denied");
});

test("a device that holds nothing takes up no drive, makes none, and relays", async () => {
  const world = await GlowWorld.user(["a"]);
  await world.add("b", { content: () => "nothing" });
  await world.join("b", "a");
  await world.add("c");
  world.world.network.partition(["a"], ["c"]);
  await world.finish(
    world
      .node("c")
      .user()
      .join(await invite(world)),
  );
  const drive = await world.drive("a");
  await world.write(drive, "f", "text");
  const there = await world.come("c");
  await world.untilAsync(async () => (await there.list("")).length === 1);
  expect(await world.read(there, "f")).toBe("text");
  expect(world.node("b").storage.spaces()).toEqual([]);
  expect(await world.finish(world.node("b").drives().list())).toEqual([]);
  expect(await world.failure(() => world.node("b").drives().create("own"))).toBe("unavailable");
  const [info] = await world.finish(world.node("a").drives().list());
  expect(info?.peers.map(({ name, problem }) => [name, problem])).toEqual([["c", undefined]]);
});

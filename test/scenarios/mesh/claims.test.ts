// A neighbour that speaks in others' names, replays what it has seen, or passes on what it may not. Nothing comes of it,
// and whoever else uses the same node is served.

import { describe, expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import type { NodeId } from "#glow";
import { HandshakeKeys } from "#mesh/handshake/handshake-keys.ts";
import { Handshake } from "#mesh/handshake/handshake.ts";
import type { LinkPacket } from "#mesh/link/link-packet.ts";
import { controlChannel } from "#mesh/router/control-channel.ts";
import type { MeshSession } from "#mesh/session/session.ts";
import { joined } from "./link-pair.ts";
import { MeshWorld } from "./mesh-world.ts";

const star = {
  links: [
    ["a", "hub"],
    ["c", "hub"],
    ["evil", "hub"],
  ] as const,
};
const packets = Array.from({ length: 200 }, () => 20_000);

describe("frames in somebody else's name", () => {
  test("session packets from `a` that are not from `a` change nothing, with any tag and number", async () => {
    const mesh = await MeshWorld.start(star);
    const traffic = await mesh.send("a", "c", packets);
    await mesh.run(20);
    const [session] = [...mesh.router("c").sessions()] as [MeshSession];
    const numbers = [0, 1, 1000, 5000, 2 ** 20, 2 ** 48 - 1];
    for (const number of numbers) {
      relay(mesh, "c", "a", sealedBody(session.localTag, number, new Uint8Array(60)));
    }
    await mesh.until(() => traffic.checker.complete);
    const { forged, duplicate } = session.counts;
    expect(forged + duplicate).toBe(numbers.length);
    expect(forged).toBeGreaterThanOrEqual(4);
    expect(traffic.ends).toEqual([]);
  });

  test("bodies that make no sense end no link and no session, neither the relay's nor the liar's", async () => {
    const mesh = await MeshWorld.start(star);
    const traffic = await mesh.send("a", "c", packets);
    const links = [mesh.link("c", "hub"), mesh.link("hub", "c"), mesh.link("hub", "evil")];
    // Of every length around the fields of a set-up message, and of every kind.
    for (let length = 0; length < 24; length++) relay(mesh, "c", "a", new Uint8Array(length));
    for (let kind = 0; kind < 8; kind++) {
      for (const length of [0, 1, 3, 4, 9, 10, 11, 200, 5000])
        relay(mesh, "c", "a", setupBody(kind, new Uint8Array(length)));
    }
    await mesh.until(() => traffic.checker.complete);
    expect(links.map(({ open }) => open)).toEqual([true, true, true]);
    await mesh.expectServed("a", "c");
  });

  test("a handshake in `a`'s name ends in nothing: only `a` can finish it", async () => {
    const mesh = await MeshWorld.start(star);
    const evil = handshakeBy(mesh, "evil", mesh.id("c"));
    relay(mesh, "c", "a", setupBody(1, evil.start(), 77));
    await mesh.run(500);
    expect([...mesh.router("c").sessions()]).toEqual([]);
    // `c` has answered to `a`, which has begun nothing; and the third message would have to be `a`'s.
    expect(mesh.router("c").setupsUnderWay()).toBe(1);
    relay(mesh, "c", "a", setupBody(3, new Uint8Array(300), 77));
    await mesh.run(500);
    expect([...mesh.router("c").sessions()]).toEqual([]);
    await mesh.expectServed("a", "c");
  });

  test("a handshake that proves to be `evil` is not taken for `a`", async () => {
    const mesh = await MeshWorld.start(star);
    const handshake = handshakeBy(mesh, "evil", mesh.id("c"));
    // What `c` answers to `a` is shown to the liar, as by an accomplice on the way.
    const accomplice = mesh.subvert("hub", (honest) => (link, header, body) => {
      const bytes = joined(body);
      if (link.peer === mesh.id("c") && bytes[4] === 2) {
        const third = handshake.receive(bytes.subarray(9)) as Uint8Array;
        relay(mesh, "c", "a", setupBody(3, third, 78));
      } else honest(link, header, body);
    });
    relay(mesh, "c", "a", setupBody(1, handshake.start(), 78));
    await mesh.run(500);
    expect(handshake.result).toBeDefined();
    expect([...mesh.router("c").sessions()]).toEqual([]);
    accomplice.stop();
    await mesh.expectServed("a", "c");
  });

  test("a session's frames over a link of another node's are not taken", async () => {
    const mesh = await MeshWorld.start(star);
    const traffic = await mesh.send("a", "hub", packets);
    await mesh.run(20);
    const [session] = [...mesh.router("hub").sessions()].filter(({ peer }) => peer === mesh.id("a")) as [MeshSession];
    const { received } = session.counts;
    // CLOSE, as it would be in the clear of a direct link.
    for (let number = 0; number < 50; number++) {
      mesh.inject("evil", "hub", (packet) => packet.session(session.localTag, number, [Uint8Array.of(9, 8, 0)], 3));
    }
    await mesh.until(() => traffic.checker.complete);
    expect(traffic.ends).toEqual([]);
    expect(session.counts.received).toBeGreaterThan(received);
    expect(session.counts.duplicate).toBe(0);
  });
});

describe("`this session is unknown here`", () => {
  test("without the session's tag says nothing", async () => {
    const mesh = await MeshWorld.start(star);
    const traffic = await mesh.send("a", "c", packets);
    await mesh.run(20);
    const [before] = [...mesh.router("a").sessions()] as [MeshSession];
    for (let tag = 0; tag < 150; tag++) relay(mesh, "a", "c", setupBody(4, unknown(tag)));
    await mesh.until(() => traffic.checker.complete);
    expect([...mesh.router("a").sessions()]).toEqual([before]);
    expect(mesh.router("a").setupsUnderWay()).toBe(0);
  });

  test("with the tag, seen on the way, does not end a session that lives, busy or idle", async () => {
    const mesh = await MeshWorld.start(star);
    const traffic = await mesh.send("a", "c", packets);
    await mesh.run(20);
    const [before] = [...mesh.router("a").sessions()] as [MeshSession];
    const tell = async () => {
      for (let i = 0; i < 100; i++) relay(mesh, "a", "c", setupBody(4, unknown(before.remoteTag)));
      await mesh.run(2000);
    };
    await tell();
    expect(traffic.checker.complete).toBe(true);
    await tell();
    await tell();
    expect(traffic.ends).toEqual([]);
    expect([...mesh.router("a").sessions()]).toEqual([before]);
    expect(mesh.router("a").setupsUnderWay()).toBe(0);
  });

  test("is believed when it is so: a node that was started anew gets a new session within a second", async () => {
    const mesh = await MeshWorld.start(star);
    const traffic = await mesh.send("a", "c", packets);
    await mesh.run(20);
    mesh.node("c").crash("kill");
    mesh.node("c").start();
    await mesh.until(() => traffic.ends.length > 0, 5000);
    expect(traffic.ends[0]?.kind).toBe("disconnected");
    await mesh.expectServed("a", "c");
  });
});

describe("what was recorded", () => {
  test("is worth nothing when it is replayed: packets, handshakes and notices", async () => {
    const mesh = await MeshWorld.start(star);
    const replays: (() => void)[] = [];
    const recorder = mesh.subvert("hub", (honest) => (link, header, body) => {
      const copy = body.map((piece) => piece.slice());
      const kept = { ...header, ids: header.ids.slice() };
      replays.push(() => honest(link, kept, copy));
      honest(link, header, body);
    });
    const traffic = await mesh.send(
      "a",
      "c",
      Array.from({ length: 30 }, () => 20_000),
    );
    await mesh.until(() => traffic.checker.complete);
    recorder.stop();
    const [session] = [...mesh.router("c").sessions()] as [MeshSession];
    const replay = () => mesh.node("hub").tell(() => replays.forEach((again) => again()));
    expect(replays.length).toBeGreaterThan(10);
    // At once, and when all that the handshake left behind is forgotten.
    for (const waitMs of [0, 15_000, 15_000]) {
      await mesh.run(waitMs);
      replay();
      await mesh.run(1000);
    }
    expect([...mesh.router("c").sessions()]).toEqual([session]);
    expect(traffic.checker.wrong).toBeUndefined();
    expect(traffic.checker.received).toBe(30);
    expect(session.counts.duplicate).toBeGreaterThan(10);
    await mesh.expectServed("a", "c");
    await mesh.run(15_000);
    expect(mesh.router("c").setupsUnderWay()).toBe(0);
  });
});

describe("a neighbour without the right to relay", () => {
  const rights = (_self: string, peer: string) => ({ tab: false, relay: peer !== "evil" });

  test("brings no packets of others, neither for others nor for this node", async () => {
    const mesh = await MeshWorld.start({ ...star, rights });
    const { dropped } = mesh.router("hub").counts;
    relay(mesh, "c", "a", setupBody(1, new Uint8Array(100)));
    relay(mesh, "c", "evil", setupBody(1, new Uint8Array(100)));
    relay(mesh, "hub", "a", setupBody(1, handshakeBy(mesh, "evil", mesh.id("hub")).start()));
    await mesh.run(500);
    expect(mesh.router("hub").counts.dropped - dropped).toBe(3);
    expect(mesh.router("hub").setupsUnderWay()).toBe(0);
    expect(mesh.router("hub").counts.relayed).toBe(0);
    await mesh.expectServed("a", "c");
    await mesh.expectServed("evil", "hub");
  });

  test("tells of nobody behind it", async () => {
    const mesh = await MeshWorld.start({
      links: [
        ["a", "hub"],
        ["evil", "hub"],
        ["evil", "behind"],
      ],
      rights,
    });
    expect(mesh.router("hub").route(mesh.id("behind"))).toBeUndefined();
    expect(mesh.router("hub").route(mesh.id("evil"))?.hops).toBe(1);
    expect(mesh.router("evil").route(mesh.id("behind"))?.hops).toBe(1);
    // A route of its own making, for a node that it has never seen.
    mesh.link("evil", "hub").sendControl(controlChannel.routing, Uint8Array.of(1, 2, 3));
    await mesh.run(500);
    await mesh.expectServed("a", "hub");
  });
});

test("whom a node does not talk with (a revoked device) gets no session with it over those who have not heard", async () => {
  const revoked = new Set<NodeId>();
  const mesh = await MeshWorld.start({ ...star, policy: { talks: (peer) => !revoked.has(peer) } });
  await mesh.expectServed("evil", "c");
  const evil = mesh.id("evil");
  revoked.add(evil);
  mesh.mesh("c").router.endSession(evil, new GlowError("denied", "test.revoke", { message: "revoked" }));
  await mesh.run(500);
  const asked = mesh.world.finish(mesh.router("evil").session(mesh.id("c")));
  // Its own side may believe in a session for as long as nothing is answered.
  await asked.catch(() => undefined);
  await mesh.run(2000);
  expect([...mesh.router("c").sessions()]).toEqual([]);
  await expect(mesh.world.finish(mesh.router("c").session(evil))).rejects.toMatchObject({ kind: "denied" });
  await mesh.expectServed("a", "c");
});

/** From `evil`, by way of the hub. */
function relay(mesh: MeshWorld, to: string, from: string, body: Uint8Array): void {
  const write = (packet: LinkPacket) => packet.relayed(mesh.idBytes(to), mesh.idBytes(from), 0, 9, [body], body.length);
  mesh.inject("evil", "hub", write, body.length);
}

function setupBody(step: number, message: Uint8Array, attempt = 1): Uint8Array {
  return concatBytes([Uint8Array.of(0, 0, 0, 0, step), new Uint8Array(Uint32Array.of(attempt).buffer), message]);
}

function sealedBody(tag: number, number: number, sealed: Uint8Array): Uint8Array {
  const header = new Uint8Array(10);
  const view = new DataView(header.buffer);
  view.setUint32(0, tag, true);
  view.setUint32(4, number % 2 ** 32, true);
  view.setUint16(8, number / 2 ** 32, true);
  return concatBytes([header, sealed]);
}

function unknown(tag: number): Uint8Array {
  return sealedBody(tag, 3, new Uint8Array());
}

function handshakeBy(mesh: MeshWorld, name: string, expected: NodeId): Handshake {
  const { crypto, random } = mesh.platform(name);
  const keys = new HandshakeKeys(mesh.identity(name), crypto, random);
  return Handshake.initiate(keys, { purpose: "session", expected, hello: Uint8Array.of(1, 0, 0, 0), crypto, random });
}

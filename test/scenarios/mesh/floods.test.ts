// A neighbour that sends more than it should of everything there is. What it may use up is bounded, and its own: an honest
// pair is served by the same node all the while.

import { describe, expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { linkLimits, meshSessionLimits, routerLimits } from "#base/limits.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import { idText } from "#base/ids.ts";
import type { NodeId, Pipe } from "#glow";
import { NodeIdentity } from "#identity/node-identity.ts";
import { HandshakeKeys } from "#mesh/handshake/handshake-keys.ts";
import { Handshake, type HandshakeResult } from "#mesh/handshake/handshake.ts";
import type { LinkPacket } from "#mesh/link/link-packet.ts";
import { controlChannel } from "#mesh/router/control-channel.ts";
import { EpochKey } from "#mesh/wire/epoch-key.ts";
import { RecordingReceiver } from "../../compliance/recording-receiver.ts";
import { joined } from "./link-pair.ts";
import { MeshWorld } from "./mesh-world.ts";

const noise = new SeededRandom("floods");
const star = {
  links: [
    ["a", "hub"],
    ["c", "hub"],
    ["evil", "hub"],
    ["slow", "hub"],
  ] as const,
};

describe("a flood of relayed packets", () => {
  test("of one flow is cut at flowBytes, after its sender was told by marks from flowMarkBytes on", async () => {
    const mesh = await MeshWorld.start(star);
    clog(mesh);
    let marked = 0;
    mesh.subvert("slow", () => (_link, header) => {
      if (header.congested) marked++;
    });
    const heldBytes = flood(mesh, 200, () => [mesh.idBytes("evil"), 60_000]);
    await mesh.run(3000);
    expect(heldBytes.most).toBeLessThanOrEqual(routerLimits.flowBytes);
    expect(heldBytes.most).toBeGreaterThan(routerLimits.flowBytes - 100_000);
    expect(mesh.router("hub").counts.dropped).toBeGreaterThan(100);
    await mesh.expectServed("a", "c");
    await mesh.run(15_000);
    const unmarked = Math.floor(routerLimits.flowMarkBytes / 60_000);
    expect(marked).toBeGreaterThan(routerLimits.flowBytes / 60_000 - unmarked - 10);
    expect(mesh.router("hub").heldBytes()).toBe(0);
  });

  test("of many flows is cut at neighbourBytes, and is nobody else's room", async () => {
    const mesh = await MeshWorld.start(star);
    clog(mesh);
    const heldBytes = flood(mesh, 1200, (at) => [forged(at % 20), 60_000]);
    await mesh.run(5000);
    expect(heldBytes.most).toBeLessThanOrEqual(routerLimits.neighbourBytes);
    expect(heldBytes.most).toBeGreaterThan(routerLimits.neighbourBytes - 100_000);
    await mesh.expectServed("a", "c");
    // Even what goes the same way has its turn: one of two, and not one of twenty-one.
    mesh.world.network.healAll();
    await mesh.expectServed("a", "slow");
  });

  test("of packets without content counts packetCostBytes for each", async () => {
    const { mesh, mute } = await muted();
    const most = routerLimits.flowBytes / routerLimits.packetCostBytes;
    const heldBytes = flood(mesh, Math.ceil((most * 1.5) / 400), () => [mesh.idBytes("evil"), 0], 400, mute.idBytes);
    await mesh.run(4000);
    expect(heldBytes.most).toBe(routerLimits.flowBytes);
    await mesh.expectServed("a", "c");
  });

  test("of made up senders is cut at `flows`; idle ones make room for new ones", async () => {
    const { mesh, mute, barrier } = await muted();
    barrier.heal();
    // While they leave at once any number of them passes, one after the other.
    const { counts } = mesh.router("hub");
    const before = counts.relayed;
    flood(mesh, 30, (at) => [forged(at), 0], 200, mute.idBytes);
    await mesh.run(4000);
    expect(counts.relayed - before).toBe(6000);
    mesh.world.network.barrier(["hub"], ["slow"]);
    // What the pipe takes before it is full.
    flood(mesh, 30, () => [mesh.idBytes("evil"), 60_000], 1, mute.idBytes);
    await mesh.run(3000);
    const { relayed, dropped } = counts;
    flood(mesh, 25, (at) => [forged(10_000 + at), 0], 200, mute.idBytes);
    await mesh.run(2500);
    // One of them is the flow that fills the pipe.
    expect(counts.relayed - relayed).toBe(routerLimits.flows - 1);
    expect(counts.dropped - dropped).toBe(5000 - routerLimits.flows + 1);
    // One more by an honest neighbour, over the same link.
    const write = (packet: LinkPacket) => packet.relayed(mute.idBytes, mesh.idBytes("a"), 2, 9, [], 0);
    mesh.inject("a", "hub", write);
    await mesh.run(100);
    expect(counts.relayed - relayed).toBe(routerLimits.flows);
    await mesh.expectServed("a", "c");
  });

  test("in an honest node's name takes nothing of that node's room", async () => {
    const mesh = await MeshWorld.start(star);
    clog(mesh);
    flood(mesh, 200, () => [mesh.idBytes("a"), 60_000]);
    await mesh.run(3000);
    const { dropped } = mesh.router("hub").counts;
    mesh.inject("a", "hub", (packet) =>
      packet.relayed(mesh.idBytes("slow"), mesh.idBytes("a"), 2, 9, [new Uint8Array(9)], 9),
    );
    await mesh.run(500);
    expect(mesh.router("hub").counts.dropped).toBe(dropped);
  });

  test("for a node that takes nothing does not stay: that node's link ends", async () => {
    const { mesh, mute } = await muted();
    for (let at = 0; at < 100; at++) {
      const body = new Uint8Array(60_000);
      const write = (packet: LinkPacket) =>
        packet.relayed(mute.idBytes, mesh.idBytes("evil"), 2, 9, [body], body.length);
      mesh.inject("evil", "hub", write, body.length);
    }
    await mesh.run(3000);
    expect(mesh.router("hub").isNeighbour(mute.id)).toBe(true);
    expect(mesh.router("hub").heldBytes()).toBeGreaterThan(3_000_000);
    await mesh.expectServed("a", "c");
    await mesh.run(linkLimits.stalledTicks * linkLimits.tickMs);
    expect(mesh.router("hub").isNeighbour(mute.id)).toBe(false);
    expect(mesh.router("hub").heldBytes()).toBe(0);
    await mesh.expectServed("a", "c");
  });

  test("going in a circle ends at `hops`", async () => {
    const mesh = await MeshWorld.start(star);
    const body = new Uint8Array(10);
    const { relayed } = mesh.router("hub").counts;
    mesh.subvert("slow", () => (link, { ids, hopsLeft }) => {
      // Back to where it came from, again and again.
      link.ready(
        { fill: (packet) => (packet.relayed(ids.slice(0, 33), ids.slice(33), 0, hopsLeft, [body], 10), false) },
        0,
      );
    });
    const to = mesh.idBytes("slow");
    mesh.inject("evil", "hub", (packet) => packet.relayed(to, mesh.idBytes("evil"), 0, 255, [body], 10));
    await mesh.run(5000);
    // The hub does not send back what comes from there, whatever its count is.
    expect(mesh.router("hub").counts.relayed - relayed).toBe(1);
    const { dropped } = mesh.router("hub").counts;
    mesh.inject("evil", "hub", (packet) => packet.relayed(to, mesh.idBytes("evil"), 0, 0, [body], 10));
    await mesh.run(500);
    expect(mesh.router("hub").counts.dropped).toBe(dropped + 1);
    expect(routerLimits.hops).toBeLessThan(255);
  });
});

describe("a flood of session handshakes", () => {
  test("is bounded by setups and setupsPerSecond, and pushes out itself: others begin sessions meanwhile", async () => {
    const mesh = await MeshWorld.start(star);
    const first = handshakeOf(mesh).start();
    let most = 0;
    for (let round = 0; round < 120; round++) {
      for (let i = 0; i < 30; i++) {
        setup(mesh, "hub", setupBody(1, first, round * 100 + i), forged(round * 100 + i));
      }
      await mesh.run(100);
      most = Math.max(most, mesh.router("hub").setupsUnderWay());
      if (round % 40 === 39) await mesh.expectServed("a", "hub");
      if (round === 60) await mesh.session("c", "hub");
    }
    const bySeconds = (routerLimits.setupMs / 1000 + 1) * routerLimits.setupsPerSecond;
    expect(most).toBeLessThanOrEqual(Math.min(routerLimits.setups, bySeconds));
    expect(most).toBeGreaterThan(900);
    await mesh.run(routerLimits.setupMs + 1000);
    expect(mesh.router("hub").setupsUnderWay()).toBe(0);
  });

  test("by several neighbours leaves room for the others", async () => {
    const links = [
      ["a", "hub"],
      ["e1", "hub"],
      ["e2", "hub"],
      ["e3", "hub"],
    ] as const;
    const mesh = await MeshWorld.start({ links });
    const first = handshakeOf(mesh, "e1").start();
    let most = 0;
    for (let round = 0; round < 50; round++) {
      for (const name of ["e1", "e2", "e3"]) {
        for (let i = 0; i < 12; i++) {
          const number = round * 1000 + Number(name[1]) * 100 + i;
          setup(mesh, "hub", setupBody(1, first, number), forged(number), name);
        }
      }
      await mesh.run(100);
      most = Math.max(most, mesh.router("hub").setupsUnderWay());
    }
    expect(most).toBe(routerLimits.setups);
    const beganMs = mesh.world.nowMs;
    await mesh.session("a", "hub");
    expect(mesh.world.nowMs - beganMs).toBeLessThan(200);
    await mesh.expectServed("a", "hub");
  });

  test("by a neighbour that relays for nobody is bounded by ownSetupsPerSecond", async () => {
    const mesh = await MeshWorld.start({ ...star, rights: (_, peer) => ({ tab: false, relay: peer !== "evil" }) });
    const first = handshakeOf(mesh).start();
    for (let i = 0; i < 500; i++) mesh.link("evil", "hub").sendControl(controlChannel.setup, setupBody(1, first, i));
    await mesh.run(100);
    expect(mesh.router("hub").setupsUnderWay()).toBe(routerLimits.ownSetupsPerSecond);
    await mesh.expectServed("a", "hub");
  });

  test("the same again and again, and unknown sessions, are answered setupRepliesPerSecond times", async () => {
    const mesh = await MeshWorld.start(star);
    let answers = 0;
    const events = mesh.router("evil").linkEvents;
    const honest = events.control;
    events.control = (link, channel, message) => {
      if (channel === controlChannel.setup) answers++;
      else honest(link, channel, message);
    };
    const first = handshakeOf(mesh).start();
    for (let i = 0; i < 1000; i++) setup(mesh, "hub", setupBody(1, first, 1), mesh.idBytes("evil"));
    for (let i = 0; i < 1000; i++)
      setup(mesh, "hub", concatBytes([Uint8Array.of(9, 9, 9, 9), new Uint8Array(20)]), mesh.idBytes("evil"));
    await mesh.run(200);
    expect(answers).toBeLessThan(routerLimits.setupRepliesPerSecond * 1.5);
    expect(answers).toBeGreaterThan(routerLimits.setupRepliesPerSecond / 2);
    await mesh.expectServed("a", "hub");
  });
});

/** Thousands of handshakes, for a slow and busy machine. */
describe("too many", { timeout: 240_000 }, () => {
  test("links to one neighbour: linkLimits.perNeighbour live, the others are refused", async () => {
    const mesh = await MeshWorld.start(star);
    for (let i = 0; i < 3 * linkLimits.perNeighbour; i++) {
      await mesh.dial("evil", "hub").catch(() => undefined);
      await mesh.run(100);
      expect(mesh.links("hub", "evil").length).toBeLessThanOrEqual(linkLimits.perNeighbour);
    }
    expect(mesh.links("hub", "evil").length).toBe(linkLimits.perNeighbour);
    expect(mesh.links("evil", "hub").length).toBe(linkLimits.perNeighbour);
    await mesh.expectServed("a", "c");
    await mesh.expectServed("evil", "hub");
  });

  test("neighbours: past routerLimits.neighbours one more is refused, and those that are there are served", async () => {
    const mesh = await MeshWorld.start({ ...star, rights: (_, peer) => ({ tab: false, relay: peer !== "" }) });
    const { router } = mesh.mesh("hub");
    const crowd: Mute[] = [];
    for (let at = 0; at < routerLimits.neighbours; at += 4) {
      const four = await mesh.world.finish(Promise.all(Array.from({ length: 4 }, () => Mute.dial(mesh))));
      crowd.push(...four);
      // No more than the handshakes a second that are begun.
      await mesh.run(40);
    }
    expect([...router.neighbours()].length).toBe(routerLimits.neighbours);
    expect(crowd.filter(({ id }) => !router.isNeighbour(id)).length).toBe(4);
    // Whoever is a neighbour may make another link.
    await mesh.dial("evil", "hub");
    expect(mesh.links("evil", "hub").length).toBe(2);
    await mesh.expectServed("a", "c");
  });

  test("streams: past meshSessionLimits.streams they are refused one by one, and others' are not", async () => {
    const mesh = await MeshWorld.start(star);
    mesh.router("hub").accept("idle", (stream) => stream.attach(new RecordingReceiver()));
    const session = await mesh.session("evil", "hub");
    const ends = Array.from({ length: meshSessionLimits.streams + 50 }, () => {
      const end = new RecordingReceiver();
      session.open("idle", "bulk").attach(end);
      return end;
    });
    await mesh.run(2000);
    const refused = ends.flatMap((end) => end.ends);
    expect(refused.length).toBe(50);
    expect(refused.every(({ kind }) => kind === "exhausted")).toBe(true);
    await mesh.expectServed("a", "hub");
  });

  test("sessions: past routerLimits.sessions the one that is idle longest goes, and none that is in use", async () => {
    const mesh = await MeshWorld.start(star);
    const router = mesh.router("hub");
    router.accept("idle", (stream) => stream.attach(new RecordingReceiver()));
    const used = new RecordingReceiver();
    (await mesh.session("a", "hub")).open("idle", "bulk").attach(used);
    await mesh.session("c", "hub");
    await mesh.run(1000);
    const idle = [...router.sessions()].find(({ peer }) => peer === mesh.id("c"));
    let most = 0;
    const crowd = new Crowd(mesh);
    for (let made = 0; made < routerLimits.sessions; made += 10) {
      for (let i = 0; i < 10; i++) crowd.begin();
      await mesh.run(120);
      most = Math.max(most, [...router.sessions()].length);
    }
    await mesh.run(1000);
    expect(most).toBe(routerLimits.sessions);
    expect(crowd.made).toBeGreaterThan(routerLimits.sessions - 100);
    expect([...router.sessions()]).not.toContain(idle);
    expect(used.ends).toEqual([]);
    await mesh.expectServed("a", "c");
    await mesh.expectServed("c", "hub");
  });

  test("control messages, to a node that answers each: it has its own link to lose", async () => {
    const mesh = await MeshWorld.start(star);
    for (let i = 0; i < 20_000; i++) mesh.link("evil", "hub").sendControl(99, new Uint8Array(100));
    await mesh.run(1000);
    await mesh.expectServed("a", "c");
  });

  test("choices of the link for routing: past routingStarts a second the link that brings them ends", async () => {
    // Who chooses has the smaller id.
    const mesh = await MeshWorld.start(star);
    const chooser = mesh.id("evil") < mesh.id("hub") ? "evil" : "hub";
    const other = chooser === "evil" ? "hub" : "evil";
    await mesh.dial("evil", "hub");
    await mesh.run(200);
    const links = mesh.links(chooser, other);
    expect(links.length).toBe(2);
    for (let i = 0; i < 3 * routerLimits.routingStarts; i++) {
      links[i % 2]?.sendControl(controlChannel.routingStart, new Uint8Array());
      await mesh.run(20);
    }
    expect(links.some(({ open }) => !open)).toBe(true);
    await mesh.expectServed("a", "c");
    // It can behave, and link again.
    await mesh.run(5000);
    await mesh.expectServed("evil", "hub");
  });

  test("handshakes on new pipes: those that are neighbours notice nothing, and a new one gets in as it ends", async () => {
    const mesh = await MeshWorld.start(star);
    const { network } = mesh.platform("evil");
    const pipes: Pipe[] = [];
    for (let i = 0; i < linkLimits.handshakes + linkLimits.handshakesPerSecond; i++) {
      const pipe = await mesh.world.finish(network.dial(mesh.address("hub")));
      pipe.attach(new RecordingReceiver());
      pipe.send([randomBytes(noise, 60)]);
      pipes.push(pipe);
    }
    await mesh.expectServed("a", "c");
    await mesh.run(linkLimits.handshakeMs + 1000);
    await mesh.dial("c", "hub");
    await mesh.expectServed("c", "hub");
  });
});

/** From here on little leaves the hub for `slow`. */
function clog(mesh: MeshWorld): void {
  mesh.world.network.disturb("hub", "slow", { bytesPerMs: 500 });
}

/** With a neighbour of the hub that goes on saying that it lives, and whose pipe takes nothing. */
async function muted() {
  const mesh = await MeshWorld.start(star);
  const mute = await Mute.link(mesh);
  return { mesh, mute, barrier: mesh.world.network.barrier(["hub"], ["slow"]) };
}

/** Packets that `evil` sends to `slow`, some every 20 ms, and the most that the hub holds of them. */
function flood(
  mesh: MeshWorld,
  rounds: number,
  packet: (at: number) => readonly [from: Uint8Array, sizeBytes: number],
  perRound = 1,
  to = mesh.idBytes("slow"),
): { readonly most: number } {
  const held = { most: 0 };
  for (let round = 0; round < rounds; round++) {
    mesh.world.after(20 + Math.floor((round * 2000) / rounds), () => {
      for (let i = 0; i < perRound; i++) {
        const [from, sizeBytes] = packet(round * perRound + i);
        const body = new Uint8Array(sizeBytes);
        mesh.inject("evil", "hub", (link) => link.relayed(to, from, 2, 9, [body], sizeBytes), sizeBytes);
      }
    });
  }
  const watch = (left: number) => {
    held.most = Math.max(held.most, mesh.router("hub").heldBytes());
    if (left > 0) mesh.world.after(25, () => watch(left - 1));
  };
  watch(200);
  return held;
}

/** Ids that nobody has, as alike as can be. */
function forged(number: number): Uint8Array {
  const id = new Uint8Array(33).fill(7);
  id[0] = 0x1e;
  new DataView(id.buffer).setUint32(12, number);
  return id;
}

function setup(mesh: MeshWorld, to: string, body: Uint8Array, from: Uint8Array, by = "evil"): void {
  mesh.inject(by, to, (packet) => packet.relayed(mesh.idBytes(to), from, 0, 9, [body], body.length), body.length);
}

function setupBody(step: number, message: Uint8Array, attempt: number): Uint8Array {
  return concatBytes([Uint8Array.of(0, 0, 0, 0, step), new Uint8Array(Uint32Array.of(attempt).buffer), message]);
}

function handshakeOf(mesh: MeshWorld, name = "evil"): Handshake {
  const { crypto, random } = mesh.platform(name);
  const keys = new HandshakeKeys(mesh.identity(name), crypto, random);
  const options = {
    purpose: "session",
    expected: mesh.id("hub"),
    hello: Uint8Array.of(1, 0, 0, 0),
    crypto,
    random,
  } as const;
  return Handshake.initiate(keys, options);
}

/** A neighbour of the hub on the host `slow` that says that it is alive, and nothing else. */
class Mute {
  readonly #identity: NodeIdentity;

  private constructor(identity: NodeIdentity) {
    this.#identity = identity;
  }

  static async link(mesh: MeshWorld): Promise<Mute> {
    const mute = await mesh.world.finish(Mute.dial(mesh));
    await mesh.run(40);
    return mute;
  }

  static async dial(mesh: MeshWorld): Promise<Mute> {
    const { crypto, random, network } = mesh.platform("slow");
    const identity = new NodeIdentity(crypto, crypto.keyPair("ed25519", random));
    const keys = new HandshakeKeys(identity, crypto, random);
    const handshake = Handshake.initiate(keys, { purpose: "link", hello: new Uint8Array(), crypto, random });
    const pipe = await network.dial(mesh.address("hub"));
    pipe.attach({
      packet: (bytes, start, end) => {
        if (handshake.result !== undefined) return;
        pipe.send([handshake.receive(bytes.slice(start, end)) as Uint8Array]);
        const { suite, sendKey } = handshake.result as HandshakeResult | undefined as HandshakeResult;
        const key = new EpochKey(crypto, suite, sendKey);
        let number = 0;
        const live = () => {
          const parts = key.key(number).sealParts(key.nonce(number++), new Uint8Array(), []);
          pipe.send([new Uint8Array(Uint32Array.of(16).buffer), ...parts]);
          mesh.world.after(linkLimits.tickMs, live);
        };
        live();
      },
      drained: () => undefined,
      closed: () => undefined,
    });
    pipe.send([handshake.start()]);
    return new Mute(identity);
  }

  get id(): NodeId {
    return this.#identity.id;
  }

  get idBytes(): Uint8Array {
    return this.#identity.idBytes;
  }
}

/** Nodes that `evil` claims to be the way to, and that are really there: each can finish a handshake with the hub. */
class Crowd {
  readonly #mesh: MeshWorld;
  readonly #begun = new Map<NodeId, { readonly handshake: Handshake; readonly idBytes: Uint8Array }>();
  made = 0;

  constructor(mesh: MeshWorld) {
    this.#mesh = mesh;
    mesh.subvert("evil", () => (_link, { ids }, body) => {
      const member = this.#begun.get(idText(ids.slice(0, 33)) as NodeId);
      const bytes = joined(body);
      if (member === undefined || bytes[4] !== 2 || member.handshake.result !== undefined) return;
      const third = member.handshake.receive(bytes.subarray(9)) as Uint8Array;
      this.made++;
      setup(mesh, "hub", setupBody(3, third, 1), member.idBytes);
    });
  }

  begin(): void {
    const { crypto, random } = this.#mesh.platform("evil");
    const identity = new NodeIdentity(crypto, crypto.keyPair("ed25519", random));
    const keys = new HandshakeKeys(identity, crypto, random);
    const hello = Uint8Array.of(1, 0, 0, 0);
    const expected = this.#mesh.id("hub");
    const handshake = Handshake.initiate(keys, { purpose: "session", expected, hello, crypto, random });
    this.#begun.set(identity.id, { handshake, idBytes: identity.idBytes });
    setup(this.#mesh, "hub", setupBody(1, handshake.start(), 1), identity.idBytes);
  }
}

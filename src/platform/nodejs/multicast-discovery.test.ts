// Multicast DNS in simulated time: who is found when, how little is said, and what a flood of nodes that aren't there can
// fill. Networks are lists of ports that hear one another; the bytes are tested in multicast-port.test.ts.

import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { idText } from "#base/ids.ts";
import { discoveryLimits } from "#base/limits.ts";
import type { Address, NodeId } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import type { NetworkInterface } from "./interface-watch.ts";
import { MulticastDiscovery } from "./multicast-discovery.ts";
import type { OpenPort, PortReceiver } from "./multicast-port.ts";
import {
  type IncomingPacket,
  type OutgoingQuery,
  type OutgoingResponse,
  queryFor,
  responseOf,
} from "./multicast-records.ts";

/** What one port hears of the others after a millisecond. */
class Segment {
  readonly #ports = new Map<PortReceiver, string>();
  readonly #world: World;
  readonly sent = { queries: 0, answers: 0, goodbyes: 0 };
  /** Fails whoever opens a port. */
  broken = false;

  constructor(world: World) {
    this.#world = world;
  }

  readonly open: OpenPort = ({ addresses: [own], name }, receiver) => {
    const source = own?.address as string;
    this.#world.after(1, () => {
      if (this.broken) receiver.failed(new GlowError("unavailable", "multicast.open", { target: name }));
      else {
        this.#ports.set(receiver, source);
        receiver.ready();
      }
    });
    return {
      query: (query) => this.query(query, source),
      respond: (response) => this.respond(response, source),
      close: async () => void this.#ports.delete(receiver),
    };
  };

  query(query: OutgoingQuery, source: string): void {
    this.sent.queries++;
    this.#deliver((receiver) => receiver.query(asReceived(query), source));
  }

  respond(response: OutgoingResponse, source: string): void {
    this.sent[response.answers.every((each) => "ttl" in each && each.ttl === 0) ? "goodbyes" : "answers"]++;
    this.#deliver((receiver) => receiver.response(asReceived(response), source));
  }

  #deliver(give: (receiver: PortReceiver) => void): void {
    this.#world.after(1, () => {
      for (const receiver of this.#ports.keys()) give(receiver);
    });
  }
}

/** As the library gives it: all lists are there, texts are bytes. */
function asReceived(packet: OutgoingQuery | OutgoingResponse): IncomingPacket {
  const bytes = (each: unknown) => (typeof each === "string" ? Buffer.from(each) : each);
  const read = (records: OutgoingResponse["answers"] = []) =>
    records.map((each) =>
      each.type === "TXT" && Array.isArray(each.data) ? { ...each, data: each.data.map(bytes) } : each,
    );
  const { questions = [], answers = [], additionals = [] } = packet;
  return { questions, answers: read(answers), additionals: read(additionals) } as IncomingPacket;
}

function nodeOf(name: string): NodeId {
  return idText(new TextEncoder().encode(name.padEnd(33, "."))) as NodeId;
}

function cable(address: string, name = "eth0"): NetworkInterface {
  return { name, addresses: [{ family: "ipv4", address, cidr: `${address}/24` }] };
}

interface Machine {
  discovery: MulticastDiscovery;
  /** What was last found of each node, with when. */
  readonly found: Map<NodeId, { readonly addresses: readonly string[]; readonly atMs: number }>;
  readonly failures: GlowError[];
  interfaces: NetworkInterface[];
}

function addMachine(
  world: World,
  segments: Record<string, Segment>,
  name: string,
  ...interfaces: NetworkInterface[]
): Machine {
  const machine: Partial<Machine> & Omit<Machine, "discovery"> = { found: new Map(), failures: [], interfaces };
  world.addNode(name, {
    boot: ({ clock, timers, random }) => {
      machine.discovery = new MulticastDiscovery({
        self: nodeOf(name),
        clock,
        timers,
        random,
        failed: (error) => machine.failures.push(error),
        openPort: (each, receiver) => (segments[each.name] as Segment).open(each, receiver),
        interfaces: () => machine.interfaces,
      });
      machine.discovery.search((found, addresses) => {
        machine.found.set(found as NodeId, { addresses, atMs: world.nowMs });
      });
      machine.discovery.announce(["tcp://0.0.0.0:7" as Address]);
    },
  });
  return machine as Machine;
}

function twoMachines(seed = 1): { world: World; lan: Segment; ann: Machine; bob: Machine } {
  const world = new World(nodeHost, { seed });
  const lan = new Segment(world);
  const ann = addMachine(world, { eth0: lan }, "ann", cable("10.0.0.1"));
  const bob = addMachine(world, { eth0: lan }, "bob", cable("10.0.0.2"));
  return { world, lan, ann, bob };
}

describe("neighbours", () => {
  test("find each other at once, and know it for hours with few packets", async () => {
    const { world, lan, ann, bob } = twoMachines();
    await world.run({ untilMs: 500 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual(["tcp://10.0.0.2:7"]);
    expect(bob.found.get(nodeOf("ann"))?.addresses).toEqual(["tcp://10.0.0.1:7"]);
    expect(ann.found.size).toBe(1);
    const hourMs = 3_600_000;
    await world.run({ untilMs: 4 * hourMs });
    expect(ann.found.get(nodeOf("bob"))).toMatchObject({ addresses: ["tcp://10.0.0.2:7"] });
    expect(ann.found.get(nodeOf("bob"))?.atMs).toBeLessThan(500);
    // Two per announcement kept, each time four fifths of its time are over.
    expect(lan.sent.queries + lan.sent.answers).toBeLessThan((4 * hourMs * 5) / (0.8 * discoveryLimits.sightingMs));
  });

  test("are found when the first words of both were lost", async () => {
    const world = new World(nodeHost, { seed: 2 });
    const lan = new Segment(world);
    const deaf = new Segment(world);
    const segments = { eth0: deaf };
    const ann = addMachine(world, segments, "ann", cable("10.0.0.1"));
    const bob = addMachine(world, { eth0: lan }, "bob", cable("10.0.0.2"));
    await world.run({ untilMs: 10_000 });
    expect(ann.found.size).toBe(0);
    segments.eth0 = lan;
    ann.interfaces = [cable("10.0.0.3")];
    await world.run({ untilMs: 11_500 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual(["tcp://10.0.0.2:7"]);
    expect(bob.found.get(nodeOf("ann"))?.addresses).toEqual(["tcp://10.0.0.3:7"]);
  });

  test("that say goodbye are gone at once, those that fall silent after `discoveryLimits.sightingMs`", async () => {
    const { world, ann, bob, lan } = twoMachines();
    addMachine(world, { eth0: lan }, "cat", cable("10.0.0.4"));
    await world.run({ untilMs: 500 });
    await world.finish(bob.discovery.close());
    await world.run({ untilMs: world.nowMs + 10 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual([]);
    expect(bob.found.get(nodeOf("ann"))?.addresses).not.toEqual([]);
    world.node("cat").crash("power");
    await world.run({ untilMs: 1000 + discoveryLimits.sightingMs / 2 });
    expect(ann.found.get(nodeOf("cat"))?.addresses).toEqual(["tcp://10.0.0.4:7"]);
    await world.run({ untilMs: 3000 + discoveryLimits.sightingMs });
    expect(ann.found.get(nodeOf("cat"))?.addresses).toEqual([]);
  });

  test("on two networks are one, with the addresses of both; one network may fail", async () => {
    const world = new World(nodeHost, { seed: 3 });
    const segments = { eth0: new Segment(world), wlan0: new Segment(world) };
    segments.wlan0.broken = true;
    const both = (last: number) => [cable(`10.0.0.${last}`), cable(`10.1.0.${last}`, "wlan0")];
    const ann = addMachine(world, segments, "ann", ...both(1));
    addMachine(world, segments, "bob", ...both(2));
    await world.run({ untilMs: 20_000 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual(["tcp://10.0.0.2:7"]);
    expect(ann.failures.length).toBeGreaterThan(2);
    expect(ann.failures.length).toBeLessThan(8);
    segments.wlan0.broken = false;
    await world.run({ untilMs: 60_000 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual(["tcp://10.0.0.2:7", "tcp://10.1.0.2:7"]);
    ann.interfaces = both(1).slice(1);
    await world.run({ untilMs: 62_000 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual(["tcp://10.1.0.2:7"]);
  });

  test("come when somebody starts to search later, and not after he has stopped", async () => {
    const { world, ann } = twoMachines();
    await world.run({ untilMs: 1000 });
    const late: string[][] = [];
    const search = ann.discovery.search((node, addresses) => late.push([String(node), ...addresses]));
    expect(late).toEqual([]);
    ann.discovery.search(() => expect.unreachable()).stop();
    await world.run({ untilMs: 1001 });
    expect(late).toEqual([[nodeOf("bob"), "tcp://10.0.0.2:7"]]);
    search.stop();
    world.node("bob").crash("power");
    await world.run({ untilMs: 300_000 });
    expect(late).toHaveLength(1);
  });

  test("that no longer listen anywhere are gone", async () => {
    const { world, ann, bob } = twoMachines();
    await world.run({ untilMs: 1000 });
    bob.discovery.announce(["unix:/run/glow" as Address]);
    await world.run({ untilMs: 1010 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual([]);
  });
});

test("one that is alone asks less and less often", async () => {
  const world = new World(nodeHost, { seed: 5 });
  const lan = new Segment(world);
  addMachine(world, { eth0: lan }, "ann", cable("10.0.0.1"));
  await world.run({ untilMs: 3_600_000 });
  // Its own questions come back, and it cannot tell them from those of another program on its machine.
  expect(lan.sent).toEqual({ queries: 12, answers: 14, goodbyes: 0 });
});

test("one that is asked all the time answers, but not each time", async () => {
  const world = new World(nodeHost, { seed: 6 });
  const lan = new Segment(world);
  addMachine(world, { eth0: lan }, "ann", cable("10.0.0.1"));
  await world.run({ untilMs: 5000 });
  const before = lan.sent.answers;
  for (let i = 0; i < 200; i++) {
    lan.query(queryFor([]), "10.0.0.66");
    await world.run({ untilMs: 5000 + i * 10 });
  }
  expect(lan.sent.answers - before).toBeGreaterThan(2000 / 150);
  expect(lan.sent.answers - before).toBeLessThan(2000 / 20);
});

test("a hundred that start together answer each other with few packets", async () => {
  const world = new World(nodeHost, { seed: 4 });
  const lan = new Segment(world);
  const machines = Array.from({ length: 100 }, (_, i) =>
    addMachine(world, { eth0: lan }, `m${i}`, cable(`10.0.0.${i}`)),
  );
  await world.run({ untilMs: 1000 });
  expect(machines.map(({ found }) => found.size)).toEqual(machines.map(() => 99));
  expect(lan.sent.answers).toBeLessThan(400);
});

describe("a liar", () => {
  const forged = (node: NodeId, label: string, ttlMs: number = discoveryLimits.sightingMs): OutgoingResponse =>
    responseOf({ label, node, endpoints: [{ scheme: "tcp", port: 666, path: "" }], hosts: [] }, ttlMs);

  test("cannot take back what another said, nor have us find ourselves", async () => {
    const { world, lan, ann } = twoMachines();
    let label = "";
    const spy: PortReceiver = {
      ready() {},
      query() {},
      failed() {},
      response: ({ answers }, source) => {
        if (source === "10.0.0.2") label = (answers[0]?.type === "PTR" ? answers[0].data : "").split(".")[0] as string;
      },
    };
    lan.open(cable("10.0.0.66"), spy);
    await world.run({ untilMs: 500 });
    expect(label).not.toBe("");
    lan.respond(forged(nodeOf("bob"), label, 0), "10.0.0.66");
    lan.respond(forged(nodeOf("ann"), "me"), "10.0.0.66");
    await world.run({ untilMs: 600 });
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual(["tcp://10.0.0.2:7"]);
    expect(ann.found.has(nodeOf("ann"))).toBe(false);
  });

  test("fills no more than `discoveryLimits.sightingsPerHost`, and many no more than `discoveryLimits.sightings`", async () => {
    const { world, lan, ann } = twoMachines();
    await world.run({ untilMs: 500 });
    for (let i = 0; i < 1000; i++) lan.respond(forged(nodeOf(`one${i}`), `label${i}`), "10.0.0.66");
    await world.run({ untilMs: 600 });
    const known = async () => {
      const nodes = new Set<NodeId | undefined>();
      ann.discovery.search((node) => nodes.add(node));
      await world.run({ untilMs: world.nowMs + 1 });
      return nodes;
    };
    // What one host says pushes out only what it said itself.
    expect((await known()).has(nodeOf("bob"))).toBe(true);
    for (let i = 0; i < 20_000; i++) lan.respond(forged(nodeOf(`many${i}`), `label${i}`), `10.0.0.${i % 256}`);
    await world.run({ untilMs: 700 });
    expect((await known()).size).toBe(discoveryLimits.sightings);
    expect((await known()).has(nodeOf("bob"))).toBe(false);
    // A neighbour that was pushed out was not told to have left, and is heard again when it next answers.
    expect(ann.found.get(nodeOf("bob"))?.addresses).toEqual(["tcp://10.0.0.2:7"]);
    await world.run({ untilMs: discoveryLimits.sightingMs * 2 });
    expect((await known()).has(nodeOf("bob"))).toBe(true);
  });
});

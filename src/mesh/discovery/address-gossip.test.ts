// Three nodes in simulated time that tell each other where they listen, and one that lies.

import { beforeEach, describe, expect, test } from "vitest";
import { idText } from "#base/ids.ts";
import { discoveryLimits } from "#base/limits.ts";
import type { Address, NodeId, Platform } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { AddressBook } from "./address-book.ts";
import { AddressGossip } from "./address-gossip.ts";
import { encodeGossip } from "./gossip-message.ts";

const idOf = (name: string) => idText(new TextEncoder().encode(name.padEnd(33, "."))) as NodeId;
const [ann, bob, cat] = ["ann", "bob", "cat"].map(idOf) as [NodeId, NodeId, NodeId];

interface Member {
  readonly book: AddressBook;
  readonly gossip: AddressGossip;
  own: Address[];
  readonly found: Set<NodeId>;
}

let world: World;
let members: Map<NodeId, Member>;
let sent: [from: NodeId, to: NodeId][];

async function add(id: NodeId, ...own: string[]): Promise<Member> {
  const { clock, timers } = await platformOf(id);
  const book = new AddressBook({ clock });
  const found = new Set<NodeId>();
  const gossip = new AddressGossip({
    self: id,
    book,
    timers,
    own: () => member.own,
    send: (to, message) => {
      sent.push([id, to]);
      world.after(1, () => members.get(to)?.gossip.received(id, message));
    },
    found: (node) => found.add(node),
  });
  const member = { book, gossip, own: own as Address[], found };
  members.set(id, member);
  return member;
}

async function platformOf(name: string): Promise<Platform> {
  const node = world.addNode(name, { boot: (platform) => platform });
  await world.run({ untilMs: world.nowMs });
  return node.handle as Platform;
}

/** A link that `a` has dialled, at an address of `b`. */
function link(a: NodeId, b: NodeId, address?: string): void {
  if (address !== undefined) members.get(a)?.book.reached(b, address as Address);
  members.get(a)?.gossip.linked(b);
  members.get(b)?.gossip.linked(a);
}

function known(to: NodeId, of: NodeId): string[] {
  return (members.get(to) as Member).book
    .of(of)
    .map(({ address }) => address)
    .toSorted();
}

beforeEach(() => {
  world = new World(nodeHost, { seed: 1 });
  members = new Map();
  sent = [];
});

describe("neighbours", () => {
  test("learn where the other listens, and where its other neighbours do", async () => {
    const [, , third] = [
      await add(ann, "tcp://10.0.0.1:1"),
      await add(bob, "tcp://10.0.0.2:1"),
      await add(cat, "tcp://10.0.0.3:1"),
    ];
    link(ann, bob, "tcp://10.0.0.2:1");
    await world.run({ untilMs: 100 });
    expect(known(bob, ann)).toEqual(["tcp://10.0.0.1:1"]);
    link(cat, bob, "tcp://10.0.0.2:1");
    await world.run({ untilMs: 3000 });
    expect(known(cat, ann)).toEqual(["tcp://10.0.0.1:1"]);
    expect(known(ann, cat)).toEqual(["tcp://10.0.0.3:1"]);
    expect(third.found).toEqual(new Set([ann, bob]));
    const quiet = sent.length;
    await world.run({ untilMs: 100_000 });
    expect(sent.length).toBe(quiet);
  });

  test("hear of a new address, and that an old one is gone, at most every `discoveryLimits.gossipIntervalMs`", async () => {
    const first = await add(ann, "tcp://10.0.0.1:1");
    await add(bob);
    link(ann, bob);
    await world.run({ untilMs: 2000 });
    sent = [];
    for (let n = 1; n <= 100; n++) {
      first.own = [`tcp://10.0.0.1:${n}` as Address];
      first.gossip.ownChanged();
      await world.run({ untilMs: 2000 + n * 50 });
    }
    await world.run({ untilMs: 10_000 });
    expect(known(bob, ann)).toEqual(["tcp://10.0.0.1:100"]);
    expect(sent.length).toBeLessThanOrEqual(2 + 5000 / discoveryLimits.gossipIntervalMs);
  });

  test("are not told what is of no use to them", async () => {
    const own = ["tcp://127.0.0.1:1", "tcp://[fe80::1]:1", "tcp://10.0.0.1:1", "wss://glow.example/", "unix:/run/glow"];
    await add(ann, ...own);
    await add(bob);
    await add(cat);
    link(ann, bob, "tcp://10.0.0.2:1");
    link(ann, cat, "tcp://8.8.8.8:1");
    await world.run({ untilMs: 1000 });
    expect(known(bob, ann)).toEqual(["tcp://10.0.0.1:1", "wss://glow.example/"]);
    expect(known(cat, ann)).toEqual(["wss://glow.example/"]);
  });

  test("that have gone are told nothing any more", async () => {
    const first = await add(ann, "tcp://10.0.0.1:1");
    await add(bob);
    link(ann, bob);
    await world.run({ untilMs: 100 });
    first.gossip.unlinked(bob);
    first.gossip.ownChanged();
    sent = [];
    await world.run({ untilMs: 10_000 });
    expect(sent).toEqual([]);
  });
});

test("many neighbours, with all the addresses they may have, are told in several messages", async () => {
  const { gossip, book } = await add(ann);
  const addresses = Array.from(
    { length: discoveryLimits.addressesPerSource },
    (_, n) => `ws://h${n}.example/${"a".repeat(200)}` as Address,
  );
  for (let n = 0; n < 100; n++) {
    gossip.linked(idOf(`n${n}`));
    book.replace(idOf(`n${n}`), addresses, { toldBy: idOf(`n${n}`) });
  }
  await add(bob);
  sent = [];
  link(ann, bob);
  await world.run({ untilMs: 5000 });
  expect(sent.filter(([from, to]) => from === ann && to === bob).length).toBeGreaterThan(
    100 / discoveryLimits.gossipNodes,
  );
  expect(known(bob, idOf("n99"))).toEqual(addresses.toSorted());
});

describe("a liar", () => {
  test("is believed only for himself, about others it is a hint that goes no further, and about us nothing", async () => {
    const second = await add(bob, "tcp://10.0.0.2:1");
    await add(ann);
    link(ann, bob);
    const liar = idOf("liar");
    second.gossip.linked(liar);
    const forged = ["tcp://6.6.6.6:6" as Address];
    second.gossip.received(
      liar,
      encodeGossip(
        new Map([
          [ann, forged],
          [bob, forged],
          [liar, forged],
          [cat, forged],
        ]),
      ),
    );
    await world.run({ untilMs: 5000 });
    expect(known(bob, bob)).toEqual([]);
    expect(known(bob, ann)).toEqual(forged);
    expect(known(ann, cat)).toEqual([]);
    expect(known(ann, liar)).toEqual(forged);
  });

  test("cannot have us dial ourselves or the cable: such addresses are not taken", async () => {
    const { gossip } = await add(bob);
    const traps = [
      "tcp://127.0.0.1:22",
      "unix:/run/x",
      "tcp://169.254.169.254:80",
      "tcp://[::1]:1",
      "tcp://0.0.0.0:1",
    ] as Address[];
    gossip.linked(ann);
    gossip.received(
      ann,
      encodeGossip(
        new Map([
          [ann, traps],
          [cat, traps],
        ]),
      ),
    );
    expect([known(bob, ann), known(bob, cat)]).toEqual([[], []]);
  });

  test("that changes its mind all the time is passed on once in `discoveryLimits.gossipIntervalMs`", async () => {
    const { gossip } = await add(bob);
    gossip.linked(ann);
    gossip.linked(cat);
    await world.run({ untilMs: 2000 });
    sent = [];
    for (let n = 0; n < 1000; n++) {
      gossip.received(ann, encodeGossip(new Map([[ann, [`tcp://1.1.1.1:${n + 1}` as Address]]])));
      await world.run({ untilMs: 2000 + n * 5 });
    }
    expect(sent.length).toBeLessThanOrEqual(1 + 5000 / discoveryLimits.gossipIntervalMs);
    await world.run({ untilMs: 10_000 });
    sent = [];
    gossip.received(ann, encodeGossip(new Map([[idOf("dan"), ["tcp://1.1.1.1:1" as Address]]])));
    await world.run({ untilMs: 20_000 });
    expect(sent, "what is said of others goes no further").toEqual([]);
  });

  test("that sends nonsense breaks the protocol", async () => {
    const { gossip } = await add(bob);
    gossip.linked(ann);
    expect(() => gossip.received(ann, Uint8Array.of(1, 2, 3))).toThrow(expect.objectContaining({ kind: "protocol" }));
  });
});

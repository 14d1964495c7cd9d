// Where other devices were is remembered over restarts, and longer than the mesh's own book does.

import { expect, test } from "vitest";
import { discoveryLimits } from "#base/limits.ts";
import type { Address, NodeId, Platform } from "#glow";
import { AddressBook } from "#mesh/discovery/address-book.ts";
import { KnownAddresses, writeAddresses } from "#node/known-addresses.ts";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../swarm/node-host.ts";

const [a, b, stranger] = ["a" as NodeId, "b" as NodeId, "stranger" as NodeId];
const [one, other] = ["sim://one:1" as Address, "sim://other:1" as Address];

async function begin() {
  const world = new World(nodeHost, { seed: 1 });
  const boot = (platform: Platform) => Promise.resolve(platform);
  const node = world.addNode("a", { boot, clockRate: 1, wallOffsetMs: 0 });
  await world.run({ untilMs: 100 });
  const { disk, clock, timers } = node.handle as Platform;
  const members = new Set([a, b]);
  const start = () => {
    const book = new AddressBook({ clock });
    const kept = new Map<NodeId, readonly Address[]>();
    const keep = (to: NodeId, addresses: readonly Address[] = []) => void kept.set(to, addresses);
    const problem = () => expect.unreachable();
    const known = new KnownAddresses({ disk, timers, mesh: { book, keep }, devices: () => members, problem });
    return { book, kept, known };
  };
  const run = (forMs: number) => world.run({ untilMs: world.nowMs + forMs });
  return { world, disk, members, start, run };
}

test("what was reached is kept, for devices of the user alone, soon and at the end", async () => {
  const { world, start, run } = await begin();
  const first = start();
  await world.finish(first.known.start());
  first.book.reached(a, one);
  first.book.reached(stranger, one);
  first.known.changed();
  await run(1000);
  first.book.add(b, other, "given");
  await world.finish(first.known.stop());
  const second = start();
  await world.finish(second.known.start());
  expect(Object.fromEntries(second.kept)).toEqual({ a: [one], b: [other] });
});

test("nothing is written before what is there was read", async () => {
  const { world, disk, start, run } = await begin();
  await world.finish(writeAddresses(disk, [[a, one]]));
  const { known, kept } = start();
  known.changed();
  await run(1000);
  await world.finish(known.start());
  expect(kept.get(a)).toEqual([one]);
  const hasty = start();
  await world.finish(hasty.known.stop());
  const last = start();
  await world.finish(last.known.start());
  expect(last.kept.get(a)).toEqual([one]);
});

test("who is away for longer than the mesh remembers is remembered, until he is no device any more", async () => {
  const { world, members, start, run } = await begin();
  const first = start();
  await world.finish(first.known.start());
  first.book.reached(a, one);
  first.known.changed();
  await run(2 * discoveryLimits.addressMs);
  first.known.changed();
  await world.finish(first.known.stop());
  const second = start();
  await world.finish(second.known.start());
  expect(second.kept.get(a)).toEqual([one]);
  members.delete(a);
  await world.finish(second.known.stop());
  members.add(a);
  const third = start();
  await world.finish(third.known.start());
  expect(third.kept.size).toBe(0);
});

// Neighbours are dialled until there is a link, in a simulated network: through partitions, dead addresses, changing
// networks and lies. A link is a pipe here, made by whoever answers.

import { describe, expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { dialLimits } from "#base/limits.ts";
import type { Address, NodeId, Pipe, Platform } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { AddressBook } from "./address-book.ts";
import { Dialer } from "./dialer.ts";
import type { DialLimits } from "./pursuit.ts";

/** Whoever is at such an address takes connections, and is somebody else. */
const strangerPort = 9;

/** A node that keeps links to others, as a router would: it knows them by the name of their address. */
class Neighbour {
  readonly book: AddressBook;
  readonly dialer: Dialer;
  /** Every dial, with when it began. */
  readonly dials: { readonly address: Address; readonly atMs: number }[] = [];
  underway = 0;
  mostUnderway = 0;
  readonly links = new Map<NodeId, Set<Pipe>>();
  readonly #platform: Platform;

  constructor(platform: Platform, limits: Partial<DialLimits> = {}) {
    const { clock, timers, random } = platform;
    this.#platform = platform;
    this.book = new AddressBook({ clock });
    this.dialer = new Dialer({
      clock,
      timers,
      random,
      limits,
      book: this.book,
      dial: (address, expected, signal) => this.#dial(address, expected, signal),
      linked: (node) => (this.links.get(node)?.size ?? 0) > 0,
    });
  }

  want(node: string, ...addresses: string[]): void {
    for (const address of addresses) this.book.add(node as NodeId, address as Address, "given");
    this.dialer.want(node as NodeId);
  }

  linksTo(node: string): number {
    return this.links.get(node as NodeId)?.size ?? 0;
  }

  take(node: NodeId, pipe: Pipe): void {
    const pipes = this.links.get(node) ?? new Set();
    this.links.set(node, pipes.add(pipe));
    pipe.attach({
      packet() {},
      drained() {},
      closed: () => {
        pipes.delete(pipe);
        this.dialer.linkChanged(node);
      },
    });
    this.dialer.linkChanged(node);
  }

  /** What a link's keep-alive does when it hears nothing. */
  dropLinks(node: string): void {
    for (const pipe of this.links.get(node as NodeId) ?? []) pipe.close();
    this.links.get(node as NodeId)?.clear();
    this.dialer.linkChanged(node as NodeId);
  }

  async #dial(address: Address, expected: NodeId, signal: AbortSignal): Promise<void> {
    this.dials.push({ address, atMs: this.#platform.clock.monotonicMs() });
    this.mostUnderway = Math.max(this.mostUnderway, ++this.underway);
    try {
      const pipe = await this.#platform.network.dial(address, signal);
      this.take(expected, pipe);
      if (!address.endsWith(`:${strangerPort}`)) return;
      pipe.close();
      this.links.get(expected)?.delete(pipe);
      throw new GlowError("denied", "link.dial", { target: address, message: "somebody else lives there" });
    } finally {
      this.underway--;
    }
  }
}

function addNeighbour(world: World, name: string, limits: Partial<DialLimits> = {}): () => Neighbour {
  const node = world.addNode(name, {
    boot: async (platform) => {
      const neighbour = new Neighbour(platform, limits);
      await platform.network.listen(`sim://${name}:1` as Address, (pipe) => neighbour.take("somebody" as NodeId, pipe));
      await platform.network.listen(`sim://${name}:${strangerPort}` as Address, (pipe) => {
        pipe.attach({ packet() {}, drained() {}, closed() {} });
      });
      return neighbour;
    },
  });
  return () => node.handle as Neighbour;
}

/** A world of ann and those named, and ann's program. */
async function worldOf(
  names: readonly string[],
  limits: Partial<DialLimits> = {},
  seed = 1,
): Promise<{ world: World; ann: Neighbour }> {
  const world = new World(nodeHost, { seed });
  const ann = addNeighbour(world, "ann", limits);
  for (const name of names) addNeighbour(world, name);
  await world.run({ untilMs: 1 });
  return { world, ann: ann() };
}

/** How long until `done`, in ms; fails after `mostMs`. */
async function until(world: World, mostMs: number, done: () => boolean): Promise<number> {
  const sinceMs = world.nowMs;
  while (!done()) {
    expect(world.nowMs - sinceMs, "it did not happen in time").toBeLessThan(mostMs);
    await world.run({ untilMs: world.nowMs + 10 });
  }
  return world.nowMs - sinceMs;
}

function perMinute(dials: readonly { readonly atMs: number }[]): number {
  return Math.max(0, ...dials.map(({ atMs }, i) => dials.slice(i).filter((each) => each.atMs < atMs + 60_000).length));
}

describe("a neighbour", () => {
  test("is linked at once when it is there, and then dialled no more", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob", "sim://bob:1");
    await until(world, 1000, () => ann.linksTo("bob") === 1);
    await world.run({ untilMs: 600_000 });
    expect(ann.dials).toHaveLength(1);
  });

  test("is dialled when its first address becomes known", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob");
    await world.run({ untilMs: 60_000 });
    ann.book.add("bob" as NodeId, "sim://bob:1" as Address, "discovery");
    await until(world, 1000, () => ann.linksTo("bob") === 1);
    expect(ann.dials).toHaveLength(1);
  });

  test("whose link broke is linked again within a second, and one whose links break at once is left alone more and more", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob", "sim://bob:1");
    await world.run({ untilMs: dialLimits.stableMs + 1000 });
    world.network.cut("ann", "bob", "reset");
    await until(world, 1000, () => ann.dials.length === 2 && ann.linksTo("bob") === 1);

    const sinceMs = world.nowMs;
    while (world.nowMs < sinceMs + 60_000) {
      ann.dropLinks("bob");
      await world.run({ untilMs: world.nowMs + 10 });
    }
    expect(ann.dials.length).toBeLessThan(80);
    expect(ann.dials.length).toBeGreaterThan(10);
  });

  test("whose links end because the network changes, time and again, is linked again at once each time", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob", "sim://bob:1");
    await until(world, 1000, () => ann.linksTo("bob") === 1);
    for (let change = 0; change < 20; change++) {
      ann.dialer.networkChanged();
      await world.run({ untilMs: world.nowMs + dialLimits.networkChangeMs });
      ann.dropLinks("bob");
      expect(await until(world, 1000, () => ann.linksTo("bob") === 1)).toBeLessThan(2 * dialLimits.firstWaitMs);
    }
  });

  test("is dialled anew when the network changes in mid-dial, and not waited for", async () => {
    const { world, ann } = await worldOf(["bob"]);
    const silence = world.network.partition(["ann"], ["bob"]);
    ann.want("bob", "sim://bob:1");
    await world.run({ untilMs: world.nowMs + 500 });
    const [before] = [ann.dials.length];
    silence.heal();
    ann.dialer.networkChanged();
    await world.run({ untilMs: world.nowMs + 2 * dialLimits.firstWaitMs });
    expect(ann.dials.length).toBe(before + 1);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "behind a partition is linked within three seconds of its end (seed %i)",
    async (seed) => {
      const { world, ann } = await worldOf(["bob"], {}, seed);
      ann.want("bob", "sim://bob:1");
      await world.run({ untilMs: 5000 });
      const partition = world.network.partition(["ann"], ["bob"]);
      ann.dropLinks("bob");
      await world.run({ untilMs: 5000 + dialLimits.lateMs / 4 });
      const triedMs = (world.nowMs - 5000) / 1000;
      expect(ann.dials.length).toBeLessThan(triedMs);
      partition.heal();
      await until(world, 3000, () => ann.linksTo("bob") > 0);
    },
  );

  test("that was never there costs a dial in `dialLimits.coldWaitMs`, one that was there `dialLimits.lateMs` ago too", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("cat", "sim://bob:7");
    ann.want("bob", "sim://bob:1");
    await world.run({ untilMs: 5000 });
    world.node("bob").crash("kill");
    const late = () => ann.dials.filter(({ address }) => address === "sim://bob:1").length;
    await world.run({ untilMs: dialLimits.lateMs });
    const [lateDials, coldDials] = [late(), ann.dials.length - late()];
    // Refused at once each time: a wait is half its most on average.
    expect(lateDials).toBeGreaterThan(dialLimits.lateMs / dialLimits.lateWaitMs);
    expect(lateDials).toBeLessThan((4 * dialLimits.lateMs) / dialLimits.lateWaitMs);
    expect(coldDials).toBeLessThan(12 + (4 * dialLimits.lateMs) / dialLimits.coldWaitMs);
    await world.run({ untilMs: 3 * dialLimits.lateMs });
    expect(late() - lateDials).toBeLessThan(20 + (8 * dialLimits.lateMs) / dialLimits.coldWaitMs);
  });

  test("is dialled at once when the network changes, at most every `dialLimits.networkChangeMs`", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("cat", "sim://bob:7");
    await world.run({ untilMs: 300_000 });
    const before = ann.dials.length;
    ann.dialer.networkChanged();
    await world.run({ untilMs: 300_200 });
    expect(ann.dials.length).toBeGreaterThan(before);

    ann.want("bob", "sim://bob:1");
    await world.run({ untilMs: 310_000 });
    world.node("bob").crash("kill");
    await world.run({ untilMs: 400_000 });
    const known = ann.dials.length;
    for (let i = 0; i < 1000; i++) {
      ann.dialer.networkChanged();
      await world.run({ untilMs: 400_000 + i * 10 });
    }
    // After each change a few dials follow close on one another, to two nodes.
    expect(ann.dials.length - known).toBeGreaterThan(10_000 / dialLimits.networkChangeMs);
    expect(ann.dials.length - known).toBeLessThan((10_000 / dialLimits.networkChangeMs) * 2 * 4);
  });

  /** Bob was there and is away for long by now. */
  async function bobAway(): Promise<{ world: World; ann: Neighbour }> {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob", "sim://bob:1");
    await world.run({ untilMs: 5000 });
    world.node("bob").crash("kill");
    await world.run({ untilMs: dialLimits.lateMs + 300_000 });
    return { world, ann };
  }

  /** When ann dials in this time, if somebody who waits says so every `everyMs`. */
  async function dialsOfWaiting(world: World, ann: Neighbour, everyMs: number, lengthMs: number): Promise<number[]> {
    const fromMs = world.nowMs;
    const atMs: number[] = [];
    while (world.nowMs < fromMs + lengthMs) {
      const waitedMs = world.nowMs - fromMs;
      const before = ann.dials.length;
      ann.dialer.hurry();
      await world.run({ untilMs: world.nowMs + everyMs });
      for (let i = before; i < ann.dials.length; i++) atMs.push(waitedMs);
    }
    return atMs;
  }

  test("is dialled at once for who waits for it, and at most `dialLimits.hurryMs` after that once more", async () => {
    const { world, ann } = await bobAway();
    const [first, second, third] = await dialsOfWaiting(world, ann, 10, 10_000);
    expect(first).toBe(0);
    expect(second).toBeGreaterThanOrEqual(dialLimits.hurryMs - 10);
    expect(second).toBeLessThanOrEqual(dialLimits.hurryMs + 20);
    expect(third).toBeGreaterThanOrEqual(3 * dialLimits.hurryMs - 20);
    world.node("bob").start();
    await world.run({ untilMs: world.nowMs + 1.1 * dialLimits.calmMs });
    ann.dialer.hurry();
    await world.run({ untilMs: world.nowMs + 500 });
    expect(ann.linksTo("bob")).toBe(1);
  });

  test("is not dialled every few seconds for as long as somebody goes on waiting, as one does in a long transfer", async () => {
    const lengthMs = 1_200_000;
    const { world, ann } = await bobAway();
    const before = ann.dials.length;
    await world.run({ untilMs: world.nowMs + lengthMs });
    const inAnyCase = ann.dials.length - before;
    for (const everyMs of [50, 3_000, 9_000]) {
      const dials = await dialsOfWaiting(world, ann, everyMs, 600_000 + lengthMs);
      const late = dials.filter((atMs) => atMs >= 600_000);
      expect(late.length, `every ${everyMs} ms`).toBeLessThan(2 * inAnyCase);
      await world.run({ untilMs: world.nowMs + 1.1 * dialLimits.calmMs });
    }
  });

  test("is dialled at once again for the next who waits, `dialLimits.calmMs` after a long transfer", async () => {
    const { world, ann } = await bobAway();
    await dialsOfWaiting(world, ann, 50, 600_000);
    await world.run({ untilMs: world.nowMs + 1.1 * dialLimits.calmMs });
    world.node("bob").start();
    ann.dialer.hurry();
    await world.run({ untilMs: world.nowMs + 500 });
    expect(ann.linksTo("bob")).toBe(1);
  });
});

describe("the wait", () => {
  const gaps = ({ dials }: Neighbour) => dials.slice(1).map(({ atMs }, i) => atMs - (dials[i]?.atMs as number));

  test("after a first failure is from half of `dialLimits.firstWaitMs` to all of it, and grows", async () => {
    const first: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const { world, ann } = await worldOf(["bob"], {}, seed);
      ann.want("bob", "sim://bob:7");
      await world.run({ untilMs: 300_000 });
      first.push(gaps(ann)[0] as number);
      expect(Math.max(...gaps(ann))).toBeGreaterThan(dialLimits.firstWaitMs * 10);
      expect(Math.max(...gaps(ann))).toBeLessThanOrEqual(dialLimits.coldWaitMs + 1000);
    }
    expect(Math.min(...first)).toBeGreaterThanOrEqual(dialLimits.firstWaitMs / 2 - 1);
    // A refusal that was lost on its way takes longer.
    expect(first.sort((a, b) => a - b)[10]).toBeLessThanOrEqual(dialLimits.firstWaitMs);
    expect(new Set(first).size).toBe(first.length);
  });

  test("for one that was there and fell silent is never longer than `dialLimits.lateAttemptMs`", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob", "sim://bob:1");
    await world.run({ untilMs: 5000 });
    world.node("bob").crash("power");
    ann.dropLinks("bob");
    await world.run({ untilMs: 300_000 });
    const waits = gaps(ann).slice(1);
    expect(waits.length).toBeGreaterThan(50);
    expect(Math.max(...waits)).toBeLessThanOrEqual(dialLimits.lateAttemptMs + dialLimits.firstWaitMs);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(dialLimits.lateAttemptMs - 1);
  });
});

describe("several addresses", () => {
  const silent = (n: number) => `sim://bob:${100 + n}`;

  test("race, each `dialLimits.staggerMs` behind the one before: a silent one costs no more than that", async () => {
    const { world, ann } = await worldOf(["bob", "hole"]);
    world.network.partition(["ann"], ["hole"]);
    ann.want("bob", "sim://hole:1", "sim://bob:1");
    await world.run({ untilMs: 100 });
    // An address that comes to be known meanwhile takes its turn.
    ann.book.add("bob" as NodeId, "sim://hole:2" as Address, "given");
    const tookMs = await until(world, 1000, () => ann.linksTo("bob") === 1);
    expect(tookMs).toBeGreaterThanOrEqual(dialLimits.staggerMs - 100);
    const [first, second] = ann.dials.map(({ atMs }) => atMs) as [number, number];
    expect(second - first).toBeGreaterThanOrEqual(dialLimits.staggerMs - 1);
    // The one that lost was given up.
    expect(ann.underway).toBe(0);
  });

  test("that refuse cost nothing: the next one is dialled at once", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob", silent(1), silent(2), "sim://bob:1");
    expect(await until(world, 2000, () => ann.linksTo("bob") === 1)).toBeLessThan(10 * 3 * 100);
    expect(ann.dials).toHaveLength(3);
  });

  test("of one node are dialled no more than `dialLimits.dialsPerNode` at once, and each for `dialLimits.attemptMs`", async () => {
    const { world, ann } = await worldOf(["hole"]);
    world.network.partition(["ann"], ["hole"]);
    ann.want("bob", ...[1, 2, 3, 4, 5, 6, 7].map((n) => `sim://hole:${n}`));
    await world.run({ untilMs: dialLimits.attemptMs });
    expect(ann.dials).toHaveLength(dialLimits.dialsPerNode);
    await world.run({ untilMs: 60_000 });
    expect(ann.mostUnderway).toBe(dialLimits.dialsPerNode);
    expect(new Set(ann.dials.map(({ address }) => address)).size).toBe(7);
  });

  test("at which somebody else lives are left alone for long, and the others are not", async () => {
    const { world, ann } = await worldOf(["bob"]);
    ann.want("bob", `sim://bob:${strangerPort}`);
    await world.run({ untilMs: dialLimits.coldWaitMs / 2 });
    expect(ann.dials).toHaveLength(1);
    ann.book.add("bob" as NodeId, "sim://bob:1" as Address, "given");
    await until(world, 1000, () => ann.linksTo("bob") === 1);
  });
});

describe("a liar's hints", () => {
  const flood = (ann: Neighbour, host: string, count = 500) => {
    for (let n = 0; n < count; n++) {
      ann.book.add("bob" as NodeId, `sim://${host}:${100 + n}` as Address, { toldBy: `liar ${n % 20}` as NodeId });
    }
  };

  test.each(["bob", "hole"])(
    "of 10,000 addresses cost `dialLimits.hintDialsPerMinute`, and starve nobody (%s)",
    async (host) => {
      const { world, ann } = await worldOf(["bob", "hole"]);
      world.network.partition(["ann"], ["hole"]);
      flood(ann, host);
      ann.want("bob");
      for (let i = 1; i <= 40; i++) {
        flood(ann, host);
        await world.run({ untilMs: i * 5000 });
      }
      expect(perMinute(ann.dials)).toBeLessThanOrEqual(dialLimits.hintDialsPerMinute);
      expect(ann.dials.length).toBeGreaterThan(10);
      // The true address comes late, from a neighbour like any other.
      ann.book.add("bob" as NodeId, "sim://bob:1" as Address, { toldBy: "cat" as NodeId });
      for (let i = 0; i < 100 && ann.linksTo("bob") === 0; i++) {
        flood(ann, host);
        ann.book.add("bob" as NodeId, "sim://bob:1" as Address, { toldBy: "cat" as NodeId });
        await world.run({ untilMs: world.nowMs + 5000 });
      }
      expect(ann.linksTo("bob")).toBe(1);

      // Once it has worked, no flood delays it.
      await world.run({ untilMs: world.nowMs + dialLimits.stableMs });
      flood(ann, host);
      world.network.cut("ann", "bob", "reset");
      await until(world, 1000, () => ann.linksTo("bob") === 1);
    },
  );

  test("take half of `dialLimits.dials` at most: who is known is dialled at once beside them", async () => {
    const { world, ann } = await worldOf(["bob", "hole"]);
    ann.want("bob", "sim://bob:1");
    await world.run({ untilMs: 5000 });
    world.network.partition(["ann"], ["hole"]);
    for (let n = 0; n < 200; n++) ann.want(`nobody ${n}`, ...[1, 2, 3].map((i) => `sim://hole:${3 * n + i}`));
    await world.run({ untilMs: 6000 });
    expect(ann.underway).toBe(dialLimits.dials / 2);
    world.network.cut("ann", "bob", "reset");
    await until(world, 1000, () => ann.linksTo("bob") === 1);
    await world.run({ untilMs: 60_000 });
    expect(ann.mostUnderway).toBeLessThanOrEqual(dialLimits.dials);
    // All of them get their turn.
    await world.run({ untilMs: 1_200_000 });
    expect(new Set(ann.dials.map(({ address }) => address)).size).toBe(601);
  });
});

test("a hundred that lost the same neighbour do not come back in one instant", async () => {
  const world = new World(nodeHost, { seed: 1 });
  addNeighbour(world, "hub");
  const all = Array.from({ length: 100 }, (_, i) => addNeighbour(world, `n${i}`));
  await world.run({ untilMs: 1 });
  for (const each of all) each().want("hub", "sim://hub:1");
  await world.run({ untilMs: 10_000 });
  world.node("hub").crash("kill");
  await world.run({ untilMs: 60_000 });
  world.node("hub").start();
  await until(world, dialLimits.lateWaitMs + 1000, () => all.every((each) => each().linksTo("hub") === 1));
  const arrivals = all.map((each) => each().dials.at(-1)?.atMs as number).sort((a, b) => a - b);
  for (let i = 20; i < arrivals.length; i++) {
    expect((arrivals[i] as number) - (arrivals[i - 20] as number)).toBeGreaterThan(50);
  }
});

test("two that want each other are linked, however many links come of it", async () => {
  const world = new World(nodeHost, { seed: 1 });
  const [ann, bob] = [addNeighbour(world, "ann"), addNeighbour(world, "bob")];
  await world.run({ untilMs: 1 });
  ann().want("bob", "sim://bob:1");
  bob().want("ann", "sim://ann:1");
  await until(world, 1000, () => ann().linksTo("bob") === 1 && bob().linksTo("ann") === 1);
});

describe("the end", () => {
  test("gives up all dials, and nothing runs after it", async () => {
    const { world, ann } = await worldOf(["bob", "hole"]);
    world.network.partition(["ann"], ["hole"]);
    for (let n = 0; n < 30; n++) ann.want(`nobody ${n}`, `sim://hole:${n + 1}`, `sim://bob:${n + 50}`);
    await world.run({ untilMs: 3000 });
    expect(ann.underway).toBeGreaterThan(0);
    ann.dialer.networkChanged();
    ann.dialer.close();
    const dials = ann.dials.length;
    await world.run({ untilMs: 3001 });
    expect(ann.underway).toBe(0);
    ann.want("bob", "sim://bob:1");
    ann.dialer.linkChanged("bob" as NodeId);
    ann.dialer.networkChanged();
    await world.run({ untilMs: 300_000 });
    expect(ann.dials).toHaveLength(dials);
  });

  test("of one pursuit leaves its link and the others alone", async () => {
    const { world, ann } = await worldOf(["bob", "cat"]);
    ann.want("bob", "sim://bob:1");
    ann.want("cat", "sim://cat:1");
    await world.run({ untilMs: 5000 });
    ann.dialer.unwant("bob" as NodeId);
    expect([ann.linksTo("bob"), ann.dialer.isWanted("bob" as NodeId)]).toEqual([1, false]);
    for (const name of ["bob", "cat"]) world.network.cut("ann", name, "reset");
    await world.run({ untilMs: 20_000 });
    expect([ann.linksTo("bob"), ann.linksTo("cat")]).toEqual([0, 1]);
  });
});

test("no more than `dialLimits.wanted` nodes are wanted", async () => {
  const { ann } = await worldOf([]);
  for (let n = 0; n < dialLimits.wanted; n++) ann.want(`node ${n}`);
  expect(() => ann.want("one more")).toThrow(expect.objectContaining({ kind: "exhausted" }));
  ann.want("node 0");
  ann.dialer.unwant("node 0" as NodeId);
  ann.want("one more");
});

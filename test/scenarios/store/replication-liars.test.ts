// Holders that lie, stall and flood: what they do is found out, named and bounded, and the others go on serving.

import { expect, test } from "vitest";
import type { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobId, BlobOffer, DeviceId, Hash, ReplicaEvent, SpaceId } from "#glow";
import { PeerAllowance } from "#store/replication/peer-allowance.ts";
import { allBatches } from "../../store/space-world.ts";
import { type Holder, type Lie, ReplicaWorld } from "./replica-world.ts";

const kib = 1024;

interface Story {
  readonly world: ReplicaWorld;
  readonly b: Holder;
  readonly blobs: readonly BlobOffer[];
  /** How long it took until b had all. */
  readonly tookMs: number;
  /** What b says of the liar. */
  problem(): Promise<GlowError | undefined>;
}

/** An honest holder and a liar have the same; a new one finds both, the liar first. */
async function story(lie: Lie, sizes: readonly number[] = [10 * kib, 300 * kib, 500 * kib, 20 * kib]): Promise<Story> {
  const world = new ReplicaWorld(
    ["liar", "b", "a"],
    [
      ["liar", "b"],
      ["b", "a"],
      ["a", "liar"],
    ],
  );
  const a = await world.start("a");
  const blobs = await world.finish(a.make(sizes));
  for (let at = 0; at < sizes.length; at++) await world.finish(a.write(blobs.slice(at, at + 1)));
  let isLying = false;
  await world.start("liar", { lie: (honest, holder, to) => (to === "b" && isLying ? lie(honest, holder, to) : {}) });
  await world.untilAlike(["a", "liar"]);
  isLying = true;
  const b = await world.start("b");
  const tookMs = await world.untilAlike(["a", "b"]);
  expect(await world.hasAll("b", blobs)).toBe(true);
  const problem = async () => {
    const { peers } = await world.finish(b.replicator.progress());
    return peers.find(({ device }) => device === world.deviceId("liar"))?.problem;
  };
  return { world, b, blobs, tookMs, problem };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function altered(bytes: Uint8Array): Uint8Array {
  return bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] as number) ^ 1);
}

test("wrong bytes are not kept, and who gave them is not asked again for long", async () => {
  let asked = 0;
  const { world, b, tookMs, problem } = await story((honest) => ({
    async *fetch(blobs) {
      asked++;
      for await (const { id, stored } of honest.fetch(blobs)) yield { id, stored: stored && altered(stored) };
    },
  }));
  expect(tookMs).toBeLessThan(1000);
  expect(await problem()).toMatchObject({ kind: "corrupt" });
  const before = asked;
  const a = world.holder("a");
  const more = await world.finish(a.make([5 * kib], "more"));
  await world.finish(a.write(more));
  await world.untilAlike(["a", "b"]);
  expect(asked).toBe(before);
  expect(b.blobs.damage).toEqual([]);
});

test.each<[string, Lie]>([
  ["other blobs than were asked for", (honest) => ({ fetch: (blobs) => honest.fetch(blobs.toReversed()) })],
  [
    "fewer blobs than were asked for",
    (honest) => ({
      async *fetch(blobs) {
        yield* honest.fetch(blobs.slice(0, -1));
      },
    }),
  ],
  [
    "more blobs than were asked for",
    (honest) => ({
      async *fetch(blobs) {
        for (;;) yield* honest.fetch(blobs);
      },
    }),
  ],
])("%s break the protocol", async (_, lie) => {
  const { tookMs, problem } = await story(lie);
  expect(tookMs).toBeLessThan(1000);
  expect(["protocol", "corrupt"]).toContain((await problem())?.kind);
});

test("who says it has nothing is passed by", async () => {
  const { tookMs, problem } = await story(() => ({
    async *fetch(blobs) {
      for (const id of blobs) yield { id, stored: await Promise.resolve(undefined) };
    },
  }));
  expect(tookMs).toBeLessThan(1000);
  expect(await problem()).toBeUndefined();
});

test("what a peer stalls with in the middle of a blob comes from another one", async () => {
  const { world, tookMs, problem } = await story((honest) => ({
    async *fetch(blobs) {
      yield* honest.fetch(blobs.slice(0, 1));
      await never();
    },
  }));
  expect(tookMs).toBeLessThan(6000);
  await world.run(replicationLimits.stallMs);
  expect(await problem()).toMatchObject({ kind: "deadline" });
});

test("what one is slow with comes from another one", async () => {
  const links: [string, string][] = [
    ["slow", "b"],
    ["b", "a"],
    ["a", "slow"],
  ];
  const world = new ReplicaWorld(["a", "b", "slow"], links);
  const a = await world.start("a");
  const slow = await world.start("slow");
  await world.start("b");
  await world.untilAlike(["a", "b", "slow"]);
  const wall = world.world.network.partition(["a"], ["b"]);
  const blobs = await world.finish(a.make(Array.from({ length: 10 }, () => 100 * kib)));
  await world.finish(a.write(blobs));
  world.world.network.disturb("slow", "b", { bytesPerMs: 5 });
  await world.until(() => slow.givenBlobs > 0);
  // All of it is asked of the slow one, which takes 200 seconds for it.
  wall.heal();
  expect(await world.untilAlike(["a", "b"])).toBeLessThan(8000);
  expect(await world.hasAll("b", blobs)).toBe(true);
});

test("forged batches are not taken, and the honest holder's are", async () => {
  const { tookMs, problem } = await story((honest) => ({
    async *follow(known) {
      for await (const event of honest.follow(known)) {
        yield event.type === "batch" ? { ...event, batch: altered(event.batch) } : event;
      }
    },
  }));
  expect(tookMs).toBeLessThan(1000);
  expect((await problem())?.kind).toMatch(/corrupt|invalid/);
});

test("a batch that is larger than any may be is cut off", async () => {
  const { world, tookMs, problem } = await story(() => ({
    async *follow() {
      yield { type: "batch", batch: new Uint8Array(64 * 1024 * kib) };
      await never();
    },
  }));
  expect(tookMs).toBeLessThan(1000);
  await world.run(1000);
  expect(await problem()).toMatchObject({ kind: "too-large" });
});

test("batches that are held back are missed, and that is said; they come from another one", async () => {
  const links: [string, string][] = [
    ["liar", "b"],
    ["b", "a"],
    ["a", "liar"],
  ];
  const world = new ReplicaWorld(["a", "b", "liar"], links);
  const a = await world.start("a");
  const header = await world.finish(a.write());
  const lie: Lie = (_honest, holder, to) => {
    if (to !== "b") return {};
    return {
      async *follow() {
        yield { type: "complete", positions: holder.space.positions(), lacking: [] };
        await never();
      },
      async *batches() {
        yield* await Promise.resolve([]);
      },
    };
  };
  await world.start("liar", { lie });
  await world.untilAlike(["a", "liar"]);
  const wall = world.world.network.partition(["a"], ["b"]);
  const b = await world.start("b");
  await world.run(2000);
  const { peers } = await world.finish(b.replicator.progress());
  const liar = peers.find(({ device }) => device === world.deviceId("liar"));
  expect(liar).toMatchObject({ connected: true, holds: [], problem: { kind: "protocol" } });
  wall.heal();
  await world.untilAlike(["a", "b"]);
  // What it says and does not give is not believed.
  expect(b.replicator.holdersOf(header)).toEqual([world.deviceId("a")]);
});

const floods: [string, (batches: readonly Uint8Array[]) => ReplicaEvent][] = [
  ["the same batch", ([batch]) => ({ type: "batch", batch: batch as Uint8Array })],
  ["news of more", () => ({ type: "more" })],
  ["divergence", () => ({ type: "diverged" })],
  ["completeness", () => ({ type: "complete", positions: [], lacking: [] })],
];

test.each(floods)("an endless stream of %s costs only so much", async (_, event) => {
  let said = 0;
  const { world, b, tookMs } = await story((_honest, holder) => ({
    async *follow() {
      const flood = event((await allBatches(holder.space)).map(({ bytes }) => bytes));
      for (;;) {
        said++;
        yield await Promise.resolve(flood);
      }
    },
  }));
  expect(tookMs).toBeLessThan(5000);
  const before = said;
  await world.run(10_000);
  // What fits into windows and buffers comes on top.
  expect(said - before).toBeLessThan(10 * replicationLimits.idleNewsPerSecond + 2 * replicationLimits.idleNewsBurst);
  expect(b.positions()).toBe(world.holder("a").positions());
});

test("fingerprints that are made up lead to nothing, and to a name for it", async () => {
  const { world, problem } = await story((honest) => ({
    async *follow(known) {
      yield { type: "diverged" };
      yield* honest.follow(known);
    },
    fingerprints: (ranges) => Promise.resolve(ranges.map(() => ({ count: 9, fingerprint: new Uint8Array(32) }))),
    hashes: ({ from }) => Promise.resolve([from.length === 33 ? from : new Uint8Array(33).fill(0x1e)] as Hash[]),
    async *batches() {
      yield* await Promise.resolve([]);
    },
  }));
  await world.run(5000);
  expect(await problem()).toMatchObject({ kind: "protocol" });
});

test("who is no holder is given nothing, and told nothing", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  const stranger = "stranger" as DeviceId;
  expect(a.host.spaces(stranger)).toEqual([]);
  expect(() => a.host.open(a.space.id, stranger)).toThrow(expect.objectContaining({ kind: "denied" }));
  expect(() => a.host.open("another" as SpaceId, world.deviceId("b"))).toThrow(
    expect.objectContaining({ kind: "not-found" }),
  );
});

test("a device that is revoked gets no more than it has", async () => {
  const world = new ReplicaWorld(["a", "b"], [["a", "b"]]);
  const a = await world.start("a");
  const b = await world.start("b");
  await world.untilAlike(["a", "b"]);
  const before = b.positions();
  const { first } = world.story;
  world.story.revoke(first, world.actor("b"));
  await world.finish(a.device.parts.user.merge(world.story.told.map(({ bytes }) => bytes)));
  await world.finish(a.write([], "secret"));
  await world.run(20_000);
  expect(b.positions()).toBe(before);
  const replica = a.replicator.replica(world.deviceId("b"), new PeerAllowance(a.platform.clock));
  expect(() => replica.follow([])).toThrow(expect.objectContaining({ kind: "denied" }));
  await expect(replica.hashes({ from: new Uint8Array(0), to: undefined })).rejects.toMatchObject({ kind: "denied" });
});

test("a flood of requests is answered only so far", async () => {
  const world = new ReplicaWorld(["a", "b"], []);
  const a = await world.start("a");
  const replica = a.host.open(a.space.id, world.deviceId("b"));
  const unknown = Array.from({ length: 10 }, () => new Uint8Array(33).fill(7) as Uint8Array as BlobId);
  const begun = Array.from({ length: replicationLimits.fetches + 1 }, () =>
    replica.fetch(unknown)[Symbol.asyncIterator](),
  );
  const first = await world.finish(Promise.allSettled(begun.map((fetch) => fetch.next())));
  expect(first.filter(({ status }) => status === "rejected")).toHaveLength(1);
  for (const fetch of begun) await world.finish(Promise.resolve(fetch.return?.()));
  await world.finish(replica.fetch(unknown)[Symbol.asyncIterator]().next());

  const tooLarge = expect.objectContaining({ kind: "too-large" });
  const more = <Item>(count: number, item: Item): Item[] => Array.from({ length: count + 1 }, () => item);
  const first33 = new Uint8Array(33);
  const blobs = replica.fetch(more(replicationLimits.blobsPerFetch, first33 as Uint8Array as BlobId));
  const hash = first33 as Hash;
  const batches = replica.batches(more(replicationLimits.batchesPerCall, hash));
  const position = { author: world.deviceId("a"), incarnation: 0, sequence: 1, hash };
  const refused: Promise<unknown>[] = [
    Array.fromAsync(blobs),
    Array.fromAsync(batches),
    replica.fingerprints(more(replicationLimits.ranges, { from: hash, to: undefined })),
    replica.acknowledge({ positions: more(replicationLimits.positions, position), lacking: [] }),
    replica.acknowledge({ positions: [], lacking: more(replicationLimits.lackingBatches, hash) }),
  ];
  for (const call of refused) await expect(call).rejects.toEqual(tooLarge);
});

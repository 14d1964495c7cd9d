// What a follower is given: everything once, whatever comes meanwhile and however slowly it reads.

import { expect, test } from "vitest";
import { toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type {
  AuthorPosition,
  BatchFork,
  BlobId,
  DeviceId,
  Disk,
  Hash,
  HeldBatch,
  ReplicaEvent,
  Space,
  SpaceId,
} from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { FollowFeed } from "./follow-feed.ts";
import { Holding } from "./holding.ts";

const crypto = new NodeCrypto();
const author = "author" as DeviceId;
const peer = "peer" as DeviceId;

/** One author's batches, as far as a feed asks for them. */
class Chain {
  readonly id = "space" as SpaceId;
  readonly holders = new Set([peer]);
  readonly held: HeldBatch[] = [];
  readonly #watchers = new Set<(batch: HeldBatch) => void>();
  /** How often it was read from the log. */
  reads = 0;
  forked: BatchFork[] = [];

  get space(): Space {
    return this as object as Space;
  }

  add(sizeBytes = 10): HeldBatch {
    const sequence = this.held.length + 1;
    const hash = crypto.hash("blake3", utf8Encode(`batch ${sequence}`));
    const header = { hash, space: this.id, author, incarnation: 0, sequence, parents: [], stamp: sequence, timeMs: 0 };
    const bytes = new Uint8Array(sizeBytes);
    new DataView(bytes.buffer).setUint32(0, sequence);
    const batch = { header, bytes, blobs: [] };
    this.held.push(batch);
    for (const watcher of this.#watchers) watcher(batch);
    return batch;
  }

  watch(came: (batch: HeldBatch) => void) {
    this.#watchers.add(came);
    return { stop: () => void this.#watchers.delete(came) };
  }

  positions(): AuthorPosition[] {
    const last = this.held.at(-1);
    return last === undefined ? [] : [last.header];
  }

  forks(): readonly BatchFork[] {
    return this.forked;
  }

  async *after(positions: readonly AuthorPosition[]): AsyncGenerator<HeldBatch> {
    this.reads++;
    for (const batch of this.held.slice(positions[0]?.sequence ?? 0)) yield await Promise.resolve(batch);
  }

  async *batches(hashes: readonly Hash[]): AsyncGenerator<HeldBatch> {
    const wanted = new Set(hashes.map(toHex));
    for (const batch of this.held) if (wanted.has(toHex(batch.header.hash))) yield await Promise.resolve(batch);
  }

  get watchers(): number {
    return this.#watchers.size;
  }
}

function story(known: (chain: Chain) => AuthorPosition[] = () => [], before = 0) {
  const time = new VirtualTime();
  const chain = new Chain();
  for (let at = 0; at < before; at++) chain.add();
  const blobs = { has: (ids: readonly BlobId[]) => Promise.resolve(ids.map(() => true)) };
  const { clock, timers } = time;
  const disk = {} as Disk;
  const holding = new Holding({ clock, timers, crypto, disk, space: chain.space, blobs: blobs as never });
  let missed = false;
  let ends = 0;
  const takeMissed = () => {
    const had = missed;
    missed = false;
    return had;
  };
  const ended = () => void ends++;
  const feed = new FollowFeed({ clock, timers, holding, peer, takeMissed, ended }, known(chain));
  const miss = () => {
    missed = true;
  };
  return { time, chain, holding, feed, miss, ends: () => ends };
}

async function next(feed: FollowFeed): Promise<ReplicaEvent> {
  const step = await feed.next();
  if (step.done === true) return expect.unreachable();
  return step.value;
}

/** The number of the next batch. */
async function nextNumber(feed: FollowFeed): Promise<number> {
  const event = await next(feed);
  if (event.type !== "batch") return expect.unreachable(event.type);
  return new DataView(event.batch.buffer).getUint32(0);
}

async function numbers(feed: FollowFeed, count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) found.push(await nextNumber(feed));
  return found;
}

function to(count: number, from = 1): number[] {
  return Array.from({ length: count - from + 1 }, (_, at) => from + at);
}

test("first comes what the follower lacks, then what comes, each once", async () => {
  const { chain, feed } = story(({ held }) => [(held[2] as HeldBatch).header], 6);
  expect(await nextNumber(feed)).toBe(4);
  chain.add();
  expect(await numbers(feed, 3)).toEqual([5, 6, 7]);
  const waiting = nextNumber(feed);
  chain.add();
  expect(await waiting).toBe(8);
  expect(chain.reads).toBe(1);
});

test.each([
  ["batches", replicationLimits.feedBatches + 1, 10],
  ["bytes", 5, replicationLimits.feedBytes / 4],
])("past so many %s that wait, it goes on from the log", async (_, count, sizeBytes) => {
  const { chain, feed } = story();
  const first = nextNumber(feed);
  chain.add();
  expect(await first).toBe(1);
  for (let at = 0; at < count; at++) chain.add(sizeBytes);
  expect(await numbers(feed, count)).toEqual(to(count + 1, 2));
  expect(chain.reads).toBe(2);
  const later = nextNumber(feed);
  chain.add();
  expect(await later).toBe(count + 2);
});

test("a single batch may be larger than all that may wait", async () => {
  const { chain, feed } = story();
  const first = nextNumber(feed);
  chain.add();
  await first;
  chain.add(replicationLimits.feedBytes + 1);
  expect(await nextNumber(feed)).toBe(2);
  expect(chain.reads).toBe(1);
});

test("what came from the follower is not sent back, neither from the log nor live", async () => {
  const { chain, feed, holding } = story(undefined, 3);
  holding.received.add(peer, (chain.held[1] as HeldBatch).bytes);
  expect(await numbers(feed, 2)).toEqual([1, 3]);
  const waiting = nextNumber(feed);
  // As when it is taken in: it is known to come from there before it comes.
  holding.received.add(peer, new Uint8Array(10).with(3, 4));
  chain.add();
  chain.add();
  expect(await waiting).toBe(5);
});

test("it is told what is complete, once it is known and when it grows", async () => {
  const { chain, feed, holding } = story(undefined, 1);
  holding.completeTo(chain.positions());
  expect(await nextNumber(feed)).toBe(1);
  expect(await next(feed)).toMatchObject({ type: "complete", positions: [{ sequence: 1 }] });
  const waiting = next(feed);
  chain.add();
  expect(await waiting).toMatchObject({ type: "batch" });
  holding.completeTo(chain.positions());
  expect(await next(feed)).toMatchObject({ type: "complete", positions: [{ sequence: 2 }] });
});

test("who missed blobs is told that some have come: at once, then now and then", async () => {
  const { time, feed, holding, miss } = story();
  const waiting = next(feed);
  holding.blobsCame([]);
  miss();
  holding.blobsCame([]);
  holding.blobsCame([]);
  expect(await time.play(waiting)).toEqual({ type: "more" });
  expect(time.nowMs).toBe(0);
  miss();
  holding.blobsCame([]);
  expect(await time.play(next(feed))).toEqual({ type: "more" });
  expect(time.nowMs).toBe(200);
});

test.each<[string, (chain: Chain) => void, (chain: Chain) => AuthorPosition[]]>([
  ["forks are known", (chain) => chain.forked.push({} as BatchFork), () => []],
  [
    "its last batch is another",
    () => undefined,
    ({ held }) => [{ ...(held[5] as HeldBatch).header, hash: crypto.hash("blake3", utf8Encode("x")) }],
  ],
  [
    "an earlier one is another",
    () => undefined,
    ({ held }) => [{ ...(held[3] as HeldBatch).header, hash: crypto.hash("blake3", utf8Encode("x")) }],
  ],
])("the follower is told that positions do not tell: %s", async (_, prepare, known) => {
  const { feed } = story((chain) => {
    prepare(chain);
    return known(chain);
  }, 6);
  expect(await next(feed)).toEqual({ type: "diverged" });
});

test("a follower that is ahead is not told that", async () => {
  const { chain, feed } = story(({ held }) => [{ ...(held[5] as HeldBatch).header, sequence: 90 }], 6);
  const waiting = next(feed);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  chain.add();
  expect(await waiting).toMatchObject({ type: "batch" });
});

test("a fork that shows later is told of then", async () => {
  const { chain, feed } = story();
  const waiting = next(feed);
  // At once, and so before the first look is over.
  chain.forked.push({} as BatchFork);
  expect(await waiting).toEqual({ type: "diverged" });
  const later = next(feed);
  chain.forked.push({} as BatchFork);
  chain.add();
  expect(await later).toMatchObject({ type: "batch" });
  expect(await next(feed)).toEqual({ type: "diverged" });
});

test("the end is heard in the middle of a wait, and leaves nothing behind", async () => {
  const { chain, feed, time, ends } = story();
  const before = chain.watchers;
  const waiting = feed.next();
  await Promise.resolve();
  await feed.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(chain.watchers).toBe(before - 1);
  expect([ends(), time.pending]).toEqual([1, 0]);
  await feed.return();
  expect(ends()).toBe(1);
});

test("one that was never begun leaves nothing behind either", async () => {
  const { feed, ends } = story();
  await feed.return();
  expect(ends()).toBe(1);
});

test("who is no holder any more gets no more", async () => {
  const { chain, feed, ends } = story(undefined, 2);
  expect(await nextNumber(feed)).toBe(1);
  chain.holders.delete(peer);
  await expect(feed.next()).rejects.toMatchObject({ kind: "denied" });
  expect(ends()).toBe(1);
});

test("an error of the log ends it", async () => {
  const { chain, feed, ends } = story(undefined, 1);
  chain.after = () => {
    throw new GlowError("exhausted", "log.read", { message: "no" });
  };
  await expect(feed.next()).rejects.toMatchObject({ kind: "exhausted" });
  expect(ends()).toBe(1);
});

// Who is asked for which blobs, and how much at once: by peers at lines of some speed, in time that is not real.

import { afterEach, expect, test } from "vitest";
import { toHex, utf8Encode } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { replicationLimits } from "#base/limits.ts";
import type { BlobId, BlobOffer, BlobStore, DeviceId, Disk, Replica, Space, StoredBlob } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import type { FetchedBlob } from "./blob-reader.ts";
import { BlobFetcher, type ReplicationMode } from "./blob-fetcher.ts";
import { Holding } from "./holding.ts";

const crypto = new NodeCrypto();
const kib = 1024;
const mib = 1024 * kib;

/** A blob of a size, and what it is made of: a number. */
function blobOf(number: number, sizeBytes: number): StoredBlob & BlobOffer {
  const stored = new Uint8Array(sizeBytes);
  stored.set(utf8Encode(`blob ${number}`).subarray(0, sizeBytes));
  return { id: crypto.hash("blake3", stored) as Uint8Array as BlobId, stored, sizeBytes };
}

function blobsOf(count: number, sizeBytes: number): (StoredBlob & BlobOffer)[] {
  return Array.from({ length: count }, (_, number) => blobOf(number, sizeBytes));
}

/** Keeps blobs in memory; puts and syncs when it is let. */
class Shelf {
  readonly blobs = new Map<string, Uint8Array>();
  putBytes = 0;
  syncs = 0;
  failure: GlowError | undefined;
  /** Puts, or syncs, wait for these. */
  putting: Promise<void> = Promise.resolve();
  syncing: Promise<void> = Promise.resolve();

  async put(blobs: readonly StoredBlob[]): Promise<void> {
    await this.putting;
    if (this.failure !== undefined) throw this.failure;
    for (const { id, stored } of blobs) {
      this.blobs.set(toHex(id), stored);
      this.putBytes += stored.length;
    }
  }

  async sync(): Promise<void> {
    await this.syncing;
    if (this.failure !== undefined) throw this.failure;
    this.syncs++;
  }

  has(ids: readonly BlobId[]): Promise<boolean[]> {
    return Promise.resolve(ids.map((id) => this.blobs.has(toHex(id))));
  }
}

interface GiverOptions {
  readonly bytesPerMs: number;
  readonly roundTripMs?: number;
  readonly has?: (blob: BlobOffer) => boolean;
}

/** A peer at the other end of a line of some speed: one request after the other. */
class Giver {
  readonly device: DeviceId;
  leave = (): void => undefined;
  askedBytes = 0;
  givenBytes = 0;
  /** The most that was asked of it and not given. */
  mostBytes = 0;
  asked = 0;
  readonly #time: VirtualTime;
  readonly #blobs: ReadonlyMap<string, StoredBlob & BlobOffer>;
  readonly #options: GiverOptions;
  #freeMs = 0;

  constructor(name: string, time: VirtualTime, blobs: readonly (StoredBlob & BlobOffer)[], options: GiverOptions) {
    this.device = name as DeviceId;
    this.#time = time;
    this.#blobs = new Map(blobs.map((blob) => [toHex(blob.id), blob]));
    this.#options = options;
  }

  get replica(): Replica {
    return this as object as Replica;
  }

  fetch(ids: readonly BlobId[]): AsyncIterable<FetchedBlob> {
    const { bytesPerMs, roundTripMs = 0, has = () => true } = this.#options;
    const blobs = ids.map((id) => this.#blobs.get(toHex(id)) as StoredBlob & BlobOffer);
    this.asked += ids.length;
    for (const { sizeBytes } of blobs) this.askedBytes += sizeBytes;
    this.mostBytes = Math.max(this.mostBytes, this.askedBytes - this.givenBytes);
    let at = 0;
    let isOver = false;
    const dueMs = blobs.map((blob) => {
      const beginsMs = Math.max(this.#freeMs, this.#time.nowMs + roundTripMs);
      this.#freeMs = beginsMs + (has(blob) ? blob.sizeBytes / bytesPerMs : 0);
      return this.#freeMs;
    });
    const next = async (): Promise<IteratorResult<FetchedBlob>> => {
      const blob = blobs[at];
      if (blob === undefined || isOver) return { done: true, value: undefined };
      const waitMs = (dueMs[at++] as number) - this.#time.nowMs;
      if (waitMs > 0) await new Promise<void>((resolve) => void this.#time.timers.after(waitMs, resolve));
      this.givenBytes += blob.sizeBytes;
      return { done: false, value: { id: blob.id, stored: has(blob) ? blob.stored : undefined } };
    };
    const end = (): Promise<IteratorResult<FetchedBlob>> => {
      isOver = true;
      return Promise.resolve({ done: true, value: undefined });
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
  }
}

interface Story {
  readonly time: VirtualTime;
  readonly shelf: Shelf;
  readonly fetcher: BlobFetcher;
  /** How many blobs were listed as missing, each time it was asked. */
  readonly listed: number[];
  readonly problems: string[];
  readonly failures: GlowError[];
  settled(): number;
  giver(name: string, options: GiverOptions): Giver;
  /** Lets time pass until all are here. */
  play(withinMs?: number): Promise<number>;
}

const begun: BlobFetcher[] = [];
afterEach(() => {
  for (const fetcher of begun.splice(0)) fetcher.stop();
});

function story(blobs: readonly (StoredBlob & BlobOffer)[], mode: ReplicationMode = "all"): Story {
  const time = new VirtualTime();
  const shelf = new Shelf();
  const listed: number[] = [];
  const missingBlobs = (after: BlobId | undefined, limit: number) => {
    const page: BlobOffer[] = [];
    for (let at = after === undefined ? 0 : blobs.findIndex(({ id }) => id === after) + 1; at < blobs.length; at++) {
      const blob = blobs[at] as BlobOffer;
      if (page.length < limit && !shelf.blobs.has(toHex(blob.id))) page.push(blob);
    }
    listed.push(page.length);
    return Promise.resolve(page);
  };
  const watch = () => ({ stop: () => undefined });
  const space = { missingBlobs, watch, positions: () => [] } as object as Space;
  const { clock, timers } = time;
  const store = shelf as object as BlobStore;
  const holding = new Holding({ clock, timers, crypto, disk: {} as Disk, space, blobs: store });
  const problems: string[] = [];
  const failures: GlowError[] = [];
  let settled = 0;
  const fetcher = new BlobFetcher({
    clock,
    timers,
    holding,
    blobs: store,
    mode,
    settled: () => void settled++,
    problem: (device, { kind }) => problems.push(`${device} ${kind}`),
    failed: (error) => failures.push(error),
  });
  begun.push(fetcher);
  const giver = (name: string, options: GiverOptions) => {
    const made = new Giver(name, time, blobs, options);
    const supplying = fetcher.addSupplier(made.device, made.replica);
    made.leave = () => supplying.stop();
    return made;
  };
  const play = async (withinMs = 600_000) => {
    const until = time.nowMs + withinMs;
    while (shelf.blobs.size < blobs.length && time.nowMs < until) await time.until(time.nowMs + 1);
    expect(shelf.blobs.size).toBe(blobs.length);
    return time.nowMs;
  };
  return { time, shelf, fetcher, listed, problems, failures, settled: () => settled, giver, play };
}

test("a fast line over a long way is kept full, within the widest window", async () => {
  const blobs = blobsOf(800, 256 * kib);
  const { giver, play } = story(blobs);
  const fast = giver("fast", { bytesPerMs: 200 * kib, roundTripMs: 100 });
  const tookMs = await play();
  // 200 MiB at 200 KiB/ms is a second; each round trip in which nothing comes would cost a tenth of one.
  expect(tookMs).toBeLessThan(2500);
  expect(fast.mostBytes).toBeGreaterThan(replicationLimits.windowBytes / 2);
  expect(fast.mostBytes).toBeLessThanOrEqual(replicationLimits.windowBytes + mib);
});

test("before anything is known of a line, little is asked for; of a slow one ever less", async () => {
  const blobs = blobsOf(60, 64 * kib);
  const { time, giver } = story(blobs);
  const slow = giver("slow", { bytesPerMs: 20 });
  await time.until(100);
  expect(slow.askedBytes).toBe(replicationLimits.firstWindowBytes);
  await time.until(120_000);
  const outstanding = slow.askedBytes - slow.givenBytes;
  expect(outstanding).toBeLessThanOrEqual(replicationLimits.leastWindowBytes);
  expect(outstanding).toBeGreaterThan(0);
});

test("of all peers together only so much is under way, put or not", async () => {
  const blobs = blobsOf(400, mib);
  const { time, shelf, giver } = story(blobs);
  shelf.putting = new Promise(() => undefined);
  const givers = Array.from({ length: 8 }, (_, at) =>
    giver(`giver ${at}`, { bytesPerMs: 1000 * kib, roundTripMs: 50 }),
  );
  await time.until(30_000);
  const askedBytes = givers.reduce((sum, each) => sum + each.askedBytes, 0);
  expect(askedBytes).toBeGreaterThan(replicationLimits.inFlightBytes - 9 * mib);
  expect(askedBytes).toBeLessThanOrEqual(replicationLimits.inFlightBytes + mib);
});

test("what is put and not durable is bounded", async () => {
  const blobs = blobsOf(400, mib);
  const { time, shelf, giver } = story(blobs);
  shelf.syncing = new Promise(() => undefined);
  giver("giver", { bytesPerMs: 1000 * kib });
  await time.until(30_000);
  // As much again comes while a sync is waited for.
  expect(shelf.putBytes).toBeGreaterThan(replicationLimits.unsyncedBytes);
  expect(shelf.putBytes).toBeLessThanOrEqual(2 * replicationLimits.unsyncedBytes + 16 * mib);
});

test("of very many that are missing only so many are in memory", async () => {
  const blobs = blobsOf(30_000, 10);
  const { time, listed, giver, play } = story(blobs);
  giver("giver", { bytesPerMs: 1e9, roundTripMs: 1000 });
  await time.until(500);
  const listedBlobs = listed.reduce((sum, count) => sum + count, 0);
  expect(listedBlobs).toBeGreaterThan(replicationLimits.queuedBlobs / 2);
  // What is asked for is not in the queue any more.
  expect(listedBlobs).toBeLessThanOrEqual(replicationLimits.queuedBlobs + 16 * replicationLimits.blobsPerFetch);
  await play();
});

test("two peers share the work by their speed", async () => {
  const blobs = blobsOf(400, 128 * kib);
  const { giver, play } = story(blobs);
  const fast = giver("fast", { bytesPerMs: 90 * kib, roundTripMs: 10 });
  const slow = giver("slow", { bytesPerMs: 10 * kib, roundTripMs: 10 });
  // 50 MiB at 100 KiB/ms together.
  expect(await play()).toBeLessThan(1000);
  expect(fast.givenBytes).toBeGreaterThan(3 * slow.givenBytes);
  expect(fast.askedBytes + slow.askedBytes).toBeLessThan(1.2 * 400 * 128 * kib);
});

test("what one has not, another one is asked for; what nobody has waits for news", async () => {
  const blobs = blobsOf(100, kib);
  const isOdd = ({ id }: BlobOffer) => (id[5] as number) % 2 === 1;
  const { time, fetcher, shelf, giver, settled, play } = story(blobs);
  const odd = giver("odd", { bytesPerMs: 1000, has: isOdd });
  await time.until(1000);
  expect(shelf.blobs.size).toBe(blobs.filter(isOdd).length);
  expect(odd.asked).toBe(100);
  expect(settled()).toBeGreaterThan(0);
  let hasRest = false;
  const late = giver("late", { bytesPerMs: 1000, has: () => hasRest });
  await time.until(2000);
  expect(late.asked).toBe(100 - blobs.filter(isOdd).length);
  hasRest = true;
  // It says that more has come to it.
  fetcher.renew(late.device);
  await play(1000);
  expect(odd.asked).toBe(100);
});

test("what nobody had is asked for again after a while, even without news", async () => {
  const blobs = blobsOf(10, kib);
  const { time, giver, play } = story(blobs);
  let has = false;
  const peer = giver("peer", { bytesPerMs: 1000, has: () => has });
  await time.until(20_000);
  expect(peer.asked).toBe(10);
  has = true;
  await play(20_000);
});

test("a disk that is full is left alone for a while, and nothing is lost", async () => {
  const blobs = blobsOf(50, 10 * kib);
  const { time, shelf, failures, giver, play } = story(blobs);
  shelf.failure = new GlowError("exhausted", "disk.write", { message: "full" });
  const peer = giver("peer", { bytesPerMs: 1000 * kib });
  await time.until(30_000);
  expect(failures.length).toBeGreaterThan(50);
  // It was tried with one blob every five seconds.
  expect(failures.length).toBeLessThan(60);
  expect(peer.asked).toBeLessThan(60);
  shelf.failure = undefined;
  await play(10_000);
});

test("a peer that goes in the middle costs nothing but time", async () => {
  const blobs = blobsOf(100, 100 * kib);
  const { time, giver, play } = story(blobs);
  const first = giver("first", { bytesPerMs: 10 * kib });
  await time.until(300);
  first.leave();
  giver("second", { bytesPerMs: 100 * kib });
  await play(2000);
});

test("a peer that is here anew takes the place of what it was, whatever becomes of that", async () => {
  const blobs = blobsOf(50, 100 * kib);
  const { time, giver, play } = story(blobs);
  const before = giver("peer", { bytesPerMs: 1 });
  await time.until(300);
  giver("peer", { bytesPerMs: 100 * kib });
  await time.until(310);
  before.leave();
  expect(await play(2000)).toBeLessThan(1000);
});

test("in the mode of names only what is wanted comes", async () => {
  const blobs = blobsOf(20, kib);
  const { time, fetcher, shelf, giver, play } = story(blobs, "names");
  giver("peer", { bytesPerMs: 1000 });
  fetcher.offer(blobs);
  await time.until(1000);
  expect(shelf.blobs.size).toBe(0);
  await time.play(fetcher.want([(blobs[7] as BlobOffer).id], "now"));
  expect([...shelf.blobs.keys()]).toEqual([toHex((blobs[7] as BlobOffer).id)]);
  fetcher.mode = "all";
  await play(1000);
});

test("what is here already is no wait", async () => {
  const blobs = blobsOf(3, kib);
  const { time, fetcher, giver, play } = story(blobs);
  giver("peer", { bytesPerMs: 1000 });
  await play();
  await time.play(
    fetcher.want(
      blobs.map(({ id }) => id),
      "now",
    ),
  );
});

test("who wants is answered as soon as all can be read", async () => {
  const blobs = blobsOf(200, 100 * kib);
  const { time, fetcher, shelf, giver } = story(blobs);
  giver("peer", { bytesPerMs: 20 * kib });
  await time.until(30);
  const wanted = blobs.slice(-2);
  const want = fetcher.want(
    wanted.map(({ id }) => id),
    "now",
  );
  await time.play(want);
  expect(wanted.every(({ id }) => shelf.blobs.has(toHex(id)))).toBe(true);
  expect(shelf.blobs.size).toBeLessThan(100);
});

test("a disk that has room again is not left alone for as long as a peer that lied", async () => {
  const blobs = blobsOf(20, 100 * kib);
  const { time, shelf, fetcher, problems, giver, play } = story(blobs);
  const lie = async function* (ids: readonly BlobId[]): AsyncGenerator<FetchedBlob> {
    for (const id of ids) yield { id, stored: new Uint8Array(10) };
  };
  fetcher.addSupplier("liar" as DeviceId, { fetch: lie } as Partial<Replica> as Replica);
  await time.until(10);
  expect(problems).toEqual(["liar corrupt"]);
  shelf.failure = new GlowError("exhausted", "blob.put", { message: "the disk is full" });
  giver("honest", { bytesPerMs: 1000 * kib });
  await time.until(1000);
  shelf.failure = undefined;
  expect(await play()).toBeLessThan(replicationLimits.avoidMs / 4);
});

test("what was to be repaired, and nobody has, keeps nobody waiting who has more to be repaired", async () => {
  const blobs = blobsOf(2 * replicationLimits.queuedBlobs + 100, 16);
  const { time, fetcher, giver } = story(blobs, "names");
  giver("peer", { bytesPerMs: 1000, has: () => false });
  await time.play(fetcher.refetch(blobs));
  expect(time.nowMs).toBeLessThan(60_000);
});

test("it knows when everybody was asked in vain, and that there is a chance when somebody comes", async () => {
  const blobs = blobsOf(10, kib);
  const { time, fetcher, giver } = story(blobs);
  await time.until(100);
  expect(fetcher.hasAskedInVain).toBe(false);
  giver("one", { bytesPerMs: 1000, has: () => false });
  const { chances } = fetcher;
  await time.until(200);
  expect([fetcher.hasAskedInVain, fetcher.chances]).toEqual([true, chances]);
  giver("other", { bytesPerMs: 1, has: ({ id }) => id[1] === 0 });
  expect([fetcher.hasAskedInVain, fetcher.chances > chances]).toEqual([false, true]);
  await time.until(10_000);
  expect(fetcher.hasAskedInVain).toBe(true);
});

test("the more nobody has, the more rarely a peer is asked for it anew that says it has come to have more", async () => {
  const blobs = blobsOf(3000, 16);
  const { time, fetcher, giver } = story(blobs);
  const peer = giver("peer", { bytesPerMs: 1000, has: () => false });
  await time.until(100);
  expect(peer.asked).toBe(blobs.length);
  for (let at = 0; at < 100; at++) {
    fetcher.renew(peer.device);
    await time.until(time.nowMs + 20);
  }
  // Two seconds: without regard to how many there are, it would be asked twenty times.
  expect(peer.asked).toBeGreaterThan(2 * blobs.length);
  expect(peer.asked).toBeLessThan(8 * blobs.length);
});

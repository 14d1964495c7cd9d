// What is read through the cache is what the index has, whatever else is under way; and how seldom the index is asked.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { indexLimits } from "#base/limits.ts";
import type { Index, IndexChange, Platform } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { failure, patterned } from "../../../test/compliance/subject.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { CachedIndex } from "./cached-index.ts";

/** Counts the keys that are read of an index. */
class CountedIndex implements Index {
  keys = 0;
  readonly #index: Index;

  constructor(index: Index) {
    this.#index = index;
  }

  get wasReset(): boolean {
    return this.#index.wasReset;
  }

  read(keys: readonly Uint8Array[]): ReturnType<Index["read"]> {
    this.keys += keys.length;
    return this.#index.read(keys);
  }

  write(changes: readonly IndexChange[]): Promise<void> {
    return this.#index.write(changes);
  }

  range(from: Uint8Array, to: Uint8Array, limit: number, backwards?: boolean): ReturnType<Index["range"]> {
    return this.#index.range(from, to, limit, backwards);
  }

  clear(): Promise<void> {
    return this.#index.clear();
  }

  close(): Promise<void> {
    return this.#index.close();
  }
}

async function withIndex(work: (index: CountedIndex, node: World["nodes"][number]) => Promise<void>): Promise<void> {
  const world = new World(nodeHost, { seed: "cached index" });
  const node = world.addNode("node", { boot: (platform: Platform) => platform });
  await world.run({ untilMs: 1 });
  const opening = (node.handle as Platform).indexes.open("store");
  await world.finish(opening.then((index) => work(new CountedIndex(index), node)));
}

const someKey = fc.uint8Array({ maxLength: 2, max: 4 });
const call = fc.oneof(
  { weight: 6, arbitrary: fc.record({ read: fc.array(someKey, { maxLength: 6 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ write: fc.array(fc.tuple(someKey, fc.option(fc.nat(255))), { maxLength: 6 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ clear: true }) },
);

test("reads what the index has, in the order of calls, however many are under way", async () => {
  const calls = fc.array(fc.tuple(call, fc.boolean()), { maxLength: 80 });
  const property = fc.asyncProperty(calls, fc.constantFrom(0, 400, 2000, 1e6), (steps, cacheBytes) =>
    withIndex(async (index) => {
      const cached = new CachedIndex(index, cacheBytes);
      const model = new Map<string, number>();
      const underWay: Promise<unknown>[] = [];
      for (const [step, isAwaited] of steps) {
        const work = doCall(cached, model, step);
        underWay.push(work);
        if (isAwaited) await work;
      }
      await Promise.all(underWay);
    }),
  );
  await fc.assert(property, { numRuns: 150 });
});

/** Compares with the model as it is now: when the call is made. */
async function doCall(
  cached: CachedIndex,
  model: Map<string, number>,
  step: { read?: Uint8Array[]; write?: [Uint8Array, number | null][]; clear?: boolean },
): Promise<void> {
  if (step.read !== undefined) {
    const expected = step.read.map((key) => model.get(toHex(key)));
    const found = await cached.read(step.read);
    expect(found.map((value) => value?.[0])).toEqual(expected);
    return;
  }
  if (step.write === undefined) {
    model.clear();
    return cached.clear();
  }
  for (const [key, value] of step.write) {
    if (value === null) model.delete(toHex(key));
    else model.set(toHex(key), value);
  }
  const changes = step.write.map(
    ([key, value]): IndexChange => ({ key, value: value === null ? null : Uint8Array.of(value) }),
  );
  return cached.write(changes);
}

const key = (n: number) => Uint8Array.of(n >>> 8, n);

test("what was read or written is not read again, nor what was not there", async () => {
  await withIndex(async (counted) => {
    const cached = new CachedIndex(counted);
    await counted.write([{ key: key(1), value: key(1) }]);
    await cached.write([{ key: key(2), value: key(2) }]);
    for (let i = 0; i < 3; i++) {
      expect(await cached.read([key(1), key(2), key(3)])).toEqual([key(1), key(2), undefined]);
    }
    expect(counted.keys).toBe(2);
  });
});

test("what is written while a read is under way is not replaced by the answer to that", async () => {
  await withIndex(async (index) => {
    const cached = new CachedIndex(index);
    const reading = cached.read([key(1), key(2)]);
    const writing = cached.write([
      { key: key(1), value: key(9) },
      { key: key(2), value: null },
    ]);
    expect(await reading).toEqual([undefined, undefined]);
    expect(await cached.read([key(1), key(2)])).toEqual([key(9), undefined]);
    await writing;
  });
});

test("what was read last is in memory, whatever was there before", async () => {
  await withIndex(async (counted) => {
    const cached = new CachedIndex(counted, 40_000);
    // A generation holds 151 of these rows: the second read begins in one and ends in the next.
    const keys = Array.from({ length: 180 }, (_, i) => key(i));
    await cached.read(keys.slice(0, 100));
    await cached.read(keys.slice(100));
    counted.keys = 0;
    await cached.read(keys.slice(100));
    expect(counted.keys).toBe(0);
  });
});

test("holds no more than it may, and what is used often stays (indexLimits.cacheBytes)", async () => {
  await withIndex(async (counted) => {
    const cached = new CachedIndex(counted);
    const valueBytes = 64 * 1024;
    const count = Math.ceil((2 * indexLimits.cacheBytes) / valueBytes);
    for (let i = 0; i < count; i++) {
      await cached.write([{ key: key(i), value: patterned(i, valueBytes) }]);
      await cached.read([key(0)]);
    }
    expect(counted.keys).toBe(0);
    await cached.read(Array.from({ length: count }, (_, i) => key(i)));
    const held = count - counted.keys;
    expect(held * valueBytes).toBeLessThanOrEqual(indexLimits.cacheBytes);
    expect(held * valueBytes).toBeGreaterThan(indexLimits.cacheBytes / 3);
  });
});

test("what is forgotten is read anew", async () => {
  await withIndex(async (counted) => {
    const cached = new CachedIndex(counted);
    await cached.write([{ key: key(1), value: key(2) }]);
    cached.forget();
    expect(await cached.read([key(1)])).toEqual([key(2)]);
    expect(counted.keys).toBe(1);
  });
});

test("a small value of a large answer does not keep that in memory", async () => {
  await withIndex(async (index) => {
    const large = new Uint8Array(1024 * 1024);
    const cached = new CachedIndex(index);
    await cached.write([{ key: key(1), value: large.subarray(0, 10) }]);
    const [value] = await cached.read([key(1)]);
    expect(value?.buffer.byteLength).toBe(10);
  });
});

test("after a write that failed, what was there before is read again", async () => {
  await withIndex(async (counted, node) => {
    const cached = new CachedIndex(counted);
    await cached.write([{ key: key(1), value: key(1) }]);
    node.indexes.disturb({ full: true });
    await failure(cached.write([{ key: key(1), value: key(2) }]), "exhausted");
    expect(await cached.read([key(1)])).toEqual([key(1)]);
    // So many that those written first are of the older generation when it fails.
    const small = new CachedIndex(counted, 40_000);
    const many = Array.from({ length: 200 }, (_, i) => ({ key: key(i), value: key(i + 1) }));
    await failure(small.write(many), "exhausted");
    expect(await small.read(many.map((change) => change.key))).toEqual(
      many.map((_, i) => (i === 1 ? key(1) : undefined)),
    );
  });
});

test("a closed one is `released`, also for what was in memory", async () => {
  await withIndex(async (index) => {
    const cached = new CachedIndex(index);
    await cached.write([{ key: key(1), value: key(1) }]);
    await cached.close();
    await failure(cached.read([key(1)]), "released");
  });
});

// Views beside a model of what they must show, over an index of the simulated world; and what they cost.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, concatBytes, equalBytes, toHex } from "#base/bytes.ts";
import { indexLimits } from "#base/limits.ts";
import type { Index, IndexRow, IndexView, Platform } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { failure, patterned } from "../../../test/compliance/subject.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import { CachedIndex } from "./cached-index.ts";
import { IndexTransaction } from "./index-transaction.ts";

/** Runs `work` on an empty index of a simulated node. */
async function withIndex(work: (index: Index, world: World) => Promise<void>): Promise<void> {
  const world = new World(nodeHost, { seed: "index transaction" });
  const node = world.addNode("node", { boot: (platform: Platform) => platform });
  await world.run({ untilMs: 1 });
  await world.finish((node.handle as Platform).indexes.open("store").then((index) => work(index, world)));
}

const prefixes = [Uint8Array.of(1), Uint8Array.of(2, 1), Uint8Array.of(2, 2), Uint8Array.of(255)];

/** What a view must show: keys in hexadecimal, in their order. */
class Model {
  readonly #rows = new Map<string, Uint8Array>();

  set(key: Uint8Array, value: Uint8Array | null): void {
    if (value === null) this.#rows.delete(toHex(key));
    else this.#rows.set(toHex(key), value);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(toHex(key));
  }

  range(from: Uint8Array, to: Uint8Array, limit: number): IndexRow[] {
    const keys = [...this.#rows.keys()].sort().map((digits) => Uint8Array.fromHex(digits));
    const within = keys.filter((key) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0);
    return within.slice(0, limit).map((key) => ({ key, value: this.get(key) as Uint8Array }));
  }

  copy(): Model {
    const copy = new Model();
    for (const [digits, value] of this.#rows) copy.#rows.set(digits, value);
    return copy;
  }
}

const someKey = fc.uint8Array({ maxLength: 3, max: 3 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("put"), view: fc.nat(3), key: someKey, value: fc.nat(255) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("remove"), view: fc.nat(3), key: someKey }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("get"), view: fc.nat(3), keys: fc.array(someKey) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("range"),
      view: fc.nat(3),
      from: someKey,
      to: fc.uint8Array({ maxLength: 3, max: 5 }),
      limit: fc.nat(12),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("write") }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("discard") }) },
);

type Step = {
  readonly type: string;
  readonly view?: number;
  readonly key?: Uint8Array;
  readonly keys?: readonly Uint8Array[];
  readonly value?: number;
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly limit?: number;
};

class Run {
  readonly #transaction: IndexTransaction;
  #written = prefixes.map(() => new Model());
  #pending = prefixes.map(() => new Model());

  constructor(index: Index) {
    this.#transaction = new IndexTransaction(index);
  }

  async do({ type, view = 0, key, keys = [], value = 0, from, to, limit = 0 }: Step): Promise<void> {
    const seen = this.#transaction.view(prefixes[view] as Uint8Array);
    const model = this.#pending[view] as Model;
    if (type === "put") {
      const bytes = Uint8Array.of(value);
      seen.put(key as Uint8Array, bytes);
      model.set(key as Uint8Array, bytes);
    } else if (type === "remove") {
      seen.remove(key as Uint8Array);
      model.set(key as Uint8Array, null);
    } else if (type === "get") {
      expect(await seen.getMany(keys)).toEqual(keys.map((each) => model.get(each)));
      for (const each of keys.slice(0, 2)) expect(await seen.get(each)).toEqual(model.get(each));
    } else if (type === "range") {
      const rows = await seen.range(from as Uint8Array, to as Uint8Array, limit);
      expect(texts(rows)).toEqual(texts(model.range(from as Uint8Array, to as Uint8Array, limit)));
    } else if (type === "write") {
      await this.#transaction.write();
      this.#written = this.#pending.map((each) => each.copy());
    } else {
      this.#transaction.discard();
      this.#pending = this.#written.map((each) => each.copy());
    }
  }

  /** What the index itself has, all views together. */
  async expectWritten(index: Index): Promise<void> {
    const expected = prefixes.flatMap((prefix, i) =>
      (this.#written[i] as Model)
        .range(new Uint8Array(), Uint8Array.of(255), 1e9)
        .map(({ key, value }) => ({ key: concatBytes([prefix, key]), value })),
    );
    const rows = await index.range(new Uint8Array(), new Uint8Array(9).fill(255), indexLimits.rowsPerRange);
    expect(texts(rows.map(([key, value]) => ({ key, value })))).toEqual(texts(expected));
  }
}

function texts(rows: readonly IndexRow[]): string[] {
  return rows.map(({ key, value }) => `${toHex(key)}=${toHex(value)}`);
}

describe.each([
  ["the index itself", (index: Index) => index],
  ["a cache", (index: Index) => new CachedIndex(index)],
  ["a cache that is too small", (index: Index) => new CachedIndex(index, 2000)],
])("over %s", (_, over) => {
  test("views are like maps that are written together", async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), (steps) =>
      withIndex(async (index) => {
        const run = new Run(over(index));
        for (const each of steps) await run.do(each);
        await run.expectWritten(index);
      }),
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

const first = prefixes[0] as Uint8Array;
const number = (n: number) => Uint8Array.of(n >>> 8, n);

test("10,000 changes, reads of them and of 10,000 others are one read and one write", async () => {
  await withIndex(async (index) => {
    const counts = { read: 0, write: 0 };
    const counting: Index = {
      ...wrapped(index),
      read: (keys) => (counts.read++, index.read(keys)),
      write: (changes) => (counts.write++, index.write(changes)),
    };
    const transaction = new IndexTransaction(new CachedIndex(counting));
    const view = transaction.view(first);
    const keys = Array.from({ length: 20_000 }, (_, i) => number(i));
    await view.getMany(keys);
    for (const [i, key] of keys.entries()) {
      expect(await view.get(key)).toBeUndefined();
      if (i % 2 === 0) view.put(key, patterned(i, 100));
    }
    for (const [i, key] of keys.entries()) expect((await view.get(key)) !== undefined).toBe(i % 2 === 0);
    expect(transaction.size).toBe(10_000);
    await transaction.write();
    expect(transaction.size).toBe(0);
    await view.getMany(keys);
    expect(counts).toEqual({ read: 1, write: 1 });
  });
});

function wrapped(index: Index): Index {
  return {
    wasReset: index.wasReset,
    write: (changes) => index.write(changes),
    read: (keys) => index.read(keys),
    range: (from, to, limit, backwards) => index.range(from, to, limit, backwards),
    clear: () => index.clear(),
    close: () => index.close(),
  };
}

test("a range passes over many removed rows", async () => {
  await withIndex(async (index) => {
    const transaction = new IndexTransaction(index);
    const view = transaction.view(first);
    for (let i = 0; i < 3000; i++) view.put(number(i), Uint8Array.of(1));
    await transaction.write();
    for (let i = 0; i < 2990; i++) view.remove(number(i));
    const range = async (limit: number) => (await view.range(number(0), number(9999), limit)).map(({ key }) => key[1]);
    expect(await range(1)).toEqual([2990 & 255]);
    expect((await range(100)).length).toBe(10);
  });
});

test("a range of more rows than the index gives at once gives them all", async () => {
  await withIndex(async (index) => {
    const transaction = new IndexTransaction(index);
    const view = transaction.view(first);
    const rows = indexLimits.rowsPerRange + 10;
    for (let i = 0; i < rows; i++) view.put(Uint8Array.of(i >>> 16, i >>> 8, i), new Uint8Array());
    await transaction.write();
    expect((await view.range(Uint8Array.of(0), Uint8Array.of(9), rows + 5)).length).toBe(rows);
  });
});

test("a change of no view is written with the others", async () => {
  await withIndex(async (index) => {
    const transaction = new IndexTransaction(index);
    transaction.view(first).put(number(1), Uint8Array.of(1));
    transaction.change({ key: Uint8Array.of(9), value: Uint8Array.of(2) });
    expect(transaction.size).toBe(2);
    await transaction.write();
    expect(await index.read([concatBytes([first, number(1)]), Uint8Array.of(9)])).toEqual([
      Uint8Array.of(1),
      Uint8Array.of(2),
    ]);
  });
});

test("views with rows in common are a defect; the same prefix is the same view", async () => {
  await withIndex(async (index) => {
    const transaction = new IndexTransaction(index);
    const view = transaction.view(Uint8Array.of(2, 1));
    expect(transaction.view(Uint8Array.of(2, 1))).toBe(view);
    for (const bad of [Uint8Array.of(2), Uint8Array.of(2, 1, 0), new Uint8Array()]) {
      expect(() => transaction.view(bad)).toThrow("no rows in common");
    }
  });
});

test("nothing is changed while it is written", async () => {
  await withIndex(async (index) => {
    const transaction = new IndexTransaction(index);
    const view = transaction.view(first);
    view.put(number(1), number(1));
    const writing = transaction.write();
    expect(() => view.put(number(2), number(2))).toThrow("while it is written");
    expect(() => transaction.discard()).toThrow("while it is written");
    expect(await view.get(number(1))).toEqual(number(1));
    await failure(transaction.write(), "internal");
    await writing;
    view.put(number(2), number(2));
  });
});

test("a write that fails leaves the changes to be written again", async () => {
  const world = new World(nodeHost, { seed: "full" });
  const node = world.addNode("node", { boot: (platform: Platform) => platform });
  await world.run({ untilMs: 1 });
  const work = async () => {
    const index = new CachedIndex(await (node.handle as Platform).indexes.open("store"));
    const transaction = new IndexTransaction(index);
    const view: IndexView = transaction.view(first);
    view.put(number(1), number(1));
    await transaction.write();
    view.put(number(1), number(2));
    const full = node.indexes.disturb({ full: true });
    await failure(transaction.write(), "exhausted");
    expect(await view.get(number(1))).toEqual(number(2));
    expect(await new IndexTransaction(index).view(first).get(number(1))).toEqual(number(1));
    full.heal();
    await transaction.write();
    const again = await new IndexTransaction(index).view(first).get(number(1));
    expect(again !== undefined && equalBytes(again, number(2))).toBe(true);
  };
  await world.finish(work());
});

test("more changes than a write takes are `too-large` (indexLimits.changesPerWrite)", async () => {
  await withIndex(async (index) => {
    const transaction = new IndexTransaction(index);
    const view = transaction.view(first);
    for (let i = 0; i <= indexLimits.changesPerWrite; i++) view.remove(Uint8Array.of(i >>> 16, i >>> 8, i));
    await failure(transaction.write(), "too-large");
    const next = Uint8Array.of(255, 255, 255);
    expect(() => view.remove(next)).toThrow(expect.objectContaining({ kind: "too-large" }));
    transaction.discard();
    view.remove(next);
    await transaction.write();
  });
});

test("what changes add up to is known before they are written", async () => {
  await withIndex(async (index) => {
    const transaction = new IndexTransaction(index);
    const view = transaction.view(first);
    view.put(Uint8Array.of(1), new Uint8Array(100));
    view.put(Uint8Array.of(1), new Uint8Array(10));
    view.remove(Uint8Array.of(2));
    transaction.change({ key: Uint8Array.of(9, 9), value: new Uint8Array(5) });
    expect(transaction.measure()).toBe(first.length + 11 + first.length + 1 + 7);
    expect(transaction.changedBytes).toBeGreaterThanOrEqual(100 + 10);
    await transaction.write();
    expect([transaction.measure(), transaction.changedBytes]).toEqual([0, 0]);
  });
});

// The seeded source keeps its sequences, and draws are fair. What counts draws has a fixed seed, so none fails by bad luck.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes, toHex } from "./bytes.ts";
import { type ByteSource, chance, float, integerBelow, pick, randomBytes, SeededRandom, shuffled } from "./random.ts";

const anySeed = fc.oneof(fc.maxSafeInteger(), fc.bigInt(), fc.string());

/** A source that gives these bytes over and over, to see what a draw does with them. */
function fixed(...bytes: number[]): ByteSource {
  let at = 0;
  return {
    fill(target) {
      for (let i = 0; i < target.length; i++) target[i] = bytes[at++ % bytes.length] as number;
    },
  };
}

describe("SeededRandom", () => {
  test("keeps its sequence across versions: seeds are written down in bug reports", () => {
    expect(toHex(randomBytes(new SeededRandom(1), 16))).toBe("a09978895cc0e72785886f7a616b183c");
    expect(toHex(randomBytes(new SeededRandom(1).fork("disk"), 16))).toBe("9f7e9b1a535342e7061204f6b93373d5");
  });

  test("a seed gives one stream, however it is cut into fills", () => {
    fc.assert(
      fc.property(anySeed, fc.array(fc.nat(20)), (seed, lengths) => {
        const cut = new SeededRandom(seed);
        const parts = concatBytes(lengths.map((length) => randomBytes(cut, length)));
        expect(randomBytes(new SeededRandom(seed), parts.length)).toEqual(parts);
      }),
    );
  });

  test("a seed as number, bigint and text is the same seed; different ones differ", () => {
    const first = (seed: number | bigint | string) => toHex(randomBytes(new SeededRandom(seed), 16));
    expect(first(7n)).toBe(first(7));
    expect(first("7")).toBe(first(7));
    const seeds = [0, -0.0, 1, -1, 2 ** 32, 2 ** 32 + 1, 2n ** 64n - 1n, 2n ** 64n, "", "a", "b", "07"];
    expect(new Set(seeds.map(first)).size).toBe(seeds.length - 1);
    for (const seed of [0.5, Number.NaN, 2 ** 53]) expect(() => new SeededRandom(seed)).toThrow(/a seed is/);
  });

  test("a child depends on its label alone: not on draws, nor on its siblings", () => {
    fc.assert(
      fc.property(anySeed, fc.string(), fc.string(), fc.nat(50), (seed, label, other, drawn) => {
        const expected = randomBytes(new SeededRandom(seed).fork(label), 16);
        const busy = new SeededRandom(seed);
        randomBytes(busy, drawn);
        busy.fork(other).fill(new Uint8Array(5));
        expect(randomBytes(busy.fork(label), 16)).toEqual(expected);
        const same = equalBytes(randomBytes(busy.fork(other), 16), expected);
        expect(same).toBe(other === label);
      }),
    );
  });

  test("forking leaves the parent's stream as it was, and a grandchild is no child", () => {
    const parent = new SeededRandom(1);
    parent.fork("a").fill(new Uint8Array(10));
    expect(randomBytes(parent, 16)).toEqual(randomBytes(new SeededRandom(1), 16));
    const streams = [
      parent,
      parent.fork(""),
      parent.fork("ab"),
      parent.fork("a").fork("b"),
      parent.fork("b").fork("a"),
    ];
    expect(new Set(streams.map((stream) => toHex(randomBytes(stream, 16)))).size).toBe(streams.length);
  });
});

describe("draws", () => {
  const bounds = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 53 }));

  test("an integer is below its bound", () => {
    fc.assert(
      fc.property(anySeed, bounds, (seed, bound) => {
        const drawn = integerBelow(new SeededRandom(seed), bound);
        expect(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < bound).toBe(true);
      }),
    );
    for (const bound of [0, -1, 1.5, Number.NaN, 2 ** 53 + 2]) {
      expect(() => integerBelow(new SeededRandom(1), bound)).toThrow(/a bound is/);
    }
  });

  test("values that would favour the small numbers are drawn again", () => {
    // 2^32 is 1 more than a multiple of 3, so the highest word of all must not count.
    expect(integerBelow(fixed(255, 255, 255, 255, 254, 255, 255, 255), 3)).toBe((2 ** 32 - 2) % 3);
    expect(integerBelow(fixed(255, 255, 255, 255), 2 ** 32)).toBe(2 ** 32 - 1);
    // 2^53 is 2 more than a multiple of 3.
    expect(integerBelow(fixed(...Array<number>(8).fill(255), ...Array<number>(8).fill(1)), 2 ** 53 - 2)).toBeLessThan(
      2 ** 53,
    );
    expect(integerBelow(fixed(255), 2 ** 53)).toBe(2 ** 53 - 1);
  });

  test("a source that never gives a fair value is reported, not waited for", () => {
    expect(() => integerBelow(fixed(255), 3)).toThrow(expect.objectContaining({ kind: "internal" }));
  });

  test("each value comes equally often", () => {
    const random = new SeededRandom("even");
    for (const bound of [2, 3, 7, 10]) {
      const counts = Array<number>(bound).fill(0);
      for (let i = 0; i < 10_000 * bound; i++) {
        const drawn = integerBelow(random, bound);
        counts[drawn] = (counts[drawn] as number) + 1;
      }
      // The standard deviation is below 100.
      for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    }
  });

  test("a float is from 0 up to below 1", () => {
    expect(float(fixed(0))).toBe(0);
    expect(float(fixed(255))).toBe(1 - 2 ** -53);
    const random = new SeededRandom("float");
    let sum = 0;
    for (let i = 0; i < 10_000; i++) sum += float(random);
    expect(Math.abs(sum / 10_000 - 0.5)).toBeLessThan(0.02);
  });

  test("a chance of 0 never comes, of 1 always, of a quarter in a quarter of cases", () => {
    expect(chance(fixed(0), 0)).toBe(false);
    expect(chance(fixed(255), 1)).toBe(true);
    const random = new SeededRandom("chance");
    const times = Array.from({ length: 10_000 }, () => chance(random, 0.25)).filter(Boolean).length;
    expect(Math.abs(times - 2500)).toBeLessThan(250);
    for (const probability of [-0.1, 1.1, Number.NaN]) expect(() => chance(random, probability)).toThrow(/probability/);
  });

  test("pick gives an item of the list, and every one in time", () => {
    const random = new SeededRandom("pick");
    const items = ["a", "b", "c"];
    expect(new Set(Array.from({ length: 100 }, () => pick(random, items)))).toEqual(new Set(items));
    expect(() => pick(random, [])).toThrow(/something to pick/);
  });

  test("a shuffle has the same items, leaves the list alone, and every order comes equally often", () => {
    fc.assert(
      fc.property(anySeed, fc.array(fc.integer()), (seed, items) => {
        const before = [...items];
        const order = shuffled(new SeededRandom(seed), items);
        expect(items).toEqual(before);
        expect(order.toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
      }),
    );
    const random = new SeededRandom("shuffle");
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = shuffled(random, ["a", "b", "c", "d"]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });
});

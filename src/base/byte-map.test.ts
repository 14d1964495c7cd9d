// The map beside a plain sorted list of pairs, small and large.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteMap } from "./byte-map.ts";
import { compareBytes, toHex } from "./bytes.ts";
import { integerBelow, SeededRandom } from "./random.ts";

type Pairs = readonly (readonly [Uint8Array, number])[];

function texts(pairs: Iterable<readonly [Uint8Array, number]>): string[] {
  return [...pairs].map(([key, value]) => `${toHex(key)}=${value}`);
}

/** What the map must hold, in its order. */
function sorted(model: ReadonlyMap<string, number>): Pairs {
  const pairs = [...model].map(([digits, value]) => [Uint8Array.fromHex(digits), value] as const);
  return pairs.sort(([a], [b]) => compareBytes(a, b));
}

const someKey = fc.uint8Array({ maxLength: 4 });

test("is like a sorted list, through sets and deletes of any keys", () => {
  const steps = fc.array(fc.tuple(someKey, fc.option(fc.nat(9))), { maxLength: 200 });
  const property = fc.property(steps, someKey, someKey, (changes, from, to) => {
    const map = new ByteMap<number>();
    const model = new Map<string, number>();
    for (const [key, value] of changes) {
      if (value === null) expect(map.delete(key)).toBe(model.delete(toHex(key)));
      else {
        map.set(key, value);
        model.set(toHex(key), value);
      }
      expect(map.get(key)).toBe(value ?? undefined);
    }
    expect(map.size).toBe(model.size);
    expect(texts(map.entries())).toEqual(texts(sorted(model)));
    const within = sorted(model).filter(([key]) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0);
    expect(texts(map.entries(from, to))).toEqual(texts(within));
    expect(texts(map.entriesBackwards(from, to))).toEqual(texts(within.toReversed()));
  });
  fc.assert(property);
});

const numberKey = (number: number) => Uint8Array.of(number >>> 8, number);

test.each([
  ["in their order", (i: number) => i],
  ["against it", (i: number) => 4999 - i],
  ["across", (i: number) => (i * 2377) % 5000],
])("holds thousands of keys that come %s, and lets go of them again", (_, numberOf) => {
  const map = new ByteMap<number>();
  for (let i = 0; i < 5000; i++) map.set(numberKey(numberOf(i)), numberOf(i));
  expect([...map.entries()].map(([, value]) => value)).toEqual(Array.from({ length: 5000 }, (__, i) => i));
  for (let i = 0; i < 5000; i++) expect(map.get(numberKey(i))).toBe(i);
  for (let i = 0; i < 5000; i++) {
    if (numberOf(i) % 1000 !== 0) expect(map.delete(numberKey(numberOf(i)))).toBe(true);
  }
  expect([...map.entries()].map(([, value]) => value)).toEqual([0, 1000, 2000, 3000, 4000]);
  const backwards = map.entriesBackwards(numberKey(1), numberKey(4000));
  expect([...backwards].map(([, value]) => value)).toEqual([3000, 2000, 1000]);
  for (let i = 0; i < 5; i++) map.delete(numberKey(1000 * i));
  expect([...map.entries()]).toEqual([]);
  expect([...map.entriesBackwards(numberKey(0), numberKey(5000))]).toEqual([]);
  map.set(numberKey(7), 7);
  expect([...map.entries()].map(([, value]) => value)).toEqual([7]);
});

test("stays right while keys come and go at random", () => {
  const random = new SeededRandom("byte map");
  const map = new ByteMap<number>();
  const model = new Map<string, number>();
  for (let step = 0; step < 20_000; step++) {
    const key = numberKey(integerBelow(random, 2000));
    // More come than go at first, then the other way round.
    if (integerBelow(random, 100) < (step < 10_000 ? 70 : 20)) {
      map.set(key, step);
      model.set(toHex(key), step);
    } else {
      expect(map.delete(key)).toBe(model.delete(toHex(key)));
    }
  }
  expect(map.size).toBe(model.size);
  expect(texts(map.entries())).toEqual(texts(sorted(model)));
  map.clear();
  expect(map.size).toBe(0);
  expect(map.get(numberKey(1))).toBeUndefined();
});

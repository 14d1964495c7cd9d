// The table for ids inside packets, against an ordinary Map.

import { expect, test } from "vitest";
import { integerBelow, randomBytes, SeededRandom } from "#base/random.ts";
import { IdMap } from "./id-map.ts";

function keyOf(number: number, random = new SeededRandom(`key ${number}`)): Uint8Array {
  const key = randomBytes(random, 33);
  key[0] = 0x1e;
  return key;
}

test("it holds what an ordinary Map would, whatever is set, replaced and deleted", () => {
  const random = new SeededRandom(1);
  const map = new IdMap<number>(random, 33, 1);
  const model = new Map<number, number>();
  const keys = Array.from({ length: 200 }, (_, i) => keyOf(i));
  for (let step = 0; step < 20_000; step++) {
    const number = integerBelow(random, keys.length);
    const key = keys[number] as Uint8Array;
    if (integerBelow(random, 3) === 0) {
      map.delete(key);
      model.delete(number);
    } else {
      map.set(key, step);
      model.set(number, step);
    }
    expect(map.size).toBe(model.size);
  }
  keys.forEach((key, number) => expect(map.get(key, 0)).toBe(model.get(number)));
});

test("a key is found anywhere in a packet, and nowhere past its end", () => {
  const map = new IdMap<string>(new SeededRandom(2), 33, 1);
  map.set(keyOf(1), "one");
  const packet = new Uint8Array(100);
  packet.set(keyOf(1), 50);
  expect(map.get(packet, 50)).toBe("one");
  expect(map.get(packet, 49)).toBeUndefined();
  expect(map.get(packet.subarray(0, 82), 50)).toBeUndefined();
});

test("keys that meet in the mixed bits are told apart, in any order of deleting", () => {
  // Keys that differ behind the mixed bytes alone always meet.
  const alike = Array.from({ length: 50 }, (_, i) => {
    const key = new Uint8Array(33).fill(9);
    key[20] = i;
    return key;
  });
  const map = new IdMap<number>(new SeededRandom(3), 33, 1);
  alike.forEach((key, i) => map.set(key, i));
  alike.forEach((key, i) => expect(map.get(key, 0)).toBe(i));
  for (const at of [25, 0, 49, 1, 48]) {
    map.delete(alike[at] as Uint8Array);
    expect(map.get(alike[at] as Uint8Array, 0)).toBeUndefined();
  }
  expect(map.size).toBe(45);
  expect(map.get(alike[24] as Uint8Array, 0)).toBe(24);
  map.delete(alike[25] as Uint8Array);
  expect(map.size).toBe(45);
});

test("keys that somebody made up to meet are spread, where all of their bytes are mixed", () => {
  const map = new IdMap<number>(new SeededRandom(4), 66, 1, true);
  const keys = Array.from({ length: 4096 }, (_, i) => {
    const key = new Uint8Array(66).fill(9);
    key[40] = i;
    key[41] = i >>> 8;
    return key;
  });
  keys.forEach((key, i) => map.set(key, i));
  expect(map.longestChain).toBeLessThan(4);
  keys.forEach((key, i) => expect(map.get(key, 0)).toBe(i));
});

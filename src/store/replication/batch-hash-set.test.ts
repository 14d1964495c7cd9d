// Fingerprints of ranges of hashes, against a list that is summed up anew each time.

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytes, equalBytes, utf8Encode } from "#base/bytes.ts";
import type { Hash, HashRange } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { BatchHashSet } from "./batch-hash-set.ts";

const crypto = new NodeCrypto();
const all: HashRange = { from: new Uint8Array(0), to: undefined };

function hashOf(text: string | number): Hash {
  return crypto.hash("blake3", utf8Encode(String(text)));
}

function sorted(hashes: readonly Hash[]): Hash[] {
  return [...hashes].sort(compareBytes);
}

function hashesTo(count: number): Hash[] {
  return sorted(Array.from({ length: count }, (_, at) => hashOf(at)));
}

test("a set that grew one by one is the same as one made at once", () => {
  const hashes = hashesTo(1000);
  const grown = new BatchHashSet([]);
  for (const hash of hashes.toSorted((a, b) => compareBytes(a.subarray(5), b.subarray(5)))) grown.add(hash);
  const made = new BatchHashSet(hashes);
  expect(grown.count).toBe(1000);
  expect(grown.within(all, 2000)).toEqual(hashes);
  expect(grown.fingerprint(crypto, all)).toEqual(made.fingerprint(crypto, all));
});

test("a hash counts once", () => {
  const set = new BatchHashSet(hashesTo(300));
  const before = set.fingerprint(crypto, all);
  for (const hash of hashesTo(300)) set.add(hash);
  expect(set.count).toBe(300);
  expect(set.fingerprint(crypto, all)).toEqual(before);
});

test("one fingerprint is that of the documents", () => {
  // BLAKE3 of "glow range" 00, the count as u64, and the hash itself as the sum.
  const set = new BatchHashSet([hashOf("a")]);
  const bytes = Uint8Array.from([...utf8Encode("glow range\0"), 0, 0, 0, 0, 0, 0, 0, 1, ...hashOf("a").subarray(1)]);
  expect(set.fingerprint(crypto, all).fingerprint).toEqual(crypto.hash("blake3", bytes).slice(1));
});

test("of any range there are the count, the hashes and a fingerprint that a set of these alone has", () => {
  const bound = fc.integer({ min: 0, max: 60 }).map((at) => hashOf(`bound ${at}`));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 2000 }), { maxLength: 700 }),
      bound,
      fc.option(bound),
      (numbers, from, to) => {
        const hashes = sorted(numbers.map(hashOf));
        const set = new BatchHashSet([]);
        for (const number of numbers) set.add(hashOf(number));
        const range = { from, to: to ?? undefined };
        const within = hashes.filter(
          (hash) => compareBytes(hash, from) >= 0 && (to === null || compareBytes(hash, to) < 0),
        );
        expect(set.within(range, 1000)).toEqual(within);
        expect(set.within(range, 3)).toEqual(within.slice(0, 3));
        expect(set.countWithin(range)).toBe(within.length);
        expect(set.fingerprint(crypto, range)).toEqual(new BatchHashSet(within).fingerprint(crypto, all));
      },
    ),
  );
});

test("it knows what is in it", () => {
  const set = new BatchHashSet(hashesTo(500));
  expect(hashesTo(500).every((hash) => set.has(hash))).toBe(true);
  expect(set.has(hashOf("another"))).toBe(false);
  expect(new BatchHashSet([]).has(hashOf(1))).toBe(false);
});

test("cuts divide a range into parts that are alike", () => {
  const set = new BatchHashSet(hashesTo(1000));
  const cuts = set.cuts(all, 16);
  expect(cuts).toHaveLength(15);
  const bounds = [all.from, ...cuts, undefined];
  for (let at = 0; at < 16; at++) {
    const count = set.countWithin({ from: bounds[at] as Uint8Array, to: bounds[at + 1] });
    expect(Math.abs(count - 1000 / 16)).toBeLessThan(2);
  }
});

test("two sets with other members have other fingerprints", () => {
  const hashes = hashesTo(200);
  const set = new BatchHashSet(hashes);
  const other = new BatchHashSet(sorted([...hashes.slice(1), hashOf("another")]));
  expect(set.count).toBe(other.count);
  const { fingerprint } = other.fingerprint(crypto, all);
  expect(equalBytes(set.fingerprint(crypto, all).fingerprint, fingerprint)).toBe(false);
});

// Two sets of hashes are compared, with peers that answer truly and with such as do not.

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytes, toHex, utf8Encode } from "#base/bytes.ts";
import { replicationLimits } from "#base/limits.ts";
import type { Hash, HashRange, RangeFingerprint, Replica } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { BatchHashSet } from "./batch-hash-set.ts";
import { missingHashes } from "./reconciliation.ts";

const crypto = new NodeCrypto();

function hashOf(text: string | number): Hash {
  return crypto.hash("blake3", utf8Encode(String(text)));
}

function setOf(numbers: Iterable<number>): BatchHashSet {
  return new BatchHashSet([...new Set(numbers)].map(hashOf).sort(compareBytes));
}

/** A peer that holds these, of which only what is compared is asked; it counts what it is asked. */
class Peer {
  readonly set: BatchHashSet;
  calls = 0;
  ranges = 0;

  constructor(set: BatchHashSet) {
    this.set = set;
  }

  get replica(): Replica {
    return this as object as Replica;
  }

  fingerprints(ranges: readonly HashRange[]): Promise<RangeFingerprint[]> {
    this.calls++;
    this.ranges += ranges.length;
    expect(ranges.length).toBeLessThanOrEqual(replicationLimits.ranges);
    return Promise.resolve(ranges.map((range) => this.set.fingerprint(crypto, range)));
  }

  hashes(range: HashRange): Promise<Hash[]> {
    const found = this.set.within(range, replicationLimits.rangeHashes + 1);
    expect(found.length).toBeLessThanOrEqual(replicationLimits.rangeHashes);
    return Promise.resolve(found);
  }
}

async function missing(own: BatchHashSet, peer: Peer): Promise<string[]> {
  const found: string[] = [];
  for await (const page of missingHashes(crypto, own, peer.replica)) found.push(...page.map(toHex));
  return found.sort();
}

function hexOf(numbers: readonly number[]): string[] {
  return numbers.map((number) => toHex(hashOf(number))).sort();
}

test("exactly what the peer has and this side has not is found", async () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 1500, size: "max" });
  await fc.assert(
    fc.asyncProperty(numbers, numbers, fc.boolean(), async (some, others, areNear) => {
      const own = areNear ? [...some, ...others.slice(5)] : some;
      const theirs = areNear ? [...some, ...others] : others;
      const has = new Set(own);
      const expected = [...new Set(theirs)].filter((number) => !has.has(number));
      expect(await missing(setOf(own), new Peer(setOf(theirs)))).toEqual(hexOf(expected));
    }),
    { numRuns: 30 },
  );
});

test("a few differences among very many cost little", async () => {
  const shared = Array.from({ length: 20_000 }, (_, at) => at);
  const peer = new Peer(setOf([...shared, -1, -2, -3]));
  expect(await missing(setOf([...shared, -4]), peer)).toEqual(hexOf([-1, -2, -3]));
  expect(peer.calls).toBeLessThan(8);
  expect(peer.ranges).toBeLessThan(250);
});

test("thousands of differences are found, on either side or both", async () => {
  const own = setOf(Array.from({ length: 8000 }, (_, at) => at));
  const theirs = setOf(Array.from({ length: 8000 }, (_, at) => at + 3000));
  expect(await missing(own, new Peer(theirs))).toHaveLength(3000);
  expect(await missing(own, new Peer(setOf(Array.from({ length: 4000 }, (_, at) => at))))).toHaveLength(0);
});

test("two that are the same are so after one question", async () => {
  const peer = new Peer(setOf([1, 2, 3]));
  expect(await missing(setOf([1, 2, 3]), peer)).toEqual([]);
  expect(peer.ranges).toBe(1);
});

test("who has nothing is told all, in lists", async () => {
  const all = Array.from({ length: 9000 }, (_, at) => at);
  expect(await missing(new BatchHashSet([]), new Peer(setOf(all)))).toHaveLength(9000);
});

test("fingerprints that lead nowhere are followed only so far", async () => {
  const peer = new Peer(setOf([]));
  peer.fingerprints = (ranges) => {
    peer.ranges += ranges.length;
    return Promise.resolve(ranges.map(() => ({ count: 1_000_000, fingerprint: new Uint8Array(32) })));
  };
  const own = setOf(Array.from({ length: 2000 }, (_, at) => at));
  await expect(missing(own, peer)).rejects.toMatchObject({ kind: "protocol" });
  expect(peer.ranges).toBeLessThanOrEqual(replicationLimits.comparedRanges + own.count);
});

test("many hashes where there is room for one are a lie", async () => {
  const peer = new Peer(setOf([]));
  // Only in the range of one hash.
  peer.fingerprints = (ranges) =>
    Promise.resolve(
      ranges.map(({ from, to }) => {
        const hash = hashOf("one");
        const isHere = compareBytes(from, hash) <= 0 && (to === undefined || compareBytes(hash, to) < 0);
        return { count: isHere ? 100_000 : 0, fingerprint: new Uint8Array(32) };
      }),
    );
  await expect(missing(new BatchHashSet([]), peer)).rejects.toMatchObject({ kind: "protocol" });
});

test.each([
  ["too few fingerprints", { fingerprints: () => Promise.resolve([]) }],
  ["hashes out of range", { hashes: () => Promise.resolve([hashOf("elsewhere"), Uint8Array.of(0xff) as Hash]) }],
  ["too long a list", { hashes: () => Promise.resolve(Array.from({ length: 5000 }, () => hashOf("x"))) }],
])("%s break the protocol", async (_, lie) => {
  // Few enough to be listed by a range that ends: the first of many.
  const numbers = Array.from({ length: 200 }, (_value, at) => at);
  const peer = Object.assign(new Peer(setOf([...numbers, -1])), lie);
  await expect(missing(setOf(numbers), peer)).rejects.toMatchObject({ kind: "protocol" });
});

// What others said that they hold, in memory and in the index.

import { expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { idText } from "#base/ids.ts";
import { replicationLimits } from "#base/limits.ts";
import type { AuthorPosition, BatchHeader, Completeness, DeviceId, Hash, Index, IndexChange, SpaceId } from "#glow";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { PeerHoldings } from "./peer-holdings.ts";

const crypto = new NodeCrypto();

function idOf<Id extends string>(text: string): Id {
  return idText(crypto.hash("blake3", utf8Encode(text))) as Id;
}

const space = idOf<SpaceId>("space");
const [alice, bob, ann] = [idOf<DeviceId>("alice"), idOf<DeviceId>("bob"), idOf<DeviceId>("ann")];

function hashOf(text: string): Hash {
  return crypto.hash("blake3", utf8Encode(text));
}

function at(author: DeviceId, sequence: number, incarnation = 0): AuthorPosition {
  return { author, incarnation, sequence, hash: hashOf(`${author} ${incarnation} ${sequence}`) };
}

function reached(positions: readonly AuthorPosition[], lacking: readonly Hash[] = []): Completeness {
  return { positions, lacking };
}

function batch(author: DeviceId, sequence: number): BatchHeader {
  return { ...at(author, sequence), space, parents: [], stamp: 1, timeMs: 0 };
}

/** Rows in memory, in order. */
class Rows {
  readonly rows = new Map<string, Uint8Array>();
  writes = 0;
  isFull = false;

  get index(): Index {
    return this as object as Index;
  }

  write(changes: readonly IndexChange[]): Promise<void> {
    if (this.isFull) return Promise.reject(new Error("full"));
    this.writes++;
    for (const { key, value } of changes) this.rows.set(key.toHex(), value as Uint8Array);
    return Promise.resolve();
  }

  range(from: Uint8Array, to: Uint8Array): Promise<[Uint8Array, Uint8Array][]> {
    const found = [...this.rows].filter(([key]) => key >= from.toHex() && key < to.toHex());
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.resolve(found.map(([key, value]) => [Uint8Array.fromHex(key), value]));
  }
}

test("who said that it holds a batch, or one after it, holds it", async () => {
  const holdings = await PeerHoldings.open(new Rows().index, space);
  expect(holdings.claim(bob, reached([at(ann, 5)]))).toBe(true);
  expect(holdings.claim(bob, reached([at(ann, 5)]))).toBe(false);
  expect(holdings.holders(batch(ann, 4), false)).toEqual([bob]);
  expect(holdings.holders(batch(ann, 5), false)).toEqual([bob]);
  expect(holdings.holders(batch(ann, 6), false)).toEqual([]);
  expect(holdings.holders({ ...batch(ann, 3), incarnation: 1 }, false)).toEqual([]);
});

test("who says that it lacks blobs of a batch is no copy of that one, also after a restart", async () => {
  const store = new Rows();
  const holdings = await PeerHoldings.open(store.index, space);
  const lost = batch(ann, 4);
  expect(holdings.claim(bob, reached([at(ann, 5)], [lost.hash]))).toBe(true);
  expect(holdings.claim(bob, reached([at(ann, 5)], [lost.hash]))).toBe(false);
  await holdings.write();
  for (const each of [holdings, await PeerHoldings.open(store.index, space)]) {
    expect(each.holders(lost, false)).toEqual([]);
    expect(each.holders(batch(ann, 5), false)).toEqual([bob]);
    expect(each.lackedBy(bob)).toEqual([lost.hash]);
  }
  expect(holdings.claim(bob, reached([at(ann, 5)]))).toBe(true);
  expect(holdings.holders(lost, false)).toEqual([bob]);
});

test("of two batches at one position, only the one that was named", async () => {
  const holdings = await PeerHoldings.open(new Rows().index, space);
  holdings.claim(bob, reached([at(ann, 5)]));
  expect(holdings.holders(batch(ann, 5), true)).toEqual([bob]);
  expect(holdings.holders({ ...batch(ann, 5), hash: hashOf("the other") }, true)).toEqual([]);
});

test("what somebody says takes the place of what it said before: its disk may be lost", async () => {
  const holdings = await PeerHoldings.open(new Rows().index, space);
  holdings.claim(bob, reached([at(ann, 5), at(alice, 2)]));
  expect(holdings.claim(bob, reached([at(ann, 3)]))).toBe(true);
  expect(holdings.of(bob)).toEqual([at(ann, 3)]);
});

test("it is there after a restart, each space by itself", async () => {
  const rows = new Rows();
  const holdings = await PeerHoldings.open(rows.index, space);
  holdings.claim(bob, reached([at(ann, 5), at(alice, 2, 1)]));
  holdings.claim(alice, reached([at(ann, 4)]));
  await Promise.all([holdings.write(), holdings.write()]);
  expect(rows.writes).toBe(1);
  const again = await PeerHoldings.open(rows.index, space);
  expect(new Set(again.devices)).toEqual(new Set([alice, bob]));
  expect(again.of(bob)).toEqual([at(ann, 5), at(alice, 2, 1)]);
  expect((await PeerHoldings.open(rows.index, idOf<SpaceId>("another"))).devices).toEqual([]);
});

test("what could not be written is written with the next", async () => {
  const rows = new Rows();
  const holdings = await PeerHoldings.open(rows.index, space);
  rows.isFull = true;
  holdings.claim(bob, reached([at(ann, 5)]));
  await expect(holdings.write()).rejects.toThrow("full");
  rows.isFull = false;
  await holdings.write();
  expect((await PeerHoldings.open(rows.index, space)).of(bob)).toEqual([at(ann, 5)]);
});

test("a row that makes no sense is passed over", async () => {
  const rows = new Rows();
  const holdings = await PeerHoldings.open(rows.index, space);
  holdings.claim(bob, reached([at(ann, 5)]));
  await holdings.write();
  for (const key of rows.rows.keys()) rows.rows.set(key, Uint8Array.of(0x81, 0x01));
  expect((await PeerHoldings.open(rows.index, space)).devices).toEqual([]);
});

test("of one device so many positions are kept, and of so many devices any", async () => {
  const holdings = await PeerHoldings.open(new Rows().index, space);
  const many = Array.from({ length: replicationLimits.positions + 5 }, (_, sequence) => at(ann, 1, sequence));
  holdings.claim(bob, reached(many));
  expect(holdings.of(bob)).toHaveLength(replicationLimits.positions);
  for (let peer = 0; peer < replicationLimits.peers + 5; peer++)
    holdings.claim(idOf<DeviceId>(`peer ${peer}`), reached([at(ann, 1)]));
  expect(holdings.devices).toHaveLength(replicationLimits.peers);
  // Those that are known go on being heard.
  expect(holdings.claim(bob, reached([at(ann, 9)]))).toBe(true);
});

// Which key is used, who has it and who holds without: the same for every order in which the batches come that say so.

import { expect, test } from "vitest";
import { toHex, utf8Encode } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import { SeededRandom, shuffled } from "#base/random.ts";
import { Actor, crypto } from "../../../test/identity/cast.ts";
import { MemoryRows } from "../../../test/store/drive-rows.ts";
import type { ClearParts, KeyGrants } from "./batch-parts.ts";
import { type BatchRecord, BatchRecords, encodeRecord } from "./batch-record.ts";
import { KeyRing } from "./key-ring.ts";
import { SpaceKey } from "./space-key.ts";
import { hashKey } from "./space-rows.ts";

const salt = new Uint8Array(16);
const random = new SeededRandom("ring");
const keys = Array.from({ length: 4 }, () => SpaceKey.draw(crypto, random, salt));
const [first, second, third, bogus] = keys as [SpaceKey, SpaceKey, SpaceKey, SpaceKey];
const phone = new Actor("phone");
const laptop = new Actor("laptop");
const tablet = new Actor("tablet");

/** Grants are not wrapped here: a ring of the phone opens what is for the phone. */
const openGrant = (keyId: Uint8Array, { device }: { readonly device: string }) => {
  return device === phone.id ? keys.find(({ id }) => toHex(id) === toHex(keyId)) : undefined;
};
const grants = (key: SpaceKey, epoch: number, ...to: Actor[]): KeyGrants => ({
  keyId: key.id,
  epoch,
  grants: to.map(({ id, identity }) => ({ device: id, recipient: identity.publicKey, wrapped: utf8Encode("w") })),
});

interface Said extends Partial<Pick<ClearParts, "keys" | "hosts">> {
  readonly by?: Actor;
  readonly stamp: number;
  readonly counts?: boolean;
}

function recordOf({ by = phone, stamp, counts = true }: Said): BatchRecord {
  const hash = crypto.hash("blake3", utf8Encode(`${by.name} ${stamp}`));
  return {
    id: toHex(hash),
    hash,
    place: { segment: 0, offset: 0 },
    sizeBytes: 1,
    author: by.id,
    key: by.identity.publicKey,
    incarnation: 0,
    sequence: stamp,
    stamp,
    parents: [],
    members: [],
    held: true,
    counts,
    covered: false,
    settled: true,
    lost: false,
    unreadable: false,
    keyless: false,
    standing: "member",
  };
}

async function ringOf(said: readonly Said[], rows = new MemoryRows()): Promise<KeyRing> {
  const ring = new KeyRing(openGrant);
  for (const each of said)
    await ring.enter(rows, recordOf(each), { offers: [], pages: [], keys: [], hosts: [], ...each });
  return ring;
}

const story: Said[] = [
  { stamp: 1, keys: [grants(first, 0, phone, laptop)] },
  { stamp: 3, keys: [grants(first, 0, tablet)], hosts: [tablet.id] },
  { stamp: 4, by: laptop, keys: [grants(second, 1, phone)] },
  { stamp: 5, by: tablet, counts: false, keys: [grants(third, 2, phone)] },
];

function shown(ring: KeyRing): unknown {
  return {
    current: ring.current?.name,
    secrets: ring.secrets.map(({ name }) => name),
    last: ring.lastEpoch,
    hosts: [...ring.hosts].sort(),
    exposed: keys.map((key) => [...ring.exposedTo(key)].sort()),
    granted: keys.map((key) =>
      [phone, laptop, tablet].map(({ id, identity }) => ring.isGranted(key, { device: id, key: identity.publicKey })),
    ),
    seed: ring.content?.boundarySeed,
    all: ring.content?.all.map(({ id }) => toHex(id)),
  };
}

test("the key of the highest epoch that counts is used; one whose batch does not count opens all the same", async () => {
  const ring = await ringOf(story);
  expect(shown(ring)).toMatchObject({ current: second.name, last: 1, seed: first.boundarySeed });
  expect(ring.find(third.id)).toBe(third);
  expect(ring.find(bogus.id)).toBe(undefined);
  expect(ring.exposedTo(second)).toEqual([laptop.id, phone.id]);
  expect([...ring.hosts]).toEqual([tablet.id]);
});

test("it is the same for every order, when read again, and when batches come to count that did not", async () => {
  const rows = new MemoryRows();
  const expected = shown(await ringOf(story, rows));
  for (let seed = 0; seed < 20; seed++) {
    expect(shown(await ringOf(shuffled(new SeededRandom(seed), story)))).toEqual(expected);
  }
  expect(shown(await KeyRing.load(rows, openGrant))).toEqual(expected);
  const all = story.map((each) => ({ ...each, counts: true }));
  const judged = await KeyRing.load(rows, openGrant);
  for (const each of all) rows.put(hashKey("b", recordOf(each).hash), encodeRecord(recordOf(each)));
  await judged.judge(rows, new BatchRecords(rows));
  expect(shown(judged)).toEqual(shown(await ringOf(all)));
  expect(judged.current?.name).toBe(third.name);
});

test("without the key of the first epoch there is nothing to cut content by", async () => {
  const ring = await ringOf([
    { stamp: 1, keys: [grants(first, 0, laptop)] },
    { stamp: 2, keys: [grants(second, 1, phone)] },
  ]);
  expect([ring.current?.name, ring.content]).toEqual([second.name, undefined]);
});

test("nobody runs ahead with epochs, and an old key that is granted again stays old", async () => {
  const ring = await ringOf([
    { stamp: 1, keys: [grants(first, 0, phone)] },
    { stamp: 2, keys: [grants(second, 2 ** 40, phone)] },
    { stamp: 3, keys: [grants(first, 9, tablet)] },
  ]);
  expect([ring.lastEpoch, ring.current?.name]).toEqual([1, second.name]);
});

test("when nobody who granted keys counts any more, one goes on with what is here", async () => {
  const ring = await ringOf([{ stamp: 1, counts: false, keys: [grants(first, 0, phone, laptop)] }]);
  expect([ring.current?.name, ring.lastEpoch, ring.content?.boundarySeed]).toEqual([
    first.name,
    undefined,
    first.boundarySeed,
  ]);
  expect(ring.exposedTo(first)).toEqual([phone.id, laptop.id]);
  expect(ring.isGranted(first, { device: phone.id, key: phone.identity.publicKey })).toBe(false);
});

test("a grant that opens to another key than it says is none", async () => {
  const ring = new KeyRing(() => bogus);
  await ring.enter(new MemoryRows(), recordOf({ stamp: 1 }), {
    offers: [],
    pages: [],
    hosts: [],
    keys: [grants(first, 0, phone)],
  });
  expect(ring.secrets).toEqual([]);
});

test("keys past `spaceLimits.keys`, devices past `spaceLimits.grants` and hosts past `spaceLimits.hosts` are not heeded", async () => {
  const many = Array.from({ length: spaceLimits.keys + 1 }, (_, i): KeyGrants => {
    const keyId = new Uint8Array(8);
    new DataView(keyId.buffer).setUint32(0, i + 1);
    return { keyId, epoch: i, grants: [] };
  });
  const rows = new MemoryRows();
  const ring = await ringOf([{ stamp: 1, keys: [grants(first, 0, phone)] }], rows);
  for (let i = 0; i < many.length; i += spaceLimits.grants) {
    const part = many.slice(i, i + spaceLimits.grants);
    await ring.enter(rows, recordOf({ stamp: i + 2 }), { offers: [], pages: [], hosts: [], keys: part });
  }
  expect(ring.lastEpoch).toBe(spaceLimits.keys - 2);
  const names = Array.from({ length: spaceLimits.grants + 10 }, (_, i) => new Actor(`device ${i}`));
  const exposed = await ringOf([{ stamp: 1, keys: [grants(first, 0, ...names)] }]);
  expect(exposed.exposedTo(first)).toHaveLength(spaceLimits.grants);
  const hosts = names.slice(0, spaceLimits.hosts + 1).map(({ id }) => id);
  expect((await ringOf([{ stamp: 1, hosts }])).hosts.size).toBe(spaceLimits.hosts);
});

// Blobs that are not here, as batches that come and go offer them.

import { expect, test } from "vitest";
import { spaceLimits } from "#base/limits.ts";
import type { BlobId, Hash } from "#glow";
import { MemoryRows } from "../../../test/store/drive-rows.ts";
import { hashBytes } from "./batch-header.ts";
import type { BatchRecord } from "./batch-record.ts";
import { BlobWants } from "./blob-wants.ts";

const nowhere = { has: async (ids: readonly BlobId[]) => ids.map(() => false) };
const blob = (n: number) => new Uint8Array(hashBytes).fill(n) as BlobId;

function batch(stamp: number): BatchRecord {
  const hash = new Uint8Array(hashBytes) as Hash;
  new DataView(hash.buffer).setUint32(0, stamp);
  return { stamp, hash } as BatchRecord;
}

test("what several batches offer is wanted until the last of them does not count any more", async () => {
  const rows = new MemoryRows();
  const wants = new BlobWants(nowhere);
  const offers = [{ id: blob(1), sizeBytes: 10 }];
  await wants.enter(rows, batch(7), offers);
  await wants.enter(rows, batch(3), [...offers, { id: blob(2), sizeBytes: 20 }]);
  expect((await wants.list(rows, undefined, 10)).missing.map(({ id }) => id[0])).toEqual([1, 2]);
  await wants.leave(rows, batch(3), offers);
  expect((await wants.list(rows, undefined, 10)).missing.map(({ id }) => id[0])).toEqual([2, 1]);
  await wants.leave(rows, batch(7), offers);
  await wants.forget(rows, [blob(2)]);
  expect(rows.rows()).toEqual([]);
});

test("of more than `spaceLimits.offersPerBlob` batches that offer one blob the first are remembered", async () => {
  const rows = new MemoryRows();
  const wants = new BlobWants(nowhere);
  const offers = [{ id: blob(1), sizeBytes: 10 }];
  const most = spaceLimits.offersPerBlob;
  for (let stamp = 1; stamp <= most + 5; stamp++) await wants.enter(rows, batch(stamp), offers);
  for (let stamp = most + 5; stamp > 1; stamp--) await wants.leave(rows, batch(stamp), offers);
  expect((await wants.list(rows, undefined, 10)).missing).toEqual(offers);
  await wants.leave(rows, batch(1), offers);
  expect(rows.rows()).toEqual([]);
});

test("more blobs than `spaceLimits.missingRows` are looked for page by page, and those that are here passed over", async () => {
  const rows = new MemoryRows();
  const count = spaceLimits.missingRows + 10;
  const offers = Array.from({ length: count }, (_, i) => {
    const id = new Uint8Array(hashBytes) as BlobId;
    new DataView(id.buffer).setUint32(0, i);
    return { id, sizeBytes: 1 };
  });
  await new BlobWants(nowhere).enter(rows, batch(1), offers);
  const asked: number[] = [];
  const some = {
    has: async (ids: readonly BlobId[]) => {
      asked.push(ids.length);
      return ids.map((id) => new DataView(id.buffer, id.byteOffset).getUint32(0) < count - 5);
    },
  };
  const { missing, here } = await new BlobWants(some).list(rows, undefined, 2 * spaceLimits.missingRows);
  expect([missing.length, here.length, asked]).toEqual([5, count - 5, [spaceLimits.missingRows, 10]]);
});

test("who asks whether anything is missing does not look at each of the many that have come", async () => {
  const rows = new MemoryRows();
  const arrived = { has: async (ids: readonly BlobId[]) => ids.map((id) => id[32] !== 1) };
  const offers = Array.from({ length: 3000 }, (_, at) => {
    const id = new Uint8Array(hashBytes) as BlobId;
    new DataView(id.buffer).setUint32(0, at);
    id[32] = at === 2999 ? 1 : 0;
    return { id, sizeBytes: 1 };
  });
  await new BlobWants(nowhere).enter(rows, batch(1), offers);
  let ranges = 0;
  const view = {
    get: (key: Uint8Array) => rows.get(key),
    range: (from: Uint8Array, to: Uint8Array, limit: number) => {
      ranges++;
      return rows.range(from, to, limit);
    },
  };
  const { missing, here } = await new BlobWants(arrived).list(view, undefined, 1);
  expect([missing.length, here.length]).toEqual([1, 2999]);
  expect(ranges).toBeLessThan(20);
});

test("which batches blobs are missing of is told, with how many, unless they are too many", async () => {
  const rows = new MemoryRows();
  const wants = new BlobWants(nowhere);
  const shared = { id: blob(1), sizeBytes: 10 };
  await wants.enter(rows, batch(7), [shared, { id: blob(2), sizeBytes: 20 }]);
  await wants.enter(rows, batch(9), [shared]);
  const found = await wants.batches(rows, 2);
  expect(found?.map(({ hash, ...counts }) => ({ stamp: hash[3], ...counts }))).toEqual([
    { stamp: 7, missingBlobs: 2, missingBytes: 30 },
    { stamp: 9, missingBlobs: 0, missingBytes: 0 },
  ]);
  expect(await wants.batches(rows, 1)).toBeUndefined();
});

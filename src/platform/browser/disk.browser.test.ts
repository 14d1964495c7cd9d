// What a disk in IndexedDB does beyond the contract of Disk.

import { afterEach, beforeEach, expect, test } from "vitest";
import { failure, patterned } from "../../../test/compliance/subject.ts";
import { IndexedDbDisk } from "./disk.ts";

const databaseName = "glow-disk-test";
let disk: IndexedDbDisk;

beforeEach(() => {
  disk = new IndexedDbDisk(databaseName);
});

/** Waits, as any tab must, until those who have it open let go. */
function deleteDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(databaseName);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

afterEach(deleteDatabase);

test("two disks of one name are one disk, as in two tabs", async () => {
  const other = new IndexedDbDisk(databaseName);
  const file = await disk.open("f", "always-new");
  await file.write(0, patterned(1, 100));
  await failure(other.open("f", "always-new"), "already-exists");
  const same = await other.open("f");
  expect(await same.read(0, 100)).toEqual(patterned(1, 100));
  await other.remove("f");
  await failure(file.read(0, 100), "not-found");
  await failure(file.write(0, new Uint8Array(1)), "not-found");
});

test("lets go when the database is to be removed, and begins anew after", async () => {
  const file = await disk.open("f", "always-new");
  await file.write(0, patterned(1, 100));
  await deleteDatabase();
  expect(await disk.list("")).toEqual([]);
  await failure(file.read(0, 1), "not-found");
});

test("of many tabs that create one file, one does", async () => {
  const tabs = Array.from({ length: 5 }, () => new IndexedDbDisk(databaseName));
  const opens = await Promise.allSettled(tabs.map((tab) => tab.open("f", "always-new")));
  expect(opens.filter(({ status }) => status === "fulfilled").length).toBe(1);
});

test("keeps only what is written: a gap costs nothing, what is cut or removed is freed", async () => {
  const file = await disk.open("f", "always-new");
  await file.write(10 * 1024 * 1024, new Uint8Array(1));
  await file.write(0, patterned(1, 200_000));
  expect(await storedBlocks()).toEqual([65_536, 65_536, 65_536, 3392, 1]);
  await file.truncate(65_536);
  expect(await storedBlocks()).toEqual([65_536]);
  await file.truncate(65_535);
  expect(await storedBlocks()).toEqual([65_535]);
  await disk.remove("f");
  expect(await storedBlocks()).toEqual([]);
});

/** A part of an origin's storage with a quota of its own (WICG Storage Buckets). */
interface StorageBuckets {
  open(name: string, options: { quota: number }): Promise<{ readonly indexedDB: IDBFactory }>;
  delete(name: string): Promise<void>;
}

test("a full quota is `exhausted`, and what was there stays", async () => {
  const { storageBuckets } = navigator as Navigator & { readonly storageBuckets: StorageBuckets };
  const bucket = await storageBuckets.open("small", { quota: 4 * 1024 * 1024 });
  const small = new IndexedDbDisk(databaseName, bucket.indexedDB);
  const file = await small.open("f", "always-new");
  await file.write(0, patterned(1, 1000));
  const fill = async () => {
    for (let i = 1; i < 64; i++) await file.write(i * 1024 * 1024, patterned(i, 1024 * 1024));
  };
  const error = await failure(fill(), "exhausted");
  expect(error.retry).toBe(true);
  expect(await file.read(0, 1000)).toEqual(patterned(1, 1000));
  await storageBuckets.delete("small");
});

/** The sizes of all blocks in the database, in the order of their keys. */
function storedBlocks(): Promise<number[]> {
  return new Promise((resolve) => {
    indexedDB.open(databaseName).onsuccess = (event) => {
      const database = (event.target as IDBOpenDBRequest).result;
      const request = database.transaction("blocks").objectStore("blocks").getAll();
      request.onsuccess = () => {
        database.close();
        resolve((request.result as ArrayBuffer[]).map(({ byteLength }) => byteLength));
      };
    };
  });
}

// The contract of BlobStore on a disk and an index: what is there, from the moment it was put; what is found when the
// index or some of the bytes are lost; what compaction frees. Crashes and failing disks are tested where they can be made.

import { expect } from "vitest";
import type { BlobId, BlobPlace, StoredBlob } from "#glow";
import { logLimits } from "#base/limits.ts";
import { PackBlobStore } from "#store/log/blob-store.ts";
import type { PackSizes } from "#store/log/pack-writer.ts";
import { WatchedDisk } from "../scenarios/store/log-watched-disk.ts";
import {
  blobOf,
  damageFile,
  filesIn,
  fileSize,
  loseIndex,
  type OpenedGround,
  openGround,
  type StoreGround,
  someBlobs,
} from "./blob-store-ground.ts";
import { type Check, failure, type MakeSubject, patterned, suite } from "./subject.ts";

/** So that a few kilobytes fill buffers and packs. */
const small: Partial<PackSizes> = { segmentBytes: 40_000, runBytes: 4000, heldBytes: 30_000, syncBytes: 15_000 };

export function blobStoreCompliance(name: string, make: MakeSubject<StoreGround>): void {
  suite(`BlobStore: ${name}`, make, (check) => {
    readingChecks(check);
    puttingChecks(check);
    reopeningChecks(check);
    removalChecks(check);
    compactionChecks(check);
    damageChecks(check);
    lossChecks(check);
    limitChecks(check);
  });
}

function readingChecks(check: Check<StoreGround>): void {
  check("gives back what was put, before it is written, after, and after it is durable", async (ground) => {
    const { store, close } = await opened(ground, { ...small, runBytes: 20_000 });
    const blobs = someBlobs(ground.crypto, 40, [0, 1, 100, 3000]);
    for (const blob of blobs) {
      await store.put([blob]);
      expect(await store.get(blob.id)).toEqual(blob.stored);
      expect(await store.has([blob.id])).toEqual([true]);
    }
    await expectAll(store, blobs);
    await store.sync();
    await expectAll(store, blobs);
    await close();
  });

  check("says of a blob in a pack where it lies, and of no other", async (ground) => {
    const { store, close } = await opened(ground);
    const blobs = someBlobs(ground.crypto, 20, [10, 5000]);
    await store.put(blobs);
    expect(await store.places(ids(blobs))).toEqual(blobs.map(() => undefined));
    await store.sync();
    const places = (await store.places(ids(blobs))) as BlobPlace[];
    for (const [i, place] of places.entries()) expect(await bytesAt(ground, place)).toEqual(blobs[i]?.stored);
    const [unknown] = someBlobs(ground.crypto, 1, [10], 1000) as [StoredBlob];
    expect(await store.places([unknown.id, (blobs[3] as StoredBlob).id])).toEqual([undefined, places[3]]);
    await close();
  });

  check("what is not there is `not-found`; a closed store is `released`", async (ground) => {
    const { store, close } = await opened(ground);
    const blobs = someBlobs(ground.crypto, 2, [100]);
    await store.put(blobs.slice(0, 1));
    await failure(store.get((blobs[1] as StoredBlob).id), "not-found");
    expect(await store.has(ids(blobs))).toEqual([true, false]);
    expect(await store.has([])).toEqual([]);
    await close();
    await store.close();
    for (const work of [
      () => store.put(blobs),
      async () => store.sync(),
      () => store.has(ids(blobs)),
      () => store.get((blobs[0] as StoredBlob).id),
      () => store.places(ids(blobs)),
      () => store.remove(ids(blobs)),
      async () => store.compact(),
      () => store.usage(),
    ]) {
      await failure(work(), "released");
    }
  });
}

function puttingChecks(check: Check<StoreGround>): void {
  check("what is there already costs nothing: pending, durable, or put twice at once", async (ground) => {
    const { store, close } = await opened(ground);
    const blobs = someBlobs(ground.crypto, 10, [1000]);
    await store.put([...blobs, ...blobs]);
    await Promise.all([store.put(blobs), store.put(blobs.slice(5)), store.put(blobs.toReversed())]);
    await store.sync();
    const sizeBytes = await packBytes(ground);
    const usage = await store.usage();
    expect(usage).toMatchObject({ blobs: 10, bytes: 10 * 1004, deadBytes: 0 });
    await Promise.all([store.put(blobs), store.put(blobs)]);
    await store.sync();
    expect(await packBytes(ground)).toBe(sizeBytes);
    expect(await store.usage()).toEqual(usage);
    await close();
  });

  check("a put waits while too much is not durable, and many at once all get in", async (ground) => {
    const { store, close } = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 200, [900]);
    await Promise.all(blobs.map((blob) => store.put([blob])));
    // More than may be held was put, so some of it is durable.
    expect((await store.places(ids(blobs))).filter((place) => place !== undefined).length).toBeGreaterThan(150);
    await store.sync();
    await expectAll(store, blobs);
    await close();
  });

  check("calls of sync that wait share one, and each covers what was put before it", async (ground) => {
    const operations: string[] = [];
    const disk = new WatchedDisk(ground.disk, (operation, perform) => {
      operations.push(operation.name);
      return perform();
    });
    const { store, close } = await opened({ ...ground, disk });
    const blobs = someBlobs(ground.crypto, 40, [500]);
    await store.put(blobs.slice(0, 2));
    await store.sync();
    operations.length = 0;
    for (const blob of blobs.slice(2)) await store.put([blob]);
    await Promise.all(blobs.map(() => store.sync()));
    expect(operations).toEqual(["write", "sync"]);
    await store.sync();
    expect(operations).toHaveLength(2);
    await close();
  });
}

function reopeningChecks(check: Check<StoreGround>): void {
  check("is as it was when it is opened again, with its index or without", async (ground) => {
    const blobs = someBlobs(ground.crypto, 90, [10, 2000, 500]);
    const first = await opened(ground, small);
    await first.store.put(blobs.slice(0, 50));
    await first.store.sync();
    await first.store.put(blobs.slice(50, 60));
    await first.close();
    const second = await opened(ground, small);
    await expectAll(second.store, blobs.slice(0, 60));
    await second.store.put(blobs);
    await second.close();
    await loseIndex(ground.indexes);
    const third = await opened(ground, small);
    await expectAll(third.store, blobs);
    const usage = await third.store.usage();
    expect(usage.blobs).toBe(90);
    // What was said at each end.
    expect(usage.deadBytes).toBeLessThan(200);
    await third.store.put(blobs);
    await third.store.sync();
    expect(await third.store.usage()).toEqual(usage);
    expect(third.store.damage).toEqual([]);
    await third.close();
  });

  check("reads nothing of the packs when it is opened but what came after its mark", async (ground) => {
    const first = await opened(ground, small);
    await first.store.put(someBlobs(ground.crypto, 100, [2000]));
    await first.close();
    const reads: string[] = [];
    const disk = new WatchedDisk(ground.disk, (operation, perform) => {
      if (operation.name === "read") reads.push(operation.path);
      return perform();
    });
    const second = await opened({ ...ground, disk }, small);
    // Two times the head of the last pack, which says whose it is.
    expect(new Set(reads).size).toBe(1);
    expect(reads.length).toBeLessThanOrEqual(2);
    await second.close();
  });

  check("an index of other packs, or of later ones, is not believed", async (ground) => {
    const blobs = someBlobs(ground.crypto, 60, [2000]);
    const first = await opened(ground, small);
    await first.store.put(blobs.slice(0, 40));
    await first.close();
    const kept = await filesIn(ground.disk, "store/packs");
    for (const path of kept) await ground.disk.rename(path, `${path}.aside`);
    const other = await opened(ground, small);
    expect(await other.store.has(ids(blobs))).toEqual(blobs.map(() => false));
    expect(other.store.damage.map(({ path }) => path)).toEqual(kept);
    await other.store.put(blobs.slice(40));
    await other.close();
    for (const path of await filesIn(ground.disk, "store/packs")) {
      if (path.endsWith(".pack")) await ground.disk.remove(path);
    }
    for (const path of kept) await ground.disk.rename(`${path}.aside`, path);
    const back = await opened(ground, small);
    await expectAll(back.store, blobs.slice(0, 40));
    expect(await back.store.has(ids(blobs.slice(40)))).toEqual(blobs.slice(40).map(() => false));
    await back.close();
  });
}

function removalChecks(check: Check<StoreGround>): void {
  check("what was removed is gone, at once and for good, until it is put again", async (ground) => {
    const blobs = someBlobs(ground.crypto, 30, [700]);
    const [gone, kept] = [blobs.slice(0, 15), blobs.slice(15)];
    const first = await opened(ground, small);
    await first.store.put(blobs.slice(0, 20));
    await first.store.sync();
    await first.store.put(blobs.slice(20));
    // Durable ones, one that is pending and then put again, and one that there never was.
    await first.store.remove([
      ...ids(gone),
      (blobs[25] as StoredBlob).id,
      ...ids(someBlobs(ground.crypto, 1, [5], 500)),
    ]);
    await first.store.put(blobs.slice(25, 26));
    // Durable, removed, and put again before that is written.
    await first.store.remove(ids(kept.slice(0, 2)));
    await expectNone(first.store, kept.slice(0, 2));
    await first.store.put(kept.slice(0, 2));
    await expectNone(first.store, gone);
    await expectAll(first.store, kept);
    expect(await first.store.usage()).toMatchObject({ blobs: 15, bytes: 15 * 704 });
    await first.close();
    for (let index = 0; index < 2; index++) {
      const again = await opened(ground, small);
      await expectNone(again.store, gone);
      await expectAll(again.store, kept);
      await again.close();
      await loseIndex(ground.indexes);
    }
    const last = await opened(ground, small);
    await last.store.put(gone);
    await last.close();
    await loseIndex(ground.indexes);
    const rebuilt = await opened(ground, small);
    await expectAll(rebuilt.store, blobs);
    await rebuilt.close();
  });
}

function compactionChecks(check: Check<StoreGround>): void {
  check("frees the room of what is dead, and keeps what lives where it can be found", async (ground) => {
    const { store, close } = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 120, [2000]);
    await store.put(blobs);
    await store.sync();
    const before = await packBytes(ground);
    const old = (await store.places(ids(blobs))) as BlobPlace[];
    const kept = blobs.filter((_, i) => i % 5 === 0);
    await store.remove(ids(blobs.filter((_, i) => i % 5 !== 0)));
    await store.sync();
    expect((await store.usage()).deadBytes).toBeGreaterThan(before / 2);
    await Promise.all([store.compact(), store.compact()]);
    expect(await packBytes(ground)).toBeLessThan(before / 3);
    await expectAll(store, kept);
    await expectNone(
      store,
      blobs.filter((_, i) => i % 5 !== 0),
    );
    expect(await store.usage()).toMatchObject({ blobs: 24, bytes: 24 * 2004 });
    await failure(ground.disk.open((old[0] as BlobPlace).path), "not-found");
    const places = (await store.places(ids(kept))) as BlobPlace[];
    for (const [i, place] of places.entries()) expect(await bytesAt(ground, place)).toEqual(kept[i]?.stored);
    await close();
    await loseIndex(ground.indexes);
    const again = await opened(ground, small);
    await expectAll(again.store, kept);
    expect(await again.store.usage()).toMatchObject({ blobs: 24 });
    expect(again.store.damage).toEqual([]);
    await again.close();
  });

  check("leaves packs alone of which less than half is dead, and frees all when all is dead", async (ground) => {
    const { store, close } = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 60, [2000]);
    await store.put(blobs);
    await store.sync();
    const files = await filesIn(ground.disk, "store/packs");
    await store.remove(ids(blobs.filter((_, i) => i % 3 === 0)));
    await store.compact();
    expect((await filesIn(ground.disk, "store/packs")).slice(0, files.length)).toEqual(files);
    await store.remove(ids(blobs));
    await store.compact();
    await store.compact();
    expect(await packBytes(ground)).toBeLessThan(20_000);
    expect(await store.usage()).toMatchObject({ blobs: 0, bytes: 0 });
    await store.put(blobs);
    await expectAll(store, blobs);
    await close();
  });

  check("reads and puts go on while it runs", async (ground) => {
    const { store, close } = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 150, [1500]);
    await store.put(blobs);
    await store.sync();
    const kept = blobs.filter((_, i) => i % 4 === 0);
    await store.remove(ids(blobs.filter((_, i) => i % 4 !== 0)));
    const later = someBlobs(ground.crypto, 50, [1500], 1000);
    let running = true;
    const compacting = store.compact().finally(() => {
      running = false;
    });
    let reads = 0;
    while (running) {
      const blob = kept[reads % kept.length] as StoredBlob;
      expect(await store.get(blob.id)).toEqual(blob.stored);
      expect(await store.has([blob.id])).toEqual([true]);
      if (reads < later.length) await store.put([later[reads] as StoredBlob]);
      reads++;
    }
    await compacting;
    expect(reads).toBeGreaterThan(3);
    await expectAll(store, kept);
    await expectAll(store, later.slice(0, reads));
    await close();
  });

  check("what was removed stays so, however often packs are rewritten and the index is lost", async (ground) => {
    const blobs = someBlobs(ground.crypto, 60, [1500]);
    for (let round = 0; round < 5; round++) {
      const { store, close } = await opened(ground, small);
      await store.put(blobs.filter((_, i) => i % 5 >= round));
      await store.remove(ids(blobs.filter((_, i) => i % 5 <= round)));
      await store.compact();
      const present = blobs.filter((_, i) => i % 5 > round);
      await expectAll(store, present);
      await close();
      await loseIndex(ground.indexes);
      const again = await opened(ground, small);
      await expectAll(again.store, present);
      await expectNone(
        again.store,
        blobs.filter((_, i) => i % 5 <= round),
      );
      await again.close();
    }
  });
}

function damageChecks(check: Check<StoreGround>): void {
  check("a damaged blob is `corrupt`, then missing, named, and replaced by a put", async (ground) => {
    const first = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 30, [1000]);
    await first.store.put(blobs);
    await first.store.sync();
    const places = (await first.store.places(ids(blobs))) as BlobPlace[];
    const bad = [3, 11, 12].map((i) => ({ blob: blobs[i] as StoredBlob, place: places[i] as BlobPlace }));
    const whole = blobs.filter((_, i) => ![3, 11, 12].includes(i));
    for (const { place } of bad) await damageFile(ground.disk, place.path, place.offset + 500);
    expect(await first.store.get((bad[0] as (typeof bad)[0]).blob.id).catch(() => "failed")).toBe("failed");
    for (const { blob } of bad.slice(1)) await failure(first.store.get(blob.id), "corrupt");
    const missing = bad.map(({ blob }) => blob);
    expect(await first.store.has(ids(missing))).toEqual([false, false, false]);
    expect(await first.store.places(ids(missing))).toEqual([undefined, undefined, undefined]);
    for (const { place } of bad) {
      expect(
        first.store.damage.some(
          ({ path, offset, lengthBytes }) =>
            path === place.path && offset <= place.offset && offset + lengthBytes >= place.offset + place.sizeBytes,
        ),
      ).toBe(true);
    }
    expect(await first.store.usage()).toMatchObject({ blobs: 27 });
    await first.close();
    const second = await opened(ground, small);
    expect(await second.store.has(ids(missing))).toEqual([false, false, false]);
    await second.store.put(missing);
    await second.store.remove([(missing[2] as StoredBlob).id]);
    await expectAll(second.store, [...whole, ...missing.slice(0, 2)]);
    await second.close();
    await loseIndex(ground.indexes);
    const third = await opened(ground, small);
    await expectAll(third.store, [...whole, ...missing.slice(0, 2)]);
    await expectNone(third.store, missing.slice(2));
    expect(third.store.damage.length).toBeGreaterThan(0);
    await third.close();
  });

  check("damage between blobs hides none from the index, nor from compaction", async (ground) => {
    const { store, close } = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 30, [1000]);
    await store.put(blobs);
    await store.sync();
    const places = (await store.places(ids(blobs))) as BlobPlace[];
    const kept = blobs.filter((_, i) => i % 3 === 0);
    for (const i of [3, 6, 9])
      await damageFile(ground.disk, (places[i] as BlobPlace).path, (places[i] as BlobPlace).offset - 5);
    await expectAll(store, blobs);
    await store.remove(ids(blobs.filter((_, i) => i % 3 !== 0)));
    await store.compact();
    await expectAll(store, kept);
    expect((await filesIn(ground.disk, "store/packs")).includes((places[3] as BlobPlace).path)).toBe(false);
    await close();
    await loseIndex(ground.indexes);
    const again = await opened(ground, small);
    await expectAll(again.store, kept);
    await again.close();
  });

  check("damage is found by a rebuild, passed over, and what compaction cannot copy is missing", async (ground) => {
    const first = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 30, [1000]);
    await first.store.put(blobs);
    await first.store.sync();
    const [one, two] = (await first.store.places(ids([blobs[4], blobs[8]] as StoredBlob[]))) as [BlobPlace, BlobPlace];
    await damageFile(ground.disk, one.path, one.offset + 17);
    await first.store.remove(ids(blobs.slice(10)));
    await first.store.compact();
    expect(await first.store.has(ids(blobs.slice(0, 10)))).toEqual(blobs.slice(0, 10).map((_, i) => i !== 4));
    await failure(ground.disk.open(two.path), "not-found");
    const [moved] = (await first.store.places([(blobs[8] as StoredBlob).id])) as [BlobPlace];
    await first.close();
    await damageFile(ground.disk, moved.path, moved.offset + 17);
    await loseIndex(ground.indexes);
    const second = await opened(ground, small);
    expect(await second.store.has(ids(blobs.slice(0, 10)))).toEqual(
      blobs.slice(0, 10).map((_, i) => i !== 4 && i !== 8),
    );
    expect(second.store.damage.map(({ path }) => path)).toEqual([moved.path]);
    await second.close();
  });
}

function lossChecks(check: Check<StoreGround>): void {
  check("packs that are missing are named, and what was in them counts as missing", async (ground) => {
    const first = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 80, [2000]);
    await first.store.put(blobs);
    await first.store.sync();
    const places = (await first.store.places(ids(blobs))) as BlobPlace[];
    await first.close();
    const files = await filesIn(ground.disk, "store/packs");
    const lost = new Set([files[1] as string, files.at(-1) as string]);
    for (const path of lost) await ground.disk.remove(path);
    const second = await opened(ground, small);
    expect(second.store.damage.map(({ path }) => path)).toEqual([...lost]);
    const there = places.map(({ path }) => !lost.has(path));
    expect(there.filter((present) => !present).length).toBeGreaterThan(20);
    expect(await second.store.has(ids(blobs))).toEqual(there);
    await failure(second.store.get((blobs[there.indexOf(false)] as StoredBlob).id), "not-found");
    await second.close();
    const last = await opened(ground, small);
    await last.store.put(blobs);
    await expectAll(last.store, blobs);
    expect(await last.store.usage()).toMatchObject({ blobs: 80 });
    // No number is given again: rows may still lead there.
    for (const path of lost) expect(await filesIn(ground.disk, "store/packs")).not.toContain(path);
    await last.close();
  });

  check("garbage in the place of packs and rows is named or passed over", async (ground) => {
    const first = await opened(ground, small);
    const blobs = someBlobs(ground.crypto, 20, [2000]);
    await first.store.put(blobs);
    await first.close();
    const [path] = await filesIn(ground.disk, "store/packs");
    const last = await ground.disk.open("store/packs/00000099.pack", "always-new");
    await last.write(0, patterned(1, 30_000));
    await last.close();
    const index = await ground.indexes.open("store");
    const rowOf = (blob: StoredBlob | undefined) => Uint8Array.of(1, 1, ...(blob as StoredBlob).id);
    await index.write([
      { key: rowOf(blobs[0]), value: Uint8Array.of(1, 2, 3) },
      { key: rowOf(blobs[1]), value: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, 0x05, 0, 0, 0, 50, 0) },
      { key: rowOf(blobs[2]), value: new Uint8Array(17).fill(255) },
      { key: Uint8Array.of(1, 2, 9), value: Uint8Array.of(9) },
    ]);
    await index.close();
    const second = await opened(ground, small);
    expect(await second.store.has(ids(blobs.slice(0, 3)))).toEqual([false, true, false]);
    await failure(second.store.get((blobs[1] as StoredBlob).id), "corrupt");
    await second.store.put(blobs);
    await expectAll(second.store, blobs);
    expect(second.store.damage.map((damage) => damage.path)).toEqual(["store/packs/00000099.pack", path]);
    await second.close();
  });
}

function limitChecks(check: Check<StoreGround>): void {
  check(
    "what is too long, or has no id, is refused, and nothing of that put taken",
    async (ground) => {
      const { store, close } = await opened(ground);
      const [blob] = someBlobs(ground.crypto, 1, [10]) as [StoredBlob];
      const long = blobOf(ground.crypto, new Uint8Array(logLimits.recordBytes + 1));
      await failure(store.put([blob, long]), "too-large");
      await failure(
        store.put([blob, { id: new Uint8Array(5) as BlobId, stored: blob.stored }]),
        "invalid",
        "unsupported",
      );
      expect(await store.has([blob.id, long.id])).toEqual([false, false]);
      const longest = blobOf(ground.crypto, new Uint8Array(logLimits.recordBytes));
      await store.put([longest]);
      await store.sync();
      expect((await store.get(longest.id)).length).toBe(logLimits.recordBytes);
      await close();
    },
    60_000,
  );
}

interface Opened {
  readonly store: PackBlobStore;
  readonly index: OpenedGround["index"];
  /** Also the index. */
  close(): Promise<void>;
}

async function opened(ground: StoreGround, sizes: Partial<PackSizes> = {}): Promise<Opened> {
  const open = await openGround(ground);
  const store = await PackBlobStore.open({ ...open, sizes });
  const close = async () => {
    await store.close();
    await open.index.close();
  };
  return { store, index: open.index, close };
}

function ids(blobs: readonly StoredBlob[]): BlobId[] {
  return blobs.map(({ id }) => id);
}

async function expectAll(store: PackBlobStore, blobs: readonly StoredBlob[]): Promise<void> {
  expect(await store.has(ids(blobs))).toEqual(blobs.map(() => true));
  for (const { id, stored } of blobs) expect(new Uint8Array(await store.get(id))).toEqual(stored);
}

async function expectNone(store: PackBlobStore, blobs: readonly StoredBlob[]): Promise<void> {
  expect(await store.has(ids(blobs))).toEqual(blobs.map(() => false));
  expect(await store.places(ids(blobs))).toEqual(blobs.map(() => undefined));
  for (const { id } of blobs) await failure(store.get(id), "not-found");
}

async function bytesAt({ disk }: StoreGround, { path, offset, sizeBytes }: BlobPlace): Promise<Uint8Array> {
  const file = await disk.open(path);
  const bytes = new Uint8Array(await file.read(offset, sizeBytes));
  await file.close();
  return bytes;
}

async function packBytes({ disk }: StoreGround): Promise<number> {
  let sizeBytes = 0;
  for (const path of await filesIn(disk, "store/packs")) sizeBytes += await fileSize(disk, path);
  return sizeBytes;
}

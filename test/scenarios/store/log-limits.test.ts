// Every limit of the log and the packs, exceeded. How long a batch or blob may be, and how much may wait to be appended,
// is in the compliance suites; how much damage is told apart, beside its list.

import { expect, test } from "vitest";
import type { BlobPlace, StoredBlob } from "#glow";
import { logLimits } from "#base/limits.ts";
import { DiskBatchLog } from "#store/log/batch-log.ts";
import { PackBlobStore } from "#store/log/blob-store.ts";
import { recordHeadBytes } from "#store/log/record.ts";
import { segmentHeadBytes } from "#store/log/segment-head.ts";
import {
  filesIn,
  fileSize,
  openGround,
  type StoreGround,
  someBlobs,
  spaceOf,
} from "../../compliance/blob-store-ground.ts";
import { nodeGround, simulatedGround } from "../../compliance/blob-store-subjects.ts";
import { suite } from "../../compliance/subject.ts";
import { type Watch, WatchedDisk } from "./log-watched-disk.ts";

const MiB = 1024 * 1024;

async function openStore(ground: StoreGround, sizes: Parameters<typeof PackBlobStore.open>[0]["sizes"] = {}) {
  const open = await openGround(ground);
  const store = await PackBlobStore.open({ ...open, sizes });
  const close = async () => {
    await store.close();
    await open.index.close();
  };
  return { store, close };
}

function watching(ground: StoreGround, watch: Watch): StoreGround {
  return { ...ground, disk: new WatchedDisk(ground.disk, watch) };
}

/** Sizes of the writes that were not heads of segments. */
function writeSizes(sizes: number[]): Watch {
  return ({ name, sizeBytes = 0 }, perform) => {
    if (name === "write" && sizeBytes !== segmentHeadBytes) sizes.push(sizeBytes);
    return perform();
  };
}

const large = 15 * MiB;

suite("limits of the log, Node", nodeGround, (check) => {
  check(
    "a segment of the log ends before logLimits.logSegmentBytes",
    async (ground) => {
      const open = await openGround(ground);
      const log = await DiskBatchLog.open(open);
      const batch = { space: spaceOf(ground.crypto, 1), batch: new Uint8Array(large) };
      const count = Math.ceil(logLimits.logSegmentBytes / large);
      for (let i = 0; i < count; i++) await log.append([batch]);
      const files = await filesIn(ground.disk, "store/log");
      expect(files).toHaveLength(2);
      expect(await fileSize(ground.disk, files[0] as string)).toBeLessThanOrEqual(logLimits.logSegmentBytes);
      await log.close();
      await open.index.close();
    },
    60_000,
  );

  check(
    "a pack ends before logLimits.packSegmentBytes",
    async (ground) => {
      const { store, close } = await openStore(ground);
      const count = Math.ceil(logLimits.packSegmentBytes / large);
      for (let i = 0; i < count; i++) await store.put(someBlobs(ground.crypto, 1, [large], i));
      await store.sync();
      const files = await filesIn(ground.disk, "store/packs");
      expect(files).toHaveLength(2);
      expect(await fileSize(ground.disk, files[0] as string)).toBeLessThanOrEqual(logLimits.packSegmentBytes);
      await close();
    },
    60_000,
  );
});

suite("limits of the log, simulated", simulatedGround, (check) => {
  check("more than logLimits.runBytes is written in parts", async (ground) => {
    const sizes: number[] = [];
    const { store, close } = await openStore(watching(ground, writeSizes(sizes)));
    const blobs = someBlobs(ground.crypto, 40, [500_000]);
    await store.put(blobs);
    await store.sync();
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(logLimits.runBytes + 500_100);
    const open = await filesIn(ground.disk, "store/packs");
    expect(open).toHaveLength(1);
    await close();
  });

  check("more than logLimits.runBytes of batches are appended in parts", async (ground) => {
    const sizes: number[] = [];
    const open = await openGround(watching(ground, writeSizes(sizes)));
    const log = await DiskBatchLog.open(open);
    const space = spaceOf(ground.crypto, 1);
    await Promise.all(Array.from({ length: 20 }, () => log.append([{ space, batch: new Uint8Array(MiB) }])));
    expect(sizes.length).toBeGreaterThan(4);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(logLimits.runBytes);
    await log.close();
    await open.index.close();
  });

  check(
    "a put beyond logLimits.heldBytes waits until some is durable",
    async (ground) => {
      let release = () => {};
      const stuck = new Promise<void>((resolve) => {
        release = resolve;
      });
      const watch: Watch = async ({ name, path }, perform) => {
        // The head of the pack may be synced, and nothing after it.
        if (name === "sync" && path.endsWith(".pack") && taken > 0) await stuck;
        return perform();
      };
      let taken = 0;
      const { store, close } = await openStore(watching(ground, watch));
      const blobs = someBlobs(ground.crypto, 80, [MiB]);
      const puts = blobs.map((blob) => store.put([blob]).then(() => taken++));
      while ((taken + 1) * MiB < logLimits.heldBytes) await puts[taken];
      for (let turn = 0; turn < 100; turn++) await ground.disk.list("");
      expect(taken * MiB).toBeGreaterThanOrEqual(logLimits.heldBytes - 2 * MiB);
      expect(taken * MiB).toBeLessThanOrEqual(logLimits.heldBytes);
      release();
      await Promise.all(puts);
      await close();
    },
    30_000,
  );

  check("a blob counts logLimits.heldCostBytes more than its bytes", async (ground) => {
    const heldBytes = 100 * (logLimits.heldCostBytes + 5);
    const { store, close } = await openStore(ground, { heldBytes });
    const blobs = someBlobs(ground.crypto, 150, [1]);
    for (const blob of blobs.slice(0, 99)) await store.put([blob]);
    expect((await places(store, blobs)).some((place) => place !== undefined)).toBe(false);
    for (const blob of blobs.slice(99)) await store.put([blob]);
    expect((await places(store, blobs)).some((place) => place !== undefined)).toBe(true);
    await close();
  });

  check(
    "more than logLimits.syncBytes is synced unasked",
    async (ground) => {
      let syncs = 0;
      const watch: Watch = ({ name }, perform) => {
        if (name === "sync") syncs++;
        return perform();
      };
      const { store, close } = await openStore(watching(ground, watch));
      const blobs = someBlobs(ground.crypto, Math.ceil(logLimits.syncBytes / MiB) + 5, [MiB]);
      for (const blob of blobs.slice(0, 10)) await store.put([blob]);
      while (syncs < 1) await ground.disk.list("");
      const before = syncs;
      for (const blob of blobs.slice(10)) await store.put([blob]);
      while (syncs === before) await ground.disk.list("");
      expect((await places(store, blobs)).filter((place) => place !== undefined).length * MiB).toBeGreaterThan(
        logLimits.syncBytes - 5 * MiB,
      );
      await close();
    },
    30_000,
  );

  check(
    "more than logLimits.changes removed blobs are synced unasked",
    async (ground) => {
      const sizes: number[] = [];
      const { store, close } = await openStore(watching(ground, writeSizes(sizes)));
      const blobs = someBlobs(ground.crypto, logLimits.changes + 10, [0]);
      await store.put(blobs);
      await store.sync();
      sizes.length = 0;
      await store.remove(blobs.slice(0, 1000).map(({ id }) => id));
      expect(sizes).toEqual([]);
      await store.remove(blobs.slice(1000).map(({ id }) => id));
      expect(sizes.length).toBeGreaterThan(0);
      expect(await store.usage()).toMatchObject({ blobs: 0 });
      await close();
    },
    60_000,
  );

  check("no more than logLimits.openFiles segments are open for reading", async (ground) => {
    let [open, most] = [0, 0];
    const watch: Watch = ({ name }, perform) => {
      if (name === "open") most = Math.max(most, ++open);
      if (name === "close") open--;
      return perform();
    };
    const { store, close } = await openStore(watching(ground, watch), { segmentBytes: segmentHeadBytes + 1 });
    const blobs = someBlobs(ground.crypto, logLimits.openFiles + 20, [10]);
    for (const blob of blobs) {
      await store.put([blob]);
      await store.sync();
    }
    for (const { id, stored } of blobs) expect(await store.get(id)).toEqual(stored);
    expect((await filesIn(ground.disk, "store/packs")).length).toBe(blobs.length);
    // One more is being written, and one may be opened before another is closed.
    expect(most).toBeGreaterThan(logLimits.openFiles);
    expect(most).toBeLessThanOrEqual(logLimits.openFiles + 2);
    await close();
  });
});

function places(store: PackBlobStore, blobs: readonly StoredBlob[]): Promise<(BlobPlace | undefined)[]> {
  return store.places(blobs.map(({ id }) => id));
}

test("a record's head is shorter than what a blob is counted beyond its bytes", () => {
  expect(recordHeadBytes).toBeLessThan(logLimits.heldCostBytes);
});

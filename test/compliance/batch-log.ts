// The contract of BatchLog on a disk and an index: what is there, in which order, and what of it is found when the index
// or some of the bytes are lost. What crashes and failing disks do is tested where they can be made.

import { expect } from "vitest";
import type { LoggedBatch, LogPlace } from "#glow";
import { logLimits } from "#base/limits.ts";
import { DiskBatchLog } from "#store/log/batch-log.ts";
import { WatchedDisk } from "../scenarios/store/log-watched-disk.ts";
import {
  damageFile,
  filesIn,
  fileSize,
  loseIndex,
  type OpenedGround,
  openGround,
  type StoreGround,
  spaceOf,
} from "./blob-store-ground.ts";
import { type Check, failure, type MakeSubject, patterned, suite } from "./subject.ts";

type Placed = LoggedBatch & { readonly place: LogPlace };

export function batchLogCompliance(name: string, make: MakeSubject<StoreGround>): void {
  suite(`BatchLog: ${name}`, make, (check) => {
    orderChecks(check);
    reopeningChecks(check);
    damageChecks(check);
    limitChecks(check);
  });
}

function orderChecks(check: Check<StoreGround>): void {
  check("gives back what was appended, by its place and in its order", async (ground) => {
    const { log } = await opened(ground);
    const batches = someBatches(ground, 20);
    const places = await log.append(batches);
    expect(places).toHaveLength(20);
    for (const [i, place] of places.entries()) expect(plain(await log.read(place))).toEqual(batches[i]);
    expect(await contents(log)).toEqual(batches.map((batch, i) => ({ ...batch, place: places[i] })));
    await log.close();
  });

  check("appends of one turn share a write and a sync, and keep their order", async (ground) => {
    const operations: string[] = [];
    const disk = new WatchedDisk(ground.disk, (operation, perform) => {
      operations.push(operation.name);
      return perform();
    });
    const { log } = await opened({ ...ground, disk });
    const batches = someBatches(ground, 50);
    await log.append([batches[0] as LoggedBatch]);
    operations.length = 0;
    const places = (await Promise.all(batches.slice(1).map((batch) => log.append([batch])))).flat();
    expect(operations).toEqual(["write", "sync"]);
    expect((await contents(log)).map(({ batch }) => batch)).toEqual(batches.map(({ batch }) => batch));
    for (const [i, place] of places.entries()) expect(plain(await log.read(place))).toEqual(batches[i + 1]);
    expect(await log.append([])).toEqual([]);
    await log.close();
  });

  check("scans after a place, and only what was there at the call", async (ground) => {
    const { log } = await opened(ground);
    const batches = someBatches(ground, 10);
    const places = await log.append(batches.slice(0, 8));
    const scan = log.scan(places[3]);
    await log.append(batches.slice(8));
    expect(await collect(scan)).toEqual(batches.slice(4, 8).map((batch, i) => ({ ...batch, place: places[i + 4] })));
    expect(await collect(log.scan(places[7]))).toHaveLength(2);
    await log.close();
  });

  check("goes on in a new segment when one is full; a batch longer than a segment has its own", async (ground) => {
    const { log } = await opened(ground, 20_000);
    const batches = someBatches(ground, 60, 3000);
    const places: LogPlace[] = [];
    for (const batch of batches) places.push(...(await log.append([batch])));
    const large = { space: spaceOf(ground.crypto, 1), batch: patterned(99, 100_000) };
    places.push(...(await log.append([large])), ...(await log.append(batches.slice(0, 1))));
    expect((await filesIn(ground.disk, "store/log")).length).toBeGreaterThan(5);
    expect((await contents(log)).map(({ place }) => place)).toEqual(places);
    expect(plain(await log.read(places[60] as LogPlace))).toEqual(large);
    await log.close();
  });

  check("what is not there is `not-found`, and a closed log `released`", async (ground) => {
    const { log } = await opened(ground);
    expect(await contents(log)).toEqual([]);
    await failure(log.read({ segment: 1, offset: 8192 }), "not-found");
    const [place] = (await log.append(someBatches(ground, 1))) as [LogPlace];
    await failure(log.read({ ...place, segment: 7 }), "not-found");
    await failure(log.read({ ...place, offset: 1_000_000 }), "not-found");
    await failure(log.read({ ...place, offset: 0 }), "not-found");
    await failure(log.read({ ...place, offset: place.offset + 1 }), "corrupt");
    await log.close();
    await log.close();
    await failure(log.append(someBatches(ground, 1)), "released");
    await failure(log.read(place), "released");
    expect(() => log.scan()).toThrow(expect.objectContaining({ kind: "released" }));
  });
}

function reopeningChecks(check: Check<StoreGround>): void {
  check("is as it was when it is opened again, with its index or without", async (ground) => {
    const first = await opened(ground, 20_000);
    const batches = someBatches(ground, 40, 2000);
    const places = [...(await first.log.append(batches.slice(0, 30)))];
    await first.close();
    const second = await opened(ground, 20_000);
    places.push(...(await second.log.append(batches.slice(30, 35))));
    await second.close();
    await loseIndex(ground.indexes);
    const third = await opened(ground, 20_000);
    places.push(...(await third.log.append(batches.slice(35))));
    expect(await contents(third.log)).toEqual(batches.map((batch, i) => ({ ...batch, place: places[i] })));
    for (const [i, place] of places.entries()) expect(plain(await third.log.read(place))).toEqual(batches[i]);
    expect(third.log.damage).toEqual([]);
    await third.close();
  });

  check("goes on where another left off that was not closed", async (ground) => {
    const first = await opened(ground);
    const batches = someBatches(ground, 10);
    await first.log.append(batches.slice(0, 5));
    await first.index.close();
    const second = await opened(ground);
    await second.log.append(batches.slice(5));
    expect((await contents(second.log)).map(plain)).toEqual(batches);
    await second.close();
    // It has nowhere to put its mark, and closes its files all the same.
    await failure(first.log.close(), "released");
  });

  check("files that are none of its own are passed over", async (ground) => {
    const first = await opened(ground);
    const batches = someBatches(ground, 3);
    await first.log.append(batches);
    await first.close();
    for (const name of ["notes.txt", "00000001.pack", "1.log", "0000000g.log"]) {
      await (await ground.disk.open(`store/log/${name}`, "always-new")).close();
    }
    await ground.disk.makeFolder("store/log/00000005.log");
    const second = await opened(ground);
    expect((await contents(second.log)).map(plain)).toEqual(batches);
    expect(second.log.damage).toEqual([]);
    await second.close();
  });
}

function damageChecks(check: Check<StoreGround>): void {
  check("a damaged batch is `corrupt`, passed over by a scan, and named", async (ground) => {
    const { log, close } = await opened(ground);
    const batches = someBatches(ground, 10);
    const places = await log.append(batches);
    for (const [i, at] of [
      [2, 30],
      [5, 100],
    ] as const) {
      await damageFile(ground.disk, "store/log/00000001.log", (places[i] as LogPlace).offset + at);
    }
    expect((await contents(log)).map(plain)).toEqual(batches.filter((_, i) => i !== 2 && i !== 5));
    expect(log.damage.map(({ offset }) => offset)).toEqual([2, 5].map((i) => places[i]?.offset));
    await failure(log.read(places[2] as LogPlace), "corrupt");
    await failure(log.read(places[5] as LogPlace), "corrupt");
    expect(log.damage).toHaveLength(2);
    await log.append(batches);
    await close();
    await loseIndex(ground.indexes);
    const again = await opened(ground);
    expect(await contents(again.log)).toHaveLength(18);
    expect(again.log.damage).toHaveLength(2);
    await again.close();
  });

  check("damage to the head of a segment costs nothing, damage to both its copies the segment", async (ground) => {
    const first = await opened(ground, 10_000);
    const batches = someBatches(ground, 6, 1500);
    for (const batch of batches) await first.log.append([batch]);
    await first.close();
    const files = await filesIn(ground.disk, "store/log");
    expect(files.length).toBeGreaterThan(3);
    await damageFile(ground.disk, files[0] as string, 20);
    await damageFile(ground.disk, files[1] as string, 20);
    await damageFile(ground.disk, files[1] as string, 4096 + 60);
    const second = await opened(ground, 10_000);
    expect((await contents(second.log)).map(plain)).toEqual(batches.filter((_, i) => i !== 1));
    expect(second.log.damage).toEqual([
      { path: files[1], offset: 0, lengthBytes: await fileSize(ground.disk, files[1] as string) },
    ]);
    await second.close();
  });

  check("a segment that is missing, or was cut short, is named; its places lead to nothing else", async (ground) => {
    const first = await opened(ground, 10_000);
    const batches = someBatches(ground, 6, 1500);
    const places: LogPlace[] = [];
    for (const batch of batches) places.push(...(await first.log.append([batch])));
    await first.close();
    const files = await filesIn(ground.disk, "store/log");
    await ground.disk.remove(files[2] as string);
    const last = await ground.disk.open(files.at(-1) as string);
    await last.truncate((await last.sizeBytes()) - 700);
    await last.close();
    const second = await opened(ground, 10_000);
    await second.log.append([batches[0] as LoggedBatch]);
    const found = (await contents(second.log)).map(plain);
    expect(found).toEqual([...batches.filter((_, i) => i !== 2 && i !== 5), batches[0]]);
    const named = second.log.damage.map(({ path }) => path);
    expect(new Set(named)).toEqual(new Set([files[2], files.at(-1)]));
    await failure(second.log.read(places[2] as LogPlace), "not-found");
    await failure(second.log.read(places[5] as LogPlace), "corrupt");
    await second.close();
  });

  check("the last segment missing, or all of them, is named by what the index remembers", async (ground) => {
    const first = await opened(ground, 10_000);
    const batches = someBatches(ground, 3, 1500);
    for (const batch of batches) await first.log.append([batch]);
    await first.close();
    const files = await filesIn(ground.disk, "store/log");
    await ground.disk.remove(files[2] as string);
    const second = await opened(ground, 10_000);
    expect((await contents(second.log)).map(plain)).toEqual(batches.slice(0, 2));
    expect(second.log.damage.map(({ path }) => path)).toEqual([files[2]]);
    await second.log.append(batches.slice(2));
    await second.close();
    const later = await filesIn(ground.disk, "store/log");
    // The number of the one that was lost is not given again.
    expect(later).not.toContain(files[2]);
    for (const path of later) await ground.disk.remove(path);
    const third = await opened(ground, 10_000);
    expect(third.log.damage.map(({ path }) => path)).toEqual([later.at(-1)]);
    await third.log.append(batches);
    await third.close();
  });

  check("files full of garbage are named, and the log works all the same", async (ground) => {
    await ground.disk.makeFolder("store/log");
    const garbage = await ground.disk.open("store/log/00000007.log", "always-new");
    await garbage.write(0, patterned(7, 50_000));
    await garbage.close();
    await (await ground.disk.open("store/log/00000008.log", "always-new")).close();
    const { log, close } = await opened(ground);
    const batches = someBatches(ground, 3);
    await log.append(batches);
    expect((await contents(log)).map(plain)).toEqual(batches);
    expect(log.damage).toEqual([{ path: "store/log/00000007.log", offset: 0, lengthBytes: 50_000 }]);
    await close();
  });

  check("a mark that makes no sense is as good as none", async (ground) => {
    const first = await opened(ground);
    const batches = someBatches(ground, 5);
    await first.log.append(batches);
    await first.close();
    for (const value of [patterned(1, 40), new Uint8Array(0), Uint8Array.of(0x85, 1, 0x40, 1, 9, 9)]) {
      const index = await ground.indexes.open("store");
      await index.write([{ key: Uint8Array.of(1, 4), value }]);
      await index.close();
      const again = await opened(ground);
      expect((await contents(again.log)).map(plain)).toEqual(batches);
      expect(again.log.damage).toEqual([]);
      await again.close();
    }
  });
}

function limitChecks(check: Check<StoreGround>): void {
  check(
    "too long a batch, too many at once, and too many that wait are refused",
    async (ground) => {
      const { log, close } = await opened(ground);
      const space = spaceOf(ground.crypto, 1);
      await failure(log.append([{ space, batch: new Uint8Array(logLimits.recordBytes + 1) }]), "too-large");
      const large = { space, batch: new Uint8Array(logLimits.recordBytes) };
      const fitting = Math.floor(logLimits.waitingBytes / logLimits.recordBytes);
      await failure(log.append(Array.from({ length: fitting + 1 }, () => large)), "too-large");
      expect(await contents(log)).toEqual([]);
      const waiting = Array.from({ length: fitting - 1 }, () => log.append([large]));
      const refused = log.append([large, large]);
      await failure(refused, "exhausted");
      await Promise.all(waiting);
      await log.append([large]);
      await close();
    },
    60_000,
  );
}

interface Opened {
  readonly log: DiskBatchLog;
  readonly index: OpenedGround["index"];
  /** Also the index. */
  close(): Promise<void>;
}

async function opened(ground: StoreGround, segmentBytes?: number): Promise<Opened> {
  const open = await openGround(ground);
  const log = await DiskBatchLog.open({ ...open, ...(segmentBytes === undefined ? {} : { segmentBytes }) });
  const close = async () => {
    await log.close();
    await open.index.close();
  };
  return { log, index: open.index, close };
}

function someBatches({ crypto }: StoreGround, count: number, sizeBytes = 200): LoggedBatch[] {
  return Array.from({ length: count }, (_, i) => ({
    space: spaceOf(crypto, i % 3),
    batch: patterned(i, sizeBytes + i),
  }));
}

function contents(log: DiskBatchLog): Promise<Placed[]> {
  return collect(log.scan());
}

async function collect(scan: AsyncIterable<Placed>): Promise<Placed[]> {
  const found: Placed[] = [];
  for await (const { space, batch, place } of scan) found.push({ space, batch: new Uint8Array(batch), place });
  return found;
}

function plain({ space, batch }: LoggedBatch): LoggedBatch {
  return { space, batch: new Uint8Array(batch) };
}

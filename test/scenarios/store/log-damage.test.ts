// Random damage to the files of a log and its packs: what is whole is found, what is not is named, and nothing wrong is
// ever given out.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BlobPlace, Disk, LogPlace, StoredBlob } from "#glow";
import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { recordHeadBytes } from "#store/log/record.ts";
import { segmentHeadBytes } from "#store/log/segment-head.ts";
import { someBlobs, spaceOf } from "../../compliance/blob-store-ground.ts";
import { patterned } from "../../compliance/subject.ts";
import { nodeHost } from "../../swarm/node-host.ts";
import { LogTrial } from "./log-trial.ts";
import { runs } from "../../arbitraries/runs.ts";

/** A range of a file that holds one thing. */
interface Extent {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

const wound = fc.record({
  /** Which file, and where in it, as shares of all. */
  file: fc.double({ min: 0, max: 0.999, noNaN: true }),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  lengthBytes: fc.constantFrom(1, 4, 60, 700, 5000),
  manner: fc.constantFrom("flip" as const, "zero" as const, "random" as const, "unreadable" as const),
});

type Wound = typeof wound extends fc.Arbitrary<infer Each> ? Each : never;

const blobs = someBlobs(nodeHost.crypto, 30, [10, 900, 2500, 300, 1400]);
const batches = Array.from({ length: 12 }, (_, i) => ({
  space: spaceOf(nodeHost.crypto, i),
  batch: patterned(i, 300 + 250 * i),
}));

test("whatever is damaged, all that is whole is there", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(wound, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.nat(),
      async (wounds, loseIndex, seed) => {
        const trial = await LogTrial.start(seed);
        const { batchAt, blobAt } = await trial.world.finish(fill(trial));
        const damaged = await trial.world.finish(damage(trial, wounds));
        if (loseIndex) await trial.world.finish(trial.platform.indexes.remove("store"));
        await trial.world.finish(trial.open());
        await trial.world.finish(expectWhole(trial, damaged, batchAt, blobAt, loseIndex));
        // What was lost comes again from a peer; and once more, where only the index knew what lies behind a broken head.
        await trial.world.finish(putAll(trial));
        await trial.world.finish(trial.close());
        await trial.world.finish(trial.platform.indexes.remove("store"));
        await trial.world.finish(trial.open());
        await trial.world.finish(putAll(trial));
      },
    ),
    { numRuns: runs(40) },
  );
});

async function fill(trial: LogTrial): Promise<{ batchAt: LogPlace[]; blobAt: BlobPlace[] }> {
  const logs = await trial.open();
  const batchAt: LogPlace[] = [];
  for (let i = 0; i < batches.length; i += 2) batchAt.push(...(await logs.batches.append(batches.slice(i, i + 2))));
  await logs.blobs.put(blobs);
  await logs.blobs.sync();
  const blobAt = (await logs.blobs.places(blobs.map(({ id }) => id))) as BlobPlace[];
  await trial.close();
  return { batchAt, blobAt };
}

async function damage(trial: LogTrial, wounds: readonly Wound[]): Promise<Extent[]> {
  const { disk } = trial.platform;
  const extents: Extent[] = [];
  for (const { file, at, lengthBytes, manner } of wounds) {
    const paths = [...(await pathsIn(disk, "store/log")), ...(await pathsIn(disk, "store/packs"))];
    const path = paths[Math.floor(file * paths.length)] as string;
    const handle = await disk.open(path);
    const sizeBytes = await handle.sizeBytes();
    const from = Math.floor(at * sizeBytes);
    const to = Math.min(sizeBytes, from + lengthBytes);
    if (manner === "unreadable") {
      const sector = Math.floor(from / 512);
      trial.node.disk.names.file(path, "trial.damage")?.content.makeUnreadable(sector);
      extents.push({ path, from: sector * 512, to: sector * 512 + 512 });
    } else {
      const bytes = await handle.read(from, to - from).catch(() => new Uint8Array(to - from));
      const damaged = { flip: bytes.map((byte) => byte ^ 4), zero: bytes.fill(0), random: patterned(from, to - from) };
      await handle.write(from, damaged[manner]);
      extents.push({ path, from, to });
    }
    await handle.close();
  }
  return extents;
}

async function expectWhole(
  trial: LogTrial,
  damaged: readonly Extent[],
  batchAt: readonly LogPlace[],
  blobAt: readonly BlobPlace[],
  loseIndex: boolean,
): Promise<void> {
  const logs = trial.logs as NonNullable<typeof trial.logs>;
  const scanned = new Set<string>();
  for await (const { batch, place } of logs.batches.scan()) {
    const i = batchAt.findIndex((each) => each.segment === place.segment && each.offset === place.offset);
    expect(equalBytes(batch, (batches[i] as (typeof batches)[0]).batch)).toBe(true);
    scanned.add(`${place.segment} ${place.offset}`);
  }
  for (const [i, place] of batchAt.entries()) {
    const path = `store/log/${place.segment.toString(16).padStart(8, "0")}.log`;
    const to = place.offset + recordHeadBytes + (batches[i] as (typeof batches)[0]).batch.length;
    const whole = isWhole(damaged, { path, from: place.offset, to }, true);
    if (whole) expect(scanned.has(`${place.segment} ${place.offset}`), `batch ${i}`).toBe(true);
    const read = await logs.batches.read(place).catch(kindOf);
    if (whole || typeof read !== "string")
      expect(typeof read !== "string" && equalBytes(read.batch, (batches[i] as (typeof batches)[0]).batch)).toBe(true);
    else expect(["corrupt", "not-found"]).toContain(read);
  }
  for (const [i, { path, offset, sizeBytes }] of blobAt.entries()) {
    const { id, stored } = blobs[i] as StoredBlob;
    const from = loseIndex ? offset - recordHeadBytes : offset;
    const whole = isWhole(damaged, { path, from, to: offset + sizeBytes }, loseIndex);
    const read = await logs.blobs.get(id).catch(kindOf);
    if (whole) expect(typeof read !== "string" && equalBytes(read, stored), `blob ${i}`).toBe(true);
    else if (typeof read === "string") expect(await logs.blobs.has([id])).toEqual([false]);
    else expect(equalBytes(read, stored)).toBe(true);
  }
}

/** Whether no damage touches it; `byScan`: nor the head of its segment so that no record can be told any more. */
function isWhole(damaged: readonly Extent[], { path, from, to }: Extent, byScan: boolean): boolean {
  const touches = (a: number, b: number) => damaged.some((each) => each.path === path && each.from < b && a < each.to);
  return !touches(from, to) && !(byScan && touches(0, 4096) && touches(4096, segmentHeadBytes));
}

async function putAll(trial: LogTrial): Promise<void> {
  const logs = trial.logs as NonNullable<typeof trial.logs>;
  await logs.blobs.put(blobs);
  await logs.blobs.sync();
  for (const { id, stored } of blobs) expect(equalBytes(await logs.blobs.get(id), stored)).toBe(true);
}

async function pathsIn(disk: Disk, folder: string): Promise<string[]> {
  return (await disk.list(folder)).map(({ name }) => `${folder}/${name}`);
}

function kindOf(error: unknown): string {
  return GlowError.from(error, "trial.read").kind;
}

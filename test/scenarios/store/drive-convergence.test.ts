// Whatever order batches come in, and whatever hostile members write, the drive becomes what the plain rules say
// (test/store/drive-model.ts), and its rows are the same to the last byte.

import fc from "fast-check";
import { expect, test } from "vitest";
import { SeededRandom, chance } from "#base/random.ts";
import type { Drive, ObjectId, OpenedBatch } from "#glow";
import { DriveStore } from "#store/drive/drive-store.ts";
import { rootId } from "#store/drive/object-id.ts";
import { BatchMaker, HostileEntries } from "../../store/drive-batches.ts";
import { DriveModel, type ModelPicture } from "../../store/drive-model.ts";
import { MemoryRows } from "../../store/drive-rows.ts";
import { readingDrive } from "../../store/reading-drive.ts";
import { runs } from "../../arbitraries/runs.ts";

interface Shape {
  readonly seed: number;
  readonly devices: number;
  readonly batches: number;
  readonly folders: number;
  readonly files: number;
  readonly entries: number;
  /** How often devices hear of one another. */
  readonly syncs: number;
}

const shapes = fc.record<Shape>({
  seed: fc.integer(),
  devices: fc.integer({ min: 1, max: 4 }),
  batches: fc.integer({ min: 1, max: 24 }),
  folders: fc.integer({ min: 2, max: 6 }),
  files: fc.integer({ min: 1, max: 5 }),
  entries: fc.integer({ min: 1, max: 6 }),
  syncs: fc.constantFrom(0, 0.2, 0.6, 1),
});

async function take(batches: readonly OpenedBatch[], rows = new MemoryRows()): Promise<MemoryRows> {
  const store = new DriveStore();
  for (const batch of batches) await store.apply(batch, rows);
  return rows;
}

/** Everything that a drive tells. */
async function pictureOf(drive: Drive): Promise<ModelPicture> {
  const tree: string[] = [];
  await walk(drive, rootId, "", tree);
  const conflicts = await drive.conflicts(1000);
  const having = (wanted: string) => conflicts.filter(({ reason }) => reason === wanted).map(({ object }) => object);
  const removed: ObjectId[] = [];
  for (let after: ObjectId | undefined; ; ) {
    const page = await drive.removed(after, 2);
    removed.push(...page.map(({ object }) => object));
    after = page.at(-1)?.object;
    if (page.length < 2) break;
  }
  return {
    tree,
    removed,
    severalVersions: having("versions"),
    removedAndEdited: having("removed-and-edited"),
  };
}

async function walk(drive: Drive, folder: ObjectId, path: string, lines: string[]): Promise<void> {
  for (let after: string | undefined; ; ) {
    const page = await drive.list(folder, after, 2);
    for (const entry of page) {
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      const { object, kind, sizeBytes, modifiedNs, mode, versions } = entry;
      lines.push(`${at} ${object} ${kind} ${sizeBytes} ${modifiedNs} ${mode} ${versions}`);
      expect(await drive.path(object)).toBe(at);
      expect(await drive.find(at)).toEqual(entry);
      expect(await drive.entry(object)).toEqual(entry);
      if (kind === "folder") await walk(drive, object, at, lines);
    }
    after = page.at(-1)?.name;
    if (page.length < 2) return;
  }
}

function make({ seed, devices, batches, folders, files, entries, syncs }: Shape): BatchMaker {
  const random = new SeededRandom(seed);
  const maker = new BatchMaker(random.fork("batches"), devices);
  const hostile = new HostileEntries(random.fork("entries"), folders, files);
  for (let i = 0; i < batches; i++) {
    if (chance(random, syncs)) maker.sync();
    maker.write((known) => hostile.some(known, maker.batches, entries));
  }
  return maker;
}

test("any batches in any order give what the plain rules give, and the same rows", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const maker = make(shape);
      const expected = new DriveModel(maker.batches).picture();
      const random = new SeededRandom(`order ${shape.seed}`);
      const first = await take(maker.batches.map(({ batch }) => batch));
      expect(await pictureOf(readingDrive(first))).toEqual(expected);
      for (let i = 0; i < 3; i++) {
        const other = await take(maker.anyOrder(random));
        expect(other.dump()).toEqual(first.dump());
      }
    }),
    { numRuns: runs(60) },
  );
});

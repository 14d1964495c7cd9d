// The tree against the paper's plain rule (test/store/drive-model.ts), with nothing but folders that are moved into one another.

import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCbor } from "#base/cbor.ts";
import { idBytes, idText } from "#base/ids.ts";
import { chance, integerBelow, pick, randomBytes, SeededRandom } from "#base/random.ts";
import type { Entry, ObjectId, OpenedBatch } from "#glow";
import { BatchMaker } from "../../../test/store/drive-batches.ts";
import { DriveModel } from "../../../test/store/drive-model.ts";
import { MemoryRows } from "../../../test/store/drive-rows.ts";
import { DriveStore } from "./drive-store.ts";
import { rootId, trashId } from "./object-id.ts";
import { ObjectRows } from "./object-table.ts";
import { runs } from "../../../test/arbitraries/runs.ts";

function makeFolders(random: SeededRandom, count: number): ObjectId[] {
  return Array.from({ length: count }, () => idText(Uint8Array.of(1, ...randomBytes(random, 15))) as ObjectId);
}

function move(object: ObjectId, parent: ObjectId, name = "x"): Entry {
  return { object, register: 0, value: encodeCbor({ parent: idBytes(parent), name }), replaces: [] };
}

async function take(batches: readonly OpenedBatch[]): Promise<MemoryRows> {
  const [rows, store] = [new MemoryRows(), new DriveStore()];
  for (const batch of batches) await store.apply(batch, rows);
  return rows;
}

async function parents(rows: MemoryRows, folders: readonly ObjectId[]): Promise<(ObjectId | undefined)[]> {
  const objects = new ObjectRows(rows);
  await objects.load(folders);
  return folders.map((folder) => objects.loaded(folder).place?.parent);
}

test("folders lie where the paper's rule puts them, in every order", { timeout: 240_000 }, async () => {
  const shapes = fc.record({
    seed: fc.integer(),
    devices: fc.integer({ min: 2, max: 5 }),
    folders: fc.integer({ min: 2, max: 9 }),
    moves: fc.integer({ min: 2, max: 60 }),
    syncs: fc.constantFrom(0.05, 0.2, 0.5),
  });
  await fc.assert(
    fc.asyncProperty(shapes, async ({ seed, devices, folders: count, moves, syncs }) => {
      const random = new SeededRandom(seed);
      const maker = new BatchMaker(random.fork("batches"), devices);
      const folders = makeFolders(random, count);
      for (let i = 0; i < moves; i++) {
        if (chance(random, syncs)) maker.sync();
        const to = () => (chance(random, 0.1) ? pick(random, [rootId, trashId]) : pick(random, folders));
        maker.write(() => Array.from({ length: 1 + integerBelow(random, 2) }, () => move(pick(random, folders), to())));
      }
      const model = new DriveModel(maker.batches);
      const expected = folders.map((folder) => model.place(folder)?.parent);
      const orders = [maker.batches.map(({ batch }) => batch), maker.anyOrder(random), maker.anyOrder(random)];
      const dumps: string[][] = [];
      for (const order of orders) {
        const rows = await take(order);
        expect(await parents(rows, folders)).toEqual(expected);
        dumps.push(rows.dump());
      }
      expect(dumps[1]).toEqual(dumps[0]);
      expect(dumps[2]).toEqual(dumps[0]);
    }),
    { numRuns: runs(30) },
  );
});

/** How often rows are read to take in one late batch, when `later` moves of folders come after it in the order. */
async function readsOfLateBatch(
  later: number,
  late: (folders: readonly ObjectId[], fresh: ObjectId) => Entry,
): Promise<number> {
  const random = new SeededRandom("late");
  const maker = new BatchMaker(random, 2);
  const folders = makeFolders(random, 8);
  const [fresh] = makeFolders(random, 1) as [ObjectId];
  const at = (i: number) => folders[i] as ObjectId;
  maker.writeAs(0, () => folders.map((folder, i) => move(folder, i === 0 ? rootId : at(i - 1), `${i}`)));
  maker.tell(0, 1);
  maker.writeAs(1, () => [late(folders, fresh)]);
  for (let i = 0; i < later; i++) maker.writeAs(0, () => [move(at(3 + (i % 4)), at(i % 3), `${i}`)]);
  const [first, lateBatch, ...others] = maker.batches.map(({ batch }) => batch) as [OpenedBatch, OpenedBatch];
  const [rows, store] = [new MemoryRows(), new DriveStore()];
  for (const batch of [first, ...others]) await store.apply(batch, rows);
  rows.reads = 0;
  await store.apply(lateBatch, rows);
  return rows.reads;
}

test("a late move costs as much as there are later moves of folders; a late new folder or name costs nothing", async () => {
  const moved = (folders: readonly ObjectId[]) => move(folders[2] as ObjectId, rootId, "2");
  const few = await readsOfLateBatch(50, moved);
  const many = await readsOfLateBatch(500, moved);
  expect(few).toBeLessThan(50 * 3);
  expect(many).toBeLessThan(500 * 3);
  const made = (folders: readonly ObjectId[], fresh: ObjectId) => move(fresh, folders[3] as ObjectId, "new");
  expect(await readsOfLateBatch(500, made)).toBeLessThan(16);
  const renamed = (folders: readonly ObjectId[]) => move(folders[2] as ObjectId, folders[1] as ObjectId, "renamed");
  expect(await readsOfLateBatch(500, renamed)).toBeLessThan(16);
});

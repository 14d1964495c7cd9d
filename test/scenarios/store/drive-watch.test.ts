// Whoever watches a drive can keep a copy of it: what shows otherwise after a batch was told of, or lies in a folder that was.

import fc from "fast-check";
import { expect, test } from "vitest";
import { chance, SeededRandom } from "#base/random.ts";
import type { DriveEntry, ObjectId } from "#glow";
import { DriveStore } from "#store/drive/drive-store.ts";
import { walk } from "#store/drive/drive-walk.ts";
import { rootId } from "#store/drive/object-id.ts";
import { BatchMaker, HostileEntries } from "../../store/drive-batches.ts";
import { MemoryRows } from "../../store/drive-rows.ts";
import { readingDrive } from "../../store/reading-drive.ts";
import { runs } from "../../arbitraries/runs.ts";

interface Seen {
  readonly parent: ObjectId;
  readonly entry: DriveEntry;
}

async function look(rows: MemoryRows): Promise<Map<ObjectId, Seen>> {
  const seen = new Map<ObjectId, Seen>();
  for await (const { entry, parent } of walk(readingDrive(rows), rootId)) seen.set(entry.object, { parent, entry });
  return seen;
}

function isToldOf(object: ObjectId, told: ReadonlySet<ObjectId>, seen: ReadonlyMap<ObjectId, Seen>): boolean {
  for (let at: ObjectId | undefined = object; at !== undefined; at = seen.get(at)?.parent) {
    if (told.has(at)) return true;
  }
  return false;
}

test("what shows otherwise was told of", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 5, max: 25 }), async (seed, batches) => {
      const random = new SeededRandom(seed);
      const maker = new BatchMaker(random.fork("batches"), 3);
      const hostile = new HostileEntries(random.fork("entries"), 4, 4);
      for (let i = 0; i < batches; i++) {
        if (chance(random, 0.4)) maker.sync();
        maker.write((known) => hostile.some(known, maker.batches, 4));
      }
      const rows = new MemoryRows();
      const store = new DriveStore();
      let told = new Set<ObjectId>();
      store.watch({ changed: (objects) => void (told = new Set(objects)), reset: () => undefined });
      let before = await look(rows);
      for (const batch of maker.anyOrder(random)) {
        await store.apply(batch, rows);
        store.applied(batch);
        const after = await look(rows);
        for (const object of new Set([...before.keys(), ...after.keys()])) {
          const isSame = JSON.stringify(before.get(object), asText) === JSON.stringify(after.get(object), asText);
          const isTold = isSame || isToldOf(object, told, before) || isToldOf(object, told, after);
          expect(
            isTold,
            `${object} ${JSON.stringify(before.get(object), asText)} ${JSON.stringify(after.get(object), asText)}`,
          ).toBe(true);
        }
        before = after;
      }
    }),
    { numRuns: runs(60) },
  );
});

function asText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

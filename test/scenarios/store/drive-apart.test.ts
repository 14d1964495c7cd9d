// Several devices that work apart, honestly and at random, and then meet: all have the same drive, no version that was ever
// written is missing, and what was edited while others removed it is back.

import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { integerBelow, pick, SeededRandom } from "#base/random.ts";
import type { ObjectId } from "#glow";
import { DriveDevice, meet } from "../../store/drive-devices.ts";
import { runs } from "../../arbitraries/runs.ts";

interface Written {
  readonly object: ObjectId;
  readonly batch: string;
}

const names = ["a", "b", "c.txt", "d"];

async function somePath(device: DriveDevice, random: SeededRandom): Promise<string> {
  const paths = ["", ...(await device.paths()).map((path) => path.replace(/\/$/, ""))];
  const path = pick(random, paths);
  if (integerBelow(random, 3) === 0) return path;
  return path === "" ? pick(random, names) : `${path}/${pick(random, names)}`;
}

async function act(device: DriveDevice, random: SeededRandom, written: Written[]): Promise<void> {
  const path = await somePath(device, random);
  switch (integerBelow(random, 6)) {
    case 0:
      await device.make(path, pick(random, ["folder", "folder", "file"] as const));
      return;
    case 1:
    case 2: {
      const object = await device.write(path, `${device.id} ${written.length}`);
      written.push({ object, batch: toHex(device.batches.at(-1)?.hash as Uint8Array) });
      return;
    }
    case 3:
      return device.move(path, await somePath(device, random));
    case 4:
      await device.remove(path);
      return;
    default: {
      const [removed] = await device.drive.removed(undefined, 1);
      if (removed !== undefined) await device.drive.restore([removed.object]);
    }
  }
}

/** Something to work on, known to all; with folders that show as one, since everybody has made them. */
async function begin(devices: readonly DriveDevice[]): Promise<void> {
  const [first] = devices as [DriveDevice];
  for (const folder of ["a", "a/d", "a/d/b", "b"]) await first.make(folder, "folder");
  for (const file of ["a/c.txt", "a/d/a", "a/d/b/c.txt", "b/c.txt"]) await first.write(file, file);
  for (const device of devices) {
    for (const folder of ["d", "d/b"]) await device.make(folder, "folder");
    await device.write("d/b/c.txt", device.id);
  }
  await meet(devices);
}

/** What cannot be done was refused, and nothing has come of it. */
async function tryTo(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { kind } = GlowError.from(error, "test.act");
    if (!["not-found", "already-exists", "invalid"].includes(kind)) throw error;
  }
}

test("devices that were apart agree, and nothing is lost", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 5, max: 60 }),
      async (seed, count, steps) => {
        const random = new SeededRandom(seed);
        const devices = Array.from({ length: count }, (_, i) => new DriveDevice(`${i}`));
        const written: Written[] = [];
        await begin(devices);
        for (let i = 0; i < steps; i++) {
          if (integerBelow(random, 5) === 0) await pick(random, devices).hear([pick(random, devices)], random);
          await tryTo(() => act(pick(random, devices), random, written));
        }
        await meet(devices, random);
        for (let rescued = 1, round = 0; rescued > 0; round++) {
          expect(round, "rescuing comes to an end").toBeLessThan(5);
          rescued = 0;
          for (const device of devices) rescued += await device.drive.rescue();
          await meet(devices, random);
        }
        const [first, ...others] = devices as [DriveDevice, ...DriveDevice[]];
        for (const other of others) expect(other.rows.dump()).toEqual(first.rows.dump());
        const conflicts = await first.drive.conflicts(1000);
        expect(conflicts.filter(({ reason }) => reason === "removed-and-edited")).toEqual([]);
        const paths = await first.paths();
        expect(new Set(paths).size).toBe(paths.length);
        for (const { object, batch } of written) {
          const history = await first.drive.history(object, 1000);
          expect(history.map(({ id }) => toHex(id.batch))).toContain(batch);
        }
      },
    ),
    { numRuns: runs(12) },
  );
});

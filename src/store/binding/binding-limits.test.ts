// What of a bound folder is more than a binding takes at once: it is passed over, told of, or found again later.

import { expect, test } from "vitest";
import { bindingLimits } from "#base/limits.ts";
import { randomBytes } from "#base/random.ts";
import { idText } from "#base/ids.ts";
import { GlowError } from "#base/errors.ts";
import type { Drive, LocalStat, ObjectId, Random, SpaceId } from "#glow";
import { World } from "#platform/simulated/world.ts";
import { nodeHost } from "../../../test/swarm/node-host.ts";
import type { BindingRow } from "./binding-row.ts";
import type { BindingHost } from "./binding.ts";
import { BindingFile, type BindingRecord } from "./binding-record.ts";
import { Bindings } from "./bindings.ts";
import { HotFolders } from "./hot-folders.ts";
import { IgnoreRules } from "./ignore-rules.ts";
import { MissingRows } from "./missing-rows.ts";
import { bindingPace } from "./pace.ts";
import { type Found, Unsettled } from "./unsettled.ts";

const stat: LocalStat = { kind: "file", sizeBytes: 1, modifiedNs: 1n, changedNs: 1n, file: "1", mode: 0o644 };

function found(n: number): Found {
  return { parent: "root" as ObjectId, localName: `${n}`, path: `${n}`, stat };
}

function record(random: Random, number: number, path: string): BindingRecord {
  return {
    number,
    space: idText(randomBytes(random, 33)) as SpaceId,
    folder: idText(randomBytes(random, 16)) as ObjectId,
    path,
    root: { root: "1", marker: "2", token: "3" },
    paused: true,
  };
}

test("past `bindingLimits.hotFolders` folders that have changed, anything may have", () => {
  const hot = new HotFolders();
  for (let n = 0; n < bindingLimits.hotFolders; n++) hot.add(`${n}`, 0);
  expect(hot.scanning).toBe(false);
  hot.add("one more", 0);
  expect(hot.scanning).toBe(true);
  expect(hot.takeEverything()).toBe(true);
});

test("past `bindingLimits.missing` things that are missing, the others are found missing later", () => {
  const missing = new MissingRows();
  const row = (n: number) => ({ object: `${n}` }) as BindingRow;
  for (let n = 0; n <= bindingLimits.missing; n++) missing.add(row(n), 0);
  expect(missing.size).toBe(bindingLimits.missing);
  expect(missing.takeDue(bindingPace.missingMs)).toHaveLength(bindingLimits.missing);
  missing.add(row(bindingLimits.missing), 0);
  expect(missing.size).toBe(1);
});

test("past `bindingLimits.unsettled` files that are being written, one is taken as it is", () => {
  const unsettled = new Unsettled();
  for (let n = 0; n < bindingLimits.unsettled; n++) expect(unsettled.settled(`${n}`, found(n), 0, 0)).toBe(false);
  expect(unsettled.settled("one more", found(-1), 0, 0)).toBe(true);
  expect(unsettled.size).toBe(bindingLimits.unsettled);
});

test("a rule longer than `bindingLimits.ignorePatternLength` is refused", () => {
  const longest = "x".repeat(bindingLimits.ignorePatternLength);
  expect(new IgnoreRules(longest).has(longest, false)).toBe(true);
  expect(() => new IgnoreRules(`${longest}x`)).toThrow(expect.objectContaining({ kind: "too-large" }));
});

test("past `bindingLimits.bindings` folders, no other is bound", async () => {
  const world = new World(nodeHost, { seed: 1 });
  const ready = Promise.withResolvers<void>();
  world.addNode("phone", {
    boot: async ({ disk, crypto, random, clock, timers }) => {
      const file = await BindingFile.open(disk, crypto);
      await file.write(Array.from({ length: bindingLimits.bindings }, (_, n) => record(random, n, `/folder ${n}`)));
      await file.close();
      const nothing = () => Promise.reject(new GlowError("unavailable", "test.open"));
      const host = { clock, timers, crypto, openDrive: nothing, openFolder: nothing } as unknown as BindingHost;
      const bindings = await Bindings.open({ host, disk, random });
      expect(bindings.list()).toHaveLength(bindingLimits.bindings);
      const binding = bindings.create({} as Drive, "root" as ObjectId, "/one more");
      await expect(binding).rejects.toMatchObject({ kind: "exhausted" });
      ready.resolve();
    },
  });
  await world.run({ untilMs: 10_000 });
  await ready.promise;
});

test("a binding whose record has more than `bindingLimits.recordBytes` is refused, and those before it stay", async () => {
  const world = new World(nodeHost, { seed: 1 });
  const ready = Promise.withResolvers<void>();
  world.addNode("phone", {
    boot: async ({ disk, crypto, random }) => {
      const file = await BindingFile.open(disk, crypto);
      await file.write([record(random, 1, "/folder")]);
      const tooLong = record(random, 2, "x".repeat(bindingLimits.recordBytes));
      await expect(file.write([...file.records, tooLong])).rejects.toMatchObject({ kind: "too-large" });
      expect(file.records).toHaveLength(1);
      ready.resolve();
    },
  });
  await world.run({ untilMs: 10_000 });
  await ready.promise;
});

// What is kept and does not count: with its reason, and so much of each author.

import { expect, test } from "vitest";
import { toHex, utf8Encode } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { Standing } from "#glow";
import { Actor, crypto } from "../../../test/identity/cast.ts";
import { MemoryRows } from "../../../test/store/drive-rows.ts";
import type { BatchRecord } from "./batch-record.ts";
import { Quarantine, quarantineReason, reasonFor } from "./quarantine.ts";

const author = new Actor("author");
const other = new Actor("other");

function record(number: number, sizeBytes = 1, by = author): BatchRecord {
  const hash = crypto.hash("blake3", utf8Encode(`${by.name} ${number}`));
  return { id: toHex(hash), hash, author: by.id, incarnation: 0, sequence: number, sizeBytes } as BatchRecord;
}

test("it is shown with the reason that was found last, until it leaves", async () => {
  const rows = new MemoryRows();
  const quarantine = new Quarantine();
  await quarantine.enter(rows, record(1), quarantineReason.unproved);
  await quarantine.enter(rows, record(1), quarantineReason.revoked);
  await quarantine.enter(rows, record(2), quarantineReason.unreadable, "it is no page");
  const list = await Quarantine.list(rows);
  const shown = list.map(({ sequence, reason }) => [sequence, reason.kind, reason.message]);
  expect(shown).toHaveLength(2);
  expect(shown).toContainEqual([1, "denied", expect.stringContaining("does not accept it")]);
  expect(shown).toContainEqual([2, "corrupt", "it is no page"]);
  await quarantine.leave(rows, record(1));
  await quarantine.leave(rows, record(2));
  await quarantine.leave(rows, record(2));
  expect(rows.rows()).toEqual([]);
});

test.each<[Standing, boolean, number, number]>([
  [{ type: "stranger" }, false, 1, quarantineReason.stranger],
  [{ type: "tab", valid: false }, false, 1, quarantineReason.expired],
  [{ type: "revoked", accepted: 2 }, false, 2, quarantineReason.unproved],
  [{ type: "revoked", accepted: 2 }, false, 3, quarantineReason.revoked],
  [{ type: "revoked", accepted: 2 }, true, 3, quarantineReason.revoked],
])("why a batch does not count: %j", (standing, covered, sequence, reason) => {
  expect(reasonFor({ ...record(sequence), covered }, standing)).toBe(reason);
});

test("no more than `spaceLimits.quarantinedBatches` and `spaceLimits.quarantinedBytes` of one author are kept", async () => {
  const { quarantinedBatches, quarantinedBytes } = spaceLimits;
  const { revoked, stranger } = quarantineReason;
  const exhausted = expect.objectContaining({ kind: "exhausted" });
  const rows = new MemoryRows();
  const quarantine = new Quarantine();
  for (let i = 1; i < quarantinedBatches; i++) await quarantine.enter(rows, record(i), revoked);
  quarantine.check(record(quarantinedBatches), revoked);
  await quarantine.enter(rows, record(quarantinedBatches), revoked);
  expect(() => quarantine.check(record(0), revoked)).toThrow(exhausted);
  const loaded = await Quarantine.load(rows);
  expect(() => loaded.check(record(0), revoked)).toThrow(exhausted);
  loaded.check(record(0, quarantinedBytes, other), revoked);
  expect(() => loaded.check(record(0, quarantinedBytes + 1, other), revoked)).toThrow(exhausted);
  // All strangers are one, whatever they are called.
  await loaded.enter(rows, record(1, quarantinedBytes, other), stranger);
  expect(() => loaded.check(record(1), stranger)).toThrow(exhausted);
  await loaded.leave(rows, record(1));
  loaded.check(record(0), revoked);
});

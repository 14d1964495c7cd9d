// Keys of rows order as what they stand for, and rows are read page by page.

import { expect, test } from "vitest";
import { compareBytes, utf8Encode } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import { Actor, crypto } from "../../../test/identity/cast.ts";
import { MemoryRows } from "../../../test/store/drive-rows.ts";
import { endOf, lastHash, readU48, rowKey, rowsWith, slotKey, slotOf, stampKey, stampOf, u48 } from "./space-rows.ts";

const hash = crypto.hash("blake3", utf8Encode("hash"));
const { id } = new Actor("author");

test("numbers are read again, up to 2^48 - 1", () => {
  for (const value of [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, 2 ** 48 - 1])
    expect(readU48(u48(value))).toBe(value);
});

test("keys order by stamp, and by incarnation and sequence", () => {
  const stamps = [1, 255, 256, 2 ** 32, 2 ** 40].map((stamp) => stampKey("s", stamp, hash));
  expect([...stamps].sort(compareBytes)).toEqual(stamps);
  expect(stamps.map(stampOf)).toEqual([1, 255, 256, 2 ** 32, 2 ** 40]);
  expect(lastHash(stamps[0] as Uint8Array)).toEqual(hash);
  const slots = [
    [0, 1],
    [0, 300],
    [1, 1],
    [200, 2 ** 33],
  ] as const;
  const keys = slots.map(([incarnation, sequence]) => slotKey("a", id, incarnation, sequence));
  expect([...keys].sort(compareBytes)).toEqual(keys);
  expect(keys.map(slotOf)).toEqual(slots.map(([incarnation, sequence]) => ({ author: id, incarnation, sequence })));
});

test("all rows of a kind are read, in pages of `spaceLimits.pageRows`, and no others", async () => {
  const rows = new MemoryRows();
  const count = 2 * spaceLimits.pageRows + 1;
  for (let i = 0; i < count; i++) rows.put(stampKey("s", i, hash), new Uint8Array(0));
  rows.put(rowKey("t"), new Uint8Array(0));
  rows.put(rowKey("q"), new Uint8Array(0));
  const pages: number[] = [];
  for await (const page of rowsWith(rows, rowKey("s"), spaceLimits.pageRows)) pages.push(page.length);
  expect(pages).toEqual([spaceLimits.pageRows, spaceLimits.pageRows, 1]);
});

test("what comes behind a prefix is known, also behind the greatest bytes", () => {
  expect(endOf(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 3));
  expect(endOf(Uint8Array.of(1, 255))).toEqual(Uint8Array.of(2));
  expect(compareBytes(endOf(Uint8Array.of(255)), Uint8Array.of(255, 254))).toBeGreaterThan(0);
});

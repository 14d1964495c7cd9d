// Who waits for what, and how many may.

import { expect, test } from "vitest";
import { toHex, utf8Encode } from "#base/bytes.ts";
import { spaceLimits } from "#base/limits.ts";
import type { Hash } from "#glow";
import { crypto } from "../../../test/identity/cast.ts";
import type { BatchRecord } from "./batch-record.ts";
import { strangers, WaitingRoom } from "./waiting-room.ts";

const hash = (name: string): Hash => crypto.hash("blake3", utf8Encode(name));
const id = (name: string) => toHex(hash(name));
const record = (name: string, sizeBytes = 1) => ({ id: id(name), hash: hash(name), sizeBytes }) as BatchRecord;
const names = (records: readonly BatchRecord[]) => records.map((each) => each.id);

test("a batch is ready when the last of its parents has come", () => {
  const room = new WaitingRoom();
  room.enter(record("c"), "a device", [hash("a"), hash("b")]);
  room.enter(record("d"), "a device", [hash("c")]);
  expect(room.wanted().map(toHex).sort()).toEqual([id("a"), id("b")].sort());
  expect(names(room.parentCame(id("a")))).toEqual([]);
  expect(names(room.parentCame(id("b")))).toEqual([id("c")]);
  expect(names(room.withParents())).toEqual([id("c")]);
  room.leave(id("c"));
  expect(names(room.parentCame(id("c")))).toEqual([id("d")]);
  room.leave(id("d"));
  expect([room.size, room.wanted()]).toEqual([0, []]);
});

test("what can never come takes with it all that waits for it", () => {
  const room = new WaitingRoom();
  room.enter(record("b"), "a device", [hash("a")]);
  room.enter(record("c"), "a device", [hash("b")]);
  room.enter(record("d"), "a device", [hash("c"), hash("x")]);
  room.enter(record("other"), "a device", [hash("x")]);
  expect(names(room.descendants(id("a"))).sort()).toEqual([id("b"), id("c"), id("d")].sort());
});

test("who waits for a batch is known, a device before strangers", () => {
  const room = new WaitingRoom();
  expect(room.waiterFor(id("a"))).toBe(undefined);
  room.enter(record("b"), strangers, [hash("a")]);
  expect(room.waiterFor(id("a"))).toBe(strangers);
  room.enter(record("c"), "a device", [hash("a")]);
  expect(room.waiterFor(id("a"))).toBe("a device");
});

test("no more than `spaceLimits.waitingBatches` and `spaceLimits.waitingBytes` of one account wait", () => {
  const { waitingBatches, waitingBytes } = spaceLimits;
  const room = new WaitingRoom();
  for (let i = 0; i < waitingBatches; i++) {
    room.check("a device", 1);
    room.enter(record(`${i}`), "a device", [hash("a")]);
  }
  const exhausted = expect.objectContaining({ kind: "exhausted" });
  expect(() => room.check("a device", 1)).toThrow(exhausted);
  room.check("another", waitingBytes);
  expect(() => room.check("another", waitingBytes + 1)).toThrow(exhausted);
  room.leave(id("0"));
  room.check("a device", 1);
  expect(() => room.check("a device", waitingBytes)).toThrow(exhausted);
});

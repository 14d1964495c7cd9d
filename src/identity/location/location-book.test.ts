// Where devices say they are: the latest word of each, from nobody but the device, for as long as it holds.

import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import type { Address, DeviceId } from "#glow";
import { Actor, crypto, nowMs } from "../../../test/identity/cast.ts";
import { signLocation } from "./location-record.ts";
import { type KnownDevice, LocationBook } from "./location-book.ts";

const [phone, other] = [new Actor("phone"), new Actor("other")];
const address = "tcp://10.0.0.1:4711" as Address;

function record(
  by: Actor,
  sequence: number,
  change: { device?: DeviceId; expiresMs?: number; addresses?: Address[] } = {},
) {
  const location = { device: by.id, addresses: [address], sequence, expiresMs: nowMs + 1000, ...change };
  return signLocation(by.identity, location);
}

function newBook(known: Map<DeviceId, KnownDevice> = new Map()): LocationBook {
  return new LocationBook(crypto, (device) => known.get(device));
}

function kindOf(work: () => unknown): string {
  try {
    return `fine: ${work()}`;
  } catch (error) {
    return error instanceof GlowError ? error.kind : "no error of ours";
  }
}

test("resolves a device to its node and addresses; the highest sequence wins, in any order", () => {
  const records = [1, 2, 3].map((sequence) => record(phone, sequence));
  for (const order of [records, records.toReversed()]) {
    const book = newBook();
    for (const each of order) book.accept(each, nowMs);
    expect(book.find(phone.id, nowMs)).toEqual({
      device: phone.id,
      node: phone.identity.id,
      addresses: [address],
      sequence: 3,
      expiresMs: nowMs + 1000,
    });
    expect(book.records(nowMs)).toEqual([records[2]]);
    expect(book.accept(records[2] as Uint8Array, nowMs)).toBe(false);
  }
});

test("a record that expired, or is to hold longer than identityLimits.locationMs, is not taken or forgotten", () => {
  const { clockToleranceMs, locationMs } = identityLimits;
  const book = newBook();
  book.accept(record(phone, 1), nowMs);
  const endMs = nowMs + 1000 + clockToleranceMs;
  expect(book.find(phone.id, endMs - 1)).toBeDefined();
  expect(book.find(phone.id, endMs)).toBeUndefined();
  expect(book.records(endMs)).toEqual([]);
  expect(book.accept(record(phone, 2), endMs)).toBe(false);
  const expiresMs = nowMs + locationMs + clockToleranceMs;
  expect(kindOf(() => book.accept(record(phone, 3, { expiresMs: expiresMs + 1 }), nowMs))).toBe("invalid");
  expect(kindOf(() => book.accept(record(phone, 3, { expiresMs }), nowMs))).toBe("fine: true");
});

test("nobody speaks for another device, and a changed record is no record", () => {
  const book = newBook();
  expect(kindOf(() => book.accept(record(other, 1, { device: phone.id }), nowMs))).toBe("denied");
  const whole = record(phone, 1);
  for (let i = 0; i < whole.length; i++) {
    const changed = whole.map((byte, at) => (at === i ? byte ^ 1 : byte));
    expect(["corrupt", "invalid", "unsupported"]).toContain(kindOf(() => book.accept(changed, nowMs)));
  }
  expect(kindOf(() => book.accept(new Uint8Array(identityLimits.locationBytes + 1), nowMs))).toBe("too-large");
});

test("the key that the device has now is believed, and no other, also of what was taken before", () => {
  const known = new Map<DeviceId, KnownDevice>();
  const book = newBook(known);
  book.accept(record(phone, 5), nowMs);
  known.set(phone.id, { key: other.identity.publicKey });
  expect(book.find(phone.id, nowMs)).toBeUndefined();
  expect(kindOf(() => book.accept(record(phone, 6), nowMs))).toBe("denied");
  expect(book.accept(record(other, 1, { device: phone.id }), nowMs)).toBe(true);
  expect(book.find(phone.id, nowMs)?.node).toBe(other.identity.id);
  known.set(phone.id, { key: undefined });
  expect(book.find(phone.id, nowMs)).toBeUndefined();
});

test("identityLimits.locationAddresses and identityLimits.addressBytes: more is not signed, or not taken", () => {
  const addresses = Array.from({ length: identityLimits.locationAddresses + 1 }, () => address);
  expect(kindOf(() => record(phone, 1, { addresses }))).toBe("too-large");
  const long = "x".repeat(identityLimits.addressBytes + 1) as Address;
  expect(kindOf(() => newBook().accept(record(phone, 1, { addresses: [long] }), nowMs))).toBe("invalid");
});

test("identityLimits.locations: strangers are refused, and make room for devices that are known", () => {
  const known = new Map<DeviceId, KnownDevice>();
  const book = newBook(known);
  const strangers = Array.from({ length: identityLimits.locations }, (_, i) => new Actor(`stranger ${i}`));
  for (const stranger of strangers) book.accept(record(stranger, 1), nowMs);
  expect(kindOf(() => book.accept(record(phone, 1), nowMs))).toBe("exhausted");
  known.set(phone.id, { key: phone.identity.publicKey });
  expect(book.accept(record(phone, 1), nowMs)).toBe(true);
  expect(book.records(nowMs)).toHaveLength(identityLimits.locations);
  const laterMs = nowMs + 1000 + identityLimits.clockToleranceMs;
  expect(book.accept(record(other, 1, { expiresMs: laterMs }), laterMs), "what expired makes room").toBe(true);
});

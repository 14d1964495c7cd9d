// What a drive is called: written on its root, the same on every device.

import { expect, test } from "vitest";
import { encodeCbor } from "#base/cbor.ts";
import { driveLimits } from "#base/limits.ts";
import { decodeAttributes, driveNameFault, encodeAttributes } from "./register-values.ts";
import { decodeObject, emptyRow, encodeObject } from "./object-row.ts";
import { rootId } from "./object-id.ts";

test("a name comes back as it was written, and is no part of what was written before there were any", () => {
  expect(decodeAttributes(encodeAttributes({ name: "photos", mode: 0o700 }))).toEqual({ name: "photos", mode: 0o700 });
  expect(decodeAttributes(encodeAttributes({ mode: 0o700 }))).toEqual({ mode: 0o700 });
});

test("whether it was put away comes back, too, with a name or without one", () => {
  expect(decodeAttributes(encodeAttributes({ retired: true }))).toEqual({ retired: true });
  expect(decodeAttributes(encodeCbor({ retired: 1 }))).toBeUndefined();
  const order = { batch: { key: new Uint8Array(50).fill(1), timeMs: 7 }, index: 3 };
  const retired = { ...emptyRow(), retired: { order, value: true } };
  for (const row of [retired, { ...retired, name: { order, value: "photos" } }]) {
    expect(decodeObject(encodeObject(row as never), rootId)).toEqual(row);
  }
});

test.each(["", " x", "x ", "a/b", "a\u0000", "x".repeat(driveLimits.driveNameLength + 1)])(
  "%j is no name, and who writes it has written nothing",
  (name) => {
    expect(driveNameFault(name)).toBeTypeOf("string");
    expect(decodeAttributes(encodeAttributes({ name }))).toBeUndefined();
  },
);

test("a row holds it, and one without a name is as it always was", () => {
  const key = new Uint8Array(50).fill(1);
  const named = { ...emptyRow(), name: { order: { batch: { key, timeMs: 7 }, index: 3 }, value: "photos" } };
  expect(decodeObject(encodeObject(named as never), rootId)).toEqual(named);
  expect(decodeObject(encodeObject(emptyRow()), rootId)).toEqual(emptyRow());
});

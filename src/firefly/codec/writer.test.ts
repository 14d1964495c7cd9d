// How the writer lays out what it is given: pieces of a slab that is never written twice, large byte strings as they
// are, and places to go back to.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { fireflyLimits } from "#base/limits.ts";
import { Writer } from "./writer.ts";

test("byte strings of 4 KiB and more are given away as they are, smaller ones copied", () => {
  const writer = new Writer();
  const large = new Uint8Array(4096).fill(1);
  const small = new Uint8Array(4095).fill(2);
  writer.u8(9);
  writer.raw(large);
  writer.raw(small);
  const parts = writer.take();
  expect(parts[1]).toBe(large);
  expect(parts.map((part) => part.length)).toEqual([1, 4096, 4095]);
  expect(parts[2]?.buffer).not.toBe(small.buffer);
});

test("what was taken is never written again", () => {
  const writer = new Writer();
  const taken: Uint8Array[] = [];
  for (let round = 0; round < 2000; round++) {
    writer.u32(round);
    writer.string("text of some length that fills up the slab");
    if (round % 3 === 0) taken.push(...writer.take());
  }
  const before = taken.map((part) => part.toHex());
  for (let round = 0; round < 5000; round++) writer.f64(round);
  expect(taken.map((part) => part.toHex())).toEqual(before);
});

/** A thing to write, and how it reads on its own. */
const anyPiece = fc.oneof(
  fc.nat(255).map((value) => (writer: Writer) => writer.u8(value)),
  fc.nat().map((value) => (writer: Writer) => writer.u32(value)),
  fc.string({ maxLength: 100 }).map((value) => (writer: Writer) => writer.string(value)),
  fc
    .string({ unit: "grapheme", maxLength: 9000, size: "max" })
    .map((value) => (writer: Writer) => writer.string(value)),
  fc.nat(70_000).map((length) => (writer: Writer) => writer.bytesOf(new Uint8Array(length).fill(length))),
  fc.bigInt().map((value) => (writer: Writer) => writer.bigint(value)),
);

test("going back to a mark leaves no trace of what came after it", () => {
  const pieces = fc.array(anyPiece, { maxLength: 8 });
  fc.assert(
    fc.property(pieces, pieces, pieces, fc.boolean(), (before, undone, after, isMoved) => {
      const writer = new Writer();
      const plain = new Writer();
      const moved = writer.mark();
      for (const piece of before) piece(writer);
      const mark = isMoved ? writer.mark(moved) : writer.mark();
      const { length } = writer;
      for (const piece of undone) piece(writer);
      writer.rewind(mark);
      expect(writer.length).toBe(length);
      for (const piece of after) piece(writer);
      for (const piece of [...before, ...after]) piece(plain);
      expect(concatBytes(writer.take()).toHex()).toBe(concatBytes(plain.take()).toHex());
      expect(writer.length).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test("a length that is filled in later, across slabs and large parts", () => {
  fc.assert(
    fc.property(fc.array(anyPiece, { maxLength: 8 }), (pieces) => {
      const writer = new Writer();
      const mark = writer.beginLength();
      for (const piece of pieces) piece(writer);
      const length = writer.endLength(mark);
      const bytes = concatBytes(writer.take());
      expect(bytes.length).toBe(length + 3);
      expect((bytes[0] as number) | ((bytes[1] as number) << 8) | ((bytes[2] as number) << 16)).toBe(length);
    }),
    { numRuns: 60 },
  );
});

test("a payload of more than fireflyLimits.payloadBytes is too large", () => {
  const writer = new Writer();
  expect(() => writer.bytesOf(new Uint8Array(fireflyLimits.payloadBytes + 1))).toThrow(
    expect.objectContaining({ kind: "too-large" }),
  );
  const mark = writer.beginLength();
  const half = new Uint8Array(fireflyLimits.payloadBytes / 2 + 1);
  writer.raw(half);
  writer.raw(half);
  expect(() => writer.endLength(mark)).toThrow(expect.objectContaining({ kind: "too-large" }));
});

test("half of a surrogate pair is refused, wherever it stands", () => {
  for (const text of ["\ud800", `${"x".repeat(100)}\udc00`, `\ud800${"é".repeat(20_000)}`]) {
    expect(() => new Writer().string(text)).toThrow(
      expect.objectContaining({ kind: "invalid", message: expect.stringMatching(/surrogate/) }),
    );
  }
});

test("objects and streams need somewhere to be listed", () => {
  const writer = new Writer();
  const codec = { name: "Door", interface: () => undefined as never };
  expect(() => writer.capability(codec, {})).toThrow(/a value without capabilities/);
  expect(() => writer.capability(codec, 7 as unknown as object)).toThrow(/expected Door, got number 7/);
  expect(() => writer.capability(codec, null as unknown as object)).toThrow(
    /expected Door, got null|without capabilities/,
  );
  expect(() => writer.stream({ item: "bytes" }, [])).toThrow(/a value without streams/);
  for (const none of [null, 7, "text", {}]) {
    expect(() => writer.stream({ item: "bytes" }, none as unknown as [])).toThrow(/expected a stream/);
  }
});

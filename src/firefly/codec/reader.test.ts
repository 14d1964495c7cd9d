// What the writer packs the reader unpacks, each value to the bytes that docs/firefly.md says; and whatever else the
// bytes are, the reader refuses them by name.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import { kept, Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

type Kind =
  | "boolean"
  | "u8"
  | "i8"
  | "u16"
  | "i16"
  | "u32"
  | "i32"
  | "u64"
  | "i64"
  | "f32"
  | "f64"
  | "string"
  | "bytesOf"
  | "bigint"
  | "date";

const kinds: readonly Kind[] = [
  "boolean",
  "u8",
  "i8",
  "u16",
  "i16",
  "u32",
  "i32",
  "u64",
  "i64",
  "f32",
  "f64",
  "string",
  "bytesOf",
  "bigint",
  "date",
];

function pack(kind: Kind, value: unknown): Uint8Array {
  const writer = new Writer();
  (writer[kind] as (value: unknown) => void).call(writer, value);
  return concatBytes(writer.take());
}

function unpack(kind: Kind, bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader[kind]();
  reader.finish();
  return value;
}

function between(least: bigint, most: bigint): fc.Arbitrary<bigint> {
  return fc.bigInt(least, most);
}

const values: Record<Kind, fc.Arbitrary<unknown>> = {
  boolean: fc.boolean(),
  u8: fc.integer({ min: 0, max: 255 }),
  i8: fc.integer({ min: -128, max: 127 }),
  u16: fc.integer({ min: 0, max: 0xffff }),
  i16: fc.integer({ min: -0x8000, max: 0x7fff }),
  u32: fc.integer({ min: 0, max: 0xffff_ffff }),
  i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  u64: between(0n, 2n ** 64n - 1n),
  i64: between(-(2n ** 63n), 2n ** 63n - 1n),
  f32: fc.float(),
  f64: fc.double(),
  string: fc.string({ unit: "binary", maxLength: 9000 }),
  bytesOf: fc.uint8Array({ maxLength: 9000 }),
  bigint: fc.bigInt(),
  date: fc.date({ noInvalidDate: false }),
};

describe("known forms", () => {
  test.each<[Kind, unknown, string]>([
    ["boolean", true, "01"],
    ["u8", 255, "ff"],
    ["i8", -1, "ff"],
    ["u16", 300, "ac02"],
    ["i16", -1, "01"],
    ["u32", 0xffff_ffff, "ffffffff0f"],
    ["i32", -(2 ** 31), "ffffffff0f"],
    ["i32", 2 ** 31 - 1, "feffffff0f"],
    ["u64", 2n ** 64n - 1n, "ffffffffffffffffff01"],
    ["i64", -(2n ** 63n), "ffffffffffffffffff01"],
    ["f32", -1.5, "0000c0bf"],
    ["f64", 1, "000000000000f03f"],
    ["string", "é", "02c3a9"],
    ["string", "", "00"],
    ["bytesOf", Uint8Array.of(1, 2), "020102"],
    ["bigint", 0n, "00"],
    ["bigint", -256n, "050100"],
    ["date", new Date(0), "0000000000000000"],
  ])("%s %s", (kind, value, hex) => {
    expect(pack(kind, value).toHex()).toBe(hex);
    expect(unpack(kind, Uint8Array.fromHex(hex))).toEqual(value);
  });
});

describe.each(kinds)("%s", (kind) => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(values[kind], (value) => {
        expect(unpack(kind, pack(kind, value))).toEqual(value);
      }),
    );
  });

  test("cut off anywhere, it is refused", () => {
    fc.assert(
      fc.property(values[kind], fc.nat(), (value, cut) => {
        const bytes = pack(kind, value);
        const short = bytes.subarray(0, cut % bytes.length);
        expect(() => unpack(kind, short)).toThrow(expect.objectContaining({ kind: "invalid" }));
      }),
    );
  });

  test("whatever the bytes, a value of the type or `invalid`", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        const reader = new Reader(bytes);
        try {
          const value = reader[kind]();
          // What was read can be written: it is a value of the type.
          pack(kind, value);
          return reader.at <= bytes.length;
        } catch (thrown) {
          return thrown instanceof GlowError && thrown.kind === "invalid";
        }
      }),
    );
  });

  test("a value of another type is refused by the writer, which names what it wants", () => {
    const wrong: unknown[] = [
      undefined,
      null,
      {},
      Symbol("s"),
      () => 1,
      [],
      "12",
      0.5,
      2 ** 40,
      -(2 ** 40),
      1n << 70n,
      true,
    ];
    const right = (value: unknown): boolean => {
      if (kind === "bigint") return typeof value === "bigint";
      if (kind === "f32" || kind === "f64") return typeof value === "number";
      if (kind === "string") return typeof value === "string";
      return kind === "boolean" && typeof value === "boolean";
    };
    for (const value of wrong.filter((each) => !right(each))) {
      expect(() => pack(kind, value), `${kind} ${typeof value}`).toThrow(
        expect.objectContaining({ kind: "invalid", message: expect.stringMatching(/^expected /) }),
      );
    }
  });
});

describe("refused", () => {
  test.each<[Kind, string, RegExp]>([
    ["boolean", "02", /boolean 2/],
    ["u16", "808004", /u16 65536/],
    ["i16", "808008", /i16/],
    ["u32", "ffffffff10", /32 bits/],
    ["u32", "808080808000", /32 bits/],
    ["u64", "ffffffffffffffffff02", /64 bits/],
    ["string", "02c328", /not UTF-8/],
    ["string", "03eda080", /not UTF-8/],
    ["string", "05aabb", /end too early/],
    ["bytesOf", "ffffffff0f", /end too early/],
    ["bigint", "01", /negative zero/],
    ["bigint", "0400ff", /leading zero/],
    ["bigint", "ffffffff0f", /end too early/],
    ["date", "000000000000f07f", /Date Infinity/],
    ["date", "000000000000e03f", /Date 0.5/],
    ["u8", "0102", /1 bytes too many/],
  ])("%s %s", (kind, hex, message) => {
    expect(() => unpack(kind, Uint8Array.fromHex(hex))).toThrow(message);
  });

  test("a count above the bytes that follow, and more than fireflyLimits.elementsPerPayload in all", () => {
    expect(() => new Reader(Uint8Array.of(3, 0, 0)).count()).toThrow(/3 elements in 2 bytes/);
    const half = fireflyLimits.elementsPerPayload / 2;
    const writer = new Writer();
    for (let list = 0; list < 3; list++) writer.varint(half);
    writer.raw(new Uint8Array(half));
    const reader = new Reader(concatBytes(writer.take()));
    reader.count();
    reader.count();
    expect(() => reader.count()).toThrow(/more than 1048576 elements/);
    // Each payload begins anew.
    reader.resume(0, reader.end);
    expect(reader.count()).toBe(half);
  });

  test("more than fireflyLimits.depth levels, on both sides", () => {
    const writer = new Writer();
    const reader = new Reader(new Uint8Array(0));
    for (let level = 0; level < fireflyLimits.depth; level++) {
      writer.enter();
      reader.enter();
    }
    expect(() => writer.enter()).toThrow(
      expect.objectContaining({ kind: "invalid", message: expect.stringMatching(/64/) }),
    );
    expect(() => reader.enter()).toThrow(
      expect.objectContaining({ kind: "invalid", message: expect.stringMatching(/64/) }),
    );
  });

  test("objects and streams where none can be", () => {
    expect(() => new Reader(Uint8Array.of(0)).capability({ name: "X", interface: () => undefined as never })).toThrow(
      /a capability where none can be/,
    );
    expect(() => new Reader(Uint8Array.of(0)).stream({ item: "bytes" })).toThrow(/a stream where none can be/);
  });
});

describe("memory", () => {
  test("small byte strings are copied, so that they do not keep a packet alive; large ones are views", () => {
    const packet = new Uint8Array(100_000);
    expect(kept(packet, 0, 4095).buffer).not.toBe(packet.buffer);
    expect(kept(packet, 10, 50_000).buffer).toBe(packet.buffer);
    expect(kept(packet, 0, 4095)).toEqual(packet.subarray(0, 4095));
  });

  test("a reader stays within the part of the packet that it was given", () => {
    const packet = Uint8Array.of(9, 9, 200, 1, 9, 9);
    const reader = new Reader(packet, 2, 4);
    expect(reader.u16()).toBe(200);
    expect(reader.left).toBe(0);
    expect(() => reader.u8()).toThrow(/end too early/);
  });
});

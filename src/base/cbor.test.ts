// Deterministic CBOR against the vectors of its RFC, another library, any value, any bytes, and each of its limits.

import * as cborg from "cborg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import appendixA from "../../test/vectors/cbor-rfc8949-appendix-a.json" with { type: "json" };
import { concatBytes, equalBytes, fromHex, toHex } from "./bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
import { GlowError } from "./errors.ts";
import { cborLimits } from "./limits.ts";

const hexOf = (value: unknown) => toHex(encodeCbor(value));
const invalid = expect.objectContaining({ kind: "invalid", op: expect.stringMatching(/^cbor\./) });
const tooLarge = expect.objectContaining({ kind: "too-large", op: expect.stringMatching(/^cbor\./) });

/** A value as it comes back: no -0, no bigint that is a safe integer. */
const scalar: fc.Arbitrary<CborValue> = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }).map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n)),
  fc.double().map((x) => x + 0),
  fc.float().map((x) => x + 0),
  fc.integer({ min: 0, max: 0xffff }).map((bits) => halfOf(bits) + 0),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
);
const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    scalar,
    fc.array(tie("value")),
    fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { noNullPrototype: true }),
  ),
}));

function halfOf(bits: number): number {
  const view = new DataView(new ArrayBuffer(2));
  view.setUint16(0, bits);
  return view.getFloat16(0);
}

describe("RFC 8949, appendix A", () => {
  // What its table has that our subset, or deterministic encoding, has not.
  const refused = new Map<string, string>([
    ...["f90000", "f98000", "f93c00", "f97bff", "fa47c35000", "f9c400"].map(
      (hex) => [hex, "an integer written as a float"] as const,
    ),
    ...["f7", "f0", "f818", "f8ff"].map((hex) => [hex, "undefined or another simple value"] as const),
    ["a201020304", "keys that are not text"],
  ]);
  const inexact = new Map<string, CborValue>([
    ["1bffffffffffffffff", 18446744073709551615n],
    ["3bffffffffffffffff", -18446744073709551616n],
    ["40", fromHex("")],
    ["4401020304", fromHex("01020304")],
    ["f97c00", Number.POSITIVE_INFINITY],
    ["f97e00", Number.NaN],
    ["f9fc00", Number.NEGATIVE_INFINITY],
  ]);
  const isTag = (hex: string) => Number.parseInt(hex.slice(0, 2), 16) >> 5 === 6;
  const isRefused = ({ hex, roundtrip }: { hex: string; roundtrip: boolean }) =>
    !roundtrip || isTag(hex) || refused.has(hex);

  test("is whole", () => {
    expect(appendixA).toHaveLength(82);
    expect(appendixA.filter((vector) => !vector.roundtrip)).toHaveLength(17);
    expect(appendixA.filter(({ hex }) => isTag(hex))).toHaveLength(8);
    expect(appendixA.filter(({ hex }) => refused.has(hex))).toHaveLength(refused.size);
    expect(appendixA.filter(isRefused)).toHaveLength(17 + 8 + refused.size);
  });

  test.each(appendixA.filter((vector) => !isRefused(vector)))("$hex is a value", ({ hex, decoded }) => {
    const expected = inexact.has(hex) ? inexact.get(hex) : decoded;
    expect(expected).not.toBe(undefined);
    expect(decodeCbor(fromHex(hex))).toEqual(expected);
    expect(hexOf(expected)).toBe(hex);
  });

  test.each(appendixA.filter(isRefused))("$hex is refused", ({ hex }) => {
    expect(() => decodeCbor(fromHex(hex))).toThrow(invalid);
  });
});

describe("values", () => {
  test("every value comes back", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(decodeCbor(encodeCbor(given))).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  test("every half-precision float comes back in two bytes, or is an integer", () => {
    for (let bits = 0; bits <= 0xffff; bits++) {
      const half = halfOf(bits);
      const encoded = encodeCbor(half);
      expect(decodeCbor(encoded)).toBe(half + 0);
      expect(encoded[0] === 0xf9).toBe(!Number.isSafeInteger(half));
    }
  });

  test("what two libraries agree on", () => {
    // Where cborg is not deterministic in the sense of RFC 8949 (see cbor.ts) there is nothing to compare.
    const comparable = (given: CborValue): boolean => {
      if (typeof given === "number")
        return Number.isSafeInteger(given) || Math.abs(given) >= 2 ** -14 || given !== given;
      if (typeof given === "string") return !given.startsWith("\uFEFF");
      if (typeof given !== "object" || given === null || given instanceof Uint8Array) return true;
      return [...Object.values(given), ...Object.keys(given)].every(comparable);
    };
    let compared = 0;
    fc.assert(
      fc.property(value, (given) => {
        fc.pre(comparable(given));
        const encoded = encodeCbor(given);
        expect(toHex(cborg.encode(given, cborg.rfc8949EncodeOptions))).toBe(toHex(encoded));
        expect(cborg.decode(encoded, { strict: true, rejectDuplicateMapKeys: true })).toEqual(given);
        compared++;
      }),
    );
    expect(compared).toBeGreaterThan(50);
  });

  test("numbers", () => {
    for (const [given, hex] of [
      [0, "00"],
      [-0, "00"],
      [5n, "05"],
      [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
      [Number.MIN_SAFE_INTEGER, "3b001ffffffffffffe"],
      [2n ** 53n, "1b0020000000000000"],
      [-(2n ** 53n), "3b001fffffffffffff"],
      [2 ** 53, "fa5a000000"],
      [3 * 2 ** -24, "f90003"],
      [65536.5, "fa47800040"],
      [0.1, "fb3fb999999999999a"],
      [Number.NaN, "f97e00"],
    ] as const) {
      expect(hexOf(given)).toBe(hex);
    }
    expect(decodeCbor(fromHex("3b001fffffffffffff"))).toBe(-(2n ** 53n));
    expect(decodeCbor(fromHex("3b001ffffffffffffe"))).toBe(Number.MIN_SAFE_INTEGER);
    expect(decodeCbor(fromHex("1b001fffffffffffff"))).toBe(Number.MAX_SAFE_INTEGER);
    for (const given of [2n ** 64n, -(2n ** 64n) - 1n]) expect(() => encodeCbor(given)).toThrow(invalid);
  });

  test("keys order by their encoded bytes, whatever the order they were set in", () => {
    const given = { b: 1, aa: 2, a: 3, "": 4, "\u{10000}": 5, "\uFFFF": 6, 10: 7, 9: 8 };
    expect(hexOf(given)).toBe("a86004613908616103616201623130076261610263efbfbf0664f090808005");
    expect(Object.keys(decodeCbor(encodeCbor(given)) as object)).toHaveLength(8);
  });

  test("the order of keys makes no difference", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.integer()), (given) => {
        const backwards = Object.fromEntries(Object.entries(given).toReversed());
        expect(encodeCbor(backwards)).toEqual(encodeCbor(given));
      }),
    );
  });

  test("__proto__ is a key like any other", () => {
    const given = JSON.parse('{"__proto__": {"admin": true}, "a": 1}') as object;
    const decoded = decodeCbor(encodeCbor(given)) as Record<string, unknown>;
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(Object.hasOwn(decoded, "__proto__")).toBe(true);
    expect(decoded["admin"]).toBe(undefined);
    expect(({} as Record<string, unknown>)["admin"]).toBe(undefined);
    expect(encodeCbor(decoded)).toEqual(encodeCbor(given));
    for (const key of ["constructor", "prototype", "toString", "hasOwnProperty"]) {
      expect(decodeCbor(encodeCbor({ [key]: 1 }))).toEqual({ [key]: 1 });
    }
  });

  test("bytes are copied out, also of a Buffer", () => {
    for (const packet of [Uint8Array.of(0x42, 1, 2), Buffer.from([0x42, 1, 2])]) {
      const decoded = decodeCbor(packet) as Uint8Array;
      packet.fill(9);
      expect(decoded.constructor).toBe(Uint8Array);
      expect(decoded).toEqual(Uint8Array.of(1, 2));
      expect(decoded.buffer.byteLength).toBe(2);
    }
  });

  test("objects without a prototype are plain too", () => {
    expect(hexOf(Object.assign(Object.create(null), { a: 1 }))).toBe("a1616101");
  });

  test.each([
    ["undefined", undefined, "value"],
    ["a property that is undefined", { a: undefined }, 'value["a"]'],
    ["a hole", { list: Array(3).fill(1, 0, 1) }, 'value["list"][1]'],
    ["a function", [() => 1], "value[0]"],
    ["a symbol", [Symbol("s")], "value[0]"],
    ["a Date", { at: [new Date(0)] }, 'value["at"][0]'],
    ["a Map", new Map(), "value"],
    ["a Set", new Set(), "value"],
    ["an instance", new Error("of a class"), "value"],
    ["another typed array", new Uint16Array(2), "value"],
    ["an ArrayBuffer", new ArrayBuffer(2), "value"],
    ["half a surrogate pair", ["a\uD800"], "value[0]"],
    ["half a surrogate pair in a key", { a: { "\uDC00": 1 } }, 'value["a"]'],
  ])("%s has no encoding", (_name, given, target) => {
    expect(() => encodeCbor(given)).toThrow(invalid);
    expect(() => encodeCbor(given)).toThrow(expect.objectContaining({ target }));
  });
});

describe("bytes", () => {
  const wild = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    // Heads of every kind, which plain noise seldom hits, and values with a byte changed, cut or added.
    fc
      .array(
        fc.constantFrom(
          0x18,
          0x1b,
          0x3b,
          0x41,
          0x5f,
          0x61,
          0x82,
          0x9f,
          0xa1,
          0xa2,
          0xbf,
          0xc1,
          0xf4,
          0xf9,
          0xfb,
          0xff,
          0,
        ),
        {
          maxLength: 30,
        },
      )
      .map((bytes) => Uint8Array.from(bytes)),
    fc.tuple(value, fc.nat(), fc.nat(255)).map(([given, at, byte]) => {
      const bytes = encodeCbor(given);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
    fc.tuple(value, fc.nat()).map(([given, at]) => {
      const bytes = encodeCbor(given);
      return bytes.subarray(0, at % bytes.length);
    }),
    fc.tuple(value, fc.uint8Array({ minLength: 1 })).map(([given, more]) => concatBytes([encodeCbor(given), more])),
  );

  test("whatever they are: the one encoding of a value, or a GlowError", () => {
    const oneEncodingOrInvalid = (bytes: Uint8Array): boolean => {
      let decoded: CborValue;
      try {
        decoded = decodeCbor(bytes);
      } catch (error) {
        return error instanceof GlowError && error.kind === "invalid";
      }
      return equalBytes(encodeCbor(decoded), bytes);
    };
    fc.assert(fc.property(wild, oneEncodingOrInvalid), { numRuns: 2000 });
  });

  test.each([
    ["", "nothing"],
    ["0000", "two values"],
    ["1817", "23 in two bytes"],
    ["1900ff", "255 in three"],
    ["1a0000ffff", "65535 in five"],
    ["1b00000000ffffffff", "2^32 - 1 in nine"],
    ["3817", "-24 in two bytes"],
    ["580100", "a length in two bytes"],
    ["9800", "a count in two bytes"],
    ["b800", "a count of pairs in two bytes"],
    ["fa3fc00000", "1.5 in five bytes"],
    ["fb3ff8000000000000", "1.5 in nine"],
    ["fb7ff8000000000000", "NaN in nine"],
    ["f97e01", "another NaN"],
    ["f9fe00", "a negative NaN"],
    ["f98000", "-0"],
    ["fb4340000000000000", "2^53 in nine bytes, where five do"],
    ["1c", "a reserved head"],
    ["5f4101ff", "indefinite length"],
    ["ff", "a break"],
    ["c100", "a tag"],
    ["d9d9f7a0", "the tag that says CBOR"],
    ["f814", "false in two bytes"],
    ["e0", "a simple value"],
    ["a2616201616102", "keys out of order"],
    ["a262616101616202", "keys by bytes, but not by length"],
    ["a2616101616102", "a key twice"],
    ["a1", "a map without its pair"],
    ["a16161", "a key without its value"],
    ["a10000", "a key that is a number"],
    ["a1f600", "a key that is null"],
    ["a1410000", "a key of bytes"],
    ["61ff", "a text that is not UTF-8"],
    ["63eda080", "a text with half a surrogate pair"],
    ["62c080", "a text with an overlong zero"],
    ["18", "a head cut short"],
    ["43aabb", "bytes cut short"],
    ["8201", "an array cut short"],
    ["f97e", "a float cut short"],
  ])("%j is refused: %s", (hex) => {
    expect(() => decodeCbor(fromHex(hex))).toThrow(invalid);
  });

  test("an error says where", () => {
    expect(() => decodeCbor(fromHex("830102f7"))).toThrow(
      expect.objectContaining({ target: "byte 3", message: "malformed CBOR: undefined is not allowed" }),
    );
  });
});

describe("limits", () => {
  const nested = (depth: number) => Uint8Array.from({ length: depth }, (_, i) => (i < depth - 1 ? 0x81 : 0x80));
  const nest = (depth: number): CborValue => (depth === 1 ? [] : [nest(depth - 1)]);

  test("depth", () => {
    expect(encodeCbor(nest(cborLimits.depth))).toEqual(nested(cborLimits.depth));
    expect(decodeCbor(nested(cborLimits.depth))).toEqual(nest(cborLimits.depth));
    expect(() => encodeCbor(nest(cborLimits.depth + 1))).toThrow(tooLarge);
    expect(() => decodeCbor(nested(cborLimits.depth + 1))).toThrow(tooLarge);
    const maps = (depth: number) => concatBytes(Array.from({ length: depth }, () => fromHex("a16161")));
    expect(() => decodeCbor(concatBytes([maps(cborLimits.depth + 1), fromHex("a0")]))).toThrow(tooLarge);
  });

  test("siblings do not add to the depth", () => {
    const wide = Array.from({ length: 200 }, () => [[]]);
    expect(decodeCbor(encodeCbor(wide))).toEqual(wide);
  });

  test("a value that contains itself", () => {
    const knot: unknown[] = [];
    knot.push(knot);
    expect(() => encodeCbor(knot)).toThrow(tooLarge);
  });

  test("bytes", () => {
    const fits = new Uint8Array(cborLimits.bytes - 5);
    expect(encodeCbor(fits)).toHaveLength(cborLimits.bytes);
    expect((decodeCbor(encodeCbor(fits)) as Uint8Array).length).toBe(fits.length);
    expect(() => encodeCbor(new Uint8Array(cborLimits.bytes - 4))).toThrow(tooLarge);
    expect(() => encodeCbor([fits, 0])).toThrow(tooLarge);
    expect(() => decodeCbor(new Uint8Array(cborLimits.bytes + 1))).toThrow(tooLarge);
  });

  test("items", () => {
    const fits = Array<number>(cborLimits.items - 1).fill(0);
    expect((decodeCbor(encodeCbor(fits)) as unknown[]).length).toBe(fits.length);
    expect(() => encodeCbor([...fits, 0])).toThrow(tooLarge);
    const bomb = new Uint8Array(cborLimits.items + 5).fill(0xa0);
    bomb.set(fromHex("9a00040000"));
    expect(() => decodeCbor(bomb)).toThrow(tooLarge);
    expect(() => encodeCbor(Array(2 ** 32 - 1))).toThrow(invalid);
  });

  test.each([
    ["an array of 2^53 - 1", "9b001fffffffffffff"],
    ["an array of 2^64 - 1", "9bffffffffffffffff"],
    ["a map of 2^32 - 1", "baffffffff"],
    ["a map of 1 in a byte", "a160"],
    ["bytes of 2^32 - 1", "5affffffff"],
    ["a text of 2^64 - 1", "7bffffffffffffffff"],
    ["arrays of arrays, each of 2^32 - 1", "9affffffff".repeat(20)],
  ])("what is announced is not allocated: %s", (_name, hex) => {
    expect(() => decodeCbor(fromHex(hex))).toThrow(invalid);
  });

  test("a bomb of a megabyte is refused at its 65th bracket", () => {
    const error: unknown = (() => {
      try {
        return decodeCbor(new Uint8Array(1024 * 1024).fill(0x81));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toEqual(tooLarge);
  });
});

test("a value is written whole, whatever is written or fails meanwhile", () => {
  const nested = (inner: () => unknown) => ({
    a: "before",
    get b() {
      return inner();
    },
    c: "behind",
  });
  expect(decodeCbor(encodeCbor(nested(() => encodeCbor("x".repeat(10_000)))))).toEqual({
    a: "before",
    b: encodeCbor("x".repeat(10_000)),
    c: "behind",
  });
  expect(() => encodeCbor(["half", undefined])).toThrow(GlowError);
  const [first, second] = [encodeCbor("first"), encodeCbor("second")];
  expect([decodeCbor(first), decodeCbor(second)]).toEqual(["first", "second"]);
  const long = new Uint8Array(200_000).fill(7);
  expect(decodeCbor(encodeCbor(long))).toEqual(long);
  expect(decodeCbor(encodeCbor("short"))).toBe("short");
});

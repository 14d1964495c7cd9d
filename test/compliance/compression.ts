// The contract of Compression: frames of a well-known compressor are read, and whatever else comes is corrupt at once, on
// every platform alike, in memory and time that follow from the size that is expected.

import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import type { ErrorKind } from "#base/errors.ts";
import { compressionLimits } from "#base/limits.ts";
import type { Compression } from "#glow";
import frames from "../vectors/zstd-frames.json" with { type: "json" };
import { blockOf, frameOf, type PlainKind, plainOf, sequenceBomb } from "./zstd-material.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

export interface Vector {
  readonly kind: PlainKind;
  readonly sizeBytes: number;
  readonly options: string;
  readonly frame: Uint8Array;
}

export const vectors: readonly Vector[] = frames.map((each) => {
  return { ...each, kind: each.kind as PlainKind, frame: Uint8Array.fromBase64(each.frame) };
});

export function outcomeOf(compression: Compression, packed: Uint8Array, sizeBytes: number): Uint8Array | ErrorKind {
  try {
    return compression.decompress(packed, sizeBytes);
  } catch (error) {
    return (error as { kind: ErrorKind }).kind;
  }
}

export function compressionCompliance(name: string, compression: Compression): void {
  describe(`Compression: ${name}`, () => {
    const expectCorrupt = (packed: Uint8Array, sizeBytes: number): void => {
      const outcome = outcomeOf(compression, packed, sizeBytes);
      expect(typeof outcome === "string" ? outcome : `${outcome.length} bytes`).toBe("corrupt");
    };
    reading(compression);
    compressing(compression);
    framing(expectCorrupt);
    damage(compression, expectCorrupt);
    bombs(compression, expectCorrupt);
  });
}

function reading(compression: Compression): void {
  test("there are the vectors", () => expect(vectors).toHaveLength(19));

  test.each(vectors)(
    "reads what zstd has made of $sizeBytes bytes of $kind with $options",
    ({ kind, sizeBytes, frame }) => {
      expect(equalBytes(compression.decompress(frame, sizeBytes), plainOf(kind, sizeBytes))).toBe(true);
    },
  );

  test("reads a block of as many sequences as there can be, that take no bits", () => {
    const most = 128 * KiB;
    const sequences = 0x7f00 + 10;
    const literals = most - 3 * sequences;
    const head = [(literals << 4) | 0x0d, literals >> 4, literals >> 12].map((byte) => byte & 255);
    const section = [...head, 0x41, 255, 10, 0, 0x54, 1, 0, 0, 1];
    const frame = frameOf(most, blockOf("compressed", true, section));
    expect(equalBytes(compression.decompress(frame, most), new Uint8Array(most).fill(0x41))).toBe(true);
  });

  test("does not keep or change what it is given, and gives memory of its own", () => {
    const [{ frame, sizeBytes, kind }] = vectors.filter((each) => each.kind === "letters") as [Vector];
    const given = concatBytes([Uint8Array.of(9, 9, 9), frame, Uint8Array.of(9)]);
    const before = given.slice();
    const plain = compression.decompress(given.subarray(3, -1), sizeBytes);
    expect(given).toEqual(before);
    expect(plain.buffer.byteLength).toBe(sizeBytes);
    given.fill(0);
    expect(equalBytes(plain, plainOf(kind, sizeBytes))).toBe(true);
  });
}

function compressing(compression: Compression): void {
  test("what it compresses is clearly smaller and comes back; noise and trifles are left as they are", () => {
    for (const kind of ["zeros", "prose", "records", "ticks", "mixed"] as const) {
      for (const sizeBytes of [600, 5000, 70_000, 300 * KiB, 4 * MiB]) {
        const plain = plainOf(kind, sizeBytes);
        const packed = compression.compress(plain);
        if (packed === undefined) continue;
        expect(packed.length).toBeLessThan(sizeBytes * 0.95);
        expect(equalBytes(compression.decompress(packed, sizeBytes), plain)).toBe(true);
      }
    }
    for (const sizeBytes of [0, 1, 600, 5000, MiB])
      expect(compression.compress(plainOf("noise", sizeBytes))).toBeUndefined();
    expect(compression.compress(plainOf("zeros", 100))).toBeUndefined();
  });
}

type ExpectCorrupt = (packed: Uint8Array, sizeBytes: number) => void;

/** What is no single frame that says how much it holds, and needs nothing else. */
function framing(expectCorrupt: ExpectCorrupt): void {
  const [{ frame, sizeBytes }] = vectors.filter((each) => each.kind === "ticks") as [Vector];
  const raw = [0x28, 0xb5, 0x2f, 0xfd];
  const one = blockOf("raw", true, [65]);
  const skippable = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9];

  test("another size is corrupt", () => {
    for (const size of [0, 1, sizeBytes - 1, sizeBytes + 1, 2 * sizeBytes, 2 ** 32 + sizeBytes])
      expectCorrupt(frame, size);
    expectCorrupt(frameOf(0, blockOf("repeated", true, [65], 5)), 0);
    expectCorrupt(frameOf(0, blockOf("compressed", true, [(1 << 3) | 0, 65, 0])), 0);
  });

  test.each<[string, number[], number]>([
    ["nothing", [], 0],
    ["no frame", [...raw.toReversed(), 0x20, 1, ...one], 1],
    ["a head that is cut short", [...raw, 0xa0, 1, 0], 1],
    ["a frame that does not say how much it holds", [...raw, 0x00, 0x00, ...one], 1],
    ["one with a checksum", [...raw, 0x24, 1, ...one, 0, 0, 0, 0], 1],
    ["one with a dictionary", [...raw, 0x21, 7, 1, ...one], 1],
    ["one with a bit that is reserved", [...raw, 0x28, 1, ...one], 1],
    ["two frames", [...raw, 0x20, 1, ...one, ...raw, 0x20, 0, ...blockOf("raw", true, [])], 1],
    ["a frame and something that may be skipped", [...raw, 0x20, 1, ...one, ...skippable], 1],
    ["something that may be skipped, and a frame", [...skippable, ...raw, 0x20, 1, ...one], 1],
    ["something behind a frame", [...raw, 0x20, 1, ...one, 0], 1],
    ["a block of no known type", [...raw, 0x20, 1, ...blockOf("reserved", true, [65])], 1],
    ["no last block", [...raw, 0x20, 1, ...blockOf("raw", false, [65])], 1],
    ["more than it says", [...raw, 0x20, 1, ...blockOf("raw", false, [65]), ...one], 1],
    ["less than it says", [...raw, 0x20, 2, ...one], 2],
  ])("%s is corrupt", (_, packed, size) => expectCorrupt(Uint8Array.from(packed), size));
}

function damage(compression: Compression, expectCorrupt: ExpectCorrupt): void {
  test("a frame that is cut short anywhere is corrupt", () => {
    for (const { frame, sizeBytes } of vectors.filter((each) => each.frame.length < 3000)) {
      for (let length = 0; length < frame.length; length += 1 + (length >> 6)) {
        expectCorrupt(frame.subarray(0, length), sizeBytes);
      }
    }
  });

  test("a frame with other bits is corrupt, or gives as many bytes as it should", () => {
    for (const { frame, sizeBytes } of vectors.filter((each) => each.frame.length < 8000)) {
      for (let at = 0; at < frame.length; at += 1 + (at >> 7)) {
        const changed = frame.slice();
        changed[at] = (changed[at] as number) ^ (1 << (at & 7));
        const outcome = outcomeOf(compression, changed, sizeBytes);
        expect(typeof outcome === "string" ? outcome : outcome.length).toBeOneOf(["corrupt", sizeBytes]);
      }
    }
  });
}

function bombs(compression: Compression, expectCorrupt: ExpectCorrupt): void {
  const head = [0x28, 0xb5, 0x2f, 0xfd];

  test("a window above compressionLimits.windowBytes is corrupt, however little the frame holds", () => {
    // The window's exponent, less 10, and its eighths.
    const window = (exponent: number, eighths: number): Uint8Array =>
      Uint8Array.from([
        ...head,
        0x40,
        ((exponent - 10) << 3) | eighths,
        244,
        0,
        ...blockOf("repeated", true, [65], 500),
      ]);
    const least = Math.log2(compressionLimits.windowBytes);
    expect(compression.decompress(window(least, 0), 500)).toEqual(new Uint8Array(500).fill(65));
    for (const [exponent, eighths] of [
      [least, 1],
      [27, 0],
      [31, 0],
      [41, 7],
    ] as const) {
      expectCorrupt(window(exponent, eighths), 500);
    }
  });

  test("a few bytes that give gigabytes are corrupt, whatever size they say", () => {
    const block = blockOf("repeated", false, [65], 128 * KiB);
    const blocks = Array.from({ length: 20_000 }, () => block);
    for (const size of [1, 1000, MiB]) expectCorrupt(frameOf(size, ...blocks, blockOf("raw", true, [])), size);
    expectCorrupt(frameOf(MiB, blockOf("repeated", true, [65], 2 * MiB - 1)), MiB);
    expectCorrupt(frameOf(2 ** 32 - 1, ...blocks), MiB);
  });

  test("sequences that repeat what is not there, and for ever, are corrupt", () => {
    for (const count of [0x7f00, 0xffff, 0xffff + 0x7f00]) {
      const block = blockOf("compressed", true, sequenceBomb(count));
      expectCorrupt(frameOf(128 * KiB, block), 128 * KiB);
      expectCorrupt(
        frameOf(4 * MiB, ...Array.from({ length: 31 }, () => blockOf("compressed", false, sequenceBomb(count))), block),
        4 * MiB,
      );
    }
  });

  test("more blocks than one for compressionLimits.leastBlockBytes, and compressionLimits.smallBlocks, are corrupt", () => {
    const empty = blockOf("raw", false, []);
    const size = 10 * compressionLimits.leastBlockBytes;
    const most = compressionLimits.smallBlocks + 10;
    const frame = (count: number): Uint8Array =>
      frameOf(size, ...Array.from({ length: count - 1 }, () => empty), blockOf("repeated", true, [65], size));
    expect(compression.decompress(frame(most), size)).toHaveLength(size);
    expectCorrupt(frame(most + 1), size);
  });
}

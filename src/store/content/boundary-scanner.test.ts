// Boundaries, against the definition written down plainly, and what they are for.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentLimits } from "#base/limits.ts";
import { crypto, noise, smallSizes } from "../../../test/store/content-fixture.ts";
import { BoundaryScanner, type Gear, gearOf } from "./boundary-scanner.ts";
import { type ChunkSizes, checkChunkSizes, defaultChunkSizes } from "./chunk-sizes.ts";

const gear = gearOf(crypto, noise("boundaries", 32));

/** The head of boundary-scanner.ts, word for word: the hash of the last 32 bytes anew at every place. */
function definedEnd(plain: Uint8Array, { least, average, most }: ChunkSizes, table: Gear): number {
  const bits = Math.log2(average);
  for (let n = least + 1; n <= Math.min(most, plain.length); n++) {
    if (n === most) return n;
    let hash = 0n;
    for (let at = n - 32; at < n; at++) {
      hash = BigInt.asUintN(32, 2n * hash + BigInt.asUintN(32, BigInt(table[plain[at] as number] as number)));
    }
    const upper = n <= average ? bits + 2 : bits - 2;
    if (hash >> BigInt(32 - upper) === 0n) return n;
  }
  return plain.length;
}

function ends(plain: Uint8Array, sizes: ChunkSizes): number[] {
  const scanner = new BoundaryScanner(gear, sizes);
  const found: number[] = [];
  for (let from = 0; from < plain.length; ) {
    from = scanner.scan(plain, from, plain.length) ?? plain.length;
    found.push(from);
  }
  return found;
}

describe("boundaries", () => {
  test("lie where the definition says", () => {
    const plain = noise(1, 120_000);
    for (const sizes of [
      smallSizes,
      { least: 32, average: 4096, most: 8192 },
      { least: 4096, average: 4096, most: 4097 },
    ]) {
      let from = 0;
      for (const end of ends(plain, sizes)) {
        expect(from + definedEnd(plain.subarray(from), sizes, gear)).toBe(end);
        from = end;
      }
    }
  });

  test("are the same wherever in memory the bytes lie, and in whatever pieces they are scanned", () => {
    const plain = noise(2, 100_000);
    const expected = ends(plain, smallSizes);
    const cuts = fc.array(fc.nat(plain.length), { maxLength: 30 });
    fc.assert(
      fc.property(cuts, fc.nat(7), (at, shift) => {
        const memory = new Uint8Array(plain.length + shift);
        memory.set(plain, shift);
        const moved = memory.subarray(shift);
        const scanner = new BoundaryScanner(gear, smallSizes);
        const found: number[] = [];
        let from = 0;
        for (const to of [...at.toSorted((a, b) => a - b), plain.length]) {
          for (let end = scanner.scan(moved, from, to); end !== undefined; end = scanner.scan(moved, from, to)) {
            found.push(end);
            from = end;
          }
          from = to;
        }
        if (found.at(-1) !== plain.length) found.push(plain.length);
        expect(found).toEqual(expected);
      }),
    );
  });

  test("come back soon behind a change, so that most chunks stay what they were", () => {
    const plain = noise(3, 2_000_000);
    const grown = new Uint8Array(plain.length + 10);
    grown.set(plain.subarray(0, 1_000_000));
    grown.set(plain.subarray(1_000_000), 1_000_010);
    const before = ends(plain, smallSizes);
    const after = ends(grown, smallSizes);
    const same = before.filter((end) => after.includes(end < 1_000_000 ? end : end + 10));
    expect(before.length - same.length).toBeLessThan(8);
  });

  test("give chunks around the average: none too short but the last, none too long", () => {
    const plain = noise(4, 4_000_000);
    const found = ends(plain, smallSizes);
    const lengths = found.map((end, at) => end - (found[at - 1] ?? 0));
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(smallSizes.least);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(smallSizes.most);
    expect(plain.length / found.length).toBeGreaterThan(smallSizes.average * 0.9);
    expect(plain.length / found.length).toBeLessThan(smallSizes.average * 1.4);
  });

  test("are the most apart where content says nothing", () => {
    expect(ends(new Uint8Array(100_000), smallSizes).slice(0, 2)).toEqual([smallSizes.most, 2 * smallSizes.most]);
  });

  test("are others in another space", () => {
    const plain = noise(5, 100_000);
    const other = new BoundaryScanner(gearOf(crypto, noise("other boundaries", 32)), smallSizes);
    expect(other.scan(plain, 0, plain.length)).not.toBe(ends(plain, smallSizes)[0]);
  });
});

describe("sizes", () => {
  test("by which nothing can be cut are refused", () => {
    const { least, average, most } = defaultChunkSizes;
    checkChunkSizes({ least: 32, average: contentLimits.leastAverageBytes, most: contentLimits.chunkBytes });
    for (const sizes of [
      { least: 31, average, most },
      { least: average + 1, average, most },
      { least, average, most: average - 1 },
      { least, average: average + 1, most },
      { least, average, most: contentLimits.chunkBytes + 1 },
      { least: 32, average: contentLimits.leastAverageBytes / 2, most },
      { least: 64.5, average, most },
      { least: Number.NaN, average, most },
      { least, average: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY },
    ]) {
      expect(() => new BoundaryScanner(gear, sizes), JSON.stringify(sizes)).toThrow(
        expect.objectContaining({ kind: "invalid" }),
      );
    }
  });
});

// Pieces of any size give the same chunks, and all bytes come out again.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { crypto, noise, smallSizes } from "../../../test/store/content-fixture.ts";
import { BoundaryScanner, gearOf } from "./boundary-scanner.ts";
import { ContentCutter } from "./content-cutter.ts";

const gear = gearOf(crypto, noise("boundaries", 32));

function newCutter(): ContentCutter {
  return new ContentCutter(new BoundaryScanner(gear, smallSizes));
}

function cut(cutter: ContentCutter, pieces: readonly Uint8Array[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const take = (plain: Uint8Array): void => {
    chunks.push(plain.slice());
  };
  for (const piece of pieces) cutter.cut(piece, false, take);
  cutter.cut(new Uint8Array(0), true, take);
  return chunks;
}

test("the chunks are the same whatever the pieces, and one cutter serves many contents", () => {
  const plain = noise(1, 90_000);
  const expected = cut(newCutter(), [plain]);
  expect(expected.length).toBeGreaterThan(10);
  expect(concatBytes(expected)).toEqual(plain);
  const cutter = newCutter();
  fc.assert(
    fc.property(fc.array(fc.nat(plain.length), { maxLength: 40 }), (at) => {
      const places = [0, ...at.toSorted((a, b) => a - b), plain.length];
      const pieces = places.slice(1).map((to, index) => plain.subarray(places[index], to));
      expect(cut(cutter, pieces)).toEqual(expected);
    }),
  );
});

test("single bytes will do", () => {
  const plain = noise(2, 20_000);
  expect(
    cut(
      newCutter(),
      [...plain].map((byte) => Uint8Array.of(byte)),
    ),
  ).toEqual(cut(newCutter(), [plain]));
});

test("nothing gives no chunk, and a little gives one that is not copied", () => {
  expect(cut(newCutter(), [])).toEqual([]);
  const plain = noise(3, 100);
  const chunks: Uint8Array[] = [];
  newCutter().cut(plain, true, (chunk) => chunks.push(chunk));
  expect(chunks).toHaveLength(1);
  expect(chunks[0]).toBe(plain);
});

test("when whoever takes a chunk fails, the next content is cut from its own beginning", () => {
  const plain = noise(4, 50_000);
  const cutter = newCutter();
  cutter.cut(plain.subarray(0, 700), false, () => undefined);
  expect(() => {
    cutter.cut(plain, false, () => {
      throw new Error("the disk is full");
    });
  }).toThrow("the disk is full");
  expect(cut(cutter, [plain])).toEqual(cut(newCutter(), [plain]));
});

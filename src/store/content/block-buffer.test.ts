// Blocks are what was added, in order, whatever memory they are made in.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { noise } from "../../../test/store/content-fixture.ts";
import { BlockBuffer } from "./block-buffer.ts";

test("a block is the rest and the pieces, and what has no room is given back", () => {
  const plain = noise(1, 5000);
  fc.assert(
    fc.property(
      fc.record({
        front: fc.nat(300),
        block: fc.integer({ min: 1, max: 3000 }),
        memory: fc.nat(4000),
        rest: fc.nat(400),
      }),
      fc.array(fc.nat(900), { maxLength: 12 }),
      ({ front, block, memory, rest }, lengths) => {
        const buffer = new BlockBuffer(front, block, noise(2, memory));
        let added = 0;
        for (const length of lengths) {
          const piece = plain.subarray(added, added + length);
          const left = buffer.add(piece);
          added += piece.length - left.length;
          expect(left).toEqual(piece.subarray(piece.length - left.length));
          expect(left.length > 0).toBe(added === block && left.length > 0);
          expect(buffer.full).toBe(added === block);
          if (buffer.full) break;
        }
        const before = noise(3, rest);
        expect(buffer.take(before)).toEqual(concatBytes([before, plain.subarray(0, added)]));
      },
    ),
  );
});

test("memory that is large enough is used again, and small blocks take little", () => {
  const memory = new Uint8Array(5000);
  const buffer = new BlockBuffer(1000, 4000, memory);
  buffer.add(noise(1, 4000));
  expect(buffer.take(noise(2, 1000)).buffer).toBe(memory.buffer);
  const small = new BlockBuffer(0, 4_000_000);
  small.add(noise(1, 100));
  small.add(noise(2, 100));
  expect(small.take(new Uint8Array(0)).buffer.byteLength).toBeLessThan(1000);
});

// Ranges against a plain set of numbers.

import fc from "fast-check";
import { expect, test } from "vitest";
import { RangeSet } from "./ranges.ts";

const most = 40;
const bound = fc.integer({ min: 0, max: most });
const step = fc.record({ adds: fc.boolean(), from: bound, to: bound });

test("holds what was added and not removed, in as few ranges as possible", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ranges = new RangeSet();
      const model = new Set<number>();
      for (const { adds, from, to } of steps) {
        if (adds) ranges.add(from, to);
        else ranges.remove(from, to);
        for (let number = from; number < to; number++) {
          if (adds) model.add(number);
          else model.delete(number);
        }
        const held = Array.from({ length: most + 1 }, (_, number) => number).filter((number) => ranges.has(number));
        expect(held).toEqual([...model].sort((a, b) => a - b));
        const starts = held.filter((number) => !model.has(number - 1));
        expect(Array.from({ length: ranges.count }, (_, i) => ranges.from(i))).toEqual(starts);
      }
    }),
    { numRuns: 500 },
  );
});

test("is empty after clear", () => {
  const ranges = new RangeSet();
  ranges.add(3, 9);
  ranges.clear();
  expect([ranges.count, ranges.has(4)]).toEqual([0, false]);
});

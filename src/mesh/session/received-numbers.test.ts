// Which packets count as received, and what becomes of those that are long past.

import { expect, test } from "vitest";
import { meshSessionLimits } from "#base/limits.ts";
import { ReceivedNumbers } from "./received-numbers.ts";

test("knows what has come, and what comes next", () => {
  const numbers = new ReceivedNumbers();
  expect([numbers.isNext(0), numbers.isNext(1), numbers.isNewest(7)]).toEqual([true, false, true]);
  numbers.add(0);
  numbers.add(2);
  expect([0, 1, 2, 3].map((number) => numbers.has(number))).toEqual([true, false, true, false]);
  expect([numbers.isNext(3), numbers.isNext(1), numbers.isNewest(1)]).toEqual([true, false, false]);
});

test("past its limit of ranges the oldest counts as received, with all before it", () => {
  const numbers = new ReceivedNumbers();
  for (let i = 0; i < meshSessionLimits.receivedRanges + 10; i++) numbers.add(1 + 2 * i);
  expect(numbers.ranges.count).toBe(meshSessionLimits.receivedRanges);
  expect([0, 2, 18, 20, 22].map((number) => numbers.has(number))).toEqual([true, true, true, true, false]);
});

test("what the peer knows is forgotten, and comes no second time", () => {
  const numbers = new ReceivedNumbers();
  for (const number of [0, 1, 5, 6, 9]) numbers.add(number);
  numbers.forgetBelow(6);
  numbers.forgetBelow(2);
  expect([numbers.ranges.count, numbers.ranges.from(0), numbers.has(3), numbers.has(7)]).toEqual([2, 6, true, false]);
});

// What links cost, and that small changes of measurements change nothing.

import { expect, test } from "vitest";
import { routingLimits } from "#base/limits.ts";
import { LinkCost, tabUnits, unitsPerMs } from "./link-cost.ts";
import { unreachable } from "./message.ts";

const wide = (roundTripMs: number) => ({ scope: "wide", roundTripMs }) as const;

test("a cost is a whole number above zero, also for measurements that are none", () => {
  for (const roundTripMs of [0, 0.001, -5, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
    const { units } = new LinkCost(wide(roundTripMs));
    expect(Number.isSafeInteger(units) && units > 0).toBe(true);
  }
  expect(new LinkCost(wide(10)).units).toBe(11 * unitsPerMs);
  expect(new LinkCost(wide(Number.NaN)).units).toBe(new LinkCost(wide(1e9)).units);
});

test("a thin link costs more than many good ones", () => {
  expect(new LinkCost({ scope: "control", roundTripMs: 1 }).units).toBeGreaterThan(20 * new LinkCost(wide(1000)).units);
});

test("the longest route over the worst links and tabs is still below what counts as unreachable", () => {
  const worst = new LinkCost({ scope: "control", roundTripMs: Number.NaN }).units;
  expect(routingLimits.hops * (worst + tabUnits)).toBeLessThan(unreachable);
});

test("changes up to a quarter or two milliseconds are passed over, larger ones and another scope are not", () => {
  const slow = new LinkCost(wide(99));
  expect(slow.update(wide(124))).toBe(false);
  expect(slow.update(wide(74))).toBe(false);
  expect(slow.units).toBe(100 * unitsPerMs);
  expect(slow.update(wide(125))).toBe(true);
  expect(slow.units).toBe(126 * unitsPerMs);
  expect(slow.update(wide(50))).toBe(true);
  const fast = new LinkCost(wide(0.1));
  expect(fast.update(wide(2))).toBe(false);
  expect(fast.update(wide(2.2))).toBe(true);
  const local = new LinkCost({ scope: "local", roundTripMs: 10 });
  expect(local.update({ scope: "control", roundTripMs: 10 })).toBe(true);
  expect(local.update({ scope: "control", roundTripMs: 10 })).toBe(false);
});

// The window of what may be under way: how it grows, and what congestion leaves of it.

import { expect, test } from "vitest";
import { meshSessionLimits } from "#base/limits.ts";
import { Congestion } from "./congestion.ts";

/** As many acknowledgements as a full window has packets. */
function roundTrip(congestion: Congestion): void {
  for (let left = congestion.windowBytes; left > 0; left -= 64_000)
    congestion.acknowledged(Math.min(left, 64_000), true);
}

test("doubles each round trip up to its limit while it is used", () => {
  const congestion = new Congestion();
  const windows = [congestion.windowBytes];
  for (let i = 0; i < 7; i++) {
    roundTrip(congestion);
    windows.push(congestion.windowBytes);
  }
  const expected = windows.map((_, i) =>
    Math.min(meshSessionLimits.congestionBytes, meshSessionLimits.firstCongestionBytes * 2 ** i),
  );
  expect(windows).toEqual(expected);
  congestion.acknowledged(64_000, true);
  expect(congestion.windowBytes).toBe(meshSessionLimits.congestionBytes);
});

test("does not grow while it is not used", () => {
  const congestion = new Congestion();
  for (let i = 0; i < 100; i++) congestion.acknowledged(64_000, false);
  expect(congestion.windowBytes).toBe(meshSessionLimits.firstCongestionBytes);
});

test("shrinks once for all that was under way when something was lost, then grows slowly", () => {
  const congestion = new Congestion();
  congestion.congested(5, 20);
  const reduced = congestion.windowBytes;
  expect(reduced).toBeLessThan(meshSessionLimits.firstCongestionBytes);
  congestion.congested(19, 30);
  expect(congestion.windowBytes).toBe(reduced);
  roundTrip(congestion);
  expect(congestion.windowBytes - reduced).toBeGreaterThan(40_000);
  expect(congestion.windowBytes - reduced).toBeLessThan(70_000);
  congestion.congested(20, 30);
  expect(congestion.windowBytes).toBeLessThan(reduced);
});

test("leaves something in any case", () => {
  const congestion = new Congestion();
  for (let number = 0; number < 50; number++) congestion.congested(number, number + 1);
  expect(congestion.windowBytes).toBe(meshSessionLimits.leastCongestionBytes);
});

test("starts anew on another path", () => {
  const congestion = new Congestion();
  congestion.congested(1, 2);
  congestion.reset();
  expect(congestion.windowBytes).toBe(meshSessionLimits.firstCongestionBytes);
  roundTrip(congestion);
  expect(congestion.windowBytes).toBe(2 * meshSessionLimits.firstCongestionBytes);
});

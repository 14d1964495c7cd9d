// A wrong clock: its rate, its jumps, and that it never goes back.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SimulatedClock, ticksPerMs } from "./clock.ts";

/** A clock, and a function that lets the world's time pass. */
function clockAt(rate: number, wallOffsetMs = 0): { clock: SimulatedClock; pass: (ms: number) => void } {
  let nowNs = 0;
  const clock = new SimulatedClock(() => nowNs, rate, wallOffsetMs);
  const pass = (ms: number) => {
    nowNs += ms * 1e6;
  };
  return { clock, pass };
}

test("a clock runs at its rate, and keeps what it has shown when that changes", () => {
  const { clock, pass } = clockAt(0.5);
  pass(1000);
  expect(clock.elapsedTicks()).toBe(500 * ticksPerMs);
  clock.rate = 2;
  expect(clock.elapsedTicks()).toBe(500 * ticksPerMs);
  pass(1000);
  expect(clock.elapsedTicks()).toBe(2500 * ticksPerMs);
});

test("the wall clock has an offset and can be set; the oscillator does not care", () => {
  const { clock, pass } = clockAt(1, -700);
  const { clock: right } = clockAt(1);
  expect(clock.wallMs()).toBe(right.wallMs() - 700);
  const before = clock.elapsedTicks();
  clock.step(-5000);
  expect(clock.wallMs()).toBe(right.wallMs() - 5700);
  clock.step(10_000);
  expect(clock.wallMs()).toBe(right.wallMs() + 4300);
  expect(clock.elapsedTicks()).toBe(before);
  pass(8);
  expect(clock.wallMs()).toBe(right.wallMs() + 4308);
});

test("it never goes back, and after the time it names it shows what was asked for", () => {
  const rates = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(rates, fc.nat(10_000_000), (drawn, ticks) => {
      let nowNs = 0;
      const clock = new SimulatedClock(() => nowNs);
      let last = 0;
      for (const rate of drawn) {
        clock.rate = rate;
        expect(clock.elapsedTicks()).toBeGreaterThanOrEqual(last);
        const due = clock.elapsedTicks() + ticks;
        nowNs += clock.worldNsUntil(due);
        // Rounding may leave it a hair before; then one nanosecond more is enough.
        if (clock.elapsedTicks() < due) nowNs += Math.max(1, clock.worldNsUntil(due));
        last = clock.elapsedTicks();
        expect(last - due).toBe(0);
      }
    }),
  );
});

test("a rate that no clock has is a defect", () => {
  for (const rate of [0, -1, 0.05, 11, Number.NaN]) expect(() => clockAt(rate)).toThrow("rate");
});

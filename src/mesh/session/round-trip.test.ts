// How long an acknowledgement is waited for, as round trips become known.

import { expect, test } from "vitest";
import { meshSessionLimits } from "#base/limits.ts";
import { RoundTrip } from "./round-trip.ts";

test("before anything is known, waits as the limits say, longer each time", () => {
  const trip = new RoundTrip();
  expect([0, 1, 2, 3, 50].map((probes) => trip.probeMs(probes))).toEqual([
    meshSessionLimits.firstProbeMs,
    2 * meshSessionLimits.firstProbeMs,
    4 * meshSessionLimits.firstProbeMs,
    meshSessionLimits.mostProbeMs,
    meshSessionLimits.mostProbeMs,
  ]);
});

test("on a fast path waits a least time, so that a busy peer is not taken for a dead one", () => {
  const trip = new RoundTrip();
  for (let i = 0; i < 20; i++) trip.add(0.2, 0);
  expect([trip.probeMs(0), trip.probeMs(1), trip.probeMs(60)]).toEqual([
    meshSessionLimits.leastProbeMs,
    2 * meshSessionLimits.leastProbeMs,
    meshSessionLimits.mostProbeMs,
  ]);
});

test("on a path slower than the longest wait still waits for what it takes", () => {
  const trip = new RoundTrip();
  for (let i = 0; i < 50; i++) trip.add(3000, 0);
  expect(trip.smoothedMs).toBeCloseTo(3000);
  expect(trip.probeMs(0)).toBeGreaterThan(3000);
  expect(trip.probeMs(5)).toBe(trip.probeMs(0));
});

test("what the peer has waited is not part of the round trip, as far as it may wait", () => {
  const trip = new RoundTrip();
  trip.add(50, 0);
  for (let i = 0; i < 100; i++) trip.add(50 + meshSessionLimits.ackDelayMs, meshSessionLimits.ackDelayMs);
  expect(trip.smoothedMs).toBeCloseTo(50);
  // Claims of more than that, or more than the round trip took, are not believed.
  for (let i = 0; i < 100; i++) trip.add(50 + 2 * meshSessionLimits.ackDelayMs, 6000);
  expect(trip.smoothedMs).toBeCloseTo(50 + meshSessionLimits.ackDelayMs);
  for (let i = 0; i < 100; i++) trip.add(51, 40);
  expect(trip.smoothedMs).toBeCloseTo(51, 0);
});

test("another path begins anew", () => {
  const trip = new RoundTrip();
  trip.add(500, 0);
  trip.reset();
  expect([trip.smoothedMs, trip.probeMs(0)]).toEqual([undefined, meshSessionLimits.firstProbeMs]);
});

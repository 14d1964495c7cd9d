// The ring against a plain list of what was pushed.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { resumableLimits } from "#base/limits.ts";
import { SegmentRing, segmentCost } from "./segment-ring.ts";

const { segmentBytes } = resumableLimits;
const unlimited = Number.MAX_SAFE_INTEGER;

/** A packet in parts, of bytes that tell where they stood. */
function partsOf(sizes: readonly number[]): Uint8Array[] {
  let next = 0;
  return sizes.map((size) => Uint8Array.from({ length: size }, () => next++ % 251));
}

function takeAll(ring: SegmentRing): Uint8Array[] {
  const segments: Uint8Array[] = [];
  while (ring.fits(unlimited)) segments.push(concatBytes(ring.take()));
  return segments;
}

test("segments hold the packet's bytes: full PARTs, and a PACKET that is not empty behind them", () => {
  const size = fc.oneof(fc.nat(50), fc.nat(5000), fc.constantFrom(0, segmentBytes - 1, segmentBytes, segmentBytes + 1));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 8 }), (sizes) => {
      const ring = new SegmentRing();
      const parts = partsOf(sizes);
      const packet = concatBytes(parts);
      ring.push(parts, packet.length);
      const segments = takeAll(ring);
      expect(concatBytes(segments.map((segment) => segment.subarray(1)))).toEqual(packet);
      expect(segments.map(([type]) => type)).toEqual([...segments.slice(1).map(() => 4), 5]);
      for (const part of segments.slice(0, -1)) expect(part.length).toBe(1 + segmentBytes);
      if (segments.length > 1) expect(segments.at(-1)?.length).toBeGreaterThan(1);
    }),
    { numRuns: 50 },
  );
});

test("large parts are not copied", () => {
  const ring = new SegmentRing();
  const parts = partsOf([5000, 70_000]);
  ring.push(parts, 75_000);
  const taken = [...ring.take(), ...ring.take()].filter(({ length }) => length > 1);
  expect(taken.every((piece) => parts.some(({ buffer }) => buffer === piece.buffer))).toBe(true);
});

test("numbers, costs and what is sent again agree with a plain list, whatever happens", () => {
  type Step = { readonly do: "push" | "take" | "acknowledge" | "resume"; readonly by: number };
  const steps = fc.array(
    fc.record<Step>({ do: fc.constantFrom("push", "push", "take", "take", "acknowledge", "resume"), by: fc.nat(100) }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(steps, (story) => {
      const ring = new SegmentRing();
      const sizes: number[] = [];
      let [first, next, reached, resent] = [0, 0, 0, 0];
      for (const step of story) {
        const count = first + (step.by % (next - first + 1));
        if (step.do === "push") {
          ring.push([Uint8Array.of(sizes.length), new Uint8Array(step.by)], 1 + step.by);
          sizes.push(1 + step.by);
        } else if (step.do === "take" && next < sizes.length) {
          expect(concatBytes(ring.take())[1]).toBe(next & 255);
          if (next < reached) resent += sizes[next] as number;
          reached = Math.max(reached, ++next);
        } else if (step.do === "acknowledge") {
          expect(ring.acknowledge(count)).toBe(true);
          first = count;
        } else if (step.do === "resume") {
          ring.resumeAt(count);
          first = count;
          next = count;
        }
        const sum = (from: number) => sizes.slice(from).reduce((total, size) => total + size, 0);
        expect(ring.unsentBytes).toBe(sum(next));
        expect(ring.heldBytes).toBe(sum(first) + (sizes.length - first) * segmentCost(0));
        expect([ring.acknowledged, ring.resentBytes, ring.isEmpty]).toEqual([first, resent, first === sizes.length]);
        expect([ring.canResumeAt(first - 1), ring.canResumeAt(next + 1)]).toEqual([false, false]);
      }
    }),
  );
});

test("a segment fits the rest of the window, and any fits an empty one", () => {
  const ring = new SegmentRing();
  for (let i = 0; i < 3; i++) ring.push([new Uint8Array(1000)], 1000);
  const window = 2 * segmentCost(1000);
  expect(ring.fits(1)).toBe(true);
  ring.take();
  expect([ring.fits(window - 1), ring.fits(window)]).toEqual([false, true]);
  ring.take();
  expect(ring.fits(window)).toBe(false);
  ring.acknowledge(1);
  expect(ring.fits(window)).toBe(true);
});

test("an END is a segment without bytes", () => {
  const ring = new SegmentRing();
  ring.pushEnd();
  expect(takeAll(ring)).toEqual([Uint8Array.of(6)]);
});

test("what was cleared is gone", () => {
  const ring = new SegmentRing();
  for (let i = 0; i < 5000; i++) ring.push([new Uint8Array(10)], 10);
  ring.clear();
  expect([ring.isEmpty, ring.hasUnsent, ring.heldBytes, ring.unsentBytes]).toEqual([true, false, 0, 0]);
});

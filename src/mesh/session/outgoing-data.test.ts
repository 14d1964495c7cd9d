// The bytes of a stream from `send` to their acknowledgement, against a plain array.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { FrameWriter } from "./frame-writer.ts";
import { OutgoingData } from "./outgoing-data.ts";

const unlimited = Number.POSITIVE_INFINITY;

/** Takes the next run of at most `mostBytes`, as a packet would. */
function take(
  data: OutgoingData,
  mostBytes: number,
  limit = unlimited,
): { from: number; to: number; bytes: Uint8Array } | undefined {
  const from = data.nextOffset(limit);
  if (from === undefined) return undefined;
  const length = Math.min(mostBytes, data.runBytes(from, limit));
  const writer = new FrameWriter();
  writer.begin(1 << 30);
  data.send(from, length, writer);
  return { from, to: from + length, bytes: concatBytes(writer.parts()) };
}

function packet(seed: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => seed * 31 + i);
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), size: fc.oneof(fc.nat(200), fc.nat(9000)) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("send" as const), size: fc.integer({ min: 1, max: 6000 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("acknowledge" as const, "lose" as const), size: fc.nat(50) }),
  },
);

test("sends every byte until it has arrived, whatever is lost, and then holds nothing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const data = new OutgoingData();
      const added: Uint8Array[] = [];
      const arrived: Uint8Array = new Uint8Array(1_000_000);
      const underWay: { from: number; to: number; bytes: Uint8Array }[] = [];
      /** Taken for lost by mistake: they arrive all the same, some time. */
      const late: typeof underWay = [];
      const arrive = (run: { from: number; to: number; bytes: Uint8Array }): void => {
        arrived.set(run.bytes, run.from);
        data.acknowledge(run.from, run.to);
      };
      steps.forEach(({ kind, size }, i) => {
        if (kind === "add") {
          const bytes = packet(i, size);
          added.push(Uint8Array.of(size, size >>> 8, size >>> 16, size >>> 24), bytes);
          data.add([bytes.subarray(0, size >>> 1), bytes.subarray(size >>> 1)], size);
        } else if (kind === "send") {
          const run = take(data, size);
          if (run !== undefined) underWay.push(run);
        } else {
          const [run] = underWay.splice(size % Math.max(1, underWay.length), 1);
          if (run === undefined) return;
          if (kind === "acknowledge") arrive(run);
          else data.lose(run.from, run.to);
          if (kind === "lose" && size % 2 === 0) late.push(run);
          if (size % 3 === 0) late.splice(0).forEach(arrive);
        }
      });
      for (const run of underWay) data.lose(run.from, run.to);
      for (let run = take(data, 1400); run !== undefined; run = take(data, 1400)) arrive(run);
      const expected = concatBytes(added);
      expect(arrived.subarray(0, data.endOffset)).toEqual(expected);
      expect([data.endOffset, data.arrivedBytes, data.unsentBytes, data.heldBytes]).toEqual([
        expected.length,
        expected.length,
        0,
        0,
      ]);
    }),
    { numRuns: 300 },
  );
});

test("nothing leaves past the limit, but what was lost", () => {
  const data = new OutgoingData();
  data.add([packet(1, 96)], 96);
  expect(take(data, 1000, 60)).toMatchObject({ from: 0, to: 60 });
  expect(take(data, 1000, 60)).toBeUndefined();
  data.lose(10, 20);
  expect(take(data, 1000, 60)).toMatchObject({ from: 10, to: 20 });
  expect(data.unsentBytes).toBe(40);
});

test("large parts are not copied, small ones lie together", () => {
  const data = new OutgoingData();
  const large = packet(1, 50_000);
  data.add([packet(2, 10), packet(3, 10), large], 50_020);
  const writer = new FrameWriter();
  writer.begin(1 << 20);
  data.send(0, 50_024, writer);
  const parts = writer.parts();
  expect(parts.map(({ length }) => length)).toEqual([24, 50_000]);
  expect(parts[1]?.buffer).toBe(large.buffer);
});

test("what arrived although it was taken for lost is not sent a third time", () => {
  const data = new OutgoingData();
  data.add([packet(1, 96)], 96);
  take(data, 1000);
  data.lose(0, 100);
  take(data, 1000);
  data.acknowledge(0, 60);
  data.lose(0, 100);
  expect(take(data, 1000)).toMatchObject({ from: 60, to: 100 });
  data.acknowledge(60, 100);
  data.lose(60, 100);
  expect([data.nextOffset(unlimited), data.heldBytes]).toEqual([undefined, 0]);
});

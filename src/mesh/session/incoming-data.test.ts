// Bytes that come in any order, cut anyhow, more than once: packets come out whole, in order and once.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { meshSessionLimits } from "#base/limits.ts";
import type { PacketSink } from "#base/packet.ts";
import { IncomingData } from "./incoming-data.ts";

const windowBytes = 1 << 20;

class Packets implements PacketSink {
  readonly sizes: number[] = [];
  readonly bytes: Uint8Array[] = [];
  packet(bytes: Uint8Array, start: number, end: number): void {
    this.sizes.push(end - start);
    this.bytes.push(bytes.slice(start, end));
  }
}

function streamOf(sizes: readonly number[]): Uint8Array {
  return concatBytes(
    sizes.flatMap((size, i) => [
      Uint8Array.of(size, size >>> 8, 0, 0),
      new Uint8Array(size).map((_, at) => i + at * 7),
    ]),
  );
}

test("packets come out whole and in order, whatever order their bytes come in", () => {
  const cut = fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.integer({ min: 1, max: 400 }) });
  fc.assert(
    fc.property(
      fc.array(fc.nat(300), { minLength: 1, maxLength: 20 }),
      fc.array(cut, { maxLength: 60 }),
      (sizes, cuts) => {
        const stream = streamOf(sizes);
        const data = new IncomingData();
        const packets = new Packets();
        data.attach(packets);
        for (const { from, length } of cuts) {
          const at = Math.floor(from * stream.length);
          const bytes = stream.slice(at, at + length);
          const middle = bytes.length >>> 1;
          expect(data.add(at, [bytes.subarray(0, middle), bytes.subarray(middle)], windowBytes)).toBe(true);
        }
        data.add(0, [stream], windowBytes);
        expect(packets.sizes).toEqual(sizes);
        expect(streamOf(sizes)).toEqual(
          concatBytes(packets.bytes.flatMap((bytes) => [Uint8Array.of(bytes.length, bytes.length >>> 8, 0, 0), bytes])),
        );
        expect([data.offset, data.highestOffset, data.earlyCostBytes, data.unfinishedBytes]).toEqual([
          stream.length,
          stream.length,
          0,
          0,
        ]);
      },
    ),
    { numRuns: 300 },
  );
});

test("what comes before there is a receiver waits for it", () => {
  const data = new IncomingData();
  const stream = streamOf([5, 0, 9]);
  data.add(0, [stream.subarray(0, 7)], windowBytes);
  data.add(7, [stream.subarray(7)], windowBytes);
  const packets = new Packets();
  data.attach(packets);
  expect(packets.sizes).toEqual([]);
  data.deliver();
  expect([packets.sizes, data.earlyCostBytes]).toEqual([[5, 0, 9], 0]);
});

test("early pieces cost more than their bytes, and past twice the window they are refused", () => {
  const data = new IncomingData();
  data.attach(new Packets());
  let taken = 0;
  for (let offset = 1; data.add(offset, [Uint8Array.of(1)], 10_000); offset += 2) taken++;
  expect(taken).toBe(Math.floor(20_000 / (1 + meshSessionLimits.pieceCostBytes)));
});

test("says what of a packet is missing, and how much it holds of it", () => {
  const data = new IncomingData();
  data.attach(new Packets());
  const stream = streamOf([10, 100]);
  data.add(0, [stream.subarray(0, 40)], windowBytes);
  expect([data.unfinishedBytes, data.partial()]).toEqual([26, "22 of its 100 bytes"]);
  data.stop();
  data.add(40, [stream.subarray(40)], windowBytes);
  expect(data.unfinishedBytes).toBe(stream.length - 40);
});

test("a small piece that waits does not keep the memory of all that it came with", () => {
  const data = new IncomingData();
  const memoryBytes: number[] = [];
  data.attach({ packet: (bytes) => memoryBytes.push(bytes.buffer.byteLength) });
  const stream = streamOf([4, 4, 60_000]);
  data.add(8, [stream.subarray(8, 16)], windowBytes);
  data.add(16, [stream.subarray(16)], windowBytes);
  data.add(0, [stream.slice(0, 8)], windowBytes);
  expect(memoryBytes).toEqual([8, 8, stream.length]);
});

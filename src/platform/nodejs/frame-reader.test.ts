// Frames out of a byte stream, however it is cut, and whoever sends it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { FrameReader } from "./frame-reader.ts";

function frame(packet: Uint8Array): Uint8Array {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, packet.length, true);
  return concatBytes([header, packet]);
}

function readAll(chunks: readonly Uint8Array[], longestBytes: number) {
  const packets: Uint8Array[] = [];
  const reader = new FrameReader(longestBytes, (bytes, start, end) => {
    packets.push(bytes.subarray(start, end));
    return true;
  });
  let tooLong: number | undefined;
  for (const chunk of chunks) tooLong ??= reader.read(chunk);
  return { packets, tooLong, partial: reader.partial() };
}

test("packets come out as they went in, wherever the stream is cut", () => {
  const packet = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 1000, maxLength: 3000 }));
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 20 }), fc.array(fc.nat(5000), { maxLength: 40 }), (packets, cuts) => {
      const stream = concatBytes(packets.map(frame));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const cut of cuts) chunks.push(stream.subarray(at, (at = Math.min(stream.length, at + cut))));
      chunks.push(stream.subarray(at));
      const read = readAll(chunks, 4096);
      expect(read).toEqual({ packets, tooLong: undefined, partial: undefined });
    }),
  );
});

test("byte by byte", () => {
  const packets = [new Uint8Array(0), new Uint8Array([1]), new Uint8Array(300).fill(7)];
  const bytes = [...concatBytes(packets.map(frame))].map((byte) => new Uint8Array([byte]));
  expect(readAll(bytes, 300).packets).toEqual(packets);
});

test("any bytes are packets, a packet too long, or a partial one", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
      const { packets, tooLong } = readAll(chunks, 100);
      for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(100);
      if (tooLong !== undefined) expect(tooLong).toBeGreaterThan(100);
    }),
  );
});

test("a length above the longest is told, up to 2^32-1", () => {
  expect(readAll([new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2])], 100).tooLong).toBe(0xffffffff);
  expect(readAll([new Uint8Array([101, 0]), new Uint8Array([0, 0])], 100).tooLong).toBe(101);
  expect(readAll([frame(new Uint8Array(100))], 100).tooLong).toBeUndefined();
});

test("a packet in one chunk is a range of it, not a copy", () => {
  const chunk = concatBytes([frame(new Uint8Array([1, 2])), frame(new Uint8Array([3]))]);
  const { packets } = readAll([chunk], 100);
  expect(packets.map(({ buffer, byteOffset }) => [buffer === chunk.buffer, byteOffset])).toEqual([
    [true, 4],
    [true, 10],
  ]);
});

test("a header alone takes no memory to speak of", () => {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, 16 * 1024 * 1024, true);
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 100 }, () => new FrameReader(17 * 1024 * 1024, () => true));
  for (const reader of readers) {
    reader.read(header);
    reader.read(new Uint8Array(1));
  }
  // 100 of them announced 1.6 GiB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 1024 * 1024);
  expect(readers[0]?.partial()).toBe("1 of its 16777216 bytes");
});

test("nothing more is taken once the taker says so", () => {
  let taken = 0;
  const reader = new FrameReader(100, () => ++taken < 2);
  reader.read(concatBytes([frame(new Uint8Array(1)), frame(new Uint8Array(1)), frame(new Uint8Array(1))]));
  expect(taken).toBe(2);
});

test("says how much of a packet had come", () => {
  expect(readAll([new Uint8Array([5, 0, 0])], 100).partial).toBe("3 of the 4 bytes of its length");
  expect(readAll([new Uint8Array([5, 0, 0, 0])], 100).partial).toBe("0 of its 5 bytes");
  expect(readAll([new Uint8Array([5, 0, 0, 0, 1, 2])], 100).partial).toBe("2 of its 5 bytes");
});

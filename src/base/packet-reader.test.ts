// Packets out of a stream of bytes, however it is cut, whoever sends it, whole and in pieces.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "./bytes.ts";
import type { PacketSink } from "./packet.ts";
import { PacketReader } from "./packet-reader.ts";

function framed(packet: Uint8Array): Uint8Array {
  return concatBytes([header(packet.length), packet]);
}

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
}

/** Keeps what it gets: of each packet the pieces, a whole one being one piece. The last packet may be unfinished. */
class Sink implements PacketSink {
  readonly packets: Uint8Array[][] = [];
  piece?: typeof this.take;
  #within = false;
  onPiece: () => void = () => undefined;

  constructor(takesPieces: boolean) {
    if (takesPieces) this.piece = this.take;
  }

  packet(bytes: Uint8Array, start: number, end: number): void {
    expect(this.piece, "a whole packet came to a sink that takes pieces").toBeUndefined();
    this.take(bytes, start, end, true);
  }

  take(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (!this.#within) this.packets.push([]);
    this.#within = !last;
    this.packets.at(-1)?.push(bytes.subarray(start, end));
    this.onPiece();
  }

  get wholes(): Uint8Array[] {
    return this.packets.map((pieces) => concatBytes(pieces));
  }
}

function readAll(chunks: readonly Uint8Array[], longestBytes: number, takesPieces: boolean) {
  const sink = new Sink(takesPieces);
  const reader = new PacketReader(longestBytes, sink);
  let tooLong: number | undefined;
  for (const chunk of chunks) tooLong ??= reader.read(chunk);
  return { packets: sink.wholes, sink, tooLong, partial: reader.partial() };
}

const modes = [
  ["whole", false],
  ["in pieces", true],
] as const;

const packets = fc.array(
  fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 1000, maxLength: 3000 })),
  { maxLength: 20 },
);

test.each(modes)("%s: packets come out as they went in, wherever the stream is cut", (_mode, takesPieces) => {
  fc.assert(
    fc.property(packets, fc.array(fc.nat(5000), { maxLength: 40 }), (sent, cuts) => {
      const stream = concatBytes(sent.map(framed));
      const sink = new Sink(takesPieces);
      const reader = new PacketReader(4096, sink);
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        const end = Math.min(stream.length, at + cut);
        expect(reader.read(stream, at, end)).toBeUndefined();
        at = end;
      }
      expect(sink.wholes).toEqual(sent);
      expect(reader.partial()).toBeUndefined();
      // Only an empty packet has an empty piece, and only one.
      for (const pieces of sink.packets)
        expect(pieces.length === 1 || pieces.every(({ length }) => length > 0)).toBe(true);
    }),
  );
});

test.each(modes)("%s: byte by byte", (_mode, takesPieces) => {
  const sent = [new Uint8Array(0), new Uint8Array([1]), new Uint8Array(300).fill(7), new Uint8Array(0)];
  const bytes = [...concatBytes(sent.map(framed))].map((byte) => new Uint8Array([byte]));
  expect(readAll(bytes, 300, takesPieces).packets).toEqual(sent);
});

test.each(modes)("%s: any bytes are packets, a packet too long, or a partial one", (_mode, takesPieces) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
      const { packets: read, tooLong } = readAll(chunks, 100, takesPieces);
      for (const packet of read) expect(packet.length).toBeLessThanOrEqual(100);
      if (tooLong !== undefined) expect(tooLong).toBeGreaterThan(100);
    }),
  );
});

test.each(modes)("%s: a length above the longest is told, up to 2^32-1", (_mode, takesPieces) => {
  expect(readAll([new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2])], 100, takesPieces).tooLong).toBe(0xffffffff);
  expect(readAll([new Uint8Array([101, 0]), new Uint8Array([0, 0])], 100, takesPieces).tooLong).toBe(101);
  expect(readAll([framed(new Uint8Array(100))], 100, takesPieces).tooLong).toBeUndefined();
});

test.each(modes)("%s: a packet in one chunk is a range of it, not a copy", (_mode, takesPieces) => {
  const chunk = concatBytes([framed(new Uint8Array([1, 2])), framed(new Uint8Array([3]))]);
  const { sink } = readAll([chunk], 100, takesPieces);
  expect(sink.packets.map(([bytes]) => [bytes?.buffer === chunk.buffer, bytes?.byteOffset])).toEqual([
    [true, 4],
    [true, 10],
  ]);
});

test("in pieces: nothing waits, and nothing is copied", () => {
  const sink = new Sink(true);
  const reader = new PacketReader(100, sink);
  const chunks = [concatBytes([header(6), Uint8Array.of(1, 2)]), Uint8Array.of(3), Uint8Array.of(4, 5, 6, 0, 0, 0, 0)];
  const seen = chunks.map((chunk) => {
    reader.read(chunk);
    return sink.packets.map((pieces) => pieces.map(({ length }) => length));
  });
  expect(seen).toEqual([[[2]], [[2, 1]], [[2, 1, 3], [0]]]);
  expect(sink.packets.flat().map(({ buffer }) => chunks.findIndex((chunk) => chunk.buffer === buffer))).toEqual([
    0, 1, 2, 2,
  ]);
});

test("a header alone takes no memory to speak of", () => {
  const sizeBytes = 16 * 1024 * 1024;
  const given: number[] = [];
  const reader = new PacketReader(17 * 1024 * 1024, new Sink(false), (bytes) => {
    given.push(bytes);
    return new Uint8Array(bytes);
  });
  reader.read(header(sizeBytes));
  reader.read(new Uint8Array(1));
  expect(reader.partial()).toBe(`1 of its ${sizeBytes} bytes`);
  expect(given).toEqual([72 * 1024]);
  // What has come may be doubled, until the whole is known to be wanted.
  reader.read(new Uint8Array(72 * 1024));
  expect(given).toEqual([72 * 1024, 144 * 1024]);
});

test.each(modes)("%s: nothing more is handed on once the reader is stopped", (_mode, takesPieces) => {
  const sink = new Sink(takesPieces);
  const reader = new PacketReader(100, sink);
  sink.onPiece = () => {
    if (sink.packets.length === 2) reader.stop();
  };
  reader.read(concatBytes([framed(new Uint8Array(1)), framed(new Uint8Array(1)), framed(new Uint8Array(1))]));
  reader.read(framed(new Uint8Array(1)));
  expect(sink.packets.length).toBe(2);
});

test("in pieces: a reader that is stopped within a packet hands on nothing of the rest", () => {
  const sink = new Sink(true);
  const reader = new PacketReader(100, sink);
  sink.onPiece = () => reader.stop();
  reader.read(framed(new Uint8Array(10)), 0, 8);
  reader.read(new Uint8Array(6));
  expect(sink.packets).toEqual([[new Uint8Array(4)]]);
});

test.each(modes)("%s: says how much of a packet had come", (_mode, takesPieces) => {
  const partial = (...bytes: number[]) => readAll([new Uint8Array(bytes)], 100, takesPieces).partial;
  expect(partial(5, 0, 0)).toBe("3 of the 4 bytes of its length");
  expect(partial(5, 0, 0, 0)).toBe("0 of its 5 bytes");
  expect(partial(5, 0, 0, 0, 1, 2)).toBe("2 of its 5 bytes");
  expect(partial(0, 0, 0, 0)).toBeUndefined();
});

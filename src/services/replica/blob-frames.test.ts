// Blobs in a stream of bytes: what is written is what is read, whatever a peer makes of it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, utf8Encode } from "#base/bytes.ts";
import { replicationLimits } from "#base/limits.ts";
import { randomBytes, SeededRandom } from "#base/random.ts";
import type { Stream } from "#firefly/codec/stream.ts";
import type { BlobId } from "#glow";
import { VirtualTime } from "../../../test/scenarios/firefly/virtual-time.ts";
import { BlobAnswers, blobFrames, type FetchedBlob } from "./blob-frames.ts";

const random = new SeededRandom("blob frames");

function blob(sizeBytes: number | undefined, at: number): FetchedBlob {
  const id = new Uint8Array(33).fill(at) as BlobId;
  return { id, stored: sizeBytes === undefined ? undefined : randomBytes(random, sizeBytes) };
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) yield await Promise.resolve(item);
}

/** A stream as a session gives it: what is here comes at once, `end` says how it goes on after that. */
function streamOf(
  pieces: readonly Uint8Array[],
  end: "ends" | "hangs" = "ends",
): Stream<Uint8Array> & { isReleased: boolean } {
  let next = 0;
  let giveUp: ((error: Error) => void) | undefined;
  return {
    isReleased: false,
    readBatch() {
      const piece = pieces[next++];
      if (piece !== undefined) return [piece];
      return end === "ends" ? undefined : new Promise((_, reject) => (giveUp = reject));
    },
    [Symbol.asyncIterator]: () => expect.unreachable(),
    [Symbol.dispose]() {
      this.isReleased = true;
      giveUp?.(new Error("released"));
    },
  };
}

async function framesOf(blobs: readonly FetchedBlob[]): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blobFrames(each(blobs))) pieces.push(piece);
  return pieces;
}

function answers(ids: readonly BlobId[], stream: Stream<Uint8Array>, time = new VirtualTime()): BlobAnswers {
  return new BlobAnswers(time.timers, ids, Promise.resolve(stream));
}

async function read(from: BlobAnswers): Promise<FetchedBlob[]> {
  const blobs: FetchedBlob[] = [];
  for await (const answer of from) blobs.push(answer);
  return blobs;
}

test("what is sent is what arrives, however the bytes are cut", async () => {
  const size = fc.option(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 70_000 })), {
    nil: undefined,
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(fc.array(size, { maxLength: 12 }), cuts, async (sizes, lengths) => {
      const blobs = sizes.map(blob);
      const bytes = concatBytes(await framesOf(blobs));
      const pieces: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = lengths[turn % lengths.length] as number;
        pieces.push(bytes.subarray(at, at + length));
        at += length;
      }
      const ids = blobs.map(({ id }) => id);
      expect(await read(answers(ids, streamOf(pieces)))).toEqual(blobs);
    }),
    { numRuns: 100 },
  );
});

test("a hundred small blobs share a few pieces, and a large one is not copied", async () => {
  expect(await framesOf(Array.from({ length: 100 }, (_, at) => blob(400, at)))).toHaveLength(3);
  const large = blob(1_000_000, 1);
  const pieces = await framesOf([large]);
  expect(pieces.some((piece) => piece.buffer === large.stored?.buffer)).toBe(true);
  expect(pieces.length).toBeLessThan(5);
});

test.each([
  ["cut off in a length", [Uint8Array.of(1, 0)], "protocol"],
  ["cut off in a blob", [Uint8Array.of(9, 0, 0, 0, 1, 2)], "protocol"],
  ["no answer at all", [], "protocol"],
  ["more than was asked for", [Uint8Array.of(1, 0, 0, 0, 7, 1, 0, 0, 0, 7)], "protocol"],
  ["a blob that is larger than any", [Uint8Array.of(1, 0, 0, 1)], "too-large"],
])("%s is refused, and the stream released", async (_, pieces, kind) => {
  expect(0x0100_0001).toBeGreaterThan(replicationLimits.blobBytes);
  const stream = streamOf(pieces);
  await expect(read(answers([blob(1, 1).id], stream))).rejects.toMatchObject({ kind });
  expect(stream.isReleased).toBe(true);
});

test(`a peer that stops in the middle of a blob is waited for ${replicationLimits.stallMs} ms`, async () => {
  const time = new VirtualTime();
  const stream = streamOf([Uint8Array.of(9, 0, 0, 0, 1, 2)], "hangs");
  const failure = read(answers([blob(1, 1).id], stream, time)).catch((error: unknown) => error);
  await time.until(replicationLimits.stallMs - 1);
  expect(stream.isReleased).toBe(false);
  expect(await time.play(failure)).toMatchObject({ kind: "deadline" });
  expect(stream.isReleased).toBe(true);
});

test("a reader that gives up in the middle of a wait is let go", async () => {
  const time = new VirtualTime();
  const stream = streamOf([Uint8Array.of(9, 0, 0, 0)], "hangs");
  const own = answers([blob(1, 1).id], stream, time);
  const next = own.next();
  await Promise.resolve();
  await own.return();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(stream.isReleased).toBe(true);
  expect(time.pending).toBe(0);
});

test("one bytes' layout", async () => {
  const stored = utf8Encode("abc");
  const pieces = await framesOf([
    { id: blob(0, 1).id, stored },
    { id: blob(0, 2).id, stored: undefined },
  ]);
  expect(concatBytes(pieces).toHex()).toBe("03000000616263ffffffff");
});

// Streams written in blocks, here and in other threads: the same content as at one go, in bounded memory.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { contentLimits } from "#base/limits.ts";
import {
  ChunkShelf,
  compression,
  crypto,
  cutKeys,
  noise,
  prose,
  smallSizes,
} from "../../../test/store/content-fixture.ts";
import { type BlockSealer, InlineBlockSealer, type SealedBlock, sealBlock } from "./block-sealer.ts";
import { ContentSealer } from "./content-sealer.ts";
import { ContentWriter } from "./content-writer.ts";

const keys = cutKeys();

/** Blocks of another size than the real ones; counts what is under way. */
class SmallBlocks implements BlockSealer {
  readonly blockBytes: number;
  sealing = 0;
  blocks = 0;

  constructor(blockBytes: number) {
    this.blockBytes = blockBytes;
  }

  async seal(block: Uint8Array, last: boolean): Promise<SealedBlock> {
    this.sealing++;
    this.blocks++;
    await Promise.resolve();
    this.sealing--;
    return sealBlock(crypto, compression, block, last, keys);
  }
}

function writer(sealer: BlockSealer): ContentWriter {
  return new ContentWriter(sealer, crypto, compression, keys);
}

async function* inPieces(plain: Uint8Array, at: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...at.toSorted((a, b) => a - b), plain.length]) {
    yield plain.subarray(from, to);
    from = to;
  }
}

const noPut = async (): Promise<void> => undefined;

describe("a stream that is written", () => {
  const plain = concatBytes([prose(1, 100_000), noise(1, 150_000), new Uint8Array(100_000)]);
  const whole = new ContentSealer(crypto, compression, keys).seal(plain, { bytes: true });

  test("gives the content that it gives at one go, whatever pieces and blocks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(plain.length), { maxLength: 20 }),
        fc.integer({ min: 500, max: 400_000 }),
        async (at, blockBytes) => {
          const shelf = new ChunkShelf(keys);
          const sealed = await writer(new SmallBlocks(blockBytes)).write(inPieces(plain, at), async (chunks) => {
            shelf.put(chunks);
          });
          expect(sealed.content).toEqual(whole.content);
          expect(sealed.chunks).toEqual(whole.chunks.map(({ stored: _stored, ...chunk }) => chunk));
          expect(shelf.stored.size).toBe(whole.chunks.length);
          expect(concatBytes(await Array.fromAsync(shelf.reader.read(sealed.content)))).toEqual(plain);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("may be empty", async () => {
    const sealed = await writer(new SmallBlocks(1000)).write(inPieces(new Uint8Array(0), [0, 0]), () => {
      throw new Error("there is nothing to put");
    });
    expect(sealed).toEqual({ content: { sizeBytes: 0, depth: 0, chunks: [] }, chunks: [] });
  });

  test("is cut in this thread in blocks of contentLimits.inlineBlockBytes", async () => {
    const sealer = new InlineBlockSealer(crypto, compression);
    expect(sealer.blockBytes).toBe(contentLimits.inlineBlockBytes);
    const sealed = await writer(sealer).write(inPieces(plain, [1000]), noPut);
    expect(sealed.content).toEqual(whole.content);
  });

  test("waits for whoever stores: no more than three blocks are on their way", async () => {
    const blockBytes = 4 * smallSizes.most;
    const sealer = new SmallBlocks(blockBytes);
    let givenBytes = 0;
    let putBytes = 0;
    let mostBytes = 0;
    let putting = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let block = 0; block < 40; block++) {
        const piece = noise(block, blockBytes / 4);
        givenBytes += piece.length;
        mostBytes = Math.max(mostBytes, givenBytes - putBytes);
        yield piece;
      }
    }
    const sealed = await writer(sealer).write(source(), async (chunks) => {
      expect(++putting).toBe(1);
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      for (const { sizeBytes, offset } of chunks) putBytes += offset === undefined ? 0 : sizeBytes;
      putting--;
    });
    expect(putBytes).toBe(sealed.content.sizeBytes);
    expect(mostBytes).toBeGreaterThan(blockBytes);
    expect(mostBytes).toBeLessThanOrEqual(3 * blockBytes + smallSizes.most);
  });
});

describe("writing that fails", () => {
  const plain = noise(2, 300_000);

  test("fails as its source does, which is the end of putting", async () => {
    let puts = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield plain;
      throw new Error("the line is cut");
    }
    const writing = writer(new SmallBlocks(50_000)).write(source(), async () => {
      puts++;
    });
    await expect(writing).rejects.toThrow("the line is cut");
    const before = puts;
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    expect(puts).toBe(before);
  });

  test("fails as storing or sealing does, and lets go of its source", async () => {
    let left = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield plain;
      } finally {
        left++;
      }
    }
    const full = writer(new SmallBlocks(50_000)).write(source(), async () => {
      throw new Error("the disk is full");
    });
    await expect(full).rejects.toThrow("the disk is full");
    const crashing: BlockSealer = {
      blockBytes: 50_000,
      seal: async () => {
        throw new Error("the thread has crashed");
      },
    };
    await expect(writer(crashing).write(source(), noPut)).rejects.toThrow("the thread has crashed");
    expect(left).toBe(2);
  });

  test("is given up by its signal", async () => {
    const controller = new AbortController();
    let pieces = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (;;) {
        if (++pieces === 10) controller.abort();
        yield noise(3, 10_000);
      }
    }
    const writing = writer(new SmallBlocks(50_000)).write(source(), noPut, controller.signal);
    await expect(writing).rejects.toMatchObject({ kind: "cancelled" });
    expect(pieces).toBe(10);
  });
});

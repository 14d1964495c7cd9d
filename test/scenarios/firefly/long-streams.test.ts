// A stream may be endless: what was sent of it is let go, on both sides, while it goes on.

import { expect, test } from "vitest";
import { echoOffer, SessionPair } from "./session-pair.ts";

const pieceBytes = 64 * 1024;
const pieces = 1024;
/** Windows, packets under way and what the collector has not got to: far below the 64 MiB that pass through. */
const heldBytes = 12 * 1024 * 1024;

/** Collections and turns allowed until buffers are back: they are freed by threads that take their time. */
const collections = 200;

/** What buffers take once the collector has got to them, or has been given every chance to. */
async function settledBytes(enoughBytes: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let collection = 0; collection < collections && least > enoughBytes; collection++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    least = Math.min(least, process.memoryUsage().arrayBuffers);
  }
  return least;
}

/** The most that buffers took after full collections, while a source was read to its end. */
async function* measured(most: { bytes: number }, enoughBytes: number): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < pieces; piece++) {
    if (piece % 256 === 255) most.bytes = Math.max(most.bytes, await settledBytes(enoughBytes));
    yield new Uint8Array(pieceBytes);
  }
}

test("a source that is always a little ahead of its stream is not kept", async () => {
  expect(globalThis.gc).toBeDefined();
  await using pair = new SessionPair({
    host: echoOffer({
      upload: async (data) => {
        let sizeBytes = 0;
        for await (const piece of data) sizeBytes += piece.length;
        return BigInt(sizeBytes);
      },
    }),
  });
  const before = await settledBytes(0);
  const most = { bytes: 0 };
  expect(await pair.echo.upload(measured(most, before + heldBytes))).toBe(BigInt(pieces * pieceBytes));
  expect(most.bytes - before).toBeLessThan(heldBytes);
});

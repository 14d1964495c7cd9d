// Sources that answer later, and of which all that was read ahead leaves together with the last of the credit: the next
// credit has them read on. An item that overdraws the credit does that, and would do it for bytes with frames of 64 KiB.

import { describe, expect, test } from "vitest";
import { fireflyLimits } from "#base/limits.ts";
import { op } from "#firefly/session/frame.ts";
import { EchoInterface } from "../../interfaces/generated/sample.ts";
import { call, hello, mention, method, plain, varints } from "./frames.ts";
import { RawPeer } from "./raw-peer.ts";
import { echoOffer, SessionPair } from "./session-pair.ts";
import { dataBytes, sum } from "./stream-frames.ts";

const { streamFirstWindowBytes, streamItemBytes } = fireflyLimits;
/** Of a source that answers later, so many items at most are read ahead. */
const readAhead = 64;

async function* later<T>(count: number, each: (index: number) => T): AsyncGenerator<T> {
  for (let index = 0; index < count; index++) yield each(index);
}

test("small items of which each 64th is large arrive, all of them", async () => {
  const large = "x".repeat(streamItemBytes / 2);
  const item = (id: number) => ({ id, name: id % readAhead === readAhead - 1 ? large : "small" });
  await using pair = new SessionPair({ host: echoOffer({ items: (count) => later(count, item) }) });
  let seen = 0;
  for await (const { id } of await pair.echo.items(20 * readAhead)) expect(id).toBe(seen++);
  expect(seen).toBe(20 * readAhead);
});

describe("pieces of bytes arrive, all of them", () => {
  const sizes = [1, 1000, 16_384, 65_535, 65_536, 65_537, 262_144, 1_048_576, 4_194_305];
  for (const pieceBytes of sizes) {
    test(`of ${pieceBytes} bytes`, async () => {
      const count = Math.max(8, Math.min(2000, Math.ceil((4 * fireflyLimits.streamWindowBytes) / pieceBytes)));
      const piece = new Uint8Array(pieceBytes);
      await using pair = new SessionPair({ host: echoOffer({ bytes: () => later(count, () => piece) }) });
      let seenBytes = 0;
      for await (const { length } of await pair.echo.bytes(0n)) seenBytes += length;
      expect(seenBytes).toBe(count * pieceBytes);
    });
  }
});

describe("a source is read on by whatever credit comes", () => {
  for (const creditBytes of [1, 100, 16_384, 65_535, 65_536, 65_537, 1_000_000]) {
    test(`of ${creditBytes} bytes`, async () => {
      const piece = new Uint8Array(streamFirstWindowBytes);
      const peer = new RawPeer({ root: echoOffer({ bytes: () => later(1000, () => piece) }) });
      const type = mention(0, EchoInterface);
      const first = await peer.answers(hello(), call({ id: 0, type, method: method.bytes, payload: varints(0) }));
      expect(sum(dataBytes(first))).toBe(streamFirstWindowBytes);
      for (let i = 0; i < 20; i++) {
        expect(sum(dataBytes(await peer.answers(plain(op.credit, 0, creditBytes))))).toBe(creditBytes);
      }
    });
  }
});

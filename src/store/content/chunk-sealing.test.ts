// Chunks sealed and opened, and whatever a member of the space who means harm may have stored instead.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import type { ErrorKind } from "#base/errors.ts";
import { contentLimits } from "#base/limits.ts";
import { bytesOf, tagged } from "#base/suites.ts";
import { NobleCrypto } from "#platform/browser/crypto.ts";
import { compression, contentKey, crypto, noise, prose } from "../../../test/store/content-fixture.ts";
import type { ChunkName, ChunkRef, SealedChunk } from "../contracts.ts";
import { chunkPrefix, overheadBytes, prefixBytes } from "./chunk-envelope.ts";
import { ChunkOpener } from "./chunk-opener.ts";
import { ChunkSealer } from "./chunk-sealer.ts";

const key = contentKey(1);
const sealer = new ChunkSealer(crypto, compression, key);
const opener = new ChunkOpener(crypto, compression, {
  find: (id) => (id.toHex() === key.id.toHex() ? key : undefined),
});

function seal(plain: Uint8Array, by = sealer): SealedChunk & { stored: Uint8Array } {
  const { stored, ...chunk } = by.seal(plain, by.name(plain), true);
  if (stored === undefined) throw new Error("bytes were asked for");
  return { ...chunk, stored };
}

function kindOfOpening(chunk: ChunkRef, stored: Uint8Array): ErrorKind | "opened" {
  try {
    opener.open(chunk, stored);
    return "opened";
  } catch (error) {
    return (error as { kind: ErrorKind }).kind;
  }
}

/** What a member can do who has all keys: any `encoded` under any name. */
function forged(name: ChunkName, encoded: Uint8Array): Uint8Array {
  const prefix = chunkPrefix(key, noise("nonce", 12));
  const sealed = crypto.seal("aes-256-gcm", name, prefix.slice(9), prefix, encoded);
  return concatBytes([prefix, tagged("aes-256-gcm", sealed)]);
}

describe("a chunk that is sealed", () => {
  test("opens again, whatever is in it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (plain) => {
        const chunk = seal(plain);
        expect(chunk.sizeBytes).toBe(plain.length);
        expect(chunk.storedBytes).toBe(chunk.stored.length);
        expect(bytesOf("blake3", chunk.blob)).toEqual(bytesOf("blake3", crypto.hash("blake3", chunk.stored)));
        expect(opener.open(chunk, chunk.stored)).toEqual(plain);
      }),
    );
    for (const plain of [noise(1, 300_000), prose(1, 300_000), new Uint8Array(contentLimits.chunkBytes)]) {
      const chunk = seal(plain);
      expect(equalBytes(opener.open(chunk, chunk.stored), plain)).toBe(true);
    }
  });

  test("is shorter if it compresses, and else longer by what it says", () => {
    expect(seal(prose(2, 100_000)).storedBytes).toBeLessThan(50_000);
    expect(seal(noise(2, 100_000)).storedBytes).toBe(100_000 + overheadBytes);
  });

  test("is always the same under one key, and nothing of it the same under another", () => {
    const other = new ChunkSealer(crypto, compression, contentKey(2));
    for (const plain of [noise(3, 5000), prose(3, 5000)]) {
      const [one, again, another] = [seal(plain), seal(plain), seal(plain, other)];
      expect(again).toEqual(one);
      expect(another.name).not.toEqual(one.name);
      expect(another.blob).not.toEqual(one.blob);
      const [nonce, otherNonce] = [one, another].map(({ stored }) => stored.slice(9, prefixBytes).toHex());
      expect(nonce).not.toBe(otherNonce);
    }
  });

  test("has the same id whether its bytes are wanted or not", () => {
    for (const plain of [noise(4, 30_000), prose(4, 30_000), noise(4, 1)]) {
      const { stored: _stored, ...rest } = seal(plain);
      expect(sealer.seal(plain, sealer.name(plain), false)).toEqual(rest);
    }
  });

  test("is sealed alike on every platform, where it compresses alike", () => {
    const raw = { compress: () => undefined, decompress: compression.decompress };
    const here = new ChunkSealer(crypto, raw, key);
    const there = new ChunkSealer(new NobleCrypto(), raw, key);
    const plain = prose(5, 3000);
    expect(seal(plain, there)).toEqual(seal(plain, here));
  });

  test("has 1 to contentLimits.chunkBytes bytes", () => {
    for (const length of [0, contentLimits.chunkBytes + 1]) {
      const plain = new Uint8Array(length);
      expect(() => sealer.seal(plain, sealer.name(plain), true)).toThrow("a chunk has");
    }
  });

  test("is opened if it was sealed under another suite, too", () => {
    const plain = noise(6, 100);
    const name = sealer.name(plain);
    const prefix = chunkPrefix(key, noise("nonce", 12));
    const encoded = Uint8Array.of(...plain, 0);
    const sealed = crypto.seal("chacha20-poly1305", name, prefix.slice(9), prefix, encoded);
    const stored = concatBytes([prefix, tagged("chacha20-poly1305", sealed)]);
    expect(opener.open({ name, sizeBytes: 100 }, stored)).toEqual(plain);
  });
});

describe("what is not the chunk is corrupt", () => {
  const plain = noise(7, 2000);
  const chunk = seal(plain);

  test("if any byte is another", () => {
    for (let at = prefixBytes; at < chunk.stored.length; at += 13) {
      const changed = chunk.stored.slice();
      changed[at] = (changed[at] as number) ^ 1;
      const expected = at === prefixBytes || at === prefixBytes + 1 ? ["corrupt", "unsupported"] : ["corrupt"];
      expect(expected, `byte ${at}`).toContain(kindOfOpening(chunk, changed));
    }
    for (let at = 9; at < prefixBytes; at++) {
      const changed = chunk.stored.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(kindOfOpening(chunk, changed)).toBe("corrupt");
    }
  });

  test("if it ends early or goes on", () => {
    for (let length = 9; length < chunk.stored.length; length += 7) {
      expect(kindOfOpening(chunk, chunk.stored.subarray(0, length))).toBe("corrupt");
    }
    expect(kindOfOpening(chunk, new Uint8Array(0))).toBe("corrupt");
    expect(kindOfOpening(chunk, concatBytes([chunk.stored, Uint8Array.of(0)]))).toBe("corrupt");
    expect(kindOfOpening(chunk, concatBytes([chunk.stored, noise(8, 100_000)]))).toBe("corrupt");
  });

  test("if its size or name is another", () => {
    const { name } = chunk;
    for (const sizeBytes of [0, 1, 1999, 2001, 100_000, -1, 0.5, Number.NaN, contentLimits.chunkBytes + 1, 2 ** 53]) {
      expect(kindOfOpening({ name, sizeBytes }, chunk.stored), `${sizeBytes}`).toBe("corrupt");
    }
    const other = seal(noise(9, 2000));
    expect(kindOfOpening(other, chunk.stored)).toBe("corrupt");
    expect(kindOfOpening({ name: name.subarray(1) as ChunkName, sizeBytes: 2000 }, chunk.stored)).toBe("corrupt");
  });

  test("if a member has sealed something else under its name", () => {
    const { name } = chunk;
    const size = { name, sizeBytes: 2000 };
    expect(kindOfOpening(size, forged(name, Uint8Array.of(...plain, 0)))).toBe("opened");
    expect(kindOfOpening(size, forged(name, Uint8Array.of(...noise(10, 2000), 0)))).toBe("corrupt");
    expect(kindOfOpening(size, forged(name, Uint8Array.of(...plain, 1)))).toBe("corrupt");
    expect(kindOfOpening(size, forged(name, Uint8Array.of(...plain, 7)))).toBe("corrupt");
    expect(kindOfOpening(size, forged(name, new Uint8Array(0)))).toBe("corrupt");
    const packed = compression.compress(prose(11, 100_000));
    if (packed === undefined) throw new Error("prose compresses");
    expect(packed.length).toBeLessThan(40_000);
    expect(kindOfOpening({ name, sizeBytes: 40_000 }, forged(name, Uint8Array.of(...packed, 1)))).toBe("corrupt");
  });

  test("and says so without naming the chunk, whose name is its key", () => {
    for (const stored of [new Uint8Array(0), chunk.stored.subarray(1), chunk.stored.slice(0, -1)]) {
      try {
        opener.open(chunk, stored);
        expect.unreachable("it is not the chunk");
      } catch (error) {
        expect(String(error)).not.toContain(chunk.name.toHex().slice(0, 8));
      }
    }
  });
});

test("what a later version or another epoch has sealed is not corrupt", () => {
  const plain = noise(12, 100);
  const chunk = seal(plain);
  const later = chunk.stored.slice();
  later[0] = 2;
  expect(kindOfOpening(chunk, later)).toBe("unsupported");
  const suite = chunk.stored.slice();
  suite.set([0xff, 0x7f], prefixBytes);
  expect(kindOfOpening(chunk, suite)).toBe("unsupported");
  const foreign = seal(plain, new ChunkSealer(crypto, compression, contentKey(3)));
  expect(kindOfOpening(foreign, foreign.stored)).toBe("unavailable");
});

// The contract of AeadKey: messages in parts. It must give what `seal` gives and take what `open` takes, wherever a
// message is cut, and give out nothing of one that does not verify. The known answers come from crypto-vectors.ts.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, equalBytes, toHex } from "#base/bytes.ts";
import { cryptoLimits } from "#base/limits.ts";
import { SeededRandom } from "#base/random.ts";
import type { Suite } from "#base/suites.ts";
import type { Crypto } from "#glow";
import { kindOf } from "./crypto-vectors.ts";
import { cutAt, cuts, openPieces } from "./message-pieces.ts";

const aeadSuites: readonly Suite<"aead">[] = ["aes-256-gcm", "chacha20-poly1305"];
const none = new Uint8Array(0);
const tagBytes = 16;

export function cryptoParts(crypto: Crypto): void {
  test("has both suites, each once, whichever it likes better", () => {
    expect([...crypto.aeadSuites].sort()).toEqual(aeadSuites);
  });

  test.each(aeadSuites)("%s keys take keys of 32 bytes, nonces of 12, and messages up to the limit", (suite) => {
    const key = crypto.aeadKey(suite, new Uint8Array(32));
    expect(key.suite).toBe(suite);
    for (const length of [0, 16, 31, 33]) {
      expect(kindOf(() => crypto.aeadKey(suite, new Uint8Array(length)))).toBe("invalid");
    }
    for (const length of [0, 8, 11, 13, 16]) {
      expect(kindOf(() => key.sealParts(new Uint8Array(length), none, []))).toBe("invalid");
      expect(kindOf(() => key.opening(new Uint8Array(length), none, 0))).toBe("invalid");
    }
    const nonce = new Uint8Array(12);
    key.opening(nonce, none, cryptoLimits.messageBytes);
    for (const size of [cryptoLimits.messageBytes + 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(kindOf(() => key.opening(nonce, none, size))).toBe("invalid");
    }
    const half = new Uint8Array(cryptoLimits.messageBytes / 2);
    expect(kindOf(() => key.sealParts(nonce, none, [half, half, new Uint8Array(1)]))).toBe("invalid");
  });

  test("there is no key of another suite", () => {
    for (const suite of ["aes-128-gcm", "blake3", "constructor"]) {
      expect(kindOf(() => crypto.aeadKey(suite as "aes-256-gcm", new Uint8Array(32)))).toBe("unsupported");
    }
  });

  for (const suite of aeadSuites) {
    sameAsWhole(crypto, suite);
    refusals(crypto, suite);
    memory(crypto, suite);
  }
}

/** Up to some hundred KiB, most of them small: around every size at which an implementation may change its ways. */
const sizes = fc.oneof(
  fc.nat(100),
  fc.nat(20_000),
  fc.nat(200_000),
  fc.constantFrom(0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 65_536),
);

function sameAsWhole(crypto: Crypto, suite: Suite<"aead">): void {
  test(`${suite}: parts give what the whole gives, however it is cut`, () => {
    const [bytes, associated] = [new Uint8Array(200_000), new Uint8Array(40)];
    new SeededRandom("parts").fill(bytes);
    const secret = bytes.slice(0, 32);
    const key = crypto.aeadKey(suite, secret);
    let number = 0;
    fc.assert(
      fc.property(sizes, fc.nat(40), cuts, cuts, (size, associatedBytes, sealCuts, openCuts) => {
        const nonce = new Uint8Array(12);
        new DataView(nonce.buffer).setUint32(8, number++);
        const plain = bytes.subarray(0, size);
        const about = associated.subarray(0, associatedBytes);
        const expected = crypto.seal(suite, secret, nonce, about, plain);
        expect(equalBytes(concatBytes(key.sealParts(nonce, about, cutAt(plain, sealCuts))), expected)).toBe(true);
        expect(equalBytes(openPieces(key, nonce, about, expected, openCuts), plain)).toBe(true);
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  test(`${suite}: in single bytes, and in no part at all`, () => {
    const key = crypto.aeadKey(suite, new Uint8Array(32).fill(1));
    const nonce = new Uint8Array(12);
    const plain = Uint8Array.from({ length: 20_000 }, (_, i) => i % 251);
    const single = Array.from(plain, (byte) => Uint8Array.of(byte));
    const sealed = concatBytes(key.sealParts(nonce, none, single));
    expect(equalBytes(sealed, crypto.seal(suite, new Uint8Array(32).fill(1), nonce, none, plain))).toBe(true);
    const opening = key.opening(nonce, none, plain.length);
    for (let i = 0; i < plain.length; i++) opening.update(sealed.subarray(i, i + 1));
    expect(equalBytes(concatBytes(opening.finish(sealed.subarray(plain.length))), plain)).toBe(true);
    const empty = key.sealParts(nonce, none, []);
    expect(concatBytes(empty)).toHaveLength(tagBytes);
    expect(concatBytes(key.opening(nonce, none, 0).finish(concatBytes(empty)))).toHaveLength(0);
  });

  test(`${suite}: messages of one key that are opened at the same time do not mix`, () => {
    const key = crypto.aeadKey(suite, new Uint8Array(32).fill(1));
    const messages = Array.from({ length: 5 }, (_, i) => {
      const nonce = new Uint8Array(12).fill(i);
      const plain = new Uint8Array(3000 * i).fill(i);
      const sealed = concatBytes(key.sealParts(nonce, none, [plain]));
      return { plain, sealed, opening: key.opening(nonce, none, plain.length) };
    });
    for (let at = 0; at < 12_000; at += 1000) {
      for (const { opening, plain, sealed } of messages) {
        if (at < plain.length) opening.update(sealed.subarray(at, at + 1000));
      }
    }
    for (const { opening, plain, sealed } of messages) {
      expect(concatBytes(opening.finish(sealed.subarray(plain.length)))).toEqual(plain);
    }
  });
}

function refusals(crypto: Crypto, suite: Suite<"aead">): void {
  const secret = new Uint8Array(32).fill(1);
  const nonce = new Uint8Array(12).fill(2);
  const associated = Uint8Array.of(1, 2, 3);

  test(`${suite}: nothing opens but what was sealed`, () => {
    const key = crypto.aeadKey(suite, secret);
    const other = crypto.aeadKey(suite, flipped(secret, 7));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), cuts, fc.nat(9000), (plain, shares, bit) => {
        const sealed = concatBytes(key.sealParts(nonce, associated, [plain]));
        const attempts = [
          () => openPieces(key, nonce, associated, flipped(sealed, bit), shares),
          () => openPieces(key, flipped(nonce, bit), associated, sealed, shares),
          () => openPieces(key, nonce, flipped(associated, bit), sealed, shares),
          () => openPieces(key, nonce, none, sealed, shares),
          () => openPieces(other, nonce, associated, sealed, shares),
        ];
        expect(attempts.map(kindOf)).toEqual(attempts.map(() => "corrupt"));
      }),
      { numRuns: 30 },
    );
  });

  test(`${suite}: more or fewer bytes than were said are corrupt, as is a tag of another length`, () => {
    const key = crypto.aeadKey(suite, secret);
    const sealed = concatBytes(key.sealParts(nonce, none, [new Uint8Array(10_000)]));
    const [body, tag] = [sealed.subarray(0, 10_000), sealed.subarray(10_000)];
    const opened = (saidBytes: number, pieces: readonly Uint8Array[], end: Uint8Array) => () => {
      const opening = key.opening(nonce, none, saidBytes);
      for (const piece of pieces) opening.update(piece);
      return opening.finish(end);
    };
    expect(kindOf(opened(10_000, [body], tag))).toBeUndefined();
    const attempts = [
      opened(10_001, [body], tag),
      opened(9_999, [body], tag),
      opened(9_999, [body.subarray(0, 9_999), body.subarray(9_999)], tag),
      opened(0, [body], tag),
      opened(10_000, [], tag),
      opened(10_000, [body.subarray(0, 9_999)], tag),
      opened(10_000, [body, body, body], tag),
      opened(10_000, [body, tag], tag),
      opened(10_000, [body], none),
      opened(10_000, [body], tag.subarray(0, 15)),
      opened(10_000, [body], tag.subarray(0, 12)),
      opened(10_000, [body], Uint8Array.of(...tag, 0)),
      opened(cryptoLimits.messageBytes, [body], tag),
    ];
    expect(attempts.map(kindOf)).toEqual(attempts.map(() => "corrupt"));
  });

  test(`${suite}: an opening ends with its message, whether that was good or bad`, () => {
    const key = crypto.aeadKey(suite, secret);
    const tag = concatBytes(key.sealParts(nonce, none, []));
    for (const [end, kind] of [
      [tag, undefined],
      [flipped(tag, 3), "corrupt"],
    ] as const) {
      const opening = key.opening(nonce, none, 0);
      expect(kindOf(() => opening.finish(end))).toBe(kind);
      expect(kindOf(() => opening.finish(tag))).toBe("released");
      expect(kindOf(() => opening.update(none))).toBe("released");
    }
  });
}

function memory(crypto: Crypto, suite: Suite<"aead">): void {
  test(`${suite}: what was lent may change once the call is over, and what was given stays`, () => {
    const secret = new Uint8Array(32).fill(1);
    const nonce = new Uint8Array(12).fill(2);
    const associated = Uint8Array.of(1, 2, 3);
    const parts = [20, 300, 9000, 0, 70_000].map((size, i) => new Uint8Array(size).fill(i));
    const plain = concatBytes(parts);
    const expected = toHex(crypto.seal(suite, secret, nonce, associated, plain));
    const lent = [secret, nonce, associated].map((bytes) => bytes.slice());
    const [lentKey, lentNonce, lentAssociated] = lent as [Uint8Array, Uint8Array, Uint8Array];
    const key = crypto.aeadKey(suite, lentKey);
    lentKey.fill(0xee);
    const sealed = key.sealParts(lentNonce, lentAssociated, parts);
    const opening = key.opening(lentNonce, lentAssociated, plain.length);
    for (const bytes of lent) bytes.fill(0xee);
    const whole = concatBytes(sealed);
    const [body, tag] = [whole.slice(0, plain.length), whole.slice(plain.length)];
    for (let at = 0; at < body.length; at += 7001) {
      const piece = body.slice(at, at + 7001);
      opening.update(piece);
      piece.fill(0xee);
    }
    const opened = opening.finish(tag);
    tag.fill(0xee);
    // More of the same: whoever takes memory from a pool would now write over what it gave.
    for (let i = 0; i < 50; i++) key.sealParts(nonce, associated, parts);
    expect(toHex(concatBytes(sealed))).toBe(expected);
    expect(equalBytes(concatBytes(opened), plain)).toBe(true);
    for (const bytes of [...sealed, ...opened]) expect(bytes.constructor).toBe(Uint8Array);
    expect(equalBytes(concatBytes(parts), plain)).toBe(true);
  });
}

/** A copy with one bit changed. */
function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] as number) ^ (1 << (bit % 8));
  return copy;
}
